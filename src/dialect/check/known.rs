//! What templates may name, and what is known of each name before there are values.

use minijinja::Value;
use serde_json::json;

use crate::dialect::schema::{DeclaredParam, Dialect, Json};
use crate::dialect::template::from_json_value;

/// What a dialect declares.
#[derive(Clone, Copy)]
pub(super) struct Known<'a>(pub(super) &'a Dialect);

/// What templates may name beside params, kept values and the request.
const NAMES: &str = "refresh_token access_token base_url token_url client_id client_secret private_key key_id \
     certificate scope now now_ms uuid random random_digits";

impl Known<'_> {
    pub(super) fn names(self) -> Vec<String> {
        let params = self.0.params.keys().map(|name| format!("params.{name}"));
        let keeps = self.0.exchanges.values().flat_map(|exchange| exchange.answer.keep.keys());
        let kept = keeps.map(|name| format!("kept.{name}"));
        NAMES.split(' ').map(str::to_owned).chain(params).chain(kept).collect()
    }

    fn param(&self, name: &str) -> Option<&DeclaredParam> {
        self.0.params.get(name.strip_prefix("params.")?)
    }

    pub(super) fn is_secret(self, name: &str) -> bool {
        let mut exchanges = self.0.exchanges.values();
        let keep = |name: &str| {
            exchanges.any(|exchange| exchange.answer.keep.get(name).is_some_and(|keep| keep.secret))
        };
        ["refresh_token", "access_token", "client_secret", "private_key"].contains(&name)
            || self.param(name).is_some_and(|rule| rule.secret)
            || name.strip_prefix("kept.").is_some_and(keep)
    }

    /// What may be absent, and would take the whole address or body with it.
    pub(super) fn may_lack(self, name: &str) -> bool {
        let optional = |rule: &DeclaredParam| rule.optional && rule.default.is_none();
        name == "scope" || self.param(name).is_some_and(optional)
    }

    /// A request with members for everything that it may be asked for.
    pub(super) fn any_request(self) -> Value {
        let mut params = serde_json::Map::new();
        for exchange in self.0.exchanges.values() {
            let request = &exchange.request;
            let fields = request.query.0.iter().chain(request.form.iter().flat_map(|form| &form.0));
            params.extend(fields.map(|(name, _)| (name.clone(), json!("x"))));
            if let Some(Json::Object(members)) = &request.json {
                params.extend(members.iter().map(|(name, _)| (name.clone(), json!("x"))));
            }
        }
        from_json_value(&json!({
            "method": "POST", "url": "https://x.example/x", "host": "x.example", "path": "/x",
            "query": params.clone(), "form": params.clone(), "json": params, "body": "x",
        }))
    }
}
