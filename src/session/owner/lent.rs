//! An access token as it travels from one machine to another: with what of its life is over and what is left, by the clock
//! of whoever has it.
//!
//! The rule that matters: whoever gets it reckons from when it asked, and never believes that a token lives longer than it does.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::clock::{Moment, millis};
use crate::credential::access::{Access, AccessExpiry, IdToken};
use crate::credential::secrets::{self, AccessToken, Kept};

#[derive(Serialize, Deserialize)]
pub(crate) struct Lent {
    #[serde(with = "secrets::stored")]
    access_token: AccessToken,
    token_type: Option<String>,
    scope: Option<String>,
    age_ms: u64,
    /// `None`: nobody says.
    expires_in_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    extra: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    beside: BTreeMap<String, Kept>,
    /// If it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id_token: Option<LentId>,
}

#[derive(Serialize, Deserialize)]
struct LentId {
    #[serde(with = "secrets::stored")]
    token: AccessToken,
    expires_in_ms: Option<u64>,
}

/// `None`: for ever, as far as anybody says.
fn left(access: &Access, now: &Moment) -> Option<u64> {
    match access.remaining(now) {
        Some(i64::MAX) => None,
        left => Some(u64::try_from(left.unwrap_or(0)).unwrap_or(0)),
    }
}

/// Of what was asked for and how long it took: the latest moment before which the owner made its answer.
pub(crate) struct Span<'a> {
    pub(crate) sent: &'a Moment,
    pub(crate) now: &'a Moment,
    /// By the owner's word.
    pub(crate) held_ms: u64,
}

impl Span<'_> {
    /// The owner made its answer then, or later: its way here, and the request's way there, are not known apart.
    fn answered(&self) -> Moment {
        let all = u64::try_from(self.now.since(self.sent)).unwrap_or(0);
        self.now.before(Duration::from_millis(all.saturating_sub(self.held_ms)))
    }
}

impl Lent {
    /// `access` as it is given out; `id` beside it, if that is asked for.
    pub(crate) fn of(access: Option<&Access>, id: Option<&Access>, now: &Moment) -> Option<Lent> {
        let first = access.or(id)?;
        let age = first.obtained.age(now).and_then(|age| u64::try_from(age).ok()).unwrap_or(0);
        Some(Lent {
            access_token: access.map_or_else(|| AccessToken::new(""), |access| access.token.clone()),
            token_type: first.token_type.clone(),
            scope: first.scope.clone(),
            age_ms: age,
            expires_in_ms: access.map_or(Some(0), |access| left(access, now)),
            extra: first.extra.clone(),
            beside: first.beside.clone(),
            id_token: id.map(|id| LentId { token: id.token.clone(), expires_in_ms: left(id, now) }),
        })
    }

    /// As it is kept here. `known`: an id token from before, which this answer says nothing of.
    pub(crate) fn received(self, span: &Span<'_>, known: Option<Box<IdToken>>) -> Access {
        let base = span.answered();
        let ends = |left: Option<u64>| match left {
            Some(left) => AccessExpiry::At(base.wall_ms.saturating_add(millis(Duration::from_millis(left)))),
            None => AccessExpiry::Unknown,
        };
        let obtained = base.before(Duration::from_millis(self.age_ms.min(LONGEST)));
        let id_token = self.id_token.map(|id| {
            Box::new(IdToken { token: id.token, expires: ends(id.expires_in_ms), is_old: false })
        });
        Access {
            token: self.access_token,
            put_together: None,
            token_type: self.token_type,
            scope: self.scope,
            expires: ends(self.expires_in_ms.map(|left| left.min(LONGEST))),
            obtained,
            extra: self.extra,
            beside: self.beside,
            id_token: id_token.or(known),
        }
    }
}

/// In milliseconds: a hundred years.
const LONGEST: u64 = 100 * 365 * 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples::{access, moment};

    /// Obtained by the owner at its second 1,000 for a minute, asked for at `sent` here, answered at the owner's 1,010
    /// after `held` seconds, and here at `now`.
    fn lent(sent: i64, held: u64, now: i64) -> Access {
        let own = access("at", moment(1_000), AccessExpiry::At(1_060_000));
        let lent = Lent::of(Some(&own), None, &moment(1_010)).expect("a token");
        let line = serde_json::to_string(&lent).expect("JSON");
        let lent: Lent = serde_json::from_str(&line).expect("the same");
        let span = Span { sent: &moment(sent), now: &moment(now), held_ms: held * 1_000 };
        lent.received(&span, None)
    }

    #[test]
    fn it_never_lives_longer_here_than_it_does_whatever_the_clocks_say() {
        // Ten seconds old when the answer was made; the clock here is at something else altogether.
        for (sent, held, now, obtained) in [
            (50, 0, 50, 40),
            // Five seconds under way: they count as the request's, or the token would end late.
            (50, 0, 55, 40),
            (50, 4, 55, 44),
            (9_000, 5, 9_005, 8_995),
            // What the owner says cannot be.
            (50, 500, 55, 45),
        ] {
            let here = lent(sent, held, now);
            assert_eq!(here.obtained.wall_ms, obtained * 1_000, "{sent} {held} {now}");
            assert_eq!(here.lifetime(), Some(60_000), "{sent} {held} {now}");
        }
    }

    #[test]
    fn what_nobody_knows_stays_unknown_and_what_is_over_is_over() {
        let span = Span { sent: &moment(5), now: &moment(5), held_ms: 0 };
        let of = |expires| Lent::of(Some(&access("at", moment(1_000), expires)), None, &moment(1_010));
        let unknown = of(AccessExpiry::Unknown).expect("a token").received(&span, None);
        assert_eq!(unknown.expires, AccessExpiry::Unknown);
        let over = of(AccessExpiry::At(1_005_000)).expect("a token").received(&span, None);
        assert_eq!(over.remaining(&moment(5)), None);
        let odd = r#"{"access_token":"t","token_type":null,"scope":null,"age_ms":18446744073709551615,"expires_in_ms":18446744073709551615}"#;
        let odd: Lent = serde_json::from_str(odd).expect("as anybody may send it");
        let odd = odd.received(&span, None);
        assert!(odd.remaining(&moment(5)).is_some() && odd.obtained.wall_ms < 0);
    }
}
