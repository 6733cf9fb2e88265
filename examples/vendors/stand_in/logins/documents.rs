//! What a server says of itself (RFC 8414, OpenID Connect Discovery), and a protected resource that says where its tokens
//! come from (RFC 9728), with whatever lies a test tells.

use serde_json::{Value, json};

use super::super::Options;
use super::super::desk::Desk;
use super::super::http::{Answer, Request};
use super::super::manual::Vendor;
use super::super::reading::Reading;
use super::Ask;

pub const RESOURCE: &str = "/mcp";

pub enum Document {
    /// By its path.
    Server(String),
    Resource(String),
    /// The resource itself, with the access token that somebody shows.
    Itself(Option<String>),
}

pub fn read(request: &Request, options: &Options) -> Option<Reading> {
    let path = request.path.clone();
    let (document, allowed): (_, &[&str]) = match path.as_str() {
        "/.well-known/oauth-authorization-server" | "/.well-known/openid-configuration" => {
            (Document::Server(path), &[])
        }
        "/.well-known/oauth-protected-resource" | "/.well-known/oauth-protected-resource/mcp" => {
            (Document::Resource(path), &[])
        }
        RESOURCE => {
            let shown = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
            (Document::Itself(shown.map(str::to_owned)), &["Authorization"])
        }
        _ => return None,
    };
    let mut reading = Reading::default();
    // A resource is asked in whatever way its protocol has.
    let method = if request.path == RESOURCE { request.method.clone() } else { "GET".to_owned() };
    reading.arrives(request, &method, allowed, options);
    reading.no_query(request);
    if allowed.is_empty() {
        reading.no_header(request, "Authorization");
    }
    reading.ask = Ask::Document(document);
    Some(reading)
}

impl Desk {
    pub fn document(&mut self, document: &Document) -> Answer {
        let (path, body) = match document {
            Document::Server(path) => (path, self.metadata()),
            Document::Resource(path) => (path, self.resource()),
            Document::Itself(Some(token)) if self.ledger.accepts(token) => {
                return Answer::json(200, &json!({ "result": "hello" }));
            }
            Document::Itself(_) => return self.challenge(),
        };
        let body = match &self.counter.lie {
            Some(lie) => lie(path, body),
            None => body,
        };
        Answer::json(200, &body)
    }

    fn challenge(&self) -> Answer {
        let document = format!("{}/.well-known/oauth-protected-resource{RESOURCE}", self.origin);
        Answer::empty(401).with("WWW-Authenticate", &format!("Bearer resource_metadata=\"{document}\""))
    }

    fn resource(&self) -> Value {
        let origin = &self.origin;
        json!({
            "resource": format!("{origin}{RESOURCE}"),
            "authorization_servers": [origin],
            "scopes_supported": ["read", "write"],
            "bearer_methods_supported": ["header"],
        })
    }

    fn metadata(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.origin);
        assert_eq!(self.vendor, Vendor::OAuth2, "only a standard server says this of itself");
        json!({
            "issuer": self.origin,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "device_authorization_endpoint": at("/device_authorization"),
            "revocation_endpoint": at("/revoke"),
            "registration_endpoint": at("/register"),
            "response_types_supported": ["code"],
            "grant_types_supported": [
                "authorization_code", "refresh_token", "client_credentials", "password",
                "urn:ietf:params:oauth:grant-type:device_code",
                "urn:ietf:params:oauth:grant-type:token-exchange",
                "urn:ietf:params:oauth:grant-type:jwt-bearer",
            ],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
            "scopes_supported": ["read", "write"],
        })
    }
}
