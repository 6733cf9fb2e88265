//! A login that somebody decides on another device (RFC 8628): where they go is shown, and the vendor is asked until they
//! have decided, as often as it wants to be asked and no more.
//!
//! The rule that matters: once an answer was lost, the login may have been granted, and no later refusal says otherwise.

use std::thread;
use std::time::{Duration, Instant};

use super::super::exchange::{Declined, Sealing};
use super::sender::{Sender, Sent};
use super::{Run, VisitEvent};
use crate::base::address::checked_url;
use crate::base::error::{Code, Error, Result, config, refused};
use crate::base::redact::shows_any;
use crate::base::spoken;
use crate::base::waiting::{Waiting, What};
use crate::credential::outcome::Outcome;
use crate::credential::reading::RefusalKind;
use crate::dialect::flow::Step;
use crate::terminal::visit::{self, Visit};
use crate::terminal::wording::login as wording;

/// Section 3.2: if the vendor does not say; and what `slow_down` adds (section 3.5).
const INTERVAL: Duration = Duration::from_secs(5);
/// Less is no interval.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
/// A pause that the vendor did not ask for grows no longer than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// So long before the end the vendor is asked for the last time, if that is no more than a tenth of all the time there is.
const LAST_MOMENT: Duration = Duration::from_secs(1);
/// What a poll takes, as long as none was sent.
const TYPICAL_POLL: Duration = Duration::from_millis(300);

