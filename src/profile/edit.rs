//! Edits of profiles.toml: a profile is put in or taken out, and all else stays as it is, byte for byte: comments, order,
//! spacing, line ends, byte order mark, a last line without its end. So nothing is written anew but what is meant; what
//! comes of it is read once more, and must say what was said before but for the edit.
//!
//! The rule that matters: only what certainly belongs to a profile goes with it. A comment above its header may be about
//! more than that.

use std::ops::Range;

use toml::{Table, Value};

use crate::base::error::{Result, internal};
use crate::base::order::Arrange as _;
use crate::base::toml_outline::{Inner, Node, Statement, What, statements};

/// `[profiles.NAME]` with these keys, after the last profile.
pub(crate) fn with_profile(text: &str, name: &str, keys: &Table) -> Result<String> {
    let made = match braces(&statements(text)) {
        Some(node) => within(text, node, &format!("{} = {}", key(name), Value::Table(keys.clone()))),
        None => behind(text, name, keys),
    };
    let mut wanted = read(text)?;
    let profiles = wanted.entry("profiles").or_insert_with(|| Value::Table(Table::new()));
    profiles.as_table_mut().map(|all| all.insert(name.to_owned(), Value::Table(keys.clone())));
    checked(made, wanted)
}

/// `default_profile = "NAME"`, in the place of another if there is one.
pub(crate) fn with_default(text: &str, name: &str) -> Result<String> {
    let all = statements(text);
    let value = Value::String(name.to_owned()).to_string();
    let made = match all.iter().find(|one| one.path == ["default_profile"]) {
        Some(Statement { what: What::Entry(node), .. }) => replaced(text, node.span.clone(), &value),
        _ => {
            let (at, before, after) = root(text, &all);
            let nl = line_end(text);
            let (above, below) = (if before { nl } else { "" }, if after { nl } else { "" });
            replaced(text, at..at, &format!("{above}default_profile = {value}{nl}{below}"))
        }
    };
    let mut wanted = read(text)?;
    wanted.insert("default_profile".to_owned(), Value::String(name.to_owned()));
    checked(made, wanted)
}

/// Without the profile, and without a default that names it. `None`: there is no such profile.
pub(crate) fn without_profile(text: &str, name: &str) -> Result<Option<String>> {
    let mut wanted = read(text)?;
    let profiles = wanted.get_mut("profiles").and_then(Value::as_table_mut);
    if profiles.and_then(|all| all.remove(name)).is_none() {
        return Ok(None);
    }
    let is_default = wanted.get("default_profile").and_then(Value::as_str) == Some(name);
    if is_default {
        wanted.remove("default_profile");
    }
    let all = statements(text);
    let path = ["profiles".to_owned(), name.to_owned()];
    let mut cuts = Vec::new();
    for (index, one) in all.iter().enumerate() {
        let default = is_default && one.path == ["default_profile"];
        match &one.what {
            What::Header if one.path.starts_with(&path) => {
                cuts.push(Cut::Section(section(text, &all, index)));
            }
            What::Entry(_) if default || one.path.starts_with(&path) => {
                cuts.push(Cut::Part(lines(text, &one.span)));
            }
            What::Entry(Node { entries: Some(inner), .. }) if path.starts_with(&one.path) => {
                cut_inner(text, inner, &path, &mut cuts);
            }
            _ => {}
        }
    }
    checked(without(text, cuts), wanted).map(Some)
}

/// What is taken out.
enum Cut {
    /// With the empty line above, which came with it.
    Section(Range<usize>),
    Part(Range<usize>),
}

impl Cut {
    fn span(&self) -> &Range<usize> {
        match self {
            Cut::Section(span) | Cut::Part(span) => span,
        }
    }
}

/// `profiles = { … }`.
fn braces(all: &[Statement]) -> Option<&Node> {
    all.iter().find_map(|one| match &one.what {
        What::Entry(node) if one.path == ["profiles"] && node.entries.is_some() => Some(node),
        _ => None,
    })
}

/// A new entry behind the others.
fn within(text: &str, node: &Node, entry: &str) -> String {
    let last = node.entries.as_ref().and_then(|all| all.last());
    let (at, words) = match last {
        Some(Inner { comma: Some(comma), .. }) => (comma.end, format!(" {entry},")),
        Some(last) => (last.span.end, format!(", {entry}")),
        None => (
            node.span.start + 1,
            format!(" {entry}{}", if text[node.span.start + 1..].starts_with('}') { " " } else { "" }),
        ),
    };
    replaced(text, at..at, &words)
}

