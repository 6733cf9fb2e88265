//! How a running `serve` is told things: one line each way over a loopback port, whose address stands in `DIR/control`.
//!
//! A request is `VENDOR COMMAND [ARGUMENT]`. An answer is `ok` or `error WORDS`, and the lines to be printed after it.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::shop::Shop;

const FILE: &str = "control";
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves until the program ends.
pub fn listen(shop: Shop) -> Result<(), String> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| format!("no control port: {error}"))?;
    let address = listener.local_addr().map_err(|error| format!("no control port: {error}"))?;
    shop.write(FILE, &format!("{address}\n"))?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Whoever hangs up in the middle gets no answer.
            let _ = answer(&shop, stream);
        }
    });
    Ok(())
}

fn answer(shop: &Shop, mut stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut line = String::new();
    BufReader::new((&stream).take(1024)).read_line(&mut line)?;
    let words: Vec<&str> = line.split_whitespace().collect();
    let outcome = match &words[..] {
        [vendor, command @ ..] => shop.tell(vendor, command),
        [] => Err("nothing was said".to_owned()),
    };
    match outcome {
        Ok(text) => write!(stream, "ok\n{text}"),
        Err(words) => writeln!(stream, "error {words}"),
    }
}

/// What the running `serve` has to say to this.
pub fn tell(dir: &Path, vendor: &str, command: &[&str]) -> Result<String, String> {
    let file = dir.join(FILE);
    let address =
        fs::read_to_string(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let said = converse(address.trim(), &format!("{vendor} {}\n", command.join(" ")));
    let said = said.map_err(|error| format!("no serve listens for {}: {error}", dir.display()))?;
    match said.split_once('\n') {
        Some(("ok", text)) => Ok(text.to_owned()),
        Some((words, _)) => Err(words.trim_start_matches("error ").to_owned()),
        None => Err(format!("no answer from the serve of {}", dir.display())),
    }
}

fn converse(address: &str, line: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(line.as_bytes())?;
    let mut said = String::new();
    stream.read_to_string(&mut said)?;
    Ok(said)
}
