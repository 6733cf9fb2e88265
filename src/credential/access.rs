//! An access token, what is known of it, and the id token that came with it (OpenID Connect Core 1.0 section 2).
//!
//! The rule that matters: how long it is good for is told by the clock of the boot in which it came, if that still runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::secrets::{self, AccessToken, Kept};
use crate::base::clock::Moment;
use crate::base::order::InOrder as _;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Access {
    #[serde(with = "secrets::stored")]
    pub(crate) token: AccessToken,
    /// What programs get in its place: it is a part of this. Never sent to the vendor's token endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "secrets::stored_option")]
    pub(crate) put_together: Option<Box<AccessToken>>,
    pub(crate) token_type: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) obtained: Moment,
    pub(crate) expires: AccessExpiry,
    /// Shown with it; no secrets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) extra: BTreeMap<String, String>,
    /// What its answer gave beside it that is of use with it alone. Programs get it by name, and nothing else shows it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) beside: BTreeMap<String, Kept>,
    /// That came with it, or before and is valid still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id_token: Option<Box<IdToken>>,
}

/// The names of what is of use with one access token alone, where an answer gives temporary keys.
const BESIDE: [&str; 3] = ["access_key_id", "secret_access_key", "session_token"];

/// Of what an answer gave, what is noted with its access token. Secrets alone: what may be shown is noted with it anyway.
pub(crate) fn beside(kept: &BTreeMap<String, Kept>) -> BTreeMap<String, Kept> {
    let known = kept.iter().filter(|(name, kept)| kept.secret && BESIDE.contains(&name.as_str()));
    known.map(|(name, kept)| (name.clone(), kept.clone())).in_order()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccessExpiry {
    /// Milliseconds since 1970.
    At(i64),
    /// Nobody says: good until the next refresh.
    Unknown,
    /// Imported, and nobody knows how old it was: kept for the vendors that
    /// want it in the request, never printed.
    UnknownAge,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct IdToken {
    #[serde(with = "secrets::stored")]
    pub(crate) token: AccessToken,
    /// Reckoned from when its access token was obtained.
    pub(crate) expires: AccessExpiry,
    /// The last answer gave none: this is the one before, and asking again brings no other.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_old: bool,
}

/// Which token of a login a profile is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Served {
    /// The access token.
    #[default]
    Access,
    /// The id token, for whoever asks who one is.
    Id,
}

impl Served {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Served::Access => "access",
            Served::Id => "id",
        }
    }
}

impl Access {
    pub(super) fn tokens(&self) -> impl Iterator<Item = &AccessToken> {
        let own = [&self.token].into_iter().chain(self.put_together.as_deref());
        own.chain(self.id_token.iter().map(|id_token| &id_token.token))
    }

    /// Milliseconds it is still good for; `i64::MAX` if nobody says how long.
    /// `None`: expired, or of unknown age, or the clocks were set back since.
    pub(crate) fn remaining(&self, now: &Moment) -> Option<i64> {
        match self.expires {
            AccessExpiry::UnknownAge => None,
            AccessExpiry::Unknown => Some(i64::MAX),
            AccessExpiry::At(at) => {
                let life = at.saturating_sub(self.obtained.wall_ms);
                Some(life.saturating_sub(self.obtained.age(now)?)).filter(|left| *left > 0)
            }
        }
    }

    /// It counts as over, and is forgotten by nobody.
    pub(crate) fn end(&mut self) {
        self.expires = AccessExpiry::At(self.obtained.wall_ms);
        if let Some(id_token) = &mut self.id_token {
            id_token.expires = self.expires;
        }
    }

    /// Somebody let it end before its time.
    pub(crate) fn is_ended(&self) -> bool {
        self.expires == AccessExpiry::At(self.obtained.wall_ms)
    }

    /// Its whole life in milliseconds, if known.
    pub(crate) fn lifetime(&self) -> Option<i64> {
        match self.expires {
            AccessExpiry::At(at) => Some(at.saturating_sub(self.obtained.wall_ms)),
            _ => None,
        }
    }

    /// In seconds since 1970.
    pub(crate) fn expires_at(&self) -> Option<i64> {
        self.ends_ms().map(|at| at.div_euclid(1_000))
    }

    /// In milliseconds since 1970.
    pub(super) fn ends_ms(&self) -> Option<i64> {
        match self.expires {
            AccessExpiry::At(at) => Some(at),
            _ => None,
        }
    }

