//! What `--json` prints, as `docs/reference.md` promises it: members are added, never changed. Only
//! the object of an issued token holds one.

use serde_json::{Value, json};

use crate::base::clock::{Moment, rfc3339};
use crate::base::error::Error;
use crate::credential::issued::Issued;

/// The `error` member of every JSON failure, also of a line of `refresh --all`.
pub(crate) fn error_member(profile: Option<&str>, error: &Error) -> Value {
    let mut object = json!({
        "code": error.code.word(),
        "exit": error.code.exit(),
        "profile": profile,
        "message": error.message(),
        "hint": error.hint,
        "retry_after": error.retry_after,
    });
    if let Some(sealed) = &error.sealed {
        object["sealed"] = json!(sealed);
    }
    object
}

pub(super) fn error_object(profile: Option<&str>, error: &Error) -> Value {
    let mut object = json!({ "version": 1, "error": error_member(profile, error) });
    if let Some((name, value)) = error.own_member() {
        object[*name] = value.clone();
    }
    object
}

pub(crate) fn issued_object(profile: &str, issued: &Issued, warnings: Vec<String>, now: &Moment) -> Value {
    let access = &issued.access;
    let at = access.expires_at();
    let left = access.expires_at().and(access.remaining(now)).map(|ms| ms / 1_000);
    let kind = access.token_type.as_deref().unwrap_or("Bearer");
    let mut object = json!({
        "version": 1,
        "profile": profile,
        "access_token": access.token.expose(),
        // RFC 6749 section 5.1: the value is case insensitive.
        "token_type": if kind.eq_ignore_ascii_case("bearer") { "Bearer" } else { kind },
        "expires_at": at.and_then(rfc3339),
        "expires_at_unix": at,
        "expires_in": at.map(|_| left.unwrap_or(0)),
        "scope": access.scope,
        "refreshed": issued.refreshed,
        "warnings": warnings,
    });
    if !access.extra.is_empty() {
        object["extra"] = json!(access.extra);
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::{Code, unavailable};
    use crate::credential::access::AccessExpiry;
    use crate::testing::samples::{access, moment};

    fn shown(expires: AccessExpiry, now: i64) -> Value {
        let issued = Issued { access: access("at", moment(100), expires), refreshed: true, logged_in: false };
        issued_object("a", &issued, vec!["behind".into()], &moment(now))
    }

    #[test]
    fn an_error_says_all_that_a_script_asks_for() {
        let cause = std::io::Error::other("it ended");
        let mut error = unavailable("no room").because(&cause).hint("make room").retry_after(7);
        let all = json!({"code": "store_unavailable", "exit": 6, "profile": "a", "message": "no room: it ended", "hint": "make room", "retry_after": 7});
        assert_eq!(error_member(Some("a"), &error), all);
        assert_eq!(error_object(Some("a"), &error), json!({"version": 1, "error": all}));
        error.sealed = Some("c2VhbGVk".into());
        assert_eq!(error_member(Some("a"), &error)["sealed"], "c2VhbGVk");
        // What there is not is `null`, but a sealed answer has no member then.
        let bare = error_member(None, &Error::new(Code::Usage, "what?"));
        let none = json!({"code": "usage", "exit": 2, "profile": null, "message": "what?", "hint": null, "retry_after": null});
        assert_eq!(bare, none);
    }

    #[test]
    fn an_issued_token_says_when_it_ends_if_anybody_knows() {
        let whole = |at: Value, unix: Value, left: Value| json!({"version": 1, "profile": "a", "access_token": "at", "token_type": "Bearer", "expires_at": at, "expires_at_unix": unix, "expires_in": left, "scope": null, "refreshed": true, "warnings": ["behind"]});
        let none = || Value::Null;
        let (known, date) = (AccessExpiry::At(1_767_225_600_999), || json!("2026-01-01T00:00:00Z"));
        for (expires, now, wanted) in [
            (AccessExpiry::Unknown, 100, whole(none(), none(), none())),
            (AccessExpiry::UnknownAge, 100, whole(none(), none(), none())),
            (known, 1_767_225_540, whole(date(), json!(1_767_225_600), json!(60))),
            (known, 1_767_225_600, whole(date(), json!(1_767_225_600), json!(0))),
            // Gone meanwhile, or the clock was set back: not one second that nobody can vouch for.
            (known, 1_767_225_601, whole(date(), json!(1_767_225_600), json!(0))),
            (known, 99, whole(date(), json!(1_767_225_600), json!(0))),
            // A time that no date has.
            (
                AccessExpiry::At(i64::MAX),
                100,
                whole(none(), json!(i64::MAX / 1_000), json!((i64::MAX - 100_000) / 1_000)),
            ),
        ] {
            assert_eq!(shown(expires, now), wanted, "{expires:?} {now}");
        }
    }

    #[test]
    fn bearer_in_any_case_or_none_is_bearer_and_other_types_stay_as_they_are() {
        let mut issued = Issued::at_hand(access("at", moment(100), AccessExpiry::Unknown));
        for (kind, wanted) in [
            (None, "Bearer"),
            (Some("bearer"), "Bearer"),
            (Some("BEARER"), "Bearer"),
            (Some("DPoP"), "DPoP"),
            (Some("mac"), "mac"),
            (Some("Bearer "), "Bearer "),
        ] {
            issued.access.token_type = kind.map(str::to_owned);
            let object = issued_object("a", &issued, Vec::new(), &moment(100));
            assert_eq!(object["token_type"], wanted, "{kind:?}");
            assert_eq!(object["refreshed"], false);
        }
    }

    #[test]
    fn what_was_given_beside_stands_under_extra_or_nothing_does() {
        let mut issued = Issued::at_hand(access("at", moment(100), AccessExpiry::Unknown));
        issued.access.scope = Some("read".into());
        let object = |issued: &Issued| issued_object("a", issued, Vec::new(), &moment(100));
        assert_eq!((object(&issued).get("extra"), &object(&issued)["scope"]), (None, &json!("read")));
        issued.access.extra.insert("shard".into(), "eu1".into());
        assert_eq!(object(&issued)["extra"], json!({"shard": "eu1"}));
    }
}
