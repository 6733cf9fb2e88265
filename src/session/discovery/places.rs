//! Where a server tells of itself: the well-known places.

use url::Url;

const SERVER: &str = "oauth-authorization-server";
const OPENID: &str = "openid-configuration";
const RESOURCE: &str = "oauth-protected-resource";

/// From the one that counts most: RFC 8414 section 3.1, OpenID Connect Discovery 1.0 section 4, what RFC 8414 section 5
/// makes of the latter, and what servers below a path do that confuse the two.
pub(super) fn of_server(issuer: &Url) -> Vec<Url> {
    let mut all = vec![
        inserted(issuer, SERVER, path(issuer)),
        appended(issuer, OPENID),
        inserted(issuer, OPENID, path(issuer)),
        appended(issuer, SERVER),
    ];
    if path(issuer).is_empty() {
        all.truncate(2);
    }
    all
}

/// RFC 9728 section 3.1, and the root of the same host, which then tells of that (MCP authorization).
pub(super) fn of_resource(resource: &Url) -> Vec<Url> {
    // Of a path its last slash is a part.
    let path = if resource.path() == "/" { "" } else { resource.path() };
    let mut all = vec![inserted(resource, RESOURCE, path)];
    let root = of_root(resource);
    if all[0] != root {
        all.push(root);
    }
    all
}

/// Where the origin of `url` tells of itself as a resource.
pub(super) fn of_root(url: &Url) -> Url {
    with_path(url, &format!("/.well-known/{RESOURCE}"), None)
}

/// Between host and path.
fn inserted(of: &Url, name: &str, path: &str) -> Url {
    with_path(of, &format!("/.well-known/{name}{path}"), of.query())
}

fn appended(of: &Url, name: &str) -> Url {
    with_path(of, &format!("{}/.well-known/{name}", path(of)), None)
}

/// Without the slash that ends it.
fn path(of: &Url) -> &str {
    of.path().strip_suffix('/').unwrap_or(of.path())
}

fn with_path(of: &Url, path: &str, query: Option<&str>) -> Url {
    let mut url = of.clone();
    url.set_path(path);
    url.set_query(query);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(all: &[Url]) -> Vec<&str> {
        all.iter().map(Url::as_str).collect()
    }

    #[test]
    fn a_server_tells_of_itself_before_or_behind_its_path() {
        let of = |text: &str| of_server(&Url::parse(text).expect(text));
        for root in ["https://a.example", "https://a.example/"] {
            assert_eq!(
                shown(&of(root)),
                [
                    "https://a.example/.well-known/oauth-authorization-server",
                    "https://a.example/.well-known/openid-configuration",
                ]
            );
        }
        for below in ["https://a.example:8443/r/t%20x", "https://a.example:8443/r/t%20x/"] {
            assert_eq!(
                shown(&of(below)),
                [
                    "https://a.example:8443/.well-known/oauth-authorization-server/r/t%20x",
                    "https://a.example:8443/r/t%20x/.well-known/openid-configuration",
                    "https://a.example:8443/.well-known/openid-configuration/r/t%20x",
                    "https://a.example:8443/r/t%20x/.well-known/oauth-authorization-server",
                ]
            );
        }
    }

    #[test]
    fn a_resource_tells_of_itself_before_its_path_and_query_or_at_the_root() {
        let of = |text: &str| of_resource(&Url::parse(text).expect(text));
        let root = "https://a.example/.well-known/oauth-protected-resource";
        assert_eq!(shown(&of("https://a.example/mcp")), [&format!("{root}/mcp"), root]);
        assert_eq!(shown(&of("https://a.example/mcp/")), [&format!("{root}/mcp/"), root]);
        assert_eq!(shown(&of("https://a.example/mcp?k=1")), [&format!("{root}/mcp?k=1"), root]);
        assert_eq!(shown(&of("https://a.example")), [root]);
    }
}
