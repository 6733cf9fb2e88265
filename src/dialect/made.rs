//! A token that is made and not asked for: an exchange with `makes` instead of a request and an answer.
//!
//! It is read as if a vendor had answered with it, so that nothing that reads, keeps or shows tokens need know of it.
//! What stands in the place of its request is never sent: its body is the token.

use serde_json::json;
use toml::{Table, Value};

use super::schema::Makes;
use super::template::Template;
use crate::base::clock::Moment;
use crate::base::toml_source::{self, Fault};
use crate::http::message::RawAnswer;

pub(crate) const MAKES: &str = "makes";
const ACCESS_TOKEN: &str = "access_token";

/// What an exchange has that is sent.
const SENT: [&str; 6] = ["request", "answer", "success", "refusals", AFTER, "further"];

/// Refusals that come after those of the dialect, or the exchange, that this one starts from.
pub(super) const AFTER: &str = "refusals_after";

/// Nothing listens there (RFC 6761 section 6.4).
const NOWHERE: &str = "https://made.invalid/";

/// An exchange that makes its token has nothing of a base that asks for one, and the other way round.
pub(super) fn replace_the_other_kind(below: &mut Table, above: &Table) {
    if above.contains_key(MAKES) {
        SENT.iter().for_each(|key| drop(below.remove(*key)));
    } else if SENT.iter().any(|key| above.contains_key(*key)) {
        below.remove(MAKES);
    }
}

/// What is read in the place of request and answer, once all is merged. Gives back what is wrong with it, after which one of
/// two that do not go together is left.
pub(super) fn fill_in(table: &mut Table) -> Vec<Fault> {
    let Some(Value::Table(exchanges)) = table.get_mut("exchanges") else { return Vec::new() };
    let mut found = Vec::new();
    for (name, exchange) in exchanges.iter_mut() {
        let Some(exchange) = exchange.as_table_mut().filter(|exchange| exchange.contains_key(MAKES)) else {
            continue;
        };
        if let Some(key) = SENT.iter().find(|key| exchange.contains_key(**key)) {
            let words = format!("`{MAKES}` makes the token and nothing is sent; remove it or `{key}`");
            found.push(Fault::at(&["exchanges", name, MAKES], &words));
            if ["request", "answer"].iter().all(|key| exchange.contains_key(*key)) {
                let made =
                    exchange.remove(MAKES).and_then(|made| toml_source::from_value::<Makes>(made).err());
                found.extend(made.map(|fault| fault.below(&["exchanges", name, MAKES])));
                continue;
            }
            SENT.iter().for_each(|key| drop(exchange.remove(*key)));
        }
        fill_in_one(exchange);
    }
    found
}

fn fill_in_one(exchange: &mut Table) {
    // What is wrong with the template is told where it stands.
    let text = exchange.get(MAKES).and_then(|makes| makes.get(ACCESS_TOKEN)?.as_str()).map(str::to_owned);
    let text = text.filter(|text| Template::parse(text.clone()).is_ok()).unwrap_or_else(|| "x".to_owned());
    let request = Table::from_iter([("url".into(), NOWHERE.into()), ("body".into(), text.into())]);
    let place = format!("/{ACCESS_TOKEN}");
    let expires = Table::from_iter([("at".into(), place.clone().into()), ("unit".into(), "jwt_exp".into())]);
    let answer = Table::from_iter([
        (ACCESS_TOKEN.into(), place.into()),
        ("access_expires".into(), Value::Array(vec![expires.into()])),
    ]);
    exchange.insert("request".into(), request.into());
    exchange.insert("answer".into(), answer.into());
}

/// Where the author wrote what stands at `path` of the request.
pub(crate) fn written_at(path: &[String]) -> Option<Vec<String>> {
    match path {
        [exchanges, name, request, ..] if request == "request" => {
            Some([exchanges, name, MAKES, ACCESS_TOKEN].map(str::to_owned).to_vec())
        }
        _ => None,
    }
}

/// The token as an answer that holds it.
pub(crate) fn answer(token: &str, at: Moment) -> RawAnswer {
    let body = json!({ ACCESS_TOKEN: token }).to_string().into_bytes();
    RawAnswer { status: 200, headers: Vec::new(), body, complete: true, garbled: None, at }
}
