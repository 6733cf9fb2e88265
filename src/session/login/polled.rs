//! A login that somebody decides on another device (RFC 8628): where they go is shown, and the vendor is asked until they
//! have decided, as often as it wants to be asked and no more.

use std::thread;
use std::time::{Duration, Instant};

use super::sender::{Sender, Sent};
use super::{Run, VisitEvent};
use crate::base::address::checked_url;
use crate::base::error::{Code, Result, config, refused};
use crate::base::redact::shows_any;
use crate::base::spoken;
use crate::base::waiting::{Waiting, What};
use crate::credential::outcome::Outcome;
use crate::credential::reading::RefusalKind;
use crate::dialect::flow::Step;
use crate::terminal::visit::{self, Visit};

/// Section 3.2: if the vendor does not say; and what `slow_down` adds (section 3.5).
const INTERVAL: Duration = Duration::from_secs(5);
/// Less is no interval.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);

impl Run<'_> {
    pub(super) fn poll(&mut self, sender: &mut Sender<'_>, step: &Step<'_>) -> Result<Sent> {
        let mut interval = self
            .seconds("interval")
            .filter(|asked| *asked >= SHORTEST_INTERVAL)
            .unwrap_or(INTERVAL)
            .min(LONGEST_INTERVAL);
        self.check_time(interval)?;
        let until = self.show_where_to_go()?;
        let _waiting = Waiting::begin(What::Visit, Some(until));
        loop {
            self.wait(interval, until)?;
            let sent = match sender.send(step, &mut self.logging) {
                // Nothing was sent; whoever decides goes on deciding.
                Err(error) if matches!(error.code, Code::Unreachable | Code::Unavailable) => {
                    self.invocation.out.step(&format!("asked in vain: {error}"));
                    interval = (interval * 2).min(LONGEST_INTERVAL);
                    continue;
                }
                sent => sent?,
            };
            let Sent::Declined(outcome, retry_after) = sent else { return Ok(sent) };
            match passing(&outcome) {
                Some(RefusalKind::AuthorizationPending) => {}
                Some(RefusalKind::SlowDown) => interval = (interval + INTERVAL).min(LONGEST_INTERVAL),
                Some(_) => {
                    let asked = Duration::from_secs(retry_after.unwrap_or(0));
                    interval = (interval + INTERVAL).max(asked).min(LONGEST_INTERVAL);
                }
                None => return Ok(Sent::Declined(outcome, retry_after)),
            }
        }
    }

    /// Nobody is sent anywhere whose decision nobody could ask for any more.
    fn check_time(&self, interval: Duration) -> Result<()> {
        if self.invocation.deadline.saturating_duration_since(Instant::now()) >= interval {
            return Ok(());
        }
        let interval = spoken::span(interval.as_secs());
        Err(self.nobody_came(&format!(
            "the deadline is too short, because the vendor wants to be asked only every {interval}"
        )))
    }

    /// Until when there is an answer to be had.
    fn show_where_to_go(&self) -> Result<Instant> {
        let text = |name: &str| self.logging.kept.get(name).map(|kept| kept.value.expose());
        // Nobody is sent where somebody else could read along.
        let address = |name: &str| checked_url(text(name)?).ok();
        let fixed = self.profile.verification_address(self.login)?;
        let url = address("verification_uri")
            .or(fixed)
            .ok_or_else(|| config("the vendor's answer names no address that a browser can visit"))?;
        self.check_shown()?;
        let (whole, user_code) = (address("verification_uri_complete"), text("user_code"));
        let lives = self.seconds("expires_in");
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
                "the vendor's answer holds part of a secret where `{name}` stands, which a person would be shown"
            ))),
            None => Ok(()),
        }
    }

    fn seconds(&self, name: &str) -> Option<Duration> {
        let text = self.logging.kept.get(name)?.value.expose();
        let seconds = text.trim().parse::<f64>().ok().filter(|seconds| (0.0..1e6).contains(seconds))?;
        Some(Duration::from_secs_f64(seconds))
    }

    fn wait(&self, interval: Duration, until: Instant) -> Result<()> {
        let left = until.saturating_duration_since(Instant::now());
        if left < interval {
            return Err(self.nobody_came("nobody has decided in time"));
        }
        thread::sleep(interval);
        Ok(())
    }
}

/// `None`: it is decided, or nobody will ever know.
fn passing(outcome: &Outcome) -> Option<RefusalKind> {
    match outcome {
        Outcome::Refused { kind, .. } => match kind {
            RefusalKind::AuthorizationPending
            | RefusalKind::SlowDown
            | RefusalKind::RateLimited
            | RefusalKind::Unavailable => Some(*kind),
            _ => None,
        },
        // Perhaps it was decided; the next answer tells.
        Outcome::Unclear { .. } => Some(RefusalKind::Unavailable),
        _ => None,
    }
}
