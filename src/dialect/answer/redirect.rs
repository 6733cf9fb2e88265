//! Where a redirect would have led. It is never followed: what a request carries is for the origin that it was made for.

use url::Url;

use crate::http::message::RawAnswer;

/// Origin and path alone: a query or a login may be a secret.
pub(super) fn words(raw: &RawAnswer) -> Option<String> {
    let place = raw.header("location").filter(|_| (300..400).contains(&raw.status))?;
    Some(format!("redirects to {}", shown(place.trim())?))
}

fn shown(place: &str) -> Option<String> {
    // Only so that what is relative can be read.
    let here = Url::parse("https://here.invalid/").ok()?;
    let url = here.join(place).ok()?;
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let path = url.path();
    match host {
        "here.invalid" if place.starts_with('/') => Some(path.to_owned()),
        "here.invalid" if path == "/" => Some("the same address".to_owned()),
        "here.invalid" => Some(format!("`{}` beside it", path.trim_start_matches('/'))),
        "" => Some(format!("an address that begins with `{}:`", url.scheme())),
        _ => Some(format!("{}://{host}{port}{path}", url.scheme())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_is_told_by_origin_and_path_alone() {
        for (place, wanted) in [
            ("https://b.example/t", Some("https://b.example/t")),
            (" https://b.example:8443/t?refresh_token=CANARY#CANARY", Some("https://b.example:8443/t")),
            ("https://u:CANARY@b.example/", Some("https://b.example/")),
            ("//u:CANARY@b.example/t?x", Some("https://b.example/t")),
            ("http://[::1]:80/t", Some("http://[::1]/t")),
            ("/login?next=CANARY", Some("/login")),
            ("login#CANARY", Some("`login` beside it")),
            ("?CANARY", Some("the same address")),
            ("file:///etc/passwd", Some("an address that begins with `file:`")),
            ("data:text/html,CANARY", Some("an address that begins with `data:`")),
            ("https://", None),
        ] {
            assert_eq!(shown(place.trim()).as_deref(), wanted, "{place}");
        }
    }
}