/// A section of its own: after the last profile, or else at the end.
fn behind(text: &str, name: &str, keys: &Table) -> String {
    let nl = line_end(text);
    let all = statements(text);
    let last = all.iter().rposition(|one| matches!(one.what, What::Header) && one.path[0] == "profiles");
    let at = last.map_or(text.len(), |index| section(text, &all, index).end);
    let before = &text[..at];
    let mut block = format!("[profiles.{}]{nl}", key(name));
    for (name, value) in keys {
        block += &format!("{} = {value}{nl}", key(name));
    }
    if unmarked(before).is_empty() {
        return replaced(text, at..at, &block);
    }
    if before.ends_with('\n') {
        return replaced(text, at..at, &format!("{nl}{block}"));
    }
    // The last line has no end, and is to have none.
    replaced(text, at..at, &format!("{nl}{nl}{}", block.trim_end_matches(['\r', '\n'])))
}

/// Where a key of the root is put, and whether it needs an empty line above and below.
fn root(text: &str, all: &[Statement]) -> (usize, bool, bool) {
    let header = all.iter().position(|one| matches!(one.what, What::Header));
    let keys = header.unwrap_or(all.len());
    if let Some(last) = keys.checked_sub(1) {
        let end = lines(text, &all[last].span).end;
        // A last line without its end gets one: there is no other place.
        return (end, !text[..end].ends_with('\n'), false);
    }
    let Some(header) = header else {
        return (text.len(), !text.is_empty() && !text.ends_with('\n'), false);
    };
    let own = line_start(text, all[header].span.start);
    let above = comments_above(text, own);
    // What stands first may be about the whole file, or meant for an editor.
    let at = if unmarked(&text[..above]).is_empty() { own } else { above };
    (at, at == own && at != above, true)
}

/// A header with what belongs to it: whole lines, and the empty one above.
fn section(text: &str, all: &[Statement], index: usize) -> Range<usize> {
    let more = all[index + 1..].iter().take_while(|one| !matches!(one.what, What::Header));
    let last = more.last().unwrap_or(&all[index]);
    let next = all[index + 1..].iter().find(|one| matches!(one.what, What::Header));
    let end = lines(text, &last.span).end;
    let comments = comments_below(text, end);
    // Comments that lead up to another header are about that.
    let taken = next.is_some_and(|next| comments == line_start(text, next.span.start));
    line_start(text, all[index].span.start)..if taken { end } else { comments }
}

/// The whole lines on which something stands.
fn lines(text: &str, span: &Range<usize>) -> Range<usize> {
    line_start(text, span.start)..line_after(text, span.end)
}

fn line_start(text: &str, at: usize) -> usize {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    text[..at].rfind('\n').map_or(mark, |end| end + 1)
}

