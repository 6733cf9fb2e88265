//! The headers and parameters of a drafted request, each value under its name.

use serde_json::{Number, Value};

use super::pasted::PastedBody;
use super::{DraftedBody, DraftedRequest};
use crate::credential::reading::RenewsWith;
use crate::dialect::draft::curl::{CurlCommand, scheme};
use crate::dialect::draft::meaning::Meaning;
use crate::dialect::draft::named_values::{Guess, literal};
use crate::dialect::draft::toml_line::{TomlLine, key, quoted};
use crate::dialect::draft::word_list::{WordList, canonical};
use crate::dialect::schema::selector::header_name;

impl DraftedRequest {
    pub(super) fn headers(&mut self, call: &CurlCommand) -> Result<(), String> {
        for (name, value) in &call.headers {
            header_name(name).map_err(|_| "a header of the curl command has no valid name")?;
            match name.to_ascii_lowercase().as_str() {
                "accept" if value.contains("*/*") || value.eq_ignore_ascii_case("application/json") => {}
                "content-type" if is_default_type(value, call) => {}
                "accept" | "content-type" if self.values.meaning(name, value) == Meaning::Plain => {
                    self.headers.push(TomlLine::plain(&key(name), quoted(&literal(value))));
                }
                _ => {
                    let line = self.header(name, value);
                    self.headers.push(line);
                }
            }
        }
        Ok(())
    }

    fn header(&mut self, name: &str, value: &str) -> TomlLine {
        let (kind, bare) = scheme(value);
        let bearer = name.eq_ignore_ascii_case("authorization") && kind.eq_ignore_ascii_case("bearer");
        let meant = match bearer {
            true if self.renews_with == RenewsWith::Client => "api_key",
            true => "access_token",
            false => name,
        };
        // Else it may be the first word of a secret.
        let known = SCHEMES.has(&kind.to_ascii_lowercase());
        if !known || self.values.meaning(meant, bare) == Meaning::Plain {
            return self.line(name, meant, value);
        }
        let Guess { text, note } = self.values.write(meant, bare);
        TomlLine { key: key(name), value: quoted(&format!("{kind} {text}")), note: note.map(str::to_owned) }
    }

    fn line(&mut self, name: &str, meant: &str, value: &str) -> TomlLine {
        let Guess { text, note } = self.values.write(meant, value);
        TomlLine { key: key(name), value: quoted(&text), note: note.map(str::to_owned) }
    }

    /// Several of one name are a list.
    pub(super) fn fields(&mut self, pairs: &[(String, String)]) -> Vec<TomlLine> {
        let mut lines: Vec<(TomlLine, Vec<String>)> = Vec::new();
        for (name, value) in pairs {
            let line = self.line(name, name, value);
            match lines.iter_mut().find(|(known, _)| known.key == line.key) {
                Some((_, values)) => values.push(line.value),
                None => {
                    let values = vec![line.value.clone()];
                    lines.push((line, values));
                }
            }
        }
        let joined = |(line, values): (TomlLine, Vec<String>)| match values.len() {
            1 => line,
            _ => TomlLine { value: format!("[{}]", values.join(", ")), ..line },
        };
        lines.into_iter().map(joined).collect()
    }

    pub(super) fn body(&mut self, sent: PastedBody) -> Result<DraftedBody, String> {
        Ok(match sent {
            PastedBody::Nothing => DraftedBody::None,
            PastedBody::Form(pairs) => DraftedBody::Form(self.fields(&pairs)),
            PastedBody::Json(Value::Object(members)) => {
                let lines = members.iter().map(|(name, value)| {
                    let mut notes = Vec::new();
                    let value = self.json(name, value, &mut notes)?;
                    notes.dedup();
                    let note = (!notes.is_empty()).then(|| notes.join("; "));
                    Ok(TomlLine { key: key(name), value, note })
                });
                DraftedBody::Json(lines.collect::<Result<_, String>>()?)
            }
            PastedBody::Json(other) => DraftedBody::List(self.json("", &other, &mut Vec::new())?),
        })
    }

    fn json(&mut self, name: &str, value: &Value, notes: &mut Vec<String>) -> Result<String, String> {
        Ok(match value {
            Value::Null => quoted("{{ none }}"),
            Value::Bool(truth) => truth.to_string(),
            Value::String(text) => {
                let written = self.noted(name, text, notes);
                quoted(&if is_number(&written) { written.replace(" }}", " | string }}") } else { written })
            }
            Value::Number(number) => self.json_number(name, number, notes)?,
            Value::Array(items) => {
                // Scopes in a list are each their own.
                let name = if canonical(name).starts_with("scope") { "" } else { name };
                let items =
                    items.iter().map(|item| self.json(name, item, notes)).collect::<Result<Vec<_>, _>>()?;
                format!("[{}]", items.join(", "))
            }
            Value::Object(members) => {
                let members = members
                    .iter()
                    .map(|(name, value)| Ok(format!("{} = {}", key(name), self.json(name, value, notes)?)));
                format!("{{ {} }}", members.collect::<Result<Vec<_>, String>>()?.join(", "))
            }
        })
    }

    fn json_number(
        &mut self,
        name: &str,
        number: &Number,
        notes: &mut Vec<String>,
    ) -> Result<String, String> {
        let text = number.to_string();
        if self.values.meaning(name, &text) == Meaning::Plain {
            let fits = number.is_i64() || number.is_f64();
            return fits.then_some(text).ok_or_else(|| "a number of the body is too large for TOML".into());
        }
        let written = self.noted(name, &text, notes);
        self.values.is_number(&written);
        Ok(quoted(&if is_number(&written) { written } else { written.replace(" }}", " | int }}") }))
    }

    fn noted(&mut self, name: &str, value: &str, notes: &mut Vec<String>) -> String {
        let Guess { text, note } = self.values.write(name, value);
        notes.extend(note.map(str::to_owned));
        text
    }
}

/// Of `Authorization` and its like (RFC 9110 section 11.1).
const SCHEMES: WordList =
    WordList("bearer basic digest token jwt apikey api-key key oauth hmac mac dpop gnap negotiate");

/// Whether it gives a number already.
fn is_number(template: &str) -> bool {
    ["{{ now }}", "{{ now_ms }}"].contains(&template)
}

/// What is sent with such a body anyway; with an empty one nothing is.
fn is_default_type(value: &str, call: &CurlCommand) -> bool {
    let data = call.data.as_deref().unwrap_or_default().trim_start();
    let json = data.starts_with(['{', '[']);
    let value = value.to_ascii_lowercase();
    !data.is_empty()
        && (value == if json { "application/json" } else { "application/x-www-form-urlencoded" }
            || (json && value == "application/x-www-form-urlencoded"))
}
