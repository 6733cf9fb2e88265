//! Values that anybody may see: words of protocols, formats and interfaces, and small numbers. What is not known to be
//! one counts as a secret or as a user's own, because nobody can tell a short password from a word.

use super::looks::looks_random;
use super::vocabulary::{is_word, words};
use super::word_list::{WordList, canonical};

/// Whether a value of that name may stand in a dialect as it is. `hosts`: further words that the request's host shows.
pub(super) fn is_public(name: &str, value: &str, hosts: &[String]) -> bool {
    let name = canonical(name);
    let value = value.trim();
    made_of_words(value, hosts)
        || (name == "granttype" && is_grant(value))
        || (ADDRESSES.has(&name) && is_plain_address(value, hosts))
        || (name.ends_with("version") && is_date(value))
        || is_zeros(value)
}

/// A part of a path, which vendors write in one word more often than values.
pub(super) fn is_public_part(part: &str, hosts: &[String]) -> bool {
    part.len() <= 3 && part.bytes().all(|b| b.is_ascii_alphanumeric())
        || made_of_words(part, hosts)
        || is_date(part)
        || is_date(&format!("{part}-01"))
}

/// A part of a path that names what is done there, though it is no word of ours: of letters alone, as people speak.
/// An identifier of an account has digits, or stands behind what [announces](announces_an_identifier) it.
pub(super) fn is_route(part: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphabetic() || "-_.".contains(c);
    part.len() <= LONGEST_ROUTE && part.chars().all(plain) && words(part).all(|word| is_speakable(&word))
}

/// `/realms/NAME`, `/hooks/KEY`
pub(super) fn announces_an_identifier(part: &str) -> bool {
    let part = canonical(part);
    let one = part.strip_suffix("ies").map(|stem| format!("{stem}y"));
    let one = one.as_deref().or(part.strip_suffix('s')).unwrap_or(&part);
    WordList(
        "account app application bot client company customer directory group hook instance merchant org \
         organisation organization pool project realm shop site store team tenant user webhook workspace",
    )
    .has(one)
}

fn is_speakable(word: &str) -> bool {
    let is_vowel = |c: char| "aeiouy".contains(c);
    let most = word.split(is_vowel).map(str::len).max().unwrap_or_default();
    word.len() <= 3 || most <= MOST_CONSONANTS && word.contains(is_vowel)
}

/// `graphql` has four.
const MOST_CONSONANTS: usize = 4;
const LONGEST_ROUTE: usize = 40;

/// The names of things whose value is an address that everybody has.
const ADDRESSES: WordList =
    WordList("audience aud resource issuer iss realm redirecturi redirecturl callbackurl returnurl");

/// `00000`, `A00000`, as some vendors write that all is well.
fn is_zeros(value: &str) -> bool {
    let zeros = value.trim_start_matches(|c: char| c.is_ascii_uppercase());
    value.len() - zeros.len() <= 2
        && zeros.len() <= 12
        && !zeros.is_empty()
        && zeros.bytes().all(|b| b == b'0')
}

/// `2022-06-28`: interfaces are versioned by days.
fn is_date(value: &str) -> bool {
    let in_our_days = |date: jiff::civil::Date| (2000..2100).contains(&date.year());
    value.len() == 10 && value.parse().is_ok_and(in_our_days)
}

/// `x_exchange_token`: a vendor's own, of words that grants have, and short ones.
fn is_grant(value: &str) -> bool {
    let grants =
        WordList("token code password client credentials refresh exchange assertion grant bearer device");
    let words: Vec<String> = words(value).collect();
    let short = |word: &String| word.len() <= 4 && word.bytes().all(|b| b.is_ascii_lowercase());
    value.len() <= 80
        && words.iter().any(|word| grants.has(word))
        && words.iter().filter(|word| !is_word(word)).all(short)
        && words.iter().filter(|word| !is_word(word)).count() <= 1
}

/// `https://api.acme.example/v1`: of the host nothing is asked, but what comes behind it must be known.
fn is_plain_address(value: &str, hosts: &[String]) -> bool {
    let Ok(url) = url::Url::parse(value) else { return false };
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let host = url.host_str().is_some_and(|host| host.contains('.') && !looks_random(host));
    bare && host && url.query().is_none() && url.path().split('/').all(|part| is_public_part(part, hosts))
}

