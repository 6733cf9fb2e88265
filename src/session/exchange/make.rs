//! A step that nobody is asked for: its token is made here, and kept as if it had come.

use super::super::answer::AnswerReader;
use super::super::durability::{Fate, Stake};
use super::{FollowUp, Performer, Stepped};
use crate::base::clock::Moment;
use crate::base::error::{Error, Result, config, unavailable};
use crate::credential::jwt;
use crate::credential::outcome::Outcome;
use crate::credential::reading::Expires;
use crate::credential::state::{AnswerAt, Credential};
use crate::dialect::flow::Step;
use crate::dialect::made;

impl Performer<'_> {
    /// Nothing is sent and nothing can be lost, so no intent is written: another run makes another.
    pub(super) fn make(
        &mut self,
        step: &Step<'_>,
        before: &Credential,
        token: &str,
        time_step: Option<i64>,
    ) -> Result<Stepped> {
        if token.is_empty() {
            return Err(self.unusable("is empty"));
        }
        // Where a program writes it, a line break would say more than the token.
        if token.chars().any(char::is_control) {
            return Err(self.unusable("holds a line break or another control character"));
        }
        // By the same clock: nobody else's is to be allowed for.
        if let Some(Some(Expires::At(ms))) = jwt::expiry(token)
            && ms <= Moment::now().wall_ms
        {
            return Err(self.unusable("has already expired (`exp`)"));
        }
        self.tell("making the access token");
        let key = self.store.key_of_marks()?;
        let intent = self.intent(step, before, &FollowUp::default(), time_step)?;
        let made = intent.answered(made::answer(token, Moment::now()));
        let reader = AnswerReader {
            profile: self.profile,
            secrets: self.secrets,
            key: &key,
            own: true,
            unchallenged: false,
        };
        let Some((_, raw)) = made.unread() else { return Err(self.unusable("cannot be read")) };
        let applied = reader.apply(&made, AnswerAt::Unread, raw, step);
        if applied.outcome != Outcome::Granted {
            return Err(self.unusable("is one of the secrets that it is made of"));
        }
        let (durability, trouble) = self.write(&applied.credential, false);
        if durability.fate(Stake::of(&made, &applied.credential)) == Fate::Lost {
            return Err(trouble.unwrap_or_else(|| unavailable("the journal could not be written")));
        }
        self.go_on(step, applied, trouble)
    }

    fn unusable(&self, why: &str) -> Error {
        config(format!(
            "`profiles.{}`: the access token that the dialect `{}` makes {why}",
            self.profile.name, self.profile.dialect_name
        ))
    }
}
