//! Reads types from TOML values that were merged and stand in no one file, or were packed when this was built. By hand, because
//! the errors of others are sentences that quote the value: here each is a [`Fault`] with its path.

use std::borrow::Cow;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use toml::Value;

use super::fault::Fault;
use super::packed::{self, Packed};

/// A value that stands in no one file: its fault can be tied to one later.
pub(crate) fn from_value<T: DeserializeOwned>(value: Value) -> Result<T, Fault> {
    T::deserialize(Node::Tree(value))
}

/// What `packed` made of a value.
pub(crate) fn from_packed<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    let mut rest = text;
    let value = packed::next(&mut rest).filter(|_| rest.is_empty());
    T::deserialize(Node::Packed(value.ok_or_else(spoiled)?))
}

/// One reader for both: a second would be as much code again.
enum Node<'a> {
    Tree(Value),
    Packed(Packed<'a>),
}

enum Kind<'a> {
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(Cow<'a, str>),
    List(Items<'a>),
    Table(Entries<'a>),
}

impl<'a> Node<'a> {
    fn kind(self) -> Kind<'a> {
        match self {
            Node::Tree(Value::Boolean(truth)) => Kind::Boolean(truth),
            Node::Tree(Value::Integer(number)) => Kind::Integer(number),
            Node::Tree(Value::Float(number)) => Kind::Float(number),
            Node::Tree(Value::String(text)) => Kind::Text(Cow::Owned(text)),
            Node::Tree(Value::Datetime(date)) => Kind::Text(Cow::Owned(date.to_string())),
            Node::Tree(Value::Array(items)) => {
                Kind::List(Items { rest: Rest::Tree(items.into_iter()), index: 0 })
            }
            Node::Tree(Value::Table(table)) => {
                Kind::Table(Entries { rest: Rest::Tree(table.into_iter()), open: None })
            }
            Node::Packed(Packed::Boolean(truth)) => Kind::Boolean(truth),
            Node::Packed(Packed::Integer(number)) => Kind::Integer(number),
            Node::Packed(Packed::Text(text)) => Kind::Text(Cow::Borrowed(text)),
            Node::Packed(Packed::List(rest)) => Kind::List(Items { rest: Rest::Packed(rest), index: 0 }),
            Node::Packed(Packed::Table(rest)) => {
                Kind::Table(Entries { rest: Rest::Packed(rest), open: None })
            }
        }
    }
}

/// Happens only if `packed::pack` and this reader disagree.
fn spoiled() -> Fault {
    Fault::at(&[], "what was packed cannot be read")
}

/// What is of another kind than its type says.
fn foreign<'de, V: Visitor<'de>>(visitor: &V) -> Fault {
    Fault::invalid_type(Unexpected::Other("another value"), visitor)
}

/// A type that says what it is made of is offered nothing else: each would otherwise have code for all there is.
impl<'de> Deserializer<'de> for Node<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.kind() {
            Kind::Boolean(truth) => visitor.visit_bool(truth),
            Kind::Integer(number) => visitor.visit_i64(number),
            Kind::Float(number) => visitor.visit_f64(number),
            Kind::Text(text) => visitor.visit_string(text.into_owned()),
            Kind::List(items) => visitor.visit_seq(items),
            Kind::Table(entries) => visitor.visit_map(entries),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.kind() {
            Kind::Boolean(truth) => visitor.visit_bool(truth),
            _ => Err(foreign(&visitor)),
        }
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.kind() {
            Kind::Integer(number) => visitor.visit_i64(number),
            _ => Err(foreign(&visitor)),
        }
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.kind() {
            Kind::Text(text) => visitor.visit_string(text.into_owned()),
            _ => Err(foreign(&visitor)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_string(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.kind() {
            Kind::List(items) => visitor.visit_seq(items),
            _ => Err(foreign(&visitor)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.kind() {
            Kind::Table(entries) => visitor.visit_map(entries),
            _ => Err(foreign(&visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    /// What is there at all is some value.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    /// A word out of several: no choice in our files holds more.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.kind() {
            Kind::Text(word) => visitor.visit_enum(StrDeserializer::new(&word)),
            _ => Err(Fault::invalid_type(Unexpected::Other("another value"), &"a string")),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 f32 f64 char unit bytes byte_buf unit_struct tuple_struct tuple ignored_any identifier
    }
}

/// What is left to read: of a tree, or packed.
enum Rest<'a, I> {
    Tree(I),
    Packed(&'a str),
}

struct Items<'a> {
    rest: Rest<'a, std::vec::IntoIter<Value>>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let item = match &mut self.rest {
            Rest::Tree(items) => items.next().map(Node::Tree),
            Rest::Packed("") => None,
            Rest::Packed(rest) => Some(Node::Packed(packed::next(rest).ok_or_else(spoiled)?)),
        };
        let Some(item) = item else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        seed.deserialize(item).map(Some).map_err(|fault| fault.below(&[&index.to_string()]))
    }

    fn size_hint(&self) -> Option<usize> {
        match &self.rest {
            Rest::Tree(items) => Some(items.len()),
            Rest::Packed(_) => None,
        }
    }
}

struct Entries<'a> {
    rest: Rest<'a, toml::map::IntoIter<String, Value>>,
    /// Its key was read, its value not yet.
    open: Option<(Cow<'a, str>, Node<'a>)>,
}

impl<'a> Entries<'a> {
    fn next(&mut self) -> Result<Option<(Cow<'a, str>, Node<'a>)>, Fault> {
        Ok(match &mut self.rest {
            Rest::Tree(entries) => entries.next().map(|(key, value)| (Cow::Owned(key), Node::Tree(value))),
            Rest::Packed("") => None,
            Rest::Packed(rest) => {
                let (key, value) = packed::next_entry(rest).ok_or_else(spoiled)?;
                Some((Cow::Borrowed(key), Node::Packed(value)))
            }
        })
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Fault> {
        let Some((key, value)) = self.next()? else { return Ok(None) };
        let read = seed.deserialize(StrDeserializer::new(&key)).map(Some);
        let read = read.map_err(|fault: Fault| fault.below(&[&key]));
        self.open = Some((key, value));
        read
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let open = self.open.take();
        let (key, value) = open.ok_or_else(|| Fault::at(&[], "a value was read before its key"))?;
        seed.deserialize(value).map_err(|fault| fault.below(&[&key]))
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "types of others do not know of `said`")]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde::de::Error;

    use super::super::fault::said;
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the errors matter")]
    struct File {
        entries: BTreeMap<String, Entry>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the errors matter")]
    struct Entry {
        kind: Kind,
        count: Option<u16>,
        on: Option<bool>,
        list: Option<Vec<u32>>,
        pair: Option<(u8, u8)>,
        ours: Option<Ours>,
        theirs: Option<Theirs>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Large,
        Small,
    }

    #[derive(Debug)]
    struct Ours;

    impl<'de> Deserialize<'de> for Ours {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Ours, D::Error> {
            String::deserialize(from)?;
            Err(said("write another one"))
        }
    }

    /// As types of others do it.
    #[derive(Debug)]
    struct Theirs;

    impl<'de> Deserialize<'de> for Theirs {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Theirs, D::Error> {
            Err(D::Error::custom(format!("no good text: {:?}", String::deserialize(from)?)))
        }
    }

    fn fault(entry: &str) -> Fault {
        let text = format!("[entries.a]\n{entry}\n");
        from_value::<File>(Value::Table(text.parse().expect("TOML"))).expect_err(entry)
    }

    #[test]
    fn a_fault_says_what_was_expected_and_never_what_was_there() {
        for (entry, path, words) in [
            ("kind = 'CANARY'", "kind", "expected one of large, small"),
            ("kind = 'smal'", "kind", "expected one of large, small, did you mean `small`?"),
            ("kind = { CANARY = 1 }", "kind", "expected a string"),
            ("kind = 3", "kind", "expected a string"),
            ("kind = 'large'\ncount = 'CANARY'", "count", "expected a whole number"),
            ("kind = 'large'\ncount = 70000", "count", "expected a whole number"),
            ("kind = 'large'\ncount = 1979-05-27", "count", "expected a whole number"),
            ("kind = 'large'\non = 'CANARY'", "on", "expected a boolean"),
            ("kind = 'large'\nlist = 'CANARY'", "list", "expected a list in brackets"),
            ("kind = 'large'\nlist = [1, 'CANARY']", "list.1", "expected a whole number"),
            ("kind = 'large'\npair = [1]", "pair", "expected a tuple of size 2"),
            ("kind = 'large'\nours = 'CANARY'", "ours", "write another one"),
            ("kind = 'large'\ntheirs = 'CANARY'", "theirs", "this cannot be read as what it should be"),
            ("kind = 'large'\ncuont = 'CANARY'", "cuont", "unknown key, did you mean `count`?"),
            ("CANARY = 1", "CANARY", "unknown key; known keys are kind, count, on, list, pair, ours, theirs"),
            ("", "", "`kind` is missing"),
        ] {
            let fault = fault(entry);
            assert_eq!(fault.words(), words, "{entry}");
            let at = ["entries", "a"].into_iter().chain(path.split('.').filter(|key| !key.is_empty()));
            assert!(fault.path().iter().map(String::as_str).eq(at), "{entry}: {:?}", fault.path());
        }
    }

    #[test]
    fn faults_are_told_apart_by_their_fields() {
        assert_eq!(fault("").missing(), Some("kind"));
        assert_eq!(fault("kind = 'smal'").suggestion(), Some("small"));
        assert_eq!(fault("kind = 'large'\ncuont = 1").suggestion(), Some("count"));
        assert_eq!(fault("kind = 3").suggestion(), None);
        let own = Fault::at(&["a"], "`kind` is missing").about("kind");
        assert_eq!(own.missing(), None, "a check of the whole says the same of its own accord");
        assert!(own.speaks_of("kind") && !own.speaks_of("kin"));
    }

    #[test]
    fn values_come_out_as_they_went_in() {
        let text = "a = [1, 2.5, true, 'x', { b = {} }]\n";
        let value = Value::Table(text.parse().expect("TOML"));
        assert_eq!(from_value::<Value>(value.clone()).expect("any value"), value);
    }
}
