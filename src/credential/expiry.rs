//! When the tokens of an answer expire, by our own clock. A date in an answer is the vendor's: how far the vendor's clock
//! is from ours the answer tells itself, by its `Date` or by when its token was made.
//!
//! The rule that matters: a token that just came is good for a while, whatever is said of its end, and none is good for
//! ever because that cannot be read. So each is asked for once in its life, however wrong a clock is.

use std::time::Duration;

use super::access::{Access, AccessExpiry, IdToken};
use super::jwt;
use super::reading::{Expires, LifetimeKind, Tokens};
use super::record::Record;
use super::secrets::AccessToken;
use crate::base::clock::{Moment, millis};

/// How long tokens live whose answer does not say.
#[derive(Clone, Copy, Default)]
pub(crate) struct Lifetimes {
    pub(crate) access: Option<Duration>,
    pub(crate) refresh: Option<Duration>,
    pub(crate) refresh_kind: LifetimeKind,
    /// An access token counts as expired this much before the vendor says.
    pub(crate) margin: Duration,
}

/// When an answer came, and what it says of the clock of whoever gave it.
pub(crate) struct Answered {
    pub(crate) at: Moment,
    /// What that clock said: `Date`, in milliseconds since 1970.
    pub(crate) date: Option<i64>,
    /// Milliseconds that may have passed between that and `at`.
    pub(crate) took: i64,
    /// Milliseconds by which its tokens may be older than it: an answer that is given twice tells a life anew that has begun.
    pub(crate) older: i64,
    /// By a person, so that nobody knows for certain when it came.
    pub(crate) brought: bool,
}

/// In milliseconds: clocks that differ by more are worth a word.
const AMISS: i64 = 60_000;
/// So far a clock is off by mistake: set to another time zone, or not set since yesterday.
const DAY: i64 = 86_400_000;
/// A life that no access token has: who says so shows a wrong date.
const BEYOND: i64 = 400 * DAY;
/// Of an access token whose end cannot be read, or is over when it comes.
const SHORT: Duration = Duration::from_secs(300);

/// An absolute expiry, and when, by the same clock, the token was made.
struct Dated {
    ends: i64,
    made: Option<i64>,
}

impl Answered {
    /// Milliseconds by which the vendor's clock is ahead of ours, as far as the tokens' expiries depend on it.
    /// `known`: the access token that is there already, which was not made just now.
    pub(crate) fn ahead(&self, tokens: &Tokens, known: Option<&AccessToken>) -> i64 {
        let ahead = dated(tokens, known).map_or(0, |dated| self.ahead_by(&dated));
        // Who brings an old answer would gain time from its old date.
        if self.brought { ahead.max(0) } else { ahead }
    }

    fn ahead_by(&self, dated: &Dated) -> i64 {
        let (ends, ours) = (dated.ends, self.at.wall_ms);
        let made = dated.made.filter(|made| *made < ends && ends - *made <= BEYOND);
        // A date before the token was made is that of an old copy, or of a gateway with another clock.
        let date = self.date.filter(|date| made.is_none_or(|made| made <= date.saturating_add(AMISS)));
        let by_date = date.map(|date| self.ahead_at(date)).filter(|ahead| {
            let left = ends.saturating_sub(ours).saturating_sub(*ahead);
            // Further off than by mistake one of them is nonsense: theirs, unless ours makes none.
            ahead.abs() <= DAY || (left > 0 && (*ahead > 0 || (ends <= ours && left <= BEYOND)))
        });
        match (by_date, made) {
            (Some(ahead), _) => ahead,
            // Made in our future, or over by our clock alone.
            (None, Some(made)) if made > ours + AMISS || ends <= ours => made - ours,
            _ => 0,
        }
    }

    /// None if the date fits our clock; otherwise as much as it can be, so that no token lives longer for it.
    fn ahead_at(&self, date: i64) -> i64 {
        let least = date.saturating_sub(self.at.wall_ms);
        let most = least.saturating_add(999).saturating_add(self.took);
        if least <= 0 && most >= 0 { 0 } else { most }
    }

