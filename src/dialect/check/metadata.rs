//! What a dialect says of the vendor beside its exchanges: lifetimes, hosts and params.

use super::{Faults, is_identifier};
use crate::credential::reading::LifetimeKind;

impl Faults<'_> {
    pub(super) fn metadata(&mut self) {
        let dialect = self.dialect;
        let graceful = dialect.rotation.word().starts_with("grace-");
        if graceful && dialect.grace.is_none() {
            let words = "this class needs a `grace`, such as `grace = \"30s\"`";
            self.add_of("grace", &["rotation"], words);
        }
        if !graceful && dialect.grace.is_some() {
            let words = "goes with the rotation classes `grace-same` and `grace-new`, and only with them";
            self.add_of("rotation", &["grace"], words);
        }
        if dialect.refresh_lifetime_kind == LifetimeKind::Absolute && dialect.refresh_lifetime.is_none() {
            let words = "`absolute` needs a `refresh_lifetime`, such as `refresh_lifetime = \"30d\"`";
            self.add_of("refresh_lifetime", &["refresh_lifetime_kind"], words);
        }
        for (index, host) in dialect.hosts.iter().enumerate() {
            let literal = url::Url::parse(&format!("https://{host}/"));
            let whole = literal.is_ok_and(|url| url.host_str() == Some(host) && url.port().is_none());
            if !whole || host.contains('*') {
                let words = "write the name of a host in lower case, without scheme, port or path; `*` stands for no others";
                self.add(&["hosts", &index.to_string()], words);
            }
        }
        self.params();
    }

    fn params(&mut self) {
        let dialect = self.dialect;
        for (name, rule) in &dialect.params {
            // Templates must be able to name it.
            if !is_identifier(name) {
                let words = "a param is named by letters, digits and `_`, and begins with a letter";
                self.add(&["params", name], words);
            }
            for (key, given) in [("default", rule.default.is_some()), ("one_of", rule.one_of.is_some())] {
                if rule.secret && given {
                    self.add(&["params", name, key], "a secret never stands in a dialect; leave this away");
                }
            }
            if let (Some(default), Some(one_of)) = (&rule.default, &rule.one_of)
                && !one_of.contains(default)
            {
                self.add(
                    &["params", name, "default"],
                    "is not in `one_of`; write one of those, or add it there",
                );
            }
            if rule.one_of.as_ref().is_some_and(Vec::is_empty) {
                self.add(&["params", name, "one_of"], "names no value; write at least one");
            }
        }
    }
}
