//! What a value of a request or an answer probably is, by its name and its looks.

use super::looks::{epoch, is_uuid, looks_random, placeholder};
use super::word_list::{WordList, canonical};

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
    // `grant_type=refresh_token`, `token_type_hint=…`: about a secret, and none.
    if name.ends_with("type") || name.ends_with("hint") {
        return Meaning::Plain;
    }
    let fits = |(meaning, parts, whole): &&(Meaning, WordList, WordList)| {
        let named = parts.any(|part| name.contains(part)) || whole.has(name);
        named && (*meaning != Meaning::Time || epoch(value).is_some())
    };
    match NAMES.iter().find(fits) {
        Some((meaning, ..)) => *meaning,
        None if value.contains('@') => Meaning::Own,
        None => Meaning::Plain,
    }
}

/// What names mean that hold one of the first or are one of the second; the first row that fits counts.
const NAMES: [(Meaning, WordList, WordList); 9] = [
    (Meaning::RefreshToken, WordList("refreshtoken"), WordList("refresh rt refreshjwt refreshkey")),
    (Meaning::AccessToken, WordList("accesstoken"), WordList("oldtoken currenttoken bearertoken")),
    (
        Meaning::ClientId,
        WordList(""),
        WordList("clientid appid appkey applicationid consumerkey clientkey applicationkey"),
    ),
    (
        Meaning::ClientSecret,
        WordList(""),
        WordList("clientsecret appsecret consumersecret applicationsecret clientsecretkey"),
    ),
    (Meaning::Scope, WordList(""), WordList("scope scopes")),
    (Meaning::Time, WordList(""), WordList("timestamp ts time t now requesttime xtimestamp iat")),
    (
        Meaning::Nonce,
        WordList("nonce"),
        WordList("requestid xrequestid traceid correlationid xcorrelationid idempotencykey jti"),
    ),
    (
        Meaning::Secret,
        WordList(
            "password passwd passphrase pwd secret token apikey key sign credential session cookie otp \
     assertion jwt private",
        ),
        WordList("pass psw pw code authcode pin sid hash mac auth authorization xauth"),
    ),
    (Meaning::Own, WordList("email username phone mobile"), WordList("user login account")),
];

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
}
