//! What stands around the tokens: the members that say whether an answer is a success, and the vendor's words.

use serde_json::Value;

use super::leaf::{DraftedSelector, Leaf};
use crate::dialect::draft::public::is_public;
use crate::dialect::draft::word_list::{WordList, canonical};

/// Members that say so.
const CODES: WordList = WordList(
    "code errcode errorcode errno status success ok result ret retcode returncode resultcode rescode \
     respcode responsecode statuscode issuccess succeeded issucceeded rtncode subcode",
);

const WORDS: WordList = WordList(
    "error errordescription errormessage errormsg errmsg errmessage message msg detail description \
     reason resultmsg resultmessage retmsg respmsg returnmsg",
);

/// Objects that hold both.
const NESTED: WordList = WordList("error errors err fault status meta result header");

/// Whether it stands in such an object, which stands below `names`.
pub(super) fn is_nested_below(leaf: &Leaf<'_>, names: &[String]) -> bool {
    leaf.path.starts_with(names)
        && matches!(&leaf.path[names.len()..], [object, _] if NESTED.has(&canonical(object)))
}

/// What a member of the envelope says in a success, if it is one that says so.
pub(super) fn success_code(leaf: &Leaf<'_>) -> Option<Value> {
    let says_so = match leaf.value {
        Value::Bool(_) => true,
        Value::Number(number) => {
            number.as_i64().is_some_and(|code| (-1..1_000).contains(&code) || code % 1_000 == 0)
        }
        Value::String(text) => is_word(text, 16),
        _ => false,
    };
    (says_so && CODES.has(&leaf.name())).then(|| leaf.value.clone())
}

/// Short, and nothing that anybody must hide.
pub(super) fn is_word(text: &str, longest: usize) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || " _-.,!".contains(c);
    !text.is_empty() && text.len() <= longest && text.chars().all(good) && is_public("", text, &[])
}

/// Where the vendor's own words about a refusal stand.
pub(super) fn words(envelope: &[&Leaf<'_>], tests: &[(DraftedSelector, Value)]) -> Vec<DraftedSelector> {
    let codes = tests.iter().filter(|(_, value)| !value.is_boolean()).map(|(selector, _)| selector.clone());
    let named = envelope.iter().filter(|leaf| WORDS.has(&leaf.name())).map(|leaf| leaf.selector());
    let all: Vec<DraftedSelector> = codes.chain(named).collect();
    if all.is_empty() { usual_words() } else { all }
}

/// Of OAuth 2.0 (RFC 6749 section 5.2), and of most others.
pub(super) fn usual_words() -> Vec<DraftedSelector> {
    ["/error", "/error_description", "/error/message", "/errors/0", "/message"]
        .map(DraftedSelector::at)
        .to_vec()
}