/// Behind the end of its line.
fn line_after(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

fn comments_below(text: &str, mut at: usize) -> usize {
    while text[at..].trim_start_matches([' ', '\t']).starts_with('#') {
        at = line_after(text, at);
    }
    at
}

fn comments_above(text: &str, mut at: usize) -> usize {
    while let Some(end) = text[..at].strip_suffix('\n') {
        let above = line_start(text, end.len());
        if !text[above..].trim_start_matches([' ', '\t']).starts_with('#') {
            break;
        }
        at = above;
    }
    at
}

/// The entries of braces that lie below `path`, each with one comma.
fn cut_inner(text: &str, inner: &[Inner], path: &[String], cuts: &mut Vec<Cut>) {
    let mut stays: Option<&Inner> = None;
    for one in inner {
        if !one.path.starts_with(path) {
            if let Some(deeper) = one.node.entries.as_ref().filter(|_| path.starts_with(&one.path)) {
                cut_inner(text, deeper, path, cuts);
            }
            stays = Some(one);
            continue;
        }
        match &one.comma {
            Some(comma) => {
                let blanks =
                    text[comma.end..].len() - text[comma.end..].trim_start_matches([' ', '\t']).len();
                cuts.push(Cut::Part(one.span.clone()));
                cuts.push(Cut::Part(comma.start..comma.end + blanks));
            }
            None => {
                cuts.push(Cut::Part(one.span.clone()));
                // The comma of the one before it, and the blanks behind that.
                if let Some(comma) = stays.and_then(|before| before.comma.clone()) {
                    let between = &text[comma.end..one.span.start];
                    let plain = between.chars().all(|c| matches!(c, ' ' | '\t'));
                    cuts.push(Cut::Part(comma.start..if plain { one.span.start } else { comma.end }));
                }
            }
        }
    }
}

fn replaced(text: &str, span: Range<usize>, words: &str) -> String {
    [&text[..span.start], words, &text[span.end..]].concat()
}

fn without(text: &str, mut cuts: Vec<Cut>) -> String {
    cuts.arrange_by_key(|cut| cut.span().start);
    let (mut left, mut at) = (String::with_capacity(text.len()), 0);
    for cut in cuts {
        let span = cut.span();
        left += text.get(at..span.start).unwrap_or_default();
        if matches!(cut, Cut::Section(_)) {
            forget_empty_line(&mut left, span.end == text.len() && !text.ends_with('\n'));
        }
        at = at.max(span.end);
    }
    left += &text[at..];
    // A file that did not begin with an empty line does not now.
    let body = left.len() - unmarked(&left).len();
    let nl = line_end(&left);
    if left[body..].starts_with(nl) && !unmarked(text).starts_with(['\n', '\r']) {
        left.replace_range(body..body + nl.len(), "");
    }
    left
}

fn unmarked(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// With it the end of the line before, if what is taken out was the last and had none.
fn forget_empty_line(left: &mut String, unended: bool) {
    let nl = if left.ends_with("\r\n") { "\r\n" } else { "\n" };
    if left.strip_suffix(nl).is_some_and(|rest| rest.ends_with('\n')) {
        left.truncate(left.len() - nl.len());
        if unended && left.ends_with(nl) {
            left.truncate(left.len() - nl.len());
        }
    }
}

/// As the first line ends.
fn line_end(text: &str) -> &'static str {
    let first = text.find('\n').unwrap_or(0);
    if text[..first].ends_with('\r') { "\r\n" } else { "\n" }
}

/// Bare where TOML allows it.
fn key(name: &str) -> String {
    let bare = |b: u8| b.is_ascii_alphanumeric() || b"_-".contains(&b);
    if !name.is_empty() && name.bytes().all(bare) {
        name.to_owned()
    } else {
        Value::String(name.to_owned()).to_string()
    }
}

fn read(text: &str) -> Result<Table> {
    text.parse().map_err(|_| internal("the text is not TOML"))
}

/// Nothing is written that would say something else.
fn checked(made: String, wanted: Table) -> Result<String> {
    let sorted = |mut table: Table| {
        table.retain(|name, value| name != "profiles" || value.as_table().is_none_or(|all| !all.is_empty()));
        table
    };
    if sorted(read(&made)?) == sorted(wanted) {
        Ok(made)
    } else {
        Err(internal("the edit would change more than it should"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys() -> Table {
        "dialect = 'oauth2'\nclient_secret = { env = \"X\" }\nparams = { tenant = 'a b' }\n"
            .parse()
            .expect("TOML")
    }

    #[track_caller]
    fn added(text: &str) -> String {
        with_profile(text, "new", &keys()).unwrap_or_else(|why| panic!("{text:?}: {why}"))
    }

    #[track_caller]
    fn removed(text: &str, name: &str) -> String {
        without_profile(text, name).unwrap_or_else(|why| panic!("{text:?}: {why}")).expect("it is there")
    }

    const NEW: &str = "[profiles.new]\ndialect = \"oauth2\"\nclient_secret = { env = \"X\" }\nparams = { tenant = \"a b\" }\n";

    #[test]
    fn a_profile_comes_after_the_last_one_and_goes_without_a_trace() {
        for (text, wanted) in [
            ("", "@"),
            ("\u{feff}", "\u{feff}@"),
            ("# mine\n", "# mine\n\n@"),
            ("# mine", "# mine\n\n@-"),
            ("[profiles.a]\nk = 1", "[profiles.a]\nk = 1\n\n@-"),
            (
                "[profiles.a]\nk = 1 # x\n#l = 2\n\n# about b\n[stores.b]\n",
                "[profiles.a]\nk = 1 # x\n#l = 2\n\n@\n# about b\n[stores.b]\n",
            ),
            (
                "[profiles.a]\nk = 1\n# about b\n[stores.b]\n",
                "[profiles.a]\nk = 1\n\n@# about b\n[stores.b]\n",
            ),
            (
                "[profiles.a.tls]\n[dialects.b]\n[profiles]\n\n\n",
                "[profiles.a.tls]\n[dialects.b]\n[profiles]\n\n@\n\n",
            ),
            ("profiles.a.k = 1\n\n", "profiles.a.k = 1\n\n\n@"),
        ] {
            let made = added(text);
            let wanted = wanted.replace("@-", NEW.trim_end()).replace('@', NEW);
            assert_eq!(made, wanted);
            assert_eq!(removed(&made, "new"), text);
            let windows = |text: &str| text.replace('\n', "\r\n");
            if text.contains('\n') {
                assert_eq!(added(&windows(text)), windows(&wanted));
                assert_eq!(removed(&windows(&wanted), "new"), windows(text));
            }
        }
    }

    #[test]
    fn braces_get_one_entry_more() {
        let new =
            "new = { dialect = \"oauth2\", client_secret = { env = \"X\" }, params = { tenant = \"a b\" } }";
        for (text, wanted) in [
            ("profiles = { a = { k = 1 } } # x\n", "profiles = { a = { k = 1 }, @ } # x\n"),
            ("profiles = {a.k = 1,a.l = 2}", "profiles = {a.k = 1,a.l = 2, @}"),
            ("profiles = {\n  a = {}, # x\n}\n", "profiles = {\n  a = {}, @, # x\n}\n"),
        ] {
            let made = added(text);
            assert_eq!(made, wanted.replace('@', new));
            // In front of a comment a blank stays.
            assert_eq!(removed(&made, "new").replace(",  #", ", #"), text);
        }
        assert_eq!(added("profiles = {}"), format!("profiles = {{ {new} }}"));
    }

    #[test]
    fn what_is_not_certainly_the_profiles_own_stays() {
        for (text, wanted) in [
            (
                "# all mine\n[profiles.a]\nk = 1\n# l = 2\n\n# b\n[profiles.b]\n",
                "# all mine\n\n# b\n[profiles.b]\n",
            ),
            ("default_profile = 'a' # x\n[profiles.b]\n[profiles.a]\n# end", "[profiles.b]\n"),
            (
                "default_profile = 'b'\n[profiles.'a']\n[profiles.b]\n  [ profiles . a . tls ]\nk = 1\n\n#",
                "default_profile = 'b'\n[profiles.b]\n\n#",
            ),
            ("[profiles]\na.k = 1\nb.k = 1\na.l = '''\n'''\n", "[profiles]\nb.k = 1\n"),
            (
                "profiles = { b = { k = 1 }, a.k = 1, c.k = 1, a.l = 2 }",
                "profiles = { b = { k = 1 }, c.k = 1 }",
            ),
            ("profiles = { a.k = 1, a.l = 2 }\n", "profiles = {  }\n"),
            ("profiles.a = { k = 1 }\nprofiles.b.k = 1\n", "profiles.b.k = 1\n"),
        ] {
            assert_eq!(removed(text, "a"), wanted, "{text:?}");
        }
        assert!(without_profile("[profiles.b]\n", "a").is_ok_and(|left| left.is_none()));
    }

    #[test]
    fn a_default_stands_above_the_first_header() {
        for (text, wanted) in [
            ("", "default_profile = \"x\"\n"),
            ("# mine\n", "# mine\ndefault_profile = \"x\"\n"),
            ("default_profile = 'y' # why\n", "default_profile = \"x\" # why\n"),
            (
                "dialect_files = [\n] # d\n\n[profiles.x]\n",
                "dialect_files = [\n] # d\ndefault_profile = \"x\"\n\n[profiles.x]\n",
            ),
            (
                "#:schema s.json\n\n# about x\n[profiles.x]\n",
                "#:schema s.json\n\ndefault_profile = \"x\"\n\n# about x\n[profiles.x]\n",
            ),
            (
                "#:schema s.json\n[profiles.x]\n",
                "#:schema s.json\n\ndefault_profile = \"x\"\n\n[profiles.x]\n",
            ),
            ("[profiles.x]\n", "default_profile = \"x\"\n\n[profiles.x]\n"),
            ("dialect_files = []", "dialect_files = []\ndefault_profile = \"x\"\n"),
        ] {
            let made = with_default(text, "x").unwrap_or_else(|why| panic!("{text:?}: {why}"));
            assert_eq!(made, wanted, "{text:?}");
        }
    }

    fn one_of(all: &'static [&'static str]) -> impl Strategy<Value = &'static str> + Clone {
        prop::sample::select(all)
    }

    const FILLERS: &[&str] =
        &["", "\n", "\n\n", "# note\n", "\n# note\n\n", "  # 'x' = [\n", "\t\n", "# [profiles.no]\n\n"];
    const VALUES: &[&str] = &[
        "1",
        "'a'",
        "\"\\\"]\"",
        "[1, # x\n 'b', ]",
        "{ k = 'v', l.m = [ { n = 1 } ] }",
        "'''\n[profiles.no]\n# no\n'''",
        "\"\"\"a\\\n  b\"\"\"",
        "{ }",
        "1979-05-27 # date",
        "true  # yes",
        "{\n  k = 1, # c\n}",
    ];
    const HEADERS: &[&str] = &[
        "[profiles.a]\n",
        "[profiles.a.tls]\n",
        "[ profiles . 'b' ]  # b\n",
        "  [profiles.\"c.d\"]\n",
        "[stores.a]\n",
        "[dialects.x.exchanges]\n",
        "[[list]]\n",
        "[profiles]\n",
        "[other]\n",
    ];
    const ROOTS: &[&str] = &[
        "",
        "default_profile = 'a'\n",
        "dialect_files = []\n",
        "profiles = { a = { k = 1 }, b.k = 2 }\n",
        "profiles.a.k = 1\nprofiles.z = {}\n",
    ];

    fn section() -> impl Strategy<Value = String> {
        let key = one_of(&["k", "  l", "'m m'", "\"n\" . o", "p.q", "r .s"]);
        let entry = (one_of(FILLERS), key, one_of(&["=", " = ", "\t=  "]), one_of(VALUES));
        let entry = entry.prop_map(|(above, key, is, value)| format!("{above}{key}{is}{value}\n"));
        let entries = prop::collection::vec(entry, 0..3);
        (one_of(FILLERS), one_of(HEADERS), entries)
            .prop_map(|(above, header, entries)| format!("{above}{header}{}", entries.concat()))
    }

    /// Documents as people write them, and as nobody would.
    fn documents() -> impl Strategy<Value = String> {
        let whole = (
            one_of(&["", "\u{feff}"]),
            one_of(FILLERS),
            one_of(ROOTS),
            prop::collection::vec(section(), 0..6),
            one_of(FILLERS),
            any::<(bool, bool)>(),
        );
        let whole = whole.prop_map(|(mark, head, root, sections, end, (windows, unended))| {
            let text = format!("{mark}{head}{root}{}{end}", sections.concat());
            let text = if unended { text.trim_end_matches('\n') } else { &text };
            if windows { text.replace('\n', "\r\n") } else { text.to_owned() }
        });
        whole.prop_filter("TOML", |text| text.parse::<Table>().is_ok())
    }

    /// Whether `part` is `whole` with some bytes left out.
    fn lies_in(part: &str, whole: &str) -> bool {
        let mut rest = whole.bytes();
        part.bytes().all(|byte| rest.any(|other| other == byte))
    }

    #[track_caller]
    fn done<T>(what: Result<T>, text: &str) -> T {
        what.unwrap_or_else(|why| panic!("{text:?}: {why}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_500, max_global_rejects: 100_000, ..ProptestConfig::default() })]

        #[test]
        fn a_profile_put_in_and_taken_out_leaves_the_text_as_it_was(text in documents()) {
            let made = done(with_profile(&text, "new", &keys()), &text);
            prop_assert!(lies_in(&text, &made), "{made:?}");
            prop_assert_eq!(done(without_profile(&made, "new"), &made), Some(text));
        }

        #[test]
        fn what_is_taken_out_was_there_and_the_rest_stays(text in documents(), name in one_of(&["a", "b", "c.d", "z"])) {
            let left = done(without_profile(&text, name), &text);
            if let Some(left) = left {
                prop_assert!(lies_in(&left, &text), "{left:?}");
                prop_assert_eq!(done(without_profile(&left, name), &left), None);
            }
        }

        #[test]
        fn a_default_is_one_line_more(text in documents()) {
            let made = done(with_default(&text, "new"), &text);
            let added = made.lines().filter(|line| line.contains("default_profile")).count();
            prop_assert_eq!(added, 1);
            if !text.contains("default_profile") {
                prop_assert!(lies_in(&text, &made), "{made:?}");
            }
        }
    }
}