impl Run<'_> {
    pub(super) fn poll(&mut self, sender: &mut Sender<'_>, step: &Step<'_>) -> Result<Sent> {
        let (interval, lives) = (self.interval(), self.lives());
        self.check_time(interval, lives)?;
        let until = self.show_where_to_go(lives)?;
        let _waiting = Waiting::begin(What::Visit, Some(until));
        let mut pace = Pace::new(interval, until, Instant::now());
        let mut told = Told::default();
        while let Some(pause) = pace.pause(Instant::now()) {
            thread::sleep(pause);
            let begun = Instant::now();
            let sent = sender.send(step, &mut self.logging, until);
            pace.took = pace.took.max(begun.elapsed());
            let declined = match sent {
                // Whoever decides goes on deciding.
                Ok(Sent::Nothing(error)) if matches!(error.code, Code::Unreachable | Code::Unavailable) => {
                    self.invocation.out.step(&format!("polling failed: {error}"));
                    pace.not_sent();
                    told.last = Last::NotSent(error);
                    continue;
                }
                Ok(Sent::Declined(declined)) => declined,
                Ok(Sent::Nothing(error)) | Err(error) => return Err(self.failed(&told, error)),
                Ok(sent) => return Ok(sent),
            };
            told.kept |= declined.kept != Sealing::Nothing;
            match of_poll(&declined) {
                Poll::Undecided { slower } => {
                    pace.answered(slower, declined.retry_after);
                    told = Told { kept: told.kept, ..Told::default() };
                }
                Poll::Passing => {
                    pace.unwell(declined.retry_after);
                    told.last = Last::Declined(declined);
                }
                Poll::Lost => {
                    pace.unwell(declined.retry_after);
                    told.last = Last::Lost;
                    told.lost = Some(declined.outcome);
                }
                Poll::Ended => return Err(self.refused(&told, &declined)),
            }
        }
        Err(self.out_of_time(&pace, told))
    }

    /// The vendor has decided, or nobody will ever know.
    fn refused(&self, told: &Told, declined: &Declined) -> Error {
        let error = wording::declined(&declined.outcome, declined.retry_after, told.answer(), &self.tried());
        match declined.outcome {
            Outcome::Refused { .. } => self.failed(told, error),
            _ => error,
        }
    }

    /// The polling ends with this, whatever an earlier answer was.
    fn failed(&self, told: &Told, error: Error) -> Error {
        match &told.lost {
            // What is wrong here comes first.
            Some(lost) if matches!(error.code.exit(), 3..=5) => {
                wording::lost(lost, &error.message(), told.answer(), &self.tried())
            }
            _ => error,
        }
    }

    fn out_of_time(&self, pace: &Pace, told: Told) -> Error {
        let answer = told.answer();
        match (told.last, &told.lost) {
            (Last::Lost, Some(lost)) => wording::declined(lost, None, answer, &self.tried()),
            (Last::NotSent(error), Some(lost)) => {
                wording::lost(lost, &format!("polling failed: {error}"), answer, &self.tried())
            }
            (Last::Declined(declined), Some(lost)) => {
                let error = wording::declined(&declined.outcome, None, answer, &self.tried());
                wording::lost(lost, &error.message(), answer, &self.tried())
            }
            (Last::NotSent(error), None) => {
                let words = format!("not logged in: polling failed until the time was up: {error}");
                let mut told = Error::new(error.code, words);
                told.hint = error.hint;
                told
            }
            (Last::Declined(declined), None) => {
                wording::declined(&declined.outcome, declined.retry_after, answer, &self.tried())
            }
            (Last::Undecided | Last::Lost, _) => {
                let early = pace.cut_short(Instant::now()).map(|(left, wait)| {
                    let (left, wait) = (spoken::span(left.as_secs()), spoken::span(wait.as_secs()));
                    format!("; {left} are left, and the vendor must not be asked again for {wait}")
                });
                let words = format!("nobody approved the login in time{}", early.unwrap_or_default());
                wording::nobody_approved(&words, answer, &self.tried())
            }
        }
    }

    /// Nobody is sent anywhere whose decision nobody could ask for any more.
    fn check_time(&self, interval: Duration, lives: Option<Duration>) -> Result<()> {
        let every = spoken::span(interval.as_secs());
        if let Some(lives) = lives.filter(|lives| *lives < interval) {
            let words = format!(
                "the vendor's code ends after {}, and the vendor wants to be asked only every {every}",
                spoken::span(lives.as_secs())
            );
            return Err(Error::new(Code::LoginRequired, format!("not logged in: {words}")));
        }
        if self.invocation.deadline.saturating_duration_since(Instant::now()) < interval {
            return Err(self.nobody_came(&format!(
                "the deadline is too short, because the vendor wants to be asked only every {every}"
            )));
        }
        Ok(())
    }

    /// Until when there is an answer to be had.
    fn show_where_to_go(&self, lives: Option<Duration>) -> Result<Instant> {
        let text = |name: &str| self.logging.kept.get(name).map(|kept| kept.value.expose());
        // Nobody is sent where somebody else could read along.
        let address = |name: &str| checked_url(text(name)?).ok();
        let fixed = self.profile.verification_address(self.login)?;
        let url = address("verification_uri")
            .or(fixed)
            .ok_or_else(|| config("the vendor's answer names no address that a browser can visit"))?;
        self.check_shown()?;
        let (whole, user_code) = (address("verification_uri_complete"), text("user_code"));
        let until = lives
            .map_or(self.invocation.deadline, |lives| (Instant::now() + lives).min(self.invocation.deadline));
        (self.on_visit)(&VisitEvent { url: whole.as_ref().unwrap_or(&url).as_str(), user_code, lives })?;
        visit::show(
            self.invocation.out,
            &Visit { opens: false, url: &url, user_code, scanned: whole.as_ref().or(Some(&url)) },
        );
        Ok(until)
    }

    /// What is shown must hold nothing that is secret.
    fn check_shown(&self) -> Result<()> {
        let secrets = self.logging.kept.values().filter(|kept| kept.secret);
        let secrets: Vec<&str> = secrets.map(|kept| kept.value.expose()).collect();
        let shown = ["user_code", "verification_uri", "verification_uri_complete"];
        let mut shown = shown.iter().filter_map(|name| Some((name, self.logging.kept.get(*name)?)));
        let wrong = shown.find(|(_, kept)| kept.secret || shows_any(kept.value.expose(), &secrets));
        match wrong {
            Some((name, _)) => Err(refused(format!(
                "the vendor's answer holds part of a secret in `{name}`, which a person would be shown"
            ))),
            None => Ok(()),
        }
    }

    /// The least time from one poll to the next (section 3.5).
    fn interval(&self) -> Duration {
        match self.seconds("interval").filter(|asked| *asked >= SHORTEST_INTERVAL.as_secs_f64()) {
            Some(asked) => Duration::try_from_secs_f64(asked).unwrap_or(Duration::MAX),
            None => INTERVAL,
        }
    }

    /// The code. `None`: nobody knows how long, or longer than anybody waits.
    fn lives(&self) -> Option<Duration> {
        self.seconds("expires_in").filter(|lives| (0.0..1e6).contains(lives)).map(Duration::from_secs_f64)
    }

    fn seconds(&self, name: &str) -> Option<f64> {
        self.logging.kept.get(name)?.value.expose().trim().parse().ok()
    }
}

