//! Cargo's credential providers: one JSON object a line, in turns, until cargo has nothing more to ask.
//!
//! The rule that matters: cargo asks once for a run, and has no second try with a token that is refused.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Caller, Handed, Wanted, header};
use crate::base::error::{Code, Error, Result};

#[derive(Deserialize)]
struct Request {
    v: u32,
    kind: String,
    #[serde(default)]
    registry: Registry,
    /// What the configuration has behind the program's name: cargo says it here, not on our command line.
    #[serde(default)]
    args: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Registry {
    #[serde(default)]
    index_url: String,
}

/// `bare`: the registry takes the token alone, without the word `Bearer` before it.
pub(crate) fn serve(caller: &mut dyn Caller, bare: bool) -> Result<()> {
    say(caller, &json!({ "v": [1] }))?;
    while let Some(line) = caller.line()? {
        let answer = match serde_json::from_str::<Request>(&line) {
            Ok(Request { v: 1, kind, args, .. })
                if kind == "get" && args.iter().any(|word| word != "--bare") =>
            {
                failure(
                    "other",
                    Some(
                        "after the program's name only `--bare` is allowed; the link `cargo-credential-tokcli-NAME` names a profile",
                    ),
                )
            }
            Ok(Request { v: 1, kind, registry, args }) if kind == "get" => {
                get(caller, &registry, bare || !args.is_empty())
            }
            Ok(Request { v: 1, .. }) => failure("operation-not-supported", None),
            Ok(_) => failure("other", Some("only version 1 of the protocol is supported")),
            Err(_) => failure("other", Some("this is not a request from cargo")),
        };
        say(caller, &answer)?;
    }
    Ok(())
}

fn get(caller: &mut dyn Caller, registry: &Registry, bare: bool) -> Value {
    let index = &registry.index_url;
    let address = index.strip_prefix("sparse+").unwrap_or(index);
    match caller.token(&Wanted::at(address).passing_on()) {
        Ok(Some(handed)) => success(&handed, bare),
        // The next provider is asked.
        Ok(None) => failure("url-not-supported", None),
        Err(error) => refusal(&error),
    }
}

fn success(handed: &Handed, bare: bool) -> Value {
    let token = if bare { handed.token().to_owned() } else { header::value(handed).to_string() };
    let mut answer =
        json!({ "kind": "get", "token": token, "cache": "session", "operation_independent": true });
    if let Some(at) = handed.expires_at {
        answer["cache"] = json!("expires");
        answer["expiration"] = json!(at);
    }
    json!({ "Ok": answer })
}

fn refusal(error: &Error) -> Value {
    match error.code {
        Code::NoCredential => failure("not-found", None),
        _ => failure("other", Some(&error.in_one_line())),
    }
}

fn failure(kind: &str, message: Option<&str>) -> Value {
    match message {
        Some(message) => json!({ "Err": { "kind": kind, "message": message, "caused-by": [] } }),
        None => json!({ "Err": { "kind": kind } }),
    }
}

fn say(caller: &mut dyn Caller, what: &Value) -> Result<()> {
    caller.print(format!("{what}\n").as_bytes())
}