    /// As it is given out. `None`: it has no id token.
    pub(crate) fn served(&self, as_what: Served) -> Option<Access> {
        let alone = |token: &AccessToken, expires| Access {
            token: token.clone(),
            put_together: None,
            token_type: self.token_type.clone(),
            scope: self.scope.clone(),
            obtained: self.obtained.clone(),
            expires,
            extra: self.extra.clone(),
            beside: self.beside.clone(),
            id_token: None,
        };
        match (as_what, &self.id_token) {
            (Served::Access, _) => {
                Some(alone(self.put_together.as_deref().unwrap_or(&self.token), self.expires))
            }
            (Served::Id, Some(id_token)) => {
                let mut id_token = alone(&id_token.token, id_token.expires);
                // No request proves anything of it, whatever the access token is bound to (RFC 9449 section 5).
                let token_type = id_token.token_type.take().filter(|kind| !kind.eq_ignore_ascii_case("DPoP"));
                Some(Access { beside: BTreeMap::new(), token_type, ..id_token })
            }
            (Served::Id, None) => None,
        }
    }

    /// The answer that it came in gave none, so that asking again would be in vain.
    pub(crate) fn came_without_id_token(&self) -> bool {
        self.id_token.as_ref().is_none_or(|id_token| id_token.is_old)
    }

    /// The one before, if it is valid `now` yet, as it is beside what has just come.
    pub(super) fn old_id_token(&self, now: &Moment) -> Option<Box<IdToken>> {
        let left = self.served(Served::Id)?.remaining(now)?;
        let id_token = self.id_token.clone()?;
        let expires = match id_token.expires {
            AccessExpiry::At(_) => AccessExpiry::At(now.wall_ms.saturating_add(left)),
            other => other,
        };
        Some(Box::new(IdToken { expires, is_old: true, ..*id_token }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_clock_set_back_makes_a_token_doubtful_only_across_a_boot() {
        let access = |boot: &str| Access {
            token: AccessToken::new("at"),
            put_together: None,
            token_type: None,
            scope: None,
            obtained: Moment { wall_ms: 1_000_000, boot_ms: 50_000, boot: boot.into() },
            expires: AccessExpiry::At(1_060_000),
            extra: BTreeMap::new(),
            beside: BTreeMap::new(),
            id_token: None,
        };
        let now = Moment { wall_ms: 0, boot_ms: 80_000, boot: "b".into() };
        assert_eq!(access("b").remaining(&now), Some(30_000));
        assert_eq!(access("other").remaining(&now), None);
        let late = Moment { wall_ms: 0, boot_ms: 110_000, boot: "b".into() };
        assert_eq!(access("b").remaining(&late), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn no_token_is_valid_after_its_expiry(at in any::<i64>(), wall in 0..1_i64 << 50, boot in 0..1_i64 << 50, lives in 0..1_i64 << 40, reboot: bool) {
            let at = if lives % 2 == 0 { at } else { wall + lives };
            let obtained = Moment { wall_ms: wall, boot_ms: boot, boot: "b".into() };
            let access = Access { token: AccessToken::new("at"), put_together: None, token_type: None, scope: None, obtained, expires: AccessExpiry::At(at), extra: BTreeMap::new(), beside: BTreeMap::new(), id_token: None };
            let boot_name = if reboot { "c" } else { "b" };
            // A boot that began just now: one that is older than the token tells more than the wall clock.
            let after = |ms: i64| Moment { wall_ms: wall + ms, boot_ms: if reboot { 0 } else { boot + ms }, boot: boot_name.into() };
            for ms in [0, 1, lives / 2, lives - 1, lives, lives + 1].into_iter().filter(|ms| *ms >= 0) {
                let left = access.remaining(&after(ms));
                prop_assert_eq!(left.is_some(), at > wall + ms, "{} ms on", ms);
                let later = access.remaining(&after(ms + 1));
                prop_assert!(later.unwrap_or(0) <= left.unwrap_or(0), "it grows");
                // Within a boot the wall clock does not matter.
                let jumped = Moment { wall_ms: -wall, ..after(ms) };
                prop_assert!(reboot || access.remaining(&jumped) == left);
            }
        }

        #[test]
        fn no_clock_and_no_expiry_overflows(at in any::<i64>(), times in any::<[i64; 4]>(), reboot: bool, kind in 0..3) {
            let [wall_ms, boot_ms, now_wall, now_boot] = times;
            let expires = [AccessExpiry::At(at), AccessExpiry::Unknown, AccessExpiry::UnknownAge][usize::try_from(kind).expect("small")];
            let obtained = Moment { wall_ms, boot_ms, boot: "b".into() };
            let access = Access { token: AccessToken::new("at"), put_together: None, token_type: None, scope: None, obtained, expires, extra: BTreeMap::new(), beside: BTreeMap::new(), id_token: None };
            let now = Moment { wall_ms: now_wall, boot_ms: now_boot, boot: if reboot { "c" } else { "b" }.into() };
            let left = access.remaining(&now);
            prop_assert!(left.is_none_or(|left| left > 0));
            prop_assert!(expires != AccessExpiry::UnknownAge || left.is_none());
            let _ = (access.lifetime(), access.expires_at());
        }
    }
}