/// So many digits may stand in a value of words: of versions and statuses.
const MOST_DIGITS: usize = 4;
/// So many letters on their own: more are a code.
const MOST_LETTERS: usize = 2;
const LONGEST: usize = 200;

fn made_of_words(value: &str, hosts: &[String]) -> bool {
    let (mut letters, mut digits) = (0, 0);
    let known = words(value).all(|word| {
        if word.bytes().all(|b| b.is_ascii_digit()) {
            digits += word.len();
            return word.len() < MOST_DIGITS;
        }
        if word.len() == 1 {
            letters += 1;
            return word.is_ascii();
        }
        is_word(&word) || hosts.contains(&word)
    });
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_.:/+,;=*\"'{}[]()<>|".contains(c);
    known
        && value.len() <= LONGEST
        && value.chars().all(plain)
        && digits <= MOST_DIGITS
        && letters <= MOST_LETTERS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(name: &str, value: &str) -> bool {
        is_public(name, value, &["acme".to_owned()])
    }

    #[test]
    fn words_of_protocols_are_public() {
        for (name, value) in [
            ("grant_type", "refresh_token"),
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("grant_type", "x_refresh_token"),
            ("grant_type", "fb_exchange_token"),
            ("token_type_hint", "refresh_token"),
            ("response_type", "code id_token"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("audience", "https://api.acme.example/v1"),
            ("resource", "https://graph.other.example/"),
            ("Accept", "application/vnd.acme.v2+json"),
            ("Content-Type", "application/json; charset=utf-8"),
            ("X-Requested-With", "XMLHttpRequest"),
            ("API-Version", "2022-06-28"),
            ("locale", "en_GB"),
            ("x", "web"),
            ("x", "v2.0"),
            ("x", "true"),
            ("x", "0000"),
            ("x", ""),
            ("scope", "openid offline_access read:users"),
            ("x", "{{a}}, b"),
        ] {
            assert!(public(name, value), "{name}={value}");
        }
    }

    #[test]
    fn what_may_be_a_secret_is_not_public() {
        for (name, value) in [
            ("x", "hunter2"),
            ("x", "swordfish"),
            ("x", "correct horse battery staple"),
            ("x", "12-34-56"),
            ("x", "123456"),
            ("x", "a-b-c-d"),
            ("x", "Tr0ub4dor&3"),
            ("x", "p\u{e4}ss"),
            ("x", "token=hunter2"),
            ("x", "%E6%97"),
            ("grant_type", "hunter2"),
            ("grant_type", "hunterx_token"),
            ("audience", "https://api.acme.example/hunter2"),
            ("audience", "https://hunter2@api.acme.example/"),
            ("audience", "https://api.acme.example/?a=hunter2"),
            ("version", "1234-56-78"),
            ("x", "2022-06-28"),
        ] {
            assert!(!public(name, value), "{name}={value}");
        }
    }

    #[test]
    fn parts_of_paths_are_known_by_their_words() {
        for part in [
            "",
            "v2",
            "t",
            "oauth2",
            "v2.0",
            "token",
            "refresh_access_token",
            "refreshToken.do",
            "openid-connect",
            "acme",
            "api.v1",
            ".well-known",
        ] {
            assert!(is_public_part(part, &["acme".to_owned()]), "{part}");
        }
        for part in ["hunter2", "T024BE7LD", "x7gq2", "9f86d081", "%E6", "1234-56"] {
            assert!(!is_public_part(part, &[]) && !is_route(part), "{part}");
        }
        for part in ["2024-01", "2022-06-28", "v2", "oauth2"] {
            assert!(is_public_part(part, &[]), "{part}");
        }
        for part in ["graphql", "keep-alive", "keepAlive", "swordfish", "ajax.do"] {
            assert!(is_route(part), "{part}");
        }
        for part in ["qwrtzpsd", "Tr0ub4dor", "a b", ""] {
            assert!(!is_route(part) || part.is_empty(), "{part}");
        }
        for (part, announces) in
            [("realms", true), ("Companies", true), ("hooks", true), ("user", true), ("oauth", false)]
        {
            assert_eq!(announces_an_identifier(part), announces, "{part}");
        }
    }
}
