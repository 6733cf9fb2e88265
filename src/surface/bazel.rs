//! Bazel's credential helpers, by EngFlow's specification: `get`, an address as JSON, headers as the answer.

use serde::Deserialize;
use serde_json::json;

use super::{Caller, Wanted, header};
use crate::base::clock::rfc3339;
use crate::base::error::{Result, refused};

#[derive(Deserialize)]
struct Request {
    uri: String,
}

pub(crate) fn serve(caller: &mut dyn Caller, action: &str) -> Result<()> {
    if action != "get" {
        return Err(refused("of the actions of credential helpers only `get` is supported"));
    }
    let request: Request = serde_json::from_slice(&caller.input()?).map_err(|_| {
        refused("standard input is not a request from Bazel, such as `{\"uri\":\"https://…\"}`")
    })?;
    let handed = caller.token(&Wanted::at(&request.uri))?;
    let handed = handed.ok_or_else(|| {
        refused("no profile is for this address")
            .hint("`match` in a profile lists the addresses that it is for")
    })?;
    let mut answer = json!({ "headers": { "Authorization": [*header::value(&handed)] } });
    if let Some(at) = handed.expires_at.and_then(rfc3339) {
        answer["expires"] = json!(at);
    }
    caller.print(format!("{answer}\n").as_bytes())
}
