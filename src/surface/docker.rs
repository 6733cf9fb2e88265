//! Docker's credential helpers, which podman and skopeo call too: an action, an address on standard input, JSON as the answer.
//!
//! The rule that matters: errors go to standard output, and "none here" has words of its own, by which the caller goes on
//! without.

use serde_json::json;

use super::{Caller, Handed, hosted};
use crate::base::error::Result;

/// The name beside a token, if the user gives no other. Registries that take tokens mostly look at no name.
const ANYBODY: &str = "oauth2accesstoken";
/// The callers compare it.
const NONE: &[u8] = b"credentials not found in native keychain\n";

/// The exit status.
pub(crate) fn serve(caller: &mut dyn Caller, action: &str, username: Option<&str>) -> Result<u8> {
    match action {
        "get" => get(caller, username.unwrap_or(ANYBODY)),
        // Where no password is kept, none is forgotten.
        "erase" => Ok(0),
        "list" => caller.print(b"{}\n").map(|()| 0),
        "version" => {
            let version = concat!("docker-credential-tokcli ", env!("CARGO_PKG_VERSION"), "\n");
            caller.print(version.as_bytes()).map(|()| 0)
        }
        "store" => told(caller, "tokcli keeps no passwords; `tokcli login` logs in at a vendor"),
        _ => told(caller, "the actions are get, store, erase, list and version"),
    }
}

fn get(caller: &mut dyn Caller, username: &str) -> Result<u8> {
    let input = match caller.input() {
        Ok(input) => input,
        Err(error) => return told(caller, &error.in_one_line()),
    };
    let Ok(asked) = std::str::from_utf8(&input).map(str::trim) else {
        return told(caller, "the address is not UTF-8");
    };
    if asked.is_empty() {
        return told(caller, "no credentials server URL");
    }
    match hosted(caller, asked) {
        Ok(Some(handed)) => caller.print(answer(asked, username, &handed).as_bytes()).map(|()| 0),
        Ok(None) => caller.print(NONE).map(|()| 1),
        Err(error) => told(caller, &error.in_one_line()),
    }
}

fn answer(asked: &str, username: &str, handed: &Handed) -> String {
    format!("{}\n", json!({ "ServerURL": asked, "Username": username, "Secret": handed.token() }))
}

fn told(caller: &mut dyn Caller, words: &str) -> Result<u8> {
    caller.print(format!("{words}\n").as_bytes()).map(|()| 1)
}
