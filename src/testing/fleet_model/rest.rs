//! What comes of a fleet at rest once every claim's time is over and all goes well: each machine, whichever runs first, is served, or
//! is told what is to be done, and that helps.

use super::copies::Copy;
use super::machine::{Run, Seen, Step, Stop, Turn, Wire};
use super::vendor::{Answer, Token};
use super::{Fleet, State};

/// Longer than a claim lives, and than a vendor works on a request.
const LONG: u16 = 400;
/// More than any run has.
const MOST_STEPS: u8 = 60;

/// How a run ended where all goes well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Served,
    Stopped(Stop),
}

impl State {
    /// Nobody is at work, and nothing is under way.
    pub(super) fn is_at_rest(&self) -> bool {
        let idle = self.members.iter().all(|member| member.run == Run::Idle);
        idle && self.vendor.requests.is_empty() && self.late.is_none()
    }

    fn after_long(&self) -> State {
        State { now: self.now + LONG, ..self.clone() }
    }

    /// Nobody has what the vendor would take, or the retry rule forbids to present it again.
    fn is_over(&self, stop: Stop) -> bool {
        match stop {
            Stop::Refused { .. } => self.vendor.live() & self.stored() == 0,
            Stop::UsedUp => true,
            Stop::Waits | Stop::Blocked(_) | Stop::Foreign => false,
        }
    }
}

impl Fleet {
    /// `Err`: what is not as it is said.
    pub(super) fn goes_on(&self, state: &State) -> Result<(), String> {
        let state = state.after_long();
        self.numbers().try_for_each(|number| {
            let mut after = state.clone();
            match self.run(&mut after, number) {
                End::Served => Ok(()),
                End::Stopped(Stop::Blocked(by)) => {
                    if !state.members[usize::from(by)].connected {
                        return Err(format!("m{number} is blocked by m{by}, which sent nothing"));
                    }
                    self.helps(&after, by).map_err(|why| format!("m{number} is blocked by m{by}, and {why}"))
                }
                End::Stopped(stop) => self.is_right(&after, stop).map_err(|why| format!("m{number}: {why}")),
            }
        })
    }

    /// A run of the machine that is named.
    fn helps(&self, state: &State, named: u8) -> Result<(), String> {
        let mut after = state.clone();
        match self.run(&mut after, named) {
            End::Served => self.numbers().try_for_each(|number| {
                let end = self.run(&mut after.after_long(), number);
                if end == End::Served { Ok(()) } else { Err(format!("then m{number}: {end:?}")) }
            }),
            End::Stopped(stop) if state.is_over(stop) => Ok(()),
            end => Err(format!("there {end:?}")),
        }
    }

    /// Whoever is told to log in is told who may yet help, if somebody does.
    fn is_right(&self, state: &State, stop: Stop) -> Result<(), String> {
        let named = |number: &u8| matches!(stop, Stop::Refused { sent_by } if sent_by & 1 << number != 0);
        let helps = || self.numbers().filter(named).any(|number| self.helps(state, number).is_ok());
        if state.is_over(stop) || helps() {
            return Ok(());
        }
        Err(format!("{stop:?} with live {:b}, stored {:b}", state.vendor.live(), state.stored()))
    }

    fn numbers(&self) -> impl Iterator<Item = u8> {
        (0..).zip(&self.members).map(|(number, _)| number)
    }

    /// Runs of one machine, until it is served or nothing more comes of it.
    fn run(&self, state: &mut State, number: u8) -> End {
        let (mut given, mut rested) = (None, None);
        for _ in 0..MOST_STEPS {
            let step = match &state.members[usize::from(number)].run {
                Run::Idle if given.is_some_and(|token| state.has(token)) => return End::Served,
                Run::Idle if rested.as_ref() == Some(&*state) => {
                    return End::Stopped(self.why(state, number));
                }
                Run::Idle => {
                    rested = Some(state.clone());
                    Step::Look(false)
                }
                Run::Ready(_) => Step::Propose(Wire::Answered),
                Run::Claimed(_) if self.protocol.sent => Step::Announce(Wire::Answered),
                Run::Claimed(_) | Run::Announced(_) => Step::Send,
                Run::Waiting(_) => {
                    given = self.answer(state, number);
                    Step::Receive
                }
                Run::Sealed { .. } => Step::Read,
                Run::Saving { .. } => Step::Save(Wire::Answered),
                Run::Unheard(_) => Step::ReadBack,
            };
            match self.step(state, number, step) {
                Some(after) => *state = after,
                None => return End::Stopped(self.why(state, number)),
            }
        }
        End::Stopped(Stop::Waits)
    }

    fn answer(&self, state: &mut State, number: u8) -> Option<u8> {
        let at = state.vendor.awaited_by(number)?;
        state.vendor.handle(self.class, at, state.now);
        match state.vendor.requests[at].answer {
            Some(Answer::New(token)) => Some(token),
            _ => None,
        }
    }

    fn why(&self, state: &State, number: u8) -> Stop {
        let member = &state.members[usize::from(number)];
        let machine = member.machine(number);
        let seen = Seen::of(state);
        let right = Copy::merged(member.journal, state.vault.copy, &machine.journal);
        match self.turn(&seen, right, &machine, state.now, state.now, false) {
            Turn::Stop(stop) => stop,
            Turn::Go(_) | Turn::Read(_) => Stop::Waits,
        }
    }
}

impl State {
    /// The fleet has this token, and it lives.
    fn has(&self, token: u8) -> bool {
        self.vault.copy.token() == token && self.vendor.tokens[usize::from(token)] == Token::Live
    }
}
