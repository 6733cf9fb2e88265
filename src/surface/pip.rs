//! The program `keyring` as pip runs it (`--keyring-provider subprocess`), and uv, in its two protocols: the bare secret for a
//! name, or both as JSON.

use serde_json::json;

use super::{Caller, hosted};
use crate::base::error::{Result, refused};

/// The name beside a token, where the index address has none.
const ANYBODY: &str = "oauth2";

/// The exit status.
pub(crate) fn serve(
    caller: &mut dyn Caller,
    action: &str,
    service: &str,
    username: Option<&str>,
    both: bool,
) -> Result<u8> {
    if action != "get" {
        return Err(refused("tokcli keeps no passwords; of `keyring` it answers only `get`"));
    }
    // "None here" is told by the status alone.
    let Some(handed) = hosted(caller, service)? else { return Ok(1) };
    let answer = if both {
        json!({ "username": username.unwrap_or(ANYBODY), "password": handed.token() }).to_string()
    } else {
        handed.token().to_owned()
    };
    caller.print(format!("{answer}\n").as_bytes()).map(|()| 0)
}
