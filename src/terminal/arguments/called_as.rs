//! Names under which other programs call this one: a link of that name stands for the words of a command. Behind a further `-`
//! it names the profile, for programs that say nothing but a path.

use std::ffi::OsString;
use std::path::Path;

use crate::base::detached::is_word_of_a_caller;

/// A name, and the helper that it stands for.
pub(crate) const LINKS: &[(&str, &str)] = &[
    ("git-credential-tokcli", "git"),
    ("docker-credential-tokcli", "docker"),
    ("cargo-credential-tokcli", "cargo"),
    ("bazel-credential-tokcli", "bazel"),
    ("pnpm-token-tokcli", "pnpm"),
    ("keyring", "pip"),
];

/// The name that stands for a helper.
pub(crate) fn link_of(helper: &str) -> Option<&'static str> {
    LINKS.iter().find(|(_, known)| *known == helper).map(|(link, _)| *link)
}

/// The words behind the program's name, with those that the name stands for.
pub(crate) fn words(given: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut given = given.peekable();
    let name = given.next().unwrap_or_default();
    if given.peek().is_some_and(|first| is_word_of_a_caller(first)) {
        return given.collect();
    }
    let name = Path::new(&name).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let name = name.strip_suffix(std::env::consts::EXE_SUFFIX).unwrap_or(name);
    let meant = LINKS.iter().find_map(|(link, helper)| match name.strip_prefix(link)? {
        "" => Some((helper, None)),
        rest => Some((helper, Some(rest.strip_prefix('-')?))),
    });
    let mut words: Vec<OsString> = Vec::new();
    if let Some((helper, profile)) = meant {
        words.extend(["helper", helper].map(OsString::from));
        words.extend(profile.map(|profile| format!("--profile={profile}").into()));
    }
    words.extend(given);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_stands_for_its_helper() {
        for (given, meant) in [
            (&["tokcli", "token"][..], &["token"][..]),
            (&["/x/git-credential-tokcli", "get"], &["helper", "git", "get"]),
            (&["git-credential-tokcli-work", "get"], &["helper", "git", "--profile=work", "get"]),
            (&["git-credential-tok", "get"], &["get"]),
            (&["keyring2", "get"], &["get"]),
            (&["docker-credential-tokcli", "apart=docker", "token"], &["apart=docker", "token"]),
            (&[], &[]),
        ] {
            assert_eq!(
                words(given.iter().map(OsString::from)),
                meant.iter().map(OsString::from).collect::<Vec<_>>()
            );
        }
    }
}
