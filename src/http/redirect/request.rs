//! What a request to the redirect address is: the redirect of a login, or something else. Judged by its head alone.

use url::Url;
use url::form_urlencoded;
use zeroize::Zeroizing;

/// Of a query, decoded: one of the values is a code.
pub(crate) type Params = Vec<(String, Zeroizing<String>)>;

/// What the right request has.
#[derive(Clone)]
pub(super) struct Expected {
    /// As a browser writes it.
    hosts: Vec<String>,
    path: String,
}

impl Expected {
    pub(super) fn at(url: &Url, port: u16) -> Expected {
        let host = url.host_str().unwrap_or_default();
        let mut hosts = vec![format!("{host}:{port}")];
        if port == 80 {
            hosts.push(host.to_owned());
        }
        Expected { hosts, path: url.path().to_owned() }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// With the parameters of its query.
    Redirect(Params),
    /// What browsers ask for by themselves.
    Icon,
    Other,
}

/// More than any has.
const HEADERS: usize = 100;

/// `None`: the head is not whole yet.
pub(super) fn recognized(head: &[u8], expected: &Expected) -> Option<Target> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(head) {
        Ok(httparse::Status::Partial) => return None,
        Ok(httparse::Status::Complete(_)) => {}
        Err(_) => return Some(Target::Other),
    }
    let mut hosts = request.headers.iter().filter(|header| header.name.eq_ignore_ascii_case("host"));
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.value,
        _ => return Some(Target::Other),
    };
    // One that is not ours is a name that was turned to this machine (DNS rebinding).
    if request.method != Some("GET") || !expected.hosts.iter().any(|own| own.as_bytes() == host) {
        return Some(Target::Other);
    }
    let target = request.path.unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Some(match () {
        () if path == expected.path => params(query).map_or(Target::Other, Target::Redirect),
        () if path == "/favicon.ico" => Target::Icon,
        () => Target::Other,
    })
}

/// `None`: one comes twice, so that what counts and what was checked might differ. RFC 6749 section 3.1 forbids it.
pub(crate) fn params(query: &str) -> Option<Params> {
    let mut params = Params::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if params.iter().any(|(known, _)| *known == name) {
            return None;
        }
        params.push((name.into_owned(), Zeroizing::new(value.into_owned())));
    }
    Some(params)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn judged(head: &str) -> Option<Target> {
        let url = Url::parse("http://127.0.0.1:8457/call%20back").expect("it");
        recognized(head.as_bytes(), &Expected::at(&url, 8457))
    }

    fn get(target: &str, host: &str) -> Option<Target> {
        judged(&format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"))
    }

    const HOST: &str = "127.0.0.1:8457";

    #[test]
    fn the_redirect_is_known_by_method_path_and_host() {
        let pair = |name: &str, value: &str| (name.to_owned(), Zeroizing::new(value.to_owned()));
        let right = Some(Target::Redirect(vec![pair("code", "a b+/="), pair("state", "s"), pair("x", "")]));
        assert_eq!(get("/call%20back?code=a+b%2B/%3D&state=s&x", HOST), right);
        assert_eq!(get("/call%20back", HOST), Some(Target::Redirect(Vec::new())));
        for (target, host) in [
            ("/call back?code=1", HOST),
            ("/callback?code=1", HOST),
            ("/call%20back/?code=1", HOST),
            ("/call%20back#code=1", HOST),
            ("//call%20back?code=1", HOST),
            ("http://127.0.0.1:8457/call%20back?code=1", HOST),
            ("*", HOST),
            ("/call%20back?code=1", "127.0.0.1"),
            ("/call%20back?code=1", "localhost:8457"),
            ("/call%20back?code=1", "127.0.0.1:8458"),
            ("/call%20back?code=1", "127.0.0.1.example:8457"),
            ("/call%20back?code=1", "rebound.example:8457"),
            ("/call%20back?code=1", ""),
        ] {
            assert_eq!(get(target, host), Some(Target::Other), "{target} {host}");
        }
        assert_eq!(get("/favicon.ico", HOST), Some(Target::Icon));
    }

    #[test]
    fn a_parameter_that_comes_twice_is_no_redirect() {
        for query in ["code=1&state=s&code=2", "code=1&state=s&state=s", "code=1&c%6fde=2&state=s"] {
            assert_eq!(get(&format!("/call%20back?{query}"), HOST), Some(Target::Other), "{query}");
        }
    }

    #[test]
    fn what_is_not_one_whole_get_of_one_host_is_no_redirect() {
        for head in [
            "HEAD /call%20back?code=1 HTTP/1.1\r\nHost: 127.0.0.1:8457\r\n\r\n",
            "POST /call%20back?code=1 HTTP/1.1\r\nHost: 127.0.0.1:8457\r\n\r\n",
            "get /call%20back?code=1 HTTP/1.1\r\nHost: 127.0.0.1:8457\r\n\r\n",
            "GET /call%20back?code=1 HTTP/1.1\r\n\r\n",
            "GET /call%20back?code=1 HTTP/1.1\r\nHost: 127.0.0.1:8457\r\nhost: 127.0.0.1:8457\r\n\r\n",
            "\u{16}\u{3}\u{1}\r\n\r\n",
            "SSH-2.0-x\r\n\r\n",
        ] {
            assert_eq!(judged(head), Some(Target::Other), "{head}");
        }
        assert_eq!(judged("GET /call%20back?code=1 HTTP/1.1\r\nHost: 127.0.0.1:8457\r\n"), None);
        assert_eq!(judged(""), None);
    }

    #[test]
    fn the_usual_port_may_be_left_out_and_the_other_family_has_its_brackets() {
        let usual = Expected::at(&Url::parse("http://localhost/cb").expect("it"), 80);
        assert_eq!(usual.hosts, ["localhost:80", "localhost"]);
        let six = Expected::at(&Url::parse("http://[::1]:5/").expect("it"), 5);
        assert_eq!((six.hosts, six.path.as_str()), (vec!["[::1]:5".to_owned()], "/"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_judged(head in any::<Vec<u8>>()) {
            let expected = Expected::at(&Url::parse("http://127.0.0.1:8457/cb").expect("it"), 8457);
            let whole = [b"GET /cb?".as_slice(), &head, b" HTTP/1.1\r\nHost: 127.0.0.1:8457\r\n\r\n"].concat();
            prop_assert!(!matches!(recognized(&head, &expected), Some(Target::Redirect(_))));
            if let Some(Target::Redirect(params)) = recognized(&whole, &expected) {
                let mut names: Vec<&str> = params.iter().map(|(name, _)| name.as_str()).collect();
                names.sort_unstable();
                names.dedup();
                prop_assert_eq!(names.len(), params.len());
            }
        }
    }
}
