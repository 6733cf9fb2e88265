//! What the Keychain of macOS says, by its numbers.

/// What the system says where it may not ask (`errSecInteractionNotAllowed`), where it was refused (`errSecAuthFailed`), and where
/// somebody sent it away (`userCanceledErr`).
const LOCKED: [i32; 3] = [-25308, -25293, -128];

/// Whether that is why a keychain failed.
pub(super) fn is_locked(code: i32) -> bool {
    LOCKED.contains(&code)
}

#[cfg(target_os = "macos")]
pub(super) fn code_of(cause: &(dyn std::error::Error + 'static)) -> Option<i32> {
    cause.downcast_ref::<security_framework::base::Error>().map(|error| error.code())
}

#[cfg(not(target_os = "macos"))]
pub(super) fn code_of(_: &(dyn std::error::Error + 'static)) -> Option<i32> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_keychain_would_ask_about_is_locked() {
        assert!([-25308, -25293, -128].into_iter().all(is_locked));
        assert!(![-25300, -61, 0].into_iter().any(is_locked));
    }
}