    /// Milliseconds since 1970 by our clock.
    fn ours(&self, expires: Expires, ahead: i64) -> i64 {
        match expires {
            // A second at least is left, so that it is asked for again and not taken for one without an end.
            Expires::After(span) => {
                let begun = self.older.min(millis(span) - 1_000).max(0);
                self.at.wall_ms.saturating_sub(begun).saturating_add(millis(span))
            }
            Expires::At(at) => at.saturating_sub(ahead),
        }
    }
}

/// `None`: no expiry depends on the vendor's clock.
fn dated(tokens: &Tokens, known: Option<&AccessToken>) -> Option<Dated> {
    let new = tokens.access_token.as_ref().filter(|new| Some(*new) != known);
    let access = tokens.access_token.as_ref().or(known);
    if let Some(Expires::At(ends)) = access_said(tokens, access) {
        let implied = || Some(ends.saturating_sub(millis(tokens.access_lasts?)));
        return Some(Dated { ends, made: new.and_then(|new| jwt::issued(new.expose())).or_else(implied) });
    }
    match refresh_said(tokens)? {
        Expires::At(ends) => {
            let token = tokens.refresh_token.as_ref();
            Some(Dated { ends, made: token.and_then(|token| jwt::issued(token.expose())) })
        }
        Expires::After(_) => None,
    }
}

fn access_said(tokens: &Tokens, token: Option<&AccessToken>) -> Option<Expires> {
    tokens.access_expires.or_else(|| jwt::expiry(token?.expose()).flatten())
}

fn refresh_said(tokens: &Tokens) -> Option<Expires> {
    let own = || jwt::expiry(tokens.refresh_token.as_ref()?.expose()).flatten();
    tokens.refresh_expires.or_else(|| if tokens.refresh_forever { None } else { own() })
}

/// The access token of an answer. Without a new one the `current` one stays, if there is one. `ahead`: the vendor's clock.
pub(crate) fn access(
    tokens: &Tokens,
    current: Option<AccessToken>,
    answered: &Answered,
    lifetimes: &Lifetimes,
    ahead: i64,
) -> (Option<Access>, Option<String>) {
    let Some(token) = tokens.access_token.clone().or(current) else { return (None, None) };
    let obtained = answered.at.clone();
    let unread = tokens.access_unread.clone().or_else(|| {
        (jwt::expiry(token.expose()) == Some(None)).then(|| "access token's own `exp`".to_owned())
    });
    let short = lifetimes.access.unwrap_or(SHORT);
    let said = access_said(tokens, Some(&token)).map(|expires| answered.ours(expires, ahead));
    let (ends, amiss) = match said {
        Some(ends) if ends > obtained.wall_ms || answered.brought => (Some(ends), unread.map(unusable)),
        Some(_) => (Some(after(&obtained, short.min(SHORT))), Some(OVER.to_owned())),
        None => {
            let otherwise = if unread.is_some() { Some(short) } else { lifetimes.access };
            (otherwise.map(|life| after(&obtained, life)), unread.map(unusable))
        }
    };
    let ends = ends.map(|ends| earlier(ends, &obtained, lifetimes));
    let good_for = ends.map_or(0, |ends| ends.saturating_sub(obtained.wall_ms).max(0) / 1_000);
    let warning = amiss.map(|amiss| format!("{amiss}; the access token counts as good for {good_for} s"));
    let access = Access {
        token,
        put_together: tokens.put_together.clone(),
        token_type: tokens.token_type.clone(),
        scope: tokens.scope.clone(),
        obtained,
        expires: ends.map_or(AccessExpiry::Unknown, AccessExpiry::At),
        extra: std::collections::BTreeMap::new(),
        beside: std::collections::BTreeMap::new(),
        id_token: None,
    };
    (Some(access), warning)
}

/// The id token of an answer, which came with `access`: it says itself when it ends, or else ends with that. `None`: there is none.
pub(crate) fn id_token(
    tokens: &Tokens,
    access: &Access,
    answered: &Answered,
    lifetimes: &Lifetimes,
) -> Option<(Option<Box<IdToken>>, Option<String>)> {
    let alone = Tokens { access_token: Some(tokens.id_token.clone()?), ..Tokens::default() };
    let lifetimes = Lifetimes { access: None, ..*lifetimes };
    let (own, warning) = self::access(&alone, None, answered, &lifetimes, answered.ahead(&alone, None));
    let own = own?;
    let silent = own.expires == AccessExpiry::Unknown || jwt::expiry(own.token.expose()) == Some(None);
    let expires = if silent { access.expires } else { own.expires };
    let warning = warning.map(|words| words.replace("access token", "id token"));
    Some((Some(Box::new(IdToken { token: own.token, expires, is_old: false })), warning))
}

