//! What a value of a request or an answer probably is, by its name and its looks. Where it
//! may be a secret it counts as one: what was pasted is never shown.

use crate::credential::jwt::claims;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    RefreshToken,
    AccessToken,
    ClientId,
    ClientSecret,
    Scope,
    /// When the request is made.
    Time,
    /// Another one each time.
    Nonce,
    Secret,
    /// Another one for each user, but no secret.
    Own,
    /// The same for everybody.
    Plain,
}

/// Without case and punctuation.
pub(super) fn canonical(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

pub(super) fn meaning(name: &str, value: &str) -> Meaning {
    let by_name = by_name(&canonical(name), value);
    match placeholder(value) {
        Some(inner) if matches!(by_name, Meaning::Plain | Meaning::Own) => {
            match self::by_name(&canonical(&inner), "") {
                Meaning::Plain => Meaning::Own,
                known => known,
            }
        }
        _ if by_name == Meaning::Plain && looks_random(value) => {
            if is_uuid(value) {
                Meaning::Own
            } else {
                Meaning::Secret
            }
        }
        _ => by_name,
    }
}

fn by_name(name: &str, value: &str) -> Meaning {
    let is = |all: &[&str]| all.contains(&name);
    let holds = |all: &[&str]| all.iter().any(|one| name.contains(one));
    // `grant_type=refresh_token`, `token_type_hint=…`: about a secret, and none.
    if is(&["granttype", "responsetype"]) || name.ends_with("type") || name.ends_with("hint") {
        return Meaning::Plain;
    }
    if holds(&["refreshtoken"]) || is(&["refresh", "rt", "refreshjwt", "refreshkey"]) {
        return Meaning::RefreshToken;
    }
    if holds(&["accesstoken"]) || is(&["oldtoken", "currenttoken", "bearertoken"]) {
        return Meaning::AccessToken;
    }
    if is(&["clientid", "appid", "appkey", "applicationid", "consumerkey", "clientkey", "applicationkey"]) {
        return Meaning::ClientId;
    }
    if is(&["clientsecret", "appsecret", "consumersecret", "applicationsecret", "clientsecretkey"]) {
        return Meaning::ClientSecret;
    }
    if is(&["scope", "scopes"]) {
        return Meaning::Scope;
    }
    if is(&["timestamp", "ts", "time", "t", "now", "requesttime", "xtimestamp", "iat"])
        && epoch(value).is_some()
    {
        return Meaning::Time;
    }
    if holds(&["nonce"])
        || is(&[
            "requestid",
            "xrequestid",
            "traceid",
            "correlationid",
            "xcorrelationid",
            "idempotencykey",
            "jti",
        ])
    {
        return Meaning::Nonce;
    }
    if holds(&SECRET)
        || is(&[
            "pass",
            "psw",
            "pw",
            "code",
            "authcode",
            "pin",
            "sid",
            "hash",
            "mac",
            "auth",
            "authorization",
            "xauth",
        ])
    {
        return Meaning::Secret;
    }
    if holds(&["email", "username", "phone", "mobile"])
        || is(&["user", "login", "account"])
        || value.contains('@')
    {
        return Meaning::Own;
    }
    Meaning::Plain
}

const SECRET: [&str; 16] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "key",
    "sign",
    "credential",
    "session",
    "cookie",
    "otp",
    "assertion",
    "jwt",
    "private",
];

/// `$NAME`, `${NAME}`, `<name>`, `{name}`, `{{name}}`, `YOUR_NAME`: what documents write where a value goes.
pub(super) fn placeholder(value: &str) -> Option<String> {
    let value = value.trim();
    let between = |open: &str, close: &str| value.strip_prefix(open)?.strip_suffix(close);
    let marked = between("${", "}")
        .or_else(|| between("{{", "}}"))
        .or_else(|| between("{", "}"))
        .or_else(|| between("<", ">"))
        .or_else(|| between("%", "%"))
        .or_else(|| value.strip_prefix('$'));
    let lower = value.to_ascii_lowercase();
    let yours = ["your_", "your-"].iter().find_map(|start| lower.strip_prefix(start));
    let inner = marked.or(yours)?.trim();
    let good = |c: char| c.is_ascii_alphanumeric() || "_- .".contains(c);
    let named =
        inner.starts_with(|c: char| c.is_ascii_alphabetic()) && inner.chars().all(good) && inner.len() <= 40;
    (named && !looks_random(inner)).then(|| inner.to_ascii_lowercase())
}

