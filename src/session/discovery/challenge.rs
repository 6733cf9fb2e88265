//! What a resource asks for when it is met without a token: `WWW-Authenticate` (RFC 9110 section 11.6.1), and in it where
//! its metadata lies (RFC 9728 section 5.1). Values without quotes count too: some servers write addresses so.

/// What of it matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Challenge {
    pub(super) metadata: Option<String>,
    /// What a request to this resource needs (RFC 6750 section 3).
    pub(super) scope: Option<String>,
}

/// All fields of that name. Of several challenges the first that names its metadata counts, else the first `Bearer`.
pub(super) fn read<'a>(fields: impl Iterator<Item = &'a str>) -> Challenge {
    let (mut bearer, mut open) = (None, None::<(bool, Challenge)>);
    for word in fields.flat_map(|field| words(field).into_iter().chain([Word::End])) {
        if let Word::Parameter(name, value) = word {
            let challenge = open.as_mut().map(|(_, challenge)| challenge);
            match (challenge, name.as_str()) {
                (Some(challenge), "resource_metadata") => challenge.metadata.get_or_insert(value),
                (Some(challenge), "scope") => challenge.scope.get_or_insert(value),
                _ => continue,
            };
            continue;
        }
        match open.take() {
            Some((_, challenge)) if challenge.metadata.is_some() => return challenge,
            Some((true, challenge)) if bearer.is_none() => bearer = Some(challenge),
            _ => {}
        }
        if let Word::Scheme(name) = word {
            open = Some((name.eq_ignore_ascii_case("bearer"), Challenge::default()));
        }
    }
    bearer.unwrap_or_default()
}

enum Word {
    Scheme(String),
    /// The name in lower case.
    Parameter(String, String),
    End,
}

fn words(field: &str) -> Vec<Word> {
    let (mut rest, mut found) = (field, Vec::new());
    loop {
        rest = rest.trim_start_matches([',', ' ', '\t']);
        if rest.is_empty() {
            return found;
        }
        let end = rest.find(['=', ',', ' ', '\t']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let behind = after.trim_start_matches([' ', '\t']);
        // A scheme's own value may end with `=`; it is told from a parameter by what follows.
        match behind.strip_prefix('=').filter(|_| !name.is_empty()) {
            Some(value) => {
                let (value, after) = value_of(value.trim_start_matches([' ', '\t']));
                found.push(Word::Parameter(name.to_ascii_lowercase(), value));
                rest = after;
            }
            None => {
                found.push(Word::Scheme(name.to_owned()));
                rest = after.strip_prefix('=').unwrap_or(after);
            }
        }
    }
}

/// The value, and what follows it.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => return (value, &quoted[at + 1..]),
            _ => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(fields: &[&str]) -> (Option<String>, Option<String>) {
        let challenge = read(fields.iter().copied());
        (challenge.metadata, challenge.scope)
    }

    #[test]
    fn where_the_metadata_lies_is_read_from_any_challenge() {
        let address = "https://a.example/.well-known/oauth-protected-resource/mcp";
        let quoted = format!("resource_metadata=\"{address}\"");
        for field in [
            format!("Bearer {quoted}"),
            format!("bearer realm=\"a, b\", {quoted}"),
            format!("Bearer {quoted}, error=\"invalid_token\""),
            format!("Bearer error=\"x\",{quoted}"),
            format!("Bearer resource_metadata={address}"),
            format!("Bearer Resource_Metadata = \"{address}\""),
            format!("Basic realm=\"x\", Bearer {quoted}"),
            format!("Negotiate YWJj==, Bearer {quoted}"),
            format!("Bearer, DPoP {quoted}"),
            format!("Bearer  ,, {quoted},"),
            format!("Bearer resource_metadata=\"{}\"", address.replace('/', "\\/")),
            format!("Bearer resource_metadata=\"{address}"),
        ] {
            assert_eq!(said(&[&field]).0.as_deref(), Some(address), "{field}");
        }
        assert_eq!(said(&["Basic realm=\"x\"", &format!("Bearer {quoted}")]).0.as_deref(), Some(address));
    }

    #[test]
    fn what_stands_in_another_value_is_none() {
        for field in [
            "",
            ",",
            "=",
            "Bearer",
            "Bearer =",
            "Bearer realm=\"resource_metadata=\\\"https://evil.example\\\"\"",
            "Bearer realm=\"x\\\", resource_metadata=\\\"https://evil.example\"",
            "resource_metadata=\"https://evil.example\"",
            "Bearer x_resource_metadata=\"https://evil.example\"",
        ] {
            assert_eq!(said(&[field]).0, None, "{field}");
        }
    }

    #[test]
    fn the_scope_is_of_the_challenge_that_names_the_metadata_or_of_bearer() {
        let two = "Bearer scope=\"a\", DPoP scope=\"b c\", resource_metadata=\"https://a.example/m\"";
        assert_eq!(said(&[two]).1.as_deref(), Some("b c"));
        assert_eq!(said(&["Basic scope=\"x\", Bearer scope=\"a b\""]), (None, Some("a b".into())));
        assert_eq!(said(&["Bearer scope=a, scope=b"]).1.as_deref(), Some("a"));
    }

    proptest! {
        #[test]
        fn any_field_is_read(fields in proptest::collection::vec("[a-zA-Z=\", \\\\\\t\u{fc}]{0,40}", 0..3)) {
            let _ = read(fields.iter().map(String::as_str));
        }
    }
}