/// When the vendor is asked: never sooner than it wants, and for the last time just before the end.
struct Pace {
    /// What the vendor wants between two polls.
    interval: Duration,
    /// What is waited for before the next: longer while something is wrong.
    pause: Duration,
    /// What the vendor wants before the next.
    least: Duration,
    /// The last moment at which it is asked.
    last: Instant,
    /// The longest poll so far.
    took: Duration,
}

impl Pace {
    fn new(interval: Duration, until: Instant, now: Instant) -> Pace {
        let left = until.saturating_duration_since(now);
        let last = until.checked_sub(LAST_MOMENT.min(left / 10)).unwrap_or(until);
        // Before the first poll is no interval.
        Pace { interval, pause: interval, least: Duration::ZERO, last, took: TYPICAL_POLL }
    }

    /// Before the next poll. The polls are spread so that one falls on the last moment. `None`: there is none any more.
    fn pause(&self, now: Instant) -> Option<Duration> {
        let left = self.last.saturating_duration_since(now);
        if left.is_zero() || left < self.least {
            return None;
        }
        let each = self.pause.saturating_add(self.took);
        let more = u32::try_from(left.as_nanos() / each.as_nanos().max(1)).unwrap_or(u32::MAX);
        Some(if more < 2 { left } else { left / more - self.took })
    }

    /// It ends before the last moment, because the vendor is not to be asked sooner: what is left, and what it wants.
    fn cut_short(&self, now: Instant) -> Option<(Duration, Duration)> {
        let left = self.last.saturating_duration_since(now);
        (left >= SHORTEST_INTERVAL && left < self.least).then_some((left, self.least))
    }

    /// All is well again. `slower` holds for good.
    fn answered(&mut self, slower: bool, asked: Option<u64>) {
        if slower {
            self.interval = self.interval.saturating_add(INTERVAL);
        }
        self.pause = self.interval.max(Duration::from_secs(asked.unwrap_or(0)));
        self.least = self.pause;
    }

    /// It answered, but not to what it was asked, or only in part.
    fn unwell(&mut self, asked: Option<u64>) {
        self.least = self.interval.max(Duration::from_secs(asked.unwrap_or(0)));
        self.pause = self.grown(self.pause.saturating_add(INTERVAL)).max(self.least);
    }

    fn not_sent(&mut self) {
        self.least = Duration::ZERO;
        self.pause = self.grown(self.pause.saturating_mul(2));
    }

    fn grown(&self, pause: Duration) -> Duration {
        pause.min(LONGEST_PAUSE.max(self.interval))
    }
}

/// What the polls have come to so far.
#[derive(Default)]
struct Told {
    last: Last,
    /// An answer that may have granted the login; nothing that came after it says that it did not.
    lost: Option<Outcome>,
    /// Something that nobody could read lies sealed.
    kept: bool,
}

