//! How a running `serve` is told things: one line each way over a loopback port, whose address stands in `DIR/control`.
//!
//! A request is `VENDOR COMMAND [ARGUMENT]`. An answer is `ok` or `error WORDS`, and the lines to be printed after it.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};

use super::shop::Shop;

const FILE: &str = "control";
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves until the program ends.
pub fn listen(shop: Shop) -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no control port")?;
    let address = listener.local_addr().context("no control port")?;
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
        [] => Err(anyhow!("nothing was said")),
    };
    match outcome {
        Ok(text) => write!(stream, "ok\n{text}"),
        Err(error) => writeln!(stream, "error {error:#}"),
    }
}

/// What the running `serve` has to say to this.
pub fn tell(dir: &Path, vendor: &str, command: &[&str]) -> Result<String> {
    let file = dir.join(FILE);
    let address = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let said = converse(address.trim(), &format!("{vendor} {}\n", command.join(" ")));
    let said = said.with_context(|| format!("no serve listens for {}", dir.display()))?;
    match said.split_once('\n') {
        Some(("ok", text)) => Ok(text.to_owned()),
        Some((words, _)) => bail!("{}", words.trim_start_matches("error ")),
        None => bail!("no answer from the serve of {}", dir.display()),
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
