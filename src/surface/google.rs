//! Google's executable-sourced credentials (AIP-4117): what is wanted stands in the environment, the answer is JSON.
//!
//! The rule that matters: standard error stays empty, which the client reads along with the answer, and the status is 0.

use serde_json::{Value, json};

use super::{Caller, Wanted, of_a_profile};
use crate::base::error::{Result, refused};

const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

pub(crate) fn serve(caller: &mut dyn Caller) -> Result<()> {
    let answer = match asked(caller) {
        Ok(answer) => answer,
        Err(error) => json!({
            "version": 1,
            "success": false,
            "code": error.code.word(),
            "message": error.in_one_line(),
        }),
    };
    caller.print(format!("{answer}\n").as_bytes())
}

fn asked(caller: &mut dyn Caller) -> Result<Value> {
    if caller.variable("GOOGLE_EXTERNAL_ACCOUNT_REVOKE").as_deref() == Some("1") {
        return Err(refused("only `tokcli logout` gives a token back"));
    }
    let kind = caller.variable("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE").unwrap_or_else(|| JWT.to_owned());
    if kind != ID_TOKEN && kind != JWT {
        return Err(refused("only the token types `jwt` and `id_token` are available here"));
    }
    let handed = of_a_profile(caller, &Wanted::default())?;
    let mut answer = json!({ "version": 1, "success": true, "token_type": kind, "id_token": handed.token() });
    if let Some(at) = handed.expires_at {
        answer["expiration_time"] = json!(at);
    }
    Ok(answer)
}
