//! HTTP Digest (RFC 7616): what a server asks for with a 401, and the header that answers it.
//!
//! Of the protections `auth` alone is known, and the one without any (RFC 2069); of the algorithms MD5 and SHA-256.

use md5::Md5;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::base::digest::hex;
use crate::http::message::{NamedPassword, RawAnswer};

/// The header in which a server asks.
pub(crate) const ASKS: &str = "www-authenticate";

/// Of one server, for one request.
#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Clone)]
pub(crate) struct DigestChallenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    /// As it was written. `None`: MD5.
    algorithm: Option<String>,
    sha256: bool,
    session: bool,
    protects: bool,
}

impl DigestChallenge {
    /// The strongest that a complete 401 offers. `None`: it offers none that is known here.
    pub(crate) fn of(raw: &RawAnswer) -> Option<DigestChallenge> {
        let known = offered(raw).into_iter().filter_map(|offer| read(&offer).ok());
        known.max_by_key(|offer| (offer.sha256, offer.protects))
    }

    /// The value of `Authorization`. `target`: path and query. `cnonce`: drawn for this request.
    pub(crate) fn answer(
        &self,
        login: &NamedPassword,
        method: &str,
        target: &str,
        cnonce: &str,
    ) -> Result<Zeroizing<String>, String> {
        let NamedPassword { username, password } = login;
        if username.chars().any(char::is_control) {
            return Err("the user name for `digest` contains a control character".into());
        }
        let hash =
            |text: &str| if self.sha256 { hex(&Sha256::digest(text)) } else { hex(&Md5::digest(text)) };
        let realm = unquoted(&self.realm);
        let secret = Zeroizing::new(format!("{}:{realm}:{}", username.as_str(), password.as_str()));
        let mut first = Zeroizing::new(hash(&secret));
        if self.session {
            let nonce = unquoted(&self.nonce);
            first = Zeroizing::new(hash(&format!("{}:{nonce}:{cnonce}", first.as_str())));
        }
        let second = hash(&format!("{method}:{target}"));
        let nonce = unquoted(&self.nonce);
        let response = match self.protects {
            true => hash(&format!("{}:{nonce}:00000001:{cnonce}:auth:{second}", first.as_str())),
            false => hash(&format!("{}:{nonce}:{second}", first.as_str())),
        };
        let name = username.replace('\\', "\\\\").replace('"', "\\\"");
        let mut value = Zeroizing::new(format!(
            "Digest username=\"{name}\", realm=\"{}\", nonce=\"{}\", uri=\"{target}\", response=\"{response}\"",
            self.realm, self.nonce
        ));
        if let Some(algorithm) = &self.algorithm {
            value.push_str(&format!(", algorithm={algorithm}"));
        }
        if let Some(opaque) = &self.opaque {
            value.push_str(&format!(", opaque=\"{opaque}\""));
        }
        if self.protects {
            value.push_str(&format!(", qop=auth, nc=00000001, cnonce=\"{cnonce}\""));
        } else if self.session {
            value.push_str(&format!(", cnonce=\"{cnonce}\""));
        }
        Ok(value)
    }
}

/// Why no digest answers a complete 401, and what helps. `None`: one does, or it is another answer.
pub(crate) fn unanswerable(raw: &RawAnswer) -> Option<String> {
    if !is_whole(raw) || DigestChallenge::of(raw).is_some() {
        return None;
    }
    let all = offered(raw);
    if let Some(why) = all.iter().find_map(|offer| read(offer).err().flatten()) {
        return Some(why);
    }
    let mut schemes: Vec<&str> = all.iter().map(|offer| offer.scheme.as_str()).collect();
    schemes.dedup();
    let asks = match schemes.is_empty() {
        true => "it asks for nothing (no `WWW-Authenticate`)".to_owned(),
        false => format!("it asks for {}", schemes.join(", ")),
    };
    Some(format!(
        "{asks}, not for the digest that the dialect's `digest` is for; check the address, or replace `digest` with the login that this server accepts"
    ))
}

fn is_whole(raw: &RawAnswer) -> bool {
    raw.status == 401 && raw.complete && raw.garbled.is_none()
}

/// What a complete 401 asks for.
fn offered(raw: &RawAnswer) -> Vec<Offer> {
    let asks = raw.headers.iter().filter(|(name, _)| is_whole(raw) && name.eq_ignore_ascii_case(ASKS));
    asks.flat_map(|(_, value)| offers(value)).collect()
}

