//! kubectl's and every client-go program's `ExecCredential` (`client.authentication.k8s.io`).
//!
//! The rule that matters: the answer has the version that the configuration asks for, which the caller says in its environment.

use serde_json::{Value, json};

use super::{Caller, Wanted};
use crate::base::clock::rfc3339;
use crate::base::error::{Result, config, refused};

const GROUP: &str = "client.authentication.k8s.io/";
/// Where the caller says nothing.
const USUAL: &str = "client.authentication.k8s.io/v1";

pub(crate) fn serve(caller: &mut dyn Caller) -> Result<()> {
    let asked = caller.variable("KUBERNETES_EXEC_INFO").unwrap_or_else(|| "{}".to_owned());
    let asked: Value = serde_json::from_str(&asked)
        .map_err(|_| config("`KUBERNETES_EXEC_INFO` is not JSON; kubectl and similar programs set it"))?;
    let version = asked["apiVersion"].as_str().unwrap_or(USUAL);
    if !version.starts_with(GROUP) || version.contains(char::is_control) {
        return Err(config(
            "`KUBERNETES_EXEC_INFO` asks for an `apiVersion` other than those of `client.authentication.k8s.io`",
        ));
    }
    // Said only with `provideClusterInfo: true`.
    let address = match &asked["spec"]["cluster"]["server"] {
        Value::Null => None,
        Value::String(address) => Some(&**address),
        _ => return Err(config("the `server` in `KUBERNETES_EXEC_INFO` is not a string")),
    };
    let handed = caller.token(&Wanted { address, ..Wanted::default() })?.ok_or_else(|| {
        refused("no profile is for the cluster's server")
            .hint("`match` in a profile lists the addresses that it is for")
    })?;
    let mut status = json!({ "token": handed.token() });
    if let Some(at) = handed.expires_at.and_then(rfc3339) {
        status["expirationTimestamp"] = json!(at);
    }
    let answer = json!({ "apiVersion": version, "kind": "ExecCredential", "status": status });
    caller.print(format!("{answer}\n").as_bytes())
}