const OVER: &str = "by the answer's own account, its access token has already expired";

fn unusable(what: String) -> String {
    format!("the {what} is not a usable expiry")
}

fn after(obtained: &Moment, life: Duration) -> i64 {
    obtained.wall_ms.saturating_add(millis(life))
}

/// By the margin, but never by more than half of the token's life.
fn earlier(expires: i64, obtained: &Moment, lifetimes: &Lifetimes) -> i64 {
    let half = expires.saturating_sub(obtained.wall_ms).max(0) / 2;
    expires.saturating_sub(millis(lifetimes.margin).min(half))
}

/// When an absolute expiry of an answer of unknown age is over, in milliseconds since 1970.
pub(crate) fn absolute(tokens: &Tokens, token: &AccessToken, answered: &Answered) -> Option<i64> {
    match access_said(tokens, Some(token))? {
        ends @ Expires::At(_) => Some(answered.ours(ends, answered.ahead(tokens, None))),
        Expires::After(_) => None,
    }
}

/// What an answer says of its refresh token's end, in milliseconds since 1970. `None`: nothing; `Some(None)`: never.
pub(crate) fn refresh_end(tokens: &Tokens, answered: &Answered, ahead: i64) -> Option<Option<i64>> {
    let own = || jwt::expiry(tokens.refresh_token.as_ref()?.expose());
    let said = refresh_said(tokens).map(|expires| Some(answered.ours(expires, ahead)));
    // A JWT that ends at 0 never does.
    said.or_else(|| (tokens.refresh_forever || own() == Some(None)).then_some(None))
}

/// When a refresh token dies whose answer does not say.
pub(super) fn refresh_lifetime(
    lifetimes: &Lifetimes,
    record: &Record,
    obtained: &Moment,
    epoch: i64,
) -> Option<i64> {
    let lifetime = millis(lifetimes.refresh?);
    match lifetimes.refresh_kind {
        LifetimeKind::Sliding | LifetimeKind::Idle => Some(obtained.wall_ms.saturating_add(lifetime)),
        LifetimeKind::Absolute => record.refresh_expires_ms.or(Some(epoch.saturating_add(lifetime))),
    }
}

/// The same for a login that a person brings; if nobody knows its age, at the latest. A JWT says when it was made.
pub(crate) fn login_lifetime(lifetimes: &Lifetimes, tokens: &Tokens, login: &Moment) -> Option<i64> {
    let token = tokens.refresh_token.as_ref().filter(|_| lifetimes.refresh_kind != LifetimeKind::Idle);
    let made = token.and_then(|token| jwt::issued(token.expose())).unwrap_or(login.wall_ms);
    Some(made.min(login.wall_ms).saturating_add(millis(lifetimes.refresh?)))
}

/// What is to be said of clocks that differ.
pub(crate) fn clock_warning(ahead: i64) -> Option<String> {
    let how = if ahead > 0 { "behind" } else { "ahead of" };
    (ahead.abs() > AMISS).then(|| {
        let by = long(ahead.unsigned_abs() / 1_000);
        format!("the clock of this machine is {by} {how} the vendor's, by which expiries count")
    })
}

