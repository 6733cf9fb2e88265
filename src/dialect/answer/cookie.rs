//! Cookies that an answer sets (RFC 6265 section 4.1), and does not take away again.

/// Value and attributes of each cookie of a name.
pub(super) fn all<'a>(
    headers: &'a [(String, String)],
    name: &str,
) -> impl Iterator<Item = (&'a str, Vec<(String, &'a str)>)> {
    let set = headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case("set-cookie"));
    set.filter_map(move |(_, line)| {
        let mut parts = line.split(';').map(|part| part.split_once('=').unwrap_or((part, "")));
        let (known, value) = parts.next().filter(|(known, _)| known.trim() == name)?;
        let value = value.trim().trim_matches('"');
        let attributes: Vec<_> =
            parts.map(|(key, value)| (key.trim().to_lowercase(), value.trim())).collect();
        let gone = attributes.iter().any(|(key, value)| match key.as_str() {
            "max-age" => value.parse::<i64>().is_ok_and(|seconds| seconds <= 0),
            "expires" => value.contains(" 1970 ") || value.contains("-1970 "),
            _ => false,
        });
        (!value.is_empty() && !gone).then_some((known.trim(), value, attributes)).map(|(_, v, a)| (v, a))
    })
}
