//! BabelBird's logins: `authorize.do`, which calls its state `data` and knows no PKCE, `token.do` with everything in the
//! query, and `authorizeByJWT.do`, of which the page does not say what it returns: here JSON with the code.

use serde_json::json;

use super::super::Options;
use super::super::babelbird::{show_client, without_body};
use super::super::desk::Desk;
use super::super::http::{Answer, Request};
use super::super::reading::{Reading, Refusal};
use super::code::{Code, Redemption};
use super::subject::{JWT_KEY, claims};
use super::{Ask, visit};

/// `None`: this is the refresh, or nothing of ours.
pub fn read(request: &Request, options: &Options) -> Option<Reading> {
    match request.path.as_str() {
        "/api/authorize.do" => {
            let (mut reading, query) = visit::read(request, options, "data");
            reading.only(&query, &["response_type", "client_id", "redirect_uri", "data"]);
            Some(reading)
        }
        "/api/authorizeByJWT.do" => Some(by_jwt(request, options)),
        "/api/token.do" => Some(token(request, options)),
        _ => None,
    }
}

fn token(request: &Request, options: &Options) -> Reading {
    let mut reading = Reading::default();
    reading.arrives(request, "POST", &[], options);
    show_client(&mut reading, request, options);
    without_body(&mut reading, request);
    reading.accepts_json(request);
    let query = reading.fields(&request.query, "query");
    reading.fixed(&query, "grant_type", "authorization_code", "unsupported_grant_type");
    reading.only(&query, &["grant_type", "code", "redirect_uri"]);
    let code = reading.required(&query, "code").unwrap_or_default();
    let back = query.get("redirect_uri").map(str::to_owned);
    reading.ask = Ask::Code(Redemption { code, back, ..Redemption::default() });
    reading
}

fn by_jwt(request: &Request, options: &Options) -> Reading {
    let mut reading = Reading::default();
    reading.arrives(request, "GET", &[], options);
    without_body(&mut reading, request);
    let query = reading.fields(&request.query, "query");
    reading.fixed(&query, "response_type", "code", "unsupported_response_type");
    if reading.required(&query, "client_id").as_ref() != Some(&options.client_id) {
        reading.rejects(Refusal::Client);
    }
    let accounts = ["email", "phone", "babelId"];
    reading.only(&query, &[&["response_type", "client_id", "jwt_token"], &accounts[..]].concat());
    if accounts.iter().filter(|name| query.get(name).is_some()).count() > 1 {
        reading
            .refuses(Refusal::Request("invalid_request"), "query: more than one of email, phone and babelId");
    }
    let jwt = reading.required(&query, "jwt_token").unwrap_or_default();
    let key = format!("{JWT_KEY}-{}", options.secret_word);
    let signed = claims(&jwt, &key).is_some_and(|claims| claims["client_id"] == options.client_id.as_str());
    if !signed {
        reading.rejects(Refusal::Person);
    }
    reading.ask = Ask::CodeByJwt;
    reading
}

impl Desk {
    pub fn code_by_jwt(&mut self, reading: &Reading) -> Answer {
        let (name, code) = Code::new(&self.options.secret_word);
        self.counter.codes.insert(name.clone(), Code { client: reading.client.clone(), ..code });
        Answer::json(200, &json!({ "code": name }))
    }
}