/// `90 s`, `7 min`, `7 h`, `3 days`.
fn long(seconds: u64) -> String {
    let units = [(86_400, "days"), (3_600, "h"), (60, "min")];
    let unit = units.into_iter().find(|(unit, _)| seconds >= 2 * unit);
    unit.map_or_else(
        || format!("{seconds} s"),
        |(unit, name)| format!("{} {name}", (seconds + unit / 2) / unit),
    )
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
    use proptest::option;
    use proptest::prelude::*;

    use super::*;
    use crate::credential::secrets::RefreshToken;

    /// What time it is in truth, and by the vendor's clock.
    const TRUE: i64 = 1_795_888_800_000;
    const HOUR: i64 = 3_600_000;

    /// An answer that took a second, of which our clock thinks that it is so many seconds ahead (behind: negative).
    fn answered(ahead: i64, date: Option<i64>) -> Answered {
        let at = Moment { wall_ms: TRUE + ahead * 1_000, boot_ms: 7_000, boot: "b".into() };
        Answered { at, date, took: 1_000, older: 0, brought: false }
    }

    fn jwt(iat: Option<i64>, exp: i64) -> AccessToken {
        let iat = iat.map(|ms| format!("\"iat\":{},", ms / 1_000)).unwrap_or_default();
        let claims = format!("{{{iat}\"exp\":{}}}", exp.div_euclid(1_000));
        AccessToken::new(format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims)))
    }

    fn tokens(access: AccessToken, expires: Option<Expires>) -> Tokens {
        Tokens { access_token: Some(access), access_expires: expires, ..Tokens::default() }
    }

    fn opaque(ends: i64) -> Tokens {
        tokens(AccessToken::new("at"), Some(Expires::At(ends)))
    }

    /// How many seconds it is good for when it comes, and what is said.
    fn life(tokens: &Tokens, answered: &Answered) -> (i64, Vec<String>) {
        let ahead = answered.ahead(tokens, None);
        let (access, warning) = access(tokens, None, answered, &Lifetimes::default(), ahead);
        let left = access.expect("a token").remaining(&answered.at).unwrap_or(0);
        (left / 1_000, clock_warning(ahead).into_iter().chain(warning).collect())
    }

    const CLOCKS: [i64; 15] =
        [-86_000, -25_200, -3_600, -600, -360, -50, -5, 0, 5, 50, 360, 600, 3_600, 25_200, 86_000];

    #[test]
    fn a_date_of_the_vendors_is_a_life_whatever_our_clock_says() {
        for clock in CLOCKS {
            for seconds in [60, 300, 3_600, 86_400] {
                let ends = TRUE + seconds * 1_000;
                for (kind, tokens) in [
                    ("a date", opaque(ends)),
                    ("a JWT", tokens(jwt(None, ends), None)),
                    ("a JWT that says when it was made", tokens(jwt(Some(TRUE), ends), None)),
                    ("a JWT made earlier", tokens(jwt(Some(TRUE - HOUR), ends), None)),
                ] {
                    let (good_for, said) = life(&tokens, &answered(clock, Some(TRUE)));
                    assert!(
                        (seconds - 2..=seconds).contains(&good_for),
                        "{kind}, {clock}, {seconds}: {good_for}"
                    );
                    assert_eq!(said.len(), usize::from(clock.abs() > 60), "{kind}, {clock}: {said:?}");
                }
                // A lifetime needs no clock, and no word.
                let lasts = Expires::After(Duration::from_secs(seconds.unsigned_abs()));
                let lasting = tokens(AccessToken::new("at"), Some(lasts));
                assert_eq!(life(&lasting, &answered(clock, Some(TRUE))), (seconds, Vec::new()));
            }
        }
        let (_, said) = life(&opaque(TRUE + HOUR), &answered(25_200, Some(TRUE)));
        assert_eq!(said, ["the clock of this machine is 7 h ahead of the vendor's, by which expiries count"]);
        let (_, said) = life(&opaque(TRUE + HOUR), &answered(-361, Some(TRUE)));
        assert_eq!(said, ["the clock of this machine is 6 min behind the vendor's, by which expiries count"]);
    }

    #[test]
    fn without_a_date_the_token_itself_tells() {
        for (clock, iat, lasts, wanted) in [
            // Made in our future: our clock is behind.
            (-25_200, Some(TRUE), None, 3_600),
            (-25_200, None, Some(3_600), 3_600),
            // Over before it comes: our clock is ahead.
            (25_200, Some(TRUE), None, 3_600),
            (25_200, None, Some(3_600), 3_600),
            // Possible by our clock, which may be right: the token may have been made earlier.
            (1_800, Some(TRUE), None, 1_800),
            (0, Some(TRUE - HOUR), None, 3_600),
            // Nothing tells.
            (25_200, None, None, 300),
            (-25_200, None, None, 3_600 + 25_200),
        ] {
            let mut tokens = tokens(jwt(iat, TRUE + HOUR), Some(Expires::At(TRUE + HOUR)));
            tokens.access_lasts = lasts.map(Duration::from_secs);
            assert_eq!(life(&tokens, &answered(clock, None)).0, wanted, "{clock} {iat:?} {lasts:?}");
        }
    }

    #[test]
    fn a_nonsensical_date_makes_nothing_worse() {
        const YEAR: i64 = 365 * DAY;
        let made = tokens(jwt(Some(TRUE), TRUE + HOUR), None);
        for date in [
            TRUE - 40 * YEAR,
            TRUE - 2 * YEAR,
            TRUE - 2 * DAY,
            TRUE + 2 * DAY,
            TRUE + 70 * YEAR,
            i64::MAX,
            i64::MIN,
        ] {
            assert_eq!(life(&opaque(TRUE + HOUR), &answered(0, Some(date))), (3_600, Vec::new()), "{date}");
            assert_eq!(life(&made, &answered(0, Some(date))), (3_600, Vec::new()), "{date}");
        }
        // That of an old copy, older than the token.
        for minutes in [2, 30, 600] {
            let date = Some(TRUE - minutes * 60_000);
            assert_eq!(life(&made, &answered(0, date)), (3_600, Vec::new()), "{minutes}");
        }
        // A clock that was never set, or set to a far day.
        for clock in [-TRUE / 1_000, -30 * 86_400, 80 * 365 * 86_400] {
            let (good_for, said) = life(&opaque(TRUE + HOUR), &answered(clock, Some(TRUE)));
            assert!((3_598..=3_600).contains(&good_for) && said.len() == 1, "{clock}: {good_for} {said:?}");
        }
    }

    #[test]
    fn what_is_over_when_it_comes_is_good_for_a_short_while_and_said_to_be() {
        let words = "by the answer's own account, its access token has already expired; the access token counts as good for 300 s";
        for date in [None, Some(TRUE)] {
            assert_eq!(
                life(&opaque(TRUE - HOUR), &answered(0, date)),
                (300, vec![words.to_owned()]),
                "{date:?}"
            );
        }
        // A date agrees: no word of the token's can revive it.
        let dead = tokens(jwt(Some(TRUE - 2 * HOUR), TRUE - HOUR), None);
        assert_eq!(life(&dead, &answered(0, Some(TRUE))).0, 300);
        // The same token once more was not made just now.
        let known = dead.access_token.clone();
        assert_eq!(answered(0, None).ahead(&dead, known.as_ref()), 0);
        // Who brings one that is over has none.
        let brought = Answered { brought: true, ..answered(0, None) };
        assert_eq!(life(&opaque(TRUE - HOUR), &brought), (0, Vec::new()));
        let old = Answered { brought: true, ..answered(0, Some(TRUE - 20 * HOUR)) };
        assert_eq!(life(&opaque(TRUE + HOUR), &old), (3_600, Vec::new()), "no time is gained by an old date");
        let behind = Answered { brought: true, ..answered(-25_200, Some(TRUE)) };
        assert!((3_598..=3_600).contains(&life(&opaque(TRUE + HOUR), &behind).0));
    }

    #[test]
    fn what_cannot_be_read_is_short_unless_somebody_else_says_and_is_said_to_be() {
        let unread = |access: AccessToken| Tokens {
            access_unread: Some("answer's `/e`".into()),
            ..tokens(access, None)
        };
        let good_for = |tokens: &Tokens, life: Option<u64>| {
            let answered = answered(0, None);
            let lifetimes = Lifetimes { access: life.map(Duration::from_secs), ..Lifetimes::default() };
            let (access, said) = access(tokens, None, &answered, &lifetimes, 0);
            (access.expect("a token").remaining(&answered.at), said)
        };
        let said = |seconds: u64| {
            Some(format!(
                "the answer's `/e` is not a usable expiry; the access token counts as good for {seconds} s"
            ))
        };
        assert_eq!(good_for(&unread(AccessToken::new("at")), None), (Some(300_000), said(300)));
        assert_eq!(good_for(&unread(AccessToken::new("at")), Some(7_200)), (Some(7_200_000), said(7_200)));
        assert_eq!(good_for(&unread(jwt(None, TRUE + HOUR)), Some(60)), (Some(HOUR), said(3_600)));
        // Nothing is said at all, and a JWT that says nothing of use.
        assert_eq!(good_for(&tokens(AccessToken::new("at"), None), None), (Some(i64::MAX), None));
        let (left, words) = good_for(&tokens(jwt(None, 0), None), None);
        assert_eq!((left, words.is_some_and(|words| words.contains("own `exp`"))), (Some(300_000), true));
    }

    #[test]
    fn a_refresh_token_ends_by_the_vendors_clock_or_never() {
        let end = |expires: Option<Expires>, forever: bool, token: &str, clock: i64| {
            let (refresh_expires, refresh_token) = (expires, Some(RefreshToken::new(token)));
            let tokens =
                Tokens { refresh_expires, refresh_forever: forever, refresh_token, ..Tokens::default() };
            let answered = answered(clock, Some(TRUE));
            refresh_end(&tokens, &answered, answered.ahead(&tokens, None))
        };
        let own = |exp: i64| jwt(Some(TRUE), exp).expose().to_owned();
        let clock = -25_200;
        let by_our_clock = |end: Option<Option<i64>>| end.flatten().map(|end| (end - TRUE) / 1_000 - clock);
        for said in [
            end(Some(Expires::At(TRUE + HOUR)), false, "rt", clock),
            end(None, false, &own(TRUE + HOUR), clock),
        ] {
            assert!(
                by_our_clock(said).is_some_and(|left| (3_598 - 2 * 25_200..).contains(&left)),
                "{said:?}"
            );
        }
        for clock in CLOCKS {
            let said = end(None, false, &own(TRUE + HOUR), clock).flatten().expect("a date");
            let left = (said - TRUE) / 1_000 - clock;
            assert!((3_598..=3_600).contains(&left), "{clock}: {left}");
        }
        assert_eq!(end(None, false, &own(0), 0), Some(None), "a JWT that ends at 0 never does");
        assert_eq!(end(None, true, &own(TRUE + HOUR), 0), Some(None), "in so many words");
        assert_eq!(end(None, false, "rt", 0), None, "nobody says");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Whatever clocks, dates and tokens say: it is asked for once in a life, and none is good for ever by mistake.
        #[test]
        fn every_token_that_comes_is_good_for_a_while(
            clock in any::<i32>(), ends in -(1_i64 << 42)..1 << 42, date in option::of(any::<i64>()), near: bool,
            iat in option::of(0..1_i64 << 41), lasts in option::of(any::<u32>()), took in 0..120_000_i64,
        ) {
            let date = date.map(|date| if near { TRUE + date % (2 * DAY) } else { date });
            let answered = Answered { took, ..answered(i64::from(clock), date) };
            let mut tokens = tokens(jwt(iat, ends), Some(Expires::At(ends)));
            tokens.access_lasts = lasts.map(|seconds| Duration::from_secs(seconds.into()));
            let (access, _) = access(&tokens, None, &answered, &Lifetimes::default(), answered.ahead(&tokens, None));
            let left = access.expect("a token").remaining(&answered.at);
            prop_assert!(left.is_some_and(|left| left > 0));
        }

        /// With a right clock no date within reason, right or wrong, keeps a JWT beyond its life.
        #[test]
        fn no_date_revives_a_token_that_says_when_it_was_made(off in -(400 * DAY)..400 * DAY, life in 1..200_000_i64) {
            let tokens = tokens(jwt(Some(TRUE), TRUE + life * 1_000), None);
            let answered = answered(0, Some(TRUE + off));
            let (good_for, _) = self::life(&tokens, &answered);
            prop_assert!(good_for <= (life + 62).max(300), "{good_for} of {life}");
        }

        #[test]
        fn a_longer_life_never_ends_sooner(wall_ms: i64, one: u64, other: u64, ahead: i64) {
            let at = Moment { wall_ms, boot_ms: 0, boot: String::new() };
            let answered = Answered { at, date: None, took: 0, older: 0, brought: false };
            let end = |ms: u64| answered.ours(Expires::After(Duration::from_millis(ms)), ahead);
            prop_assert!(end(one.min(other)) <= end(one.max(other)));
            prop_assert!(end(one) >= wall_ms);
            prop_assert_eq!(answered.ours(Expires::At(wall_ms), 0), wall_ms);
        }
    }
}
