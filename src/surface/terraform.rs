//! Terraform's and OpenTofu's `external` data source: a query as JSON, a flat object of strings as the answer.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Caller, Wanted};
use crate::base::clock::rfc3339;
use crate::base::error::{Result, refused};

pub(crate) fn serve(caller: &mut dyn Caller) -> Result<()> {
    // What it asks is said on our command line; a query can name the address that the token is for.
    let query: BTreeMap<String, String> = serde_json::from_slice(&caller.input()?)
        .map_err(|_| refused("standard input is not a query from Terraform: an object of strings"))?;
    let address = query.get("url").map(String::as_str);
    let handed = caller.token(&Wanted { address, ..Wanted::default() })?;
    let handed = handed.ok_or_else(|| {
        refused("no profile is for the `url` of the query")
            .hint("`match` in a profile lists the addresses that it is for")
    })?;
    let mut answer = json!({ "access_token": handed.token(), "token_type": handed.scheme() });
    if let Some(at) = handed.expires_at.and_then(rfc3339) {
        answer["expires_at"] = json!(at);
    }
    caller.print(format!("{answer}\n").as_bytes())
}
