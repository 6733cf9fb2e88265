//! What this machine is called.

/// In bytes, of a name.
const LONGEST: usize = 64;

/// Whether a name may be shown anywhere.
pub(crate) fn is_plain(name: &str) -> bool {
    (1..=LONGEST).contains(&name.len()) && name.chars().all(is_plain_char)
}

fn is_plain_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._".contains(c)
}

/// As it calls itself, in characters that may be shown anywhere.
pub(crate) fn name() -> String {
    let shown: String = own_name().chars().filter(|c| is_plain_char(*c)).take(LONGEST).collect();
    if shown.is_empty() { "unnamed".to_owned() } else { shown }
}

#[cfg(unix)]
fn own_name() -> String {
    nix::unistd::gethostname().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(not(unix))]
fn own_name() -> String {
    super::environment::text("COMPUTERNAME").ok().flatten().unwrap_or_default()
}