/// Seconds or milliseconds since 1970, near our days.
pub(super) fn epoch(value: &str) -> Option<Epoch> {
    let number: u64 = value.parse().ok()?;
    match number {
        1_200_000_000..=2_500_000_000 => Some(Epoch::Seconds),
        1_200_000_000_000..=2_500_000_000_000 => Some(Epoch::Milliseconds),
        _ => None,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Epoch {
    Seconds,
    Milliseconds,
}

pub(super) fn is_uuid(value: &str) -> bool {
    let parts: Vec<usize> = value.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && value.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

pub(super) fn is_jwt(value: &str) -> bool {
    value.split('.').count() == 3 && claims(value).is_some()
}

/// So long that it is no word, and of the letters that keys have.
const LONG: usize = 20;

/// Somewhere in it stands what looks like a key: at least twenty letters of base64 or hex that are no words.
pub(super) fn looks_random(value: &str) -> bool {
    let runs = value.split(|c: char| !(c.is_ascii_alphanumeric() || "+/_=.~-".contains(c)));
    let mut long = runs.filter(|run| run.len() >= LONG);
    long.any(|run| !run.split(|c: char| !c.is_ascii_alphanumeric()).all(is_word))
}

/// `api`, `OAuth2`, `v1`, `2026`.
fn is_word(piece: &str) -> bool {
    let letters = piece.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = piece.len() - letters.len();
    piece.len() < LONG
        && letters.bytes().all(|b| b.is_ascii_alphabetic())
        && digits <= if letters.is_empty() { 4 } else { 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_looks_say_what_a_value_is() {
        let hex = "9f86d081884c7d659a2feaa0c55ad015";
        for (name, value, wanted) in [
            ("refresh_token", "x", Meaning::RefreshToken),
            ("oldRefreshToken", "x", Meaning::RefreshToken),
            ("grant_type", "refresh_token", Meaning::Plain),
            ("token_type_hint", "refresh_token", Meaning::Plain),
            ("appKey", "x", Meaning::ClientId),
            ("app_secret", "x", Meaning::ClientSecret),
            ("accessToken", "x", Meaning::AccessToken),
            ("X-Api-Key", "x", Meaning::Secret),
            ("sign", "x", Meaning::Secret),
            ("userPassword", "1234", Meaning::Secret),
            ("ts", "1767225600", Meaning::Time),
            ("ts", "5", Meaning::Plain),
            ("nonce", "abc", Meaning::Nonce),
            ("login", "me", Meaning::Own),
            ("who", "me@mail.example", Meaning::Own),
            ("x", "$REFRESH_TOKEN", Meaning::RefreshToken),
            ("x", "<tenant>", Meaning::Own),
            ("tenant", "0f8fad5b-d9cb-469f-a165-70867728950e", Meaning::Own),
            ("locale", "en_GB", Meaning::Plain),
            ("x", hex, Meaning::Secret),
            ("x", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", Meaning::Secret),
        ] {
            assert_eq!(meaning(name, value), wanted, "{name}={value}");
        }
    }

    #[test]
    fn keys_are_told_from_words() {
        for random in [
            "9f86d081884c7d659a2feaa0c55ad015",
            "abcdefghijklmnopqrstuv",
            "rt-canary-0123456789abcdef",
            "{\"in\":\"9f86d081884c7d659a2f\"}",
            "12345678901234567890",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
        ] {
            assert!(looks_random(random), "{random}");
        }
        for word in [
            "",
            "application/vnd.acme.v2+json",
            "https://api.example.com/v1/oauth2/callback",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "read:users write:users offline_access",
            "2026-01-31T12:00:00Z",
            "9f86d081884c7d659a2",
        ] {
            assert!(!looks_random(word), "{word}");
        }
    }
}
