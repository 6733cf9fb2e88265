use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use crate::base::fault::said;
use crate::dialect::template::Template;

/// A JSON body: the tree as written, its strings templates.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(with = "crate::testing::json_schema::Tree"))]
pub(crate) enum Json {
    Text(Template),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
    Plain(Value),
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Json, D::Error> {
        from.deserialize_any(Tree)
    }
}

/// By hand: through a JSON value it would be lost where in the file a fault stands.
struct Tree;

impl<'de> de::Visitor<'de> for Tree {
    type Value = Json;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_str<E: de::Error>(self, source: &str) -> Result<Json, E> {
        Template::parse(source.to_owned()).map(Json::Text).map_err(said)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Json, E> {
        Ok(Json::Plain(truth.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Plain(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Plain(number.into()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Json, E> {
        let number = serde_json::Number::from_f64(number);
        number.map(|number| Json::Plain(number.into())).ok_or_else(|| said("JSON has no such number"))
    }

    fn visit_seq<S: de::SeqAccess<'de>>(self, mut list: S) -> Result<Json, S::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<M: de::MapAccess<'de>>(self, mut map: M) -> Result<Json, M::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Json::Object(members))
    }
}

impl Json {
    /// Every template, and where below `path` it stands.
    pub(super) fn each<'a>(&'a self, path: &[&str], visit: &mut dyn FnMut(&[&str], &'a Template)) {
        match self {
            Json::Text(template) => visit(path, template),
            Json::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    item.each(&[path, &[&index.to_string()]].concat(), visit);
                }
            }
            Json::Object(members) => {
                members.iter().for_each(|(name, value)| value.each(&[path, &[name]].concat(), visit));
            }
            Json::Plain(_) => {}
        }
    }
}
