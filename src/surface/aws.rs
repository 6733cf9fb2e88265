//! The AWS SDKs' `credential_process`, for vendors that hand out temporary keys of that kind: what their answer gives beside the
//! access token, kept under the names that stand here.
//!
//! The rule that matters: keys, session token and expiry come from one answer.

use serde_json::json;

use super::{Caller, Handed, Wanted, of_a_profile};
use crate::base::clock::rfc3339;
use crate::base::error::{Error, Result, refused};

pub(crate) fn serve(caller: &mut dyn Caller) -> Result<()> {
    let handed = of_a_profile(caller, &Wanted::default())?;
    let needed = |name: &str| handed.beside(name).ok_or_else(|| lacks(name));
    let mut answer = json!({
        "Version": 1,
        "AccessKeyId": needed("access_key_id")?,
        "SecretAccessKey": needed("secret_access_key")?,
    });
    for (key, value) in [
        ("SessionToken", handed.beside("session_token").map(str::to_owned)),
        ("AccountId", handed.extra.get("account_id").cloned()),
        ("Expiration", expiration(&handed)?),
    ] {
        if let Some(value) = value {
            answer[key] = json!(value);
        }
    }
    caller.print(format!("{answer}\n").as_bytes())
}

/// An SDK that is told of none never asks again.
fn expiration(handed: &Handed) -> Result<Option<String>> {
    let at = handed.expires_at.and_then(rfc3339);
    at.map(Some).ok_or_else(|| {
        refused("it is not known when these keys expire, and an SDK would use them forever")
            .hint("`access_expires` in the dialect says where the answer has that, or `access_lifetime` in the profile says how long they last")
    })
}

fn lacks(name: &str) -> Error {
    refused(format!("the answer that gave the access token gave no `{name}`"))
        .hint(format!("`keep.{name} = {{ at = …, secret = true }}` in the dialect; keys that came before that need a `tokcli refresh`"))
}
