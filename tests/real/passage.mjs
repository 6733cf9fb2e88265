// Passes every connection on, from FROM to TO: each a port of 127.0.0.1 or the path of a socket, which leads out of a network namespace.
import { connect, createServer } from 'node:net';

const [from, to] = process.argv.slice(2);
const place = (word) => (/^[0-9]+$/.test(word) ? { port: Number(word), host: '127.0.0.1' } : { path: word });
createServer((caller) => {
  const onward = connect(place(to));
  for (const [one, other] of [[caller, onward], [onward, caller]]) {
    one.on('error', () => other.destroy());
    one.pipe(other);
  }
}).listen(place(from));