#[derive(Default)]
enum Last {
    #[default]
    Undecided,
    Declined(Declined),
    Lost,
    NotSent(Error),
}

impl Told {
    fn answer(&self) -> wording::Answer {
        wording::Answer { is_kept: self.kept, may_grant: true }
    }
}

/// What one poll came to.
enum Poll {
    Undecided {
        slower: bool,
    },
    Passing,
    /// Perhaps it was decided; the next answer tells.
    Lost,
    /// It is decided, or nobody will ever know.
    Ended,
}

fn of_poll(declined: &Declined) -> Poll {
    match &declined.outcome {
        Outcome::Refused { kind, .. } => match kind {
            RefusalKind::AuthorizationPending => Poll::Undecided { slower: false },
            RefusalKind::SlowDown => Poll::Undecided { slower: true },
            RefusalKind::RateLimited | RefusalKind::Unavailable => Poll::Passing,
            _ => Poll::Ended,
        },
        // A grant that broke off has spent the code: whoever presents it again may end what was granted.
        Outcome::Unclear { .. } if declined.kept == Sealing::Answer => Poll::Ended,
        Outcome::Unclear { .. } => Poll::Lost,
        _ => Poll::Ended,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// When polls that take so long each go out, in ms after the first moment, and whether the end was waited for.
    fn polls(interval: u64, lives: u64, took: u64, tell: impl Fn(&mut Pace, usize)) -> Vec<u64> {
        let begun = Instant::now();
        let (mut at, mut all) = (0, Vec::new());
        let ms = Duration::from_millis;
        let mut pace = Pace::new(ms(interval), begun + ms(lives), begun);
        while let Some(pause) = pace.pause(begun + ms(at)) {
            at += u64::try_from(pause.as_micros().div_ceil(1_000)).expect("short");
            all.push(at);
            at += took;
            pace.took = pace.took.max(ms(took));
            tell(&mut pace, all.len());
        }
        all
    }

    proptest! {
        #[test]
        fn the_last_poll_goes_out_just_before_the_end_and_none_too_soon(
            interval in 1_000_u64..90_000, times in 1.0_f64..20.0, took in 0_u64..300,
        ) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "small")]
            let lives = (interval as f64 * times) as u64;
            let all = polls(interval, lives, took, |pace, _| pace.answered(false, None));
            let last = *all.last().expect("at least one");
            prop_assert!(last <= lives && lives - last <= 1_100, "{lives}: {all:?}");
            prop_assert!(all.windows(2).all(|two| two[1] - two[0] >= interval + took), "{all:?}");
        }
    }

    #[test]
    fn a_pause_that_nobody_asked_for_grows_to_a_minute_and_falls_back() {
        let now = Instant::now();
        let secs = Duration::from_secs;
        let mut pace = Pace::new(secs(5), now + secs(100_000), now);
        for wanted in [10, 20, 40, 60, 60] {
            pace.not_sent();
            assert_eq!(pace.pause, secs(wanted));
        }
        pace.answered(false, None);
        assert_eq!(pace.pause, secs(5));
        pace.answered(true, None);
        pace.unwell(None);
        assert_eq!((pace.pause, pace.least), (secs(15), secs(10)));
        pace.unwell(Some(600));
        pace.answered(false, None);
        assert_eq!(pace.pause, secs(10), "what slow_down added stays");
        let mut slow = Pace::new(secs(120), now + secs(100_000), now);
        slow.not_sent();
        assert_eq!(slow.pause, secs(120), "an honest interval is kept");
    }

    #[test]
    fn what_was_not_sent_is_tried_at_the_last_moment_all_the_same() {
        let all = polls(1_000, 20_000, 0, |pace, _| pace.not_sent());
        assert_eq!(all.last(), Some(&19_000), "{all:?}");
        let all = polls(1_000, 20_000, 0, |pace, _| pace.unwell(Some(30)));
        assert_eq!(all.len(), 1, "{all:?}");
    }
}
