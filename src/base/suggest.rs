//! Names that people give: which are allowed, and which one was probably meant. The name that was
//! given is not repeated: it may be a secret in the wrong place.

use super::order::Arrange as _;

/// The known name that was probably meant.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    let name = name.to_lowercase();
    let close = |one: &str| {
        let slips = strsim::damerau_levenshtein(one, &name);
        let likeness = strsim::jaro_winkler(one, &name);
        (slips <= (name.len() / 3).max(1) || likeness > 0.8).then_some(likeness)
    };
    let short = known.into_iter().filter(|one| one.len() <= LONGEST);
    let scored = short.filter_map(|one| Some((close(&one.to_lowercase())?, one)));
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, one)| one)
}

/// Nobody means a name by more than this, and to compare two costs the product of their lengths.
const LONGEST: usize = 200;

/// The end of words about a name that is not known: the one that was probably meant, if any was.
pub(crate) fn meant<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    meant_or(name, known, String::new)
}

/// The same; if none was, what `otherwise` says.
pub(crate) fn meant_or<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
    otherwise: impl FnOnce() -> String,
) -> String {
    did_you_mean(name, known).map_or_else(otherwise, |close| format!(", did you mean `{close}`?"))
}

/// Those of `known`, each a word and what it stands for, whose word is most like one of `given`; each once.
pub(crate) fn nearest<'a>(
    given: &[String],
    known: impl Iterator<Item = (&'a str, &'a str)>,
    most: usize,
) -> Vec<&'a str> {
    let alike = |word: &str| given.iter().map(|one| strsim::jaro_winkler(one, word)).fold(0.0, f64::max);
    let mut scored: Vec<(f64, &str)> = known.map(|(word, name)| (alike(word), name)).collect();
    scored.retain(|(alike, _)| *alike > NEAR);
    scored.arrange_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
    let mut names: Vec<&str> = Vec::new();
    for (_, name) in scored {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.truncate(most);
    names
}

/// Below it words have little in common.
const NEAR: f64 = 0.87;

/// Names of profiles, accounts, stores, dialects and params.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let good = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let starts = name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    if starts && name.len() <= 64 && name.bytes().all(good) {
        return Ok(());
    }
    Err("a name is 1 to 64 letters, digits, `.`, `_` or `-`, and begins with a letter or digit".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_far_longer_than_any_name_is_like_none() {
        let long = "k".repeat(LONGEST);
        let longer = "k".repeat(LONGEST + 1);
        assert_eq!(did_you_mean(&long, [long.as_str()]), Some(long.as_str()));
        assert_eq!(did_you_mean(&longer, [long.as_str()]), None);
        assert_eq!(did_you_mean(&long, [longer.as_str()]), None);
    }

    #[test]
    fn names_are_what_a_file_name_and_a_keyring_can_carry() {
        for good in ["a", "work", "A.b-c_9", &"x".repeat(64)] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "..", "a/b", "-x", ".a", "ü", "a b", "a\n", "a\0", &"x".repeat(65)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
