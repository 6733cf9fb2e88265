//! A profile for a recorded example: the keys of a real one, with values that are nobody's.

use toml::{Table, Value};

use super::Profile;
use super::secrets::TOTP_SEED;
use crate::dialect::draft::disguise::Disguise;
use crate::dialect::schema::REFRESH;

/// Where an example is sent to.
const VENDOR: &str = "https://api.vendor.example";

/// A seed that everybody knows.
const SEED: &str = "JBSWY3DPEHPK3PXP";

impl Profile {
    /// What a refresh needs of it. A key that signs is left out: nobody can make one up.
    pub(crate) fn made_up(&self, disguise: &mut Disguise) -> Table {
        let flow = self.dialect.refresh();
        let (mut keys, mut params) = (Table::new(), Table::new());
        let mut add = |name: &str, value: String| match name.strip_prefix("params.") {
            Some(param) => drop(params.insert(param.to_owned(), value.into())),
            None => drop(keys.insert(name.to_owned(), value.into())),
        };
        let needed = |name: &str| {
            let credential = ["client_id", "client_secret"].contains(&name);
            let seed = name == TOTP_SEED && flow.uses("totp");
            credential
                || seed
                || flow.uses(name)
                || self.extra.iter().any(|extra| name == format!("params.{extra}"))
        };
        for (name, value) in self.plain.iter().filter(|(name, _)| needed(name)) {
            let rule = name.strip_prefix("params.").and_then(|param| self.dialect.params.get(param));
            let known = rule
                .is_some_and(|rule| rule.one_of.is_some() || rule.default.as_deref() == Some(value.as_str()));
            add(
                name,
                match name.as_str() {
                    "base_url" => VENDOR.to_owned(),
                    "token_url" => format!("{VENDOR}/token"),
                    "resource" => format!("{VENDOR}/"),
                    "scope" => disguise.words(value),
                    _ if known => value.to_string(),
                    _ => disguise.text(value),
                },
            );
        }
        if self.token_url.is_some() {
            add("token_url", format!("{VENDOR}/token"));
        }
        for (name, _) in self.secret.iter().filter(|(name, _)| needed(name)) {
            match name.as_str() {
                "private_key" | "certificate" => {}
                TOTP_SEED => add(TOTP_SEED, SEED.to_owned()),
                _ => add(name, format!("my-{}", name.trim_start_matches("params.").replace('_', "-"))),
            }
        }
        let auth = self.client_auth.get(REFRESH);
        let offered = self.dialect.refresh().last().exchange.request.client_auth.len() > 1;
        if let Some(auth) = auth.filter(|_| offered) {
            add("client_auth", auth.word().to_owned());
        }
        if !params.is_empty() {
            keys.insert("params".into(), Value::Table(params));
        }
        keys
    }
}
