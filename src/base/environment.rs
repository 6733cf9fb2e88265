//! The one reader of environment variables. An empty one counts as not set; nothing here decides what
//! one means, and no value is ever shown.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// An environment variable's value; an empty one counts as not set.
pub(crate) fn os(name: &str) -> Option<OsString> {
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Whether this runs in a job of a CI: every one of them says so.
pub(crate) fn is_ci() -> bool {
    os("CI").is_some_and(|value| value != "false" && value != "0")
}

/// Whether the locale has the characters that text is drawn with. Where none is set, as in containers, terminals have them.
pub(crate) fn shows_unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(os);
    has_unicode(&locale.unwrap_or_default().to_string_lossy())
}

fn has_unicode(locale: &str) -> bool {
    locale.split_once('.').is_none_or(|(_, charset)| charset.to_lowercase().starts_with("utf"))
}

static HOME_COUNTED: AtomicBool = AtomicBool::new(false);

/// What `HOME` names, if it is absolute; on Windows, where few set it, what `USERPROFILE` names.
pub(crate) fn home() -> Option<PathBuf> {
    HOME_COUNTED.store(true, Ordering::Relaxed);
    let named = |name| os(name).map(PathBuf::from).filter(|home| home.is_absolute());
    named("HOME").or_else(|| named("USERPROFILE").filter(|_| cfg!(windows)))
}

/// Whether anybody in this run has asked for [`home`], so that it would go another way with another.
pub(crate) fn home_counted() -> bool {
    HOME_COUNTED.load(Ordering::Relaxed)
}

/// By which name this program was called. Whoever calls it chooses that, even none.
#[cfg(target_os = "linux")]
pub(crate) fn program_name() -> Option<OsString> {
    std::env::args_os().next().filter(|name| !name.is_empty())
}

/// Set, but to nothing: for a library that takes it for a value.
pub(crate) fn is_empty(name: &str) -> bool {
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    std::env::var_os(name).is_some_and(|value| value.is_empty())
}

/// What counts wherever it is set. Those of proxies and of secret sources are named where they are used.
const HEEDED: [&str; 5] =
    ["TOKCLI_PROFILE", "TOKCLI_CONFIG", "TOKCLI_STATE_DIR", "SSL_CERT_FILE", "SSL_CERT_DIR"];
/// What other programs obey, and somebody may expect to count here.
const IGNORED: [&str; 7] = [
    "SSLKEYLOGFILE",
    "OPENSSL_CONF",
    "RUST_LOG",
    "VAULT_ADDR",
    "VAULT_TOKEN",
    "VAULT_SKIP_VERIFY",
    "CURL_CA_BUNDLE",
];

/// Variables of proxies, of which some hold a login: `http://user:word@proxy.example`.
const PROXIES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

pub(crate) fn proxies_with_a_login() -> impl Iterator<Item = &'static str> {
    PROXIES.into_iter().filter(|name| os(name).is_some_and(|value| value.to_string_lossy().contains('@')))
}

/// What a run in another environment needs to go the same way as this one, beside its configuration. A proxy's login is a
/// secret, and left out.
pub(crate) fn carried() -> impl Iterator<Item = (&'static str, OsString)> {
    let names = ["TOKCLI_STATE_DIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "NO_PROXY", "no_proxy"];
    let names = names.into_iter().chain(PROXIES);
    let secret: Vec<&str> = proxies_with_a_login().collect();
    names.filter(move |name| !secret.contains(name)).filter_map(|name| Some((name, os(name)?)))
}

/// For `-v`: what of the environment counts and what does not, by name.
pub(crate) fn words() -> String {
    let set = |names: &[&str]| {
        let names = names.iter().filter(|name| os(name).is_some()).map(|name| format!("`{name}`"));
        Some(names.collect::<Vec<_>>().join(", ")).filter(|list| !list.is_empty())
    };
    let ignored = set(&IGNORED).map(|list| format!("; ignored: {list}")).unwrap_or_default();
    format!("from the environment: {}{ignored}", set(&HEEDED).unwrap_or_else(|| "nothing".to_owned()))
}

/// The same as text; `Err` if it is not UTF-8.
pub(crate) fn text(name: &str) -> Result<Option<String>, OsString> {
    os(name).map(OsString::into_string).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_that_names_another_character_set_has_no_blocks() {
        for (locale, has) in [
            ("de_DE.UTF-8", true),
            ("C.utf8", true),
            ("", true),
            ("C", true),
            ("de_DE.ISO-8859-1", false),
            ("ja_JP.eucJP", false),
        ] {
            assert_eq!(has_unicode(locale), has, "{locale}");
        }
    }
}
