use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::one_or_many::one_or_many;
use crate::base::fault::said;
use crate::dialect::template::Template;

/// Parameters in the order in which they are written, which is the order in which they are sent.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(
    test,
    schemars(
        with = "std::collections::BTreeMap<String, crate::testing::json_schema::OneOrMany<crate::testing::json_schema::Scalar>>"
    )
)]
pub(crate) struct Fields(pub(crate) Vec<(String, Vec<Template>)>);

impl Fields {
    pub(crate) fn templates(&self) -> impl Iterator<Item = (&str, &Template)> {
        self.0.iter().flat_map(|(name, all)| all.iter().map(move |one| (name.as_str(), one)))
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Fields, D::Error> {
        struct InOrder;
        impl<'de> de::Visitor<'de> for InOrder {
            type Value = Fields;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a table of names and templates")
            }
            fn visit_map<M: de::MapAccess<'de>>(self, mut map: M) -> Result<Fields, M::Error> {
                let mut fields = Vec::new();
                while let Some((name, FieldValues(values))) = map.next_entry()? {
                    fields.push((name, values));
                }
                Ok(Fields(fields))
            }
        }
        from.deserialize_map(InOrder)
    }
}

/// A template, a number, a boolean, or a list of these.
struct FieldValues(Vec<Template>);

impl<'de> Deserialize<'de> for FieldValues {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<FieldValues, D::Error> {
        let values: Vec<FieldValue> = one_or_many(from)?;
        Ok(FieldValues(values.into_iter().map(|value| value.0).collect()))
    }
}

struct FieldValue(Template);

impl<'de> Deserialize<'de> for FieldValue {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<FieldValue, D::Error> {
        let template = match Value::deserialize(from)? {
            Value::String(source) => Template::parse(source),
            Value::Number(number) => Template::parse(number.to_string()),
            Value::Bool(truth) => Template::parse(truth.to_string()),
            _ => Err("expected a string, a number, true, false, or a list of these".into()),
        };
        template.map(FieldValue).map_err(said)
    }
}
