//! A token that is made and not asked for: an exchange with `makes` instead of a request and an answer.
//!
//! It is read as if a vendor had answered with it, so that nothing that reads, keeps or shows tokens need know of it.
//! What stands in the place of its request is never sent: its body is the token.

use serde_json::json;
use toml::{Table, Value};

use super::template::Template;
use crate::base::clock::Moment;
use crate::base::toml_source::Fault;
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

/// What is read in the place of request and answer. Once all is merged.
pub(super) fn fill_in(table: &mut Table) -> Result<(), Fault> {
    let Some(Value::Table(exchanges)) = table.get_mut("exchanges") else { return Ok(()) };
    for (name, exchange) in exchanges.iter_mut() {
        let Some(exchange) = exchange.as_table_mut() else { continue };
        let Some(makes) = exchange.get(MAKES) else { continue };
        if let Some(key) = SENT.iter().find(|key| exchange.contains_key(**key)) {
            let words = format!("`{MAKES}` makes the token and nothing is sent; take it or `{key}` away");
            return Err(Fault::at(&["exchanges", name, MAKES], &words));
        }
        // What is wrong with the template is told where it stands.
        let text = makes.get(ACCESS_TOKEN).and_then(Value::as_str).map(str::to_owned);
        let text =
            text.filter(|text| Template::parse(text.clone()).is_ok()).unwrap_or_else(|| "x".to_owned());
        let request = Table::from_iter([("url".into(), NOWHERE.into()), ("body".into(), text.into())]);
        let place = format!("/{ACCESS_TOKEN}");
        let expires =
            Table::from_iter([("at".into(), place.clone().into()), ("unit".into(), "jwt_exp".into())]);
        let answer = Table::from_iter([
            (ACCESS_TOKEN.into(), place.into()),
            ("access_expires".into(), Value::Array(vec![expires.into()])),
        ]);
        exchange.insert("request".into(), request.into());
        exchange.insert("answer".into(), answer.into());
    }
    Ok(())
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