/// One challenge: its scheme, and of a digest the parameters, their names in lower case.
struct Offer {
    scheme: String,
    parameters: Vec<(String, String)>,
}

/// A value is kept as it stands between its quotes, so that it can be repeated.
fn unquoted(text: &str) -> String {
    let (mut plain, mut escaped) = (String::new(), false);
    for c in text.chars() {
        match c {
            '\\' if !escaped => escaped = true,
            c => {
                plain.push(c);
                escaped = false;
            }
        }
    }
    plain
}

/// Of a list of challenges (RFC 9110 section 11.6.1).
fn offers(value: &str) -> Vec<Offer> {
    let mut all: Vec<Offer> = Vec::new();
    for item in items(value) {
        // A scheme stands before its first parameter.
        let head = item.split('=').next().unwrap_or_default();
        let (scheme, parameter) = match head.trim_end().split_once([' ', '\t']) {
            Some((scheme, _)) => (Some(scheme), item[scheme.len()..].trim_start()),
            None if item.contains('=') => (None, item),
            None => (Some(item), ""),
        };
        if let Some(scheme) = scheme {
            all.push(Offer { scheme: scheme.to_owned(), parameters: Vec::new() });
        }
        if let (Some((name, value)), Some(offer)) = (parameter.split_once('='), all.last_mut()) {
            let value = value.trim();
            let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            offer.parameters.push((name.trim().to_ascii_lowercase(), quoted.unwrap_or(value).to_owned()));
        }
    }
    all
}

