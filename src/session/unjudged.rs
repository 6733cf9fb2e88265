//! How a login by itself ends. Answers that judged nothing do not use up the one try, and everybody waits until the next.

use crate::base::clock::Moment;
use crate::base::error::Code;
use crate::credential::audience::Audience;
use crate::credential::outcome::{Next, Outcome};
use crate::credential::reading::RefusalKind;
use crate::credential::record::{AttemptEnd, Record};
use crate::credential::transition::Applied;

/// Seconds after the first answer that judged nothing.
const FIRST_PAUSE: u64 = 60;
/// Seconds, at the most, unless the vendor asks for more.
const DAY: u64 = 24 * 3_600;
/// So many tries of one day, at the most, are not judged.
const HANDFUL: u32 = 5;

/// With the intent: whatever comes of it, it was tried.
pub(super) fn begin(record: &mut Record, at: Moment) {
    let why = "the run that tried it did not hear how it ended".to_owned();
    record.relogin_tried = true;
    let outcome = Outcome::Unclear { why, next: Next::Nothing };
    record.relogin_ended = Some(AttemptEnd { at, outcome, retry_after: None, client: None });
}

/// A vendor that says it judged nothing has not used up the one try; everybody waits until the next. `asked`: for so many
/// seconds, by the vendor.
pub(super) fn spare(applied: &mut Applied, asked: Option<u64>, audience: &Audience) {
    let Applied { credential, outcome, retry_after, .. } = applied;
    let Some(record) = credential.record_mut() else {
        *retry_after = None;
        return;
    };
    let ended =
        |retry_after| AttemptEnd { at: Moment::now(), outcome: outcome.clone(), retry_after, client: None };
    if !is_unjudged(outcome) {
        // Asking again is of no use.
        *retry_after = None;
        if record.relogin_tried && outcome.code().is_some() {
            record.relogin_ended = Some(ended(None));
        }
        return;
    }
    let pause = pause(asked.and(*retry_after), record.relogins_unjudged).max(retry_after.unwrap_or(0));
    *retry_after = Some(pause);
    record.relogin_tried = false;
    record.relogin_ended = None;
    record.relogins_unjudged = record.relogins_unjudged.saturating_add(1);
    record.note_end(audience, ended(Some(pause)));
}

/// This step certainly was not sent. If an earlier one was, the vendor judged it well: that uses no try up, but the next one
/// begins with the same secrets again, so everybody waits for it.
pub(super) fn put_off(record: &mut Record, ended: &mut AttemptEnd) {
    if !record.relogin_tried {
        return;
    }
    if let Outcome::Other { code, .. } = &mut ended.outcome {
        *code = Code::Unavailable;
    }
    ended.retry_after = Some(pause(ended.retry_after, record.relogins_unjudged));
    record.relogin_tried = false;
    record.relogin_ended = None;
    record.relogins_unjudged = record.relogins_unjudged.saturating_add(1);
}

/// An error beside the status of a success may be about the password, whatever it counts as.
fn is_unjudged(outcome: &Outcome) -> bool {
    let Outcome::Refused { kind, said, .. } = outcome else { return false };
    matches!(kind, RefusalKind::RateLimited | RefusalKind::Unavailable) && !(200..300).contains(&said.status)
}

/// In seconds, after so many tries before this one that were not judged either.
fn pause(asked: Option<u64>, before: u32) -> u64 {
    match asked {
        Some(asked) if before + 1 < HANDFUL => asked.max(1),
        _ => FIRST_PAUSE.saturating_mul(8_u64.saturating_pow(before)).min(DAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_judged_is_tried_a_handful_of_times_a_day() {
        for asked in [None, Some(0), Some(1), Some(600)] {
            let tries = (0..100).scan(0, |at, before| {
                let now = *at;
                *at += pause(asked, before);
                Some(now)
            });
            let tries = tries.take_while(|at| *at < DAY).count();
            assert!((2..=5).contains(&tries), "{asked:?}: {tries}");
        }
        assert_eq!([0, 1, 2].map(|before| pause(None, before)), [60, 480, 3_840]);
        assert_eq!([0, 3, 4, u32::MAX - 1].map(|before| pause(Some(7), before)), [7, 7, DAY, DAY]);
    }
}
