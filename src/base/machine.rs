//! What this machine is called.

/// As it calls itself, in characters that may be shown anywhere.
pub(crate) fn name() -> String {
    let shown: String =
        own_name().chars().filter(|c| c.is_ascii_alphanumeric() || "-._".contains(*c)).take(64).collect();
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