/// Between the commas that do not stand in quotes.
fn items(value: &str) -> Vec<&str> {
    let (mut all, mut from, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in value.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                all.push(value[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    all.push(value[from..].trim());
    all.retain(|item| !item.is_empty());
    all
}

/// `Err`: no digest that is known here; why, if it is one.
fn read(offer: &Offer) -> Result<DigestChallenge, Option<String>> {
    if !offer.scheme.eq_ignore_ascii_case("digest") {
        return Err(None);
    }
    let get =
        |name: &str| offer.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let algorithm = get("algorithm");
    let (sha256, session) = match algorithm.as_deref().unwrap_or("MD5").to_ascii_lowercase().as_str() {
        "md5" => (false, false),
        "md5-sess" => (false, true),
        "sha-256" => (true, false),
        "sha-256-sess" => (true, true),
        other => return unknown(&format!("the algorithm {other}"), "MD5 or SHA-256"),
    };
    let protections = get("qop");
    let protects = protections
        .as_deref()
        .is_some_and(|all| all.split(',').any(|one| one.trim().eq_ignore_ascii_case("auth")));
    if let Some(other) = protections.filter(|_| !protects) {
        return unknown(&format!("the protection (`qop`) {other} alone"), "`auth`");
    }
    let (Some(realm), Some(nonce)) = (get("realm"), get("nonce").filter(|nonce| !nonce.is_empty())) else {
        return unknown("no realm or no nonce", "both (RFC 7616 section 3.3)");
    };
    let opaque = get("opaque");
    let plain = |text: &String| text.bytes().all(|b| (0x20..0x7f).contains(&b));
    if ![Some(&realm), Some(&nonce), opaque.as_ref(), algorithm.as_ref()].into_iter().flatten().all(plain) {
        return unknown("characters that no header can repeat", "a challenge in ASCII");
    }
    Ok(DigestChallenge { realm, nonce, opaque, algorithm, sha256, session, protects })
}

fn unknown(what: &str, wanted: &str) -> Result<DigestChallenge, Option<String>> {
    Err(Some(format!(
        "it asks for a digest with {what}, which is not supported; the server must offer {wanted}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples::raw;

    fn asked(values: &[&str]) -> Option<DigestChallenge> {
        let mut answer = raw(401, "no");
        answer.headers.extend(values.iter().map(|value| (ASKS.to_owned(), (*value).to_owned())));
        DigestChallenge::of(&answer)
    }

    fn login(username: &str, password: &str) -> NamedPassword {
        NamedPassword { username: username.to_owned().into(), password: password.to_owned().into() }
    }

    /// RFC 7616 section 3.9.1.
    #[test]
    fn the_answers_are_those_of_the_standard() {
        let params = "realm=\"http-auth@example.org\", qop=\"auth, auth-int\", nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
        for (algorithm, wanted) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let challenge = asked(&[&format!("Digest {params}, algorithm={algorithm}")]).expect("known");
            let answer = challenge
                .answer(
                    &login("Mufasa", "Circle of Life"),
                    "GET",
                    "/dir/index.html",
                    "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
                )
                .expect("an answer");
            assert!(answer.contains(&format!("response=\"{wanted}\"")), "{}", answer.as_str());
            assert!(
                answer.ends_with(
                    "qop=auth, nc=00000001, cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\""
                )
            );
        }
        // RFC 2617 section 3.5 without protection, as RFC 2069 had it; checked with `md5sum`.
        let old = asked(&["Digest realm=\"r\", nonce=\"n\""]).expect("known");
        let answer = old.answer(&login("u", "p"), "GET", "/", "c").expect("an answer");
        let wanted = {
            let hash = |text: &str| hex(&Md5::digest(text));
            hash(&format!("{}:n:{}", hash("u:r:p"), hash("GET:/")))
        };
        assert_eq!(
            answer.as_str(),
            format!("Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"/\", response=\"{wanted}\"")
        );
    }

    #[test]
    fn of_several_offers_the_strongest_that_is_known_is_taken() {
        let (md5, sha) = (
            "Digest realm=\"a, b\", nonce=\"1\", qop=\"auth\"",
            "realm=\"a\", nonce=\"2\", qop=auth, algorithm=SHA-256",
        );
        let nonce = |values: &[&str]| asked(values).map(|challenge| challenge.nonce);
        assert_eq!(nonce(&[md5]).as_deref(), Some("1"));
        assert_eq!(asked(&[md5]).map(|challenge| challenge.realm).as_deref(), Some("a, b"));
        assert_eq!(nonce(&[md5, &format!("digest {sha}")]).as_deref(), Some("2"));
        assert_eq!(
            nonce(&[&format!("Basic realm=\"x\", {md5}, DIGEST {sha}, Negotiate")]).as_deref(),
            Some("2")
        );
        for other in [
            "Basic realm=\"x\", nonce=\"1\"",
            "Negotiate",
            "Digest realm=\"a\"",
            "Digest realm=\"a\", nonce=\"\"",
            "Digest realm=\"a\", nonce=\"1\", qop=\"auth-int\"",
            "Digest realm=\"a\", nonce=\"1\", algorithm=SHA-512-256",
            "Digest realm=\"\u{fc}\", nonce=\"1\"",
            "",
        ] {
            assert!(asked(&[other]).is_none(), "{other}");
        }
        let whole = raw(401, "");
        let headers = vec![(ASKS.to_owned(), md5.to_owned())];
        assert!(DigestChallenge::of(&RawAnswer { headers: headers.clone(), ..whole.clone() }).is_some());
        assert!(
            DigestChallenge::of(&RawAnswer { headers: headers.clone(), complete: false, ..whole.clone() })
                .is_none()
        );
        assert!(DigestChallenge::of(&RawAnswer { headers, status: 400, ..whole }).is_none());
    }

    #[test]
    fn what_stands_in_quotes_is_repeated_as_it_stood_and_hashed_as_it_is_meant() {
        let challenge = asked(&["Digest realm=\"a \\\"b\\\" c\", nonce=\"1\""]).expect("known");
        let answer = challenge.answer(&login("x\"y\\z", "p"), "GET", "/", "c").expect("an answer");
        let hash = |text: &str| hex(&Md5::digest(text));
        let wanted = hash(&format!("{}:1:{}", hash("x\"y\\z:a \"b\" c:p"), hash("GET:/")));
        assert_eq!(
            answer.as_str(),
            format!(
                "Digest username=\"x\\\"y\\\\z\", realm=\"a \\\"b\\\" c\", nonce=\"1\", uri=\"/\", response=\"{wanted}\""
            )
        );
        assert!(challenge.answer(&login("a\nb", "p"), "GET", "/", "c").is_err());
        let session =
            asked(&["Digest realm=\"r\", nonce=\"n\", qop=auth, algorithm=MD5-sess"]).expect("known");
        let answer = session.answer(&login("u", "p"), "POST", "/x?y=1", "c").expect("an answer");
        let first = hash(&format!("{}:n:c", hash("u:r:p")));
        let wanted = hash(&format!("{first}:n:00000001:c:auth:{}", hash("POST:/x?y=1")));
        assert!(answer.contains(&wanted), "{}", answer.as_str());
    }
}
