//! Pairs as `application/x-www-form-urlencoded`, in a body and in an address.

use std::fmt::Write as _;

use url::Url;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use super::settings::Pairs;

pub(super) fn encoded(pairs: &Pairs) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::new());
    for (name, value) in pairs {
        let sign = if text.is_empty() { "" } else { "&" };
        let _ = write!(text, "{sign}{}=", byte_serialize(name.as_bytes()).collect::<String>());
        text.extend(byte_serialize(value.as_bytes()));
    }
    text
}

pub(super) fn with_query(mut url: Url, query: &Pairs) -> Url {
    if !query.is_empty() {
        let joined: Vec<&str> = url.query().into_iter().filter(|own| !own.is_empty()).collect();
        let whole = Zeroizing::new([joined.as_slice(), &[encoded(query).as_str()]].concat().join("&"));
        url.set_query(Some(&whole));
    }
    url
}
