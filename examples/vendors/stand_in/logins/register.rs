//! Dynamic registration (RFC 7591): whoever asks properly becomes a client.

use serde_json::{Value, json};

use super::super::Options;
use super::super::desk::Desk;
use super::super::http::{Answer, Request};
use super::super::manual::random_hex;
use super::super::reading::{Reading, Refusal};
use super::client::Client;
use super::{Ask, is_at};

pub fn read(request: &Request, options: &Options) -> Option<Reading> {
    is_at(request, "POST", "/register").then_some(())?;
    let mut reading = Reading::default();
    reading.arrives(request, "POST", &[], options);
    reading.no_query(request);
    reading.no_header(request, "Authorization");
    reading.accepts_json(request);
    reading.content_type(request, "application/json");
    match serde_json::from_slice::<Value>(&request.body) {
        Ok(body) if body.is_object() => reading.ask = Ask::Register(body),
        _ => {
            let refusal = Refusal::Request("invalid_client_metadata");
            reading.refuses(refusal, "the body is not a JSON object");
            reading.ask = Ask::Register(Value::Null);
        }
    }
    Some(reading)
}

impl Desk {
    pub fn register(&mut self, reading: &mut Reading, wish: &Value) -> Answer {
        let texts = |name: &str| -> Vec<String> {
            let list = wish[name].as_array().into_iter().flatten();
            list.filter_map(|text| text.as_str().map(str::to_owned)).collect()
        };
        let (addresses, grants) = (texts("redirect_uris"), texts("grant_types"));
        // Section 2: whoever says nothing means `authorization_code`, which needs an address.
        let code = grants.is_empty() || grants.iter().any(|grant| grant == "authorization_code");
        if code && addresses.is_empty() {
            reading.departs("registration: no redirect_uris, although a code is to come back");
            return Answer::oauth_error(400, "invalid_redirect_uri");
        }
        let method = match wish["token_endpoint_auth_method"].as_str() {
            None | Some("client_secret_basic") => "client_secret_basic",
            Some("client_secret_post") => "client_secret_post",
            Some("none") => "none",
            Some(_) => {
                reading.departs("registration: a token_endpoint_auth_method that nobody offered");
                return Answer::oauth_error(400, "invalid_client_metadata");
            }
        };
        let secret = match method {
            "none" => String::new(),
            _ => format!("rs-{}-{}", self.options.secret_word, random_hex()),
        };
        let id = format!("reg-{}", random_hex());
        let mut answer = wish.clone();
        answer["client_id"] = json!(id);
        answer["token_endpoint_auth_method"] = json!(method);
        if method != "none" {
            answer["client_secret"] = json!(secret);
            answer["client_secret_expires_at"] = json!(0);
        }
        let client = Client { id, secret, method, redirect_uris: kept(&addresses) };
        self.counter.clients.push(client);
        Answer::json(201, &answer).with("Cache-Control", "no-store")
    }
}

/// A test registers a handful; options hold such addresses for good.
fn kept(addresses: &[String]) -> &'static [&'static str] {
    let texts: Vec<&'static str> = addresses.iter().map(|text| &*text.clone().leak()).collect();
    texts.leak()
}
