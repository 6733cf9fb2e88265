//! A value, or a list of values: both are read as a list.

use crate::base::fault::said;
use std::marker::PhantomData;

use serde::de::IntoDeserializer as _;
use serde::{Deserialize, Deserializer, de};

pub(crate) fn one_or_many<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    from.deserialize_any(OneOrMany(PhantomData))
}

/// For conditions: of no values none can be the one.
pub(super) fn some_one_or_many<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Vec<T>>, D::Error> {
    let values = one_or_many(from)?;
    if values.is_empty() {
        return Err(said("has no value; write at least one"));
    }
    Ok(Some(values))
}

/// By hand: an untagged choice would lose where in the file a fault stands.
struct OneOrMany<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> de::Visitor<'de> for OneOrMany<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value or a list of values")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<T>, E> {
        T::deserialize(text.into_deserializer()).map(|one| vec![one])
    }

    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Vec<T>, E> {
        T::deserialize(truth.into_deserializer()).map(|one| vec![one])
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Vec<T>, E> {
        T::deserialize(number.into_deserializer()).map(|one| vec![one])
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Vec<T>, E> {
        T::deserialize(number.into_deserializer()).map(|one| vec![one])
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Vec<T>, E> {
        T::deserialize(number.into_deserializer()).map(|one| vec![one])
    }

    fn visit_map<M: de::MapAccess<'de>>(self, map: M) -> Result<Vec<T>, M::Error> {
        T::deserialize(de::value::MapAccessDeserializer::new(map)).map(|one| vec![one])
    }

    fn visit_seq<S: de::SeqAccess<'de>>(self, mut list: S) -> Result<Vec<T>, S::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(values)
    }
}
