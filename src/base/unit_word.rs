//! Words as the files of systemd take them.

/// One word, as systemd.syntax(7) and the specifiers of systemd.unit(5) take it. In the path of a program and in an assignment
/// `$` stands for itself.
pub(crate) fn word(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/._-+@,:=".contains(&b);
    let text = text.replace('%', "%%");
    match text.bytes().all(plain) {
        true => text,
        false => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}
