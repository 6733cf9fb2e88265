//! Which value of an answer is a token, by its name.

use super::leaf::Leaf;

/// The first of the highest score.
pub(super) fn best<'a, 'v>(leaves: &'a [Leaf<'v>], score: fn(&str, &str) -> u8) -> Option<&'a Leaf<'v>> {
    let mut found: Option<(u8, &Leaf<'v>)> = None;
    for leaf in leaves.iter().filter(|leaf| leaf.value.as_str().is_some_and(|text| !text.trim().is_empty())) {
        let score = score(&leaf.name(), &leaf.long_name());
        if score > found.map_or(0, |(best, _)| best) {
            found = Some((score, leaf));
        }
    }
    found.map(|(_, leaf)| leaf)
}

/// About a token, and none.
fn is_about(name: &str) -> bool {
    ["type", "hint", "expires", "expiry", "expiration", "at", "in", "id", "url", "uri", "time"]
        .iter()
        .any(|end| name.ends_with(end))
        && !name.ends_with("sessionid")
        || ["expir", "csrf", "xsrf"].iter().any(|part| name.contains(part))
}

pub(super) fn access_score(name: &str, long: &str) -> u8 {
    match (name, long) {
        _ if is_about(name) || long.contains("refresh") || name == "idtoken" => 0,
        ("accesstoken", _) => 100,
        (_, "accesstoken") => 95,
        _ if name.contains("accesstoken") => 90,
        ("token", _) => 70,
        ("access" | "authtoken" | "bearertoken" | "sessiontoken" | "apitoken" | "jwt" | "jwttoken", _) => 60,
        _ if name.ends_with("token") => 40,
        ("sessionid" | "ticket" | "sessionkey" | "apikey", _) => 20,
        _ => 0,
    }
}

pub(super) fn refresh_score(name: &str, long: &str) -> u8 {
    match (name, long) {
        _ if is_about(name) => 0,
        ("refreshtoken", _) => 100,
        (_, "refreshtoken") => 95,
        _ if name.contains("refreshtoken") => 90,
        ("refresh", _) => 60,
        ("rt", _) => 30,
        _ => 0,
    }
}
