//! The retry rule against servers of every class, in every order of events: runs,
//! crashes, answers lost and late, requests handled early, late or never. Small
//! enough to be walked through completely; the rule is the product's own.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use crate::credential::retry::{
    Class, End, Policy, ReplayVerdict, SETTLED, SIBLING_AFTER, left_open, next, turned_down,
};

const TICK: u32 = 15;
const END: u32 = 135;
const GRACE: u32 = 40;
/// How often a run may die before its answer came, and a server say "not now".
const CRASHES: u8 = 2;
const PUT_OFFS: u8 = 1;

/// Who decides whether to ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// The product's, told this class.
    Ours(Class),
    /// With `--force-replay` each time.
    Forced(Class),
    Never,
    AtOnce,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Request {
    token: u8,
    sent: u32,
    /// Whether the process that sent it still waits.
    awaited: bool,
    answer: Option<Answer>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Answer {
    New(u8),
    Refused,
    NotNow,
    NotThis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Token {
    Live,
    /// Used at this time; its successor.
    Spent(u32, u8),
    Dead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Attempt {
    sent: u32,
    replays: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    now: u32,
    tokens: Vec<Token>,
    /// At most one is awaited: runs hold a lock.
    requests: Vec<Request>,
    held: u8,
    open: Option<Attempt>,
    /// What the awaited request replays.
    replayed: Option<Attempt>,
    /// The vendor refused for good, or gave what was wanted: the next generation is a new game.
    over: bool,
    crashes: u8,
    put_offs: u8,
    /// How often a server may yet turn a request down that it does not understand, whatever the token.
    refusable: u8,
    sends: u8,
    /// A token that the client held was live, and died by the client's own doing.
    killed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Ok,
    /// The successor went out and came nowhere; nothing worse.
    Lost,
    /// As lost, and the whole login was revoked after it.
    Dead,
    /// A token that was held was revoked.
    Killed,
}

/// By when a server has handled a request, or never will.
fn settled(class: Class) -> u32 {
    let after = if class == Class::GraceNew { SIBLING_AFTER } else { SETTLED };
    u32::try_from(after.as_secs()).expect("short")
}

fn start() -> State {
    State {
        now: 0,
        tokens: vec![Token::Live],
        requests: Vec::new(),
        held: 0,
        open: None,
        replayed: None,
        over: false,
        crashes: 0,
        put_offs: 0,
        refusable: 0,
        sends: 0,
        killed: false,
    }
}

impl State {
    fn next(&self, open: Attempt, rule: Rule) -> Result<u32, ReplayVerdict> {
        let elapsed = Duration::from_secs((self.now - open.sent).into());
        let policy = |class| Policy { class, grace: Duration::from_secs(GRACE.into()), never: false };
        match rule {
            Rule::AtOnce if open.replays == 0 => Ok(1),
            Rule::Never | Rule::AtOnce => Err(ReplayVerdict::UsedUp),
            Rule::Ours(class) => next(policy(class), elapsed, open.replays, false),
            Rule::Forced(class) => next(policy(class), elapsed, open.replays, true),
        }
    }

    fn awaited(&self) -> Option<usize> {
        self.requests.iter().position(|request| request.awaited)
    }

    /// A run of the client: asks, if the rule lets it.
    fn run(&self, rule: Rule) -> Option<State> {
        if self.awaited().is_some() || self.over {
            return None;
        }
        let replays = self.open.map_or(Ok(0), |open| self.next(open, rule)).ok()?;
        let mut after = self.clone();
        after.replayed = after.open.take();
        after.open = Some(Attempt { sent: self.now, replays });
        after.sends += 1;
        after.requests.push(Request { token: self.held, sent: self.now, awaited: true, answer: None });
        Some(after)
    }

    /// The server handles a request.
    fn handle(&self, class: Class, at: usize) -> State {
        let mut after = self.clone();
        let token = usize::from(self.requests[at].token);
        let fresh = u8::try_from(self.tokens.len()).expect("few");
        let mint = |after: &mut State| {
            after.tokens[token] = Token::Spent(self.now, fresh);
            after.tokens.push(Token::Live);
            Answer::New(fresh)
        };
        let answer = match (self.tokens[token], class) {
            (Token::Live, Class::None) => Answer::New(self.requests[at].token),
            (Token::Live, _) => mint(&mut after),
            (Token::Spent(when, same), Class::GraceSame) if self.now - when < GRACE => Answer::New(same),
            (Token::Spent(when, sibling), Class::GraceNew) if self.now - when < GRACE => {
                let new = mint(&mut after);
                after.tokens[token] = Token::Spent(when, fresh);
                after.die(sibling);
                new
            }
            // The new access token has not been used: the client would have its refresh token too.
            (Token::Spent(..), Class::CommitOnUse) if self.held == 0 => mint(&mut after),
            (Token::Spent(..) | Token::Dead, Class::Family | Class::Unknown | Class::GraceNew) => {
                for each in 0..fresh {
                    after.die(each);
                }
                Answer::Refused
            }
            (Token::Spent(..) | Token::Dead, _) => Answer::Refused,
        };
        after.requests[at].answer = Some(answer);
        after
    }

    fn die(&mut self, token: u8) {
        let there = &mut self.tokens[usize::from(token)];
        if *there == Token::Live {
            self.killed |= token == self.held;
            *there = Token::Dead;
        }
    }

    /// The answer reaches the process that waits for it.
    fn deliver(&self) -> Option<State> {
        let at = self.awaited()?;
        let answer = self.requests[at].answer?;
        let mut after = self.clone();
        after.requests.remove(at);
        let replayed = after.replayed.take();
        let end = match answer {
            Answer::NotNow => End::Nothing,
            Answer::NotThis => turned_down(replayed.is_some()),
            Answer::New(_) | Answer::Refused => End::Decided,
        };
        after.open = left_open(end, after.open, replayed);
        after.over = matches!(answer, Answer::New(_) | Answer::Refused);
        if let Answer::New(token) = answer {
            after.held = token;
            // What arrives dead was killed by an earlier request of the same client.
            after.killed |= self.tokens[usize::from(token)] == Token::Dead;
        }
        Some(after)
    }

    /// The process dies, or its time is up: it will never see the answer.
    fn crash(&self) -> Option<State> {
        let at = self.awaited().filter(|_| self.crashes < CRASHES)?;
        let mut after = self.clone();
        after.crashes += 1;
        after.open = left_open(End::Unknown, after.open, after.replayed.take());
        after.requests[at].awaited = false;
        after.requests.retain(|request| request.awaited || request.answer.is_none());
        Some(after)
    }

    fn successors(&self, class: Class, rule: Rule) -> Vec<State> {
        let mut all: Vec<State> =
            [self.run(rule), self.deliver(), self.crash()].into_iter().flatten().collect();
        for (at, request) in self.requests.iter().enumerate().filter(|(_, request)| request.answer.is_none())
        {
            let mut handled = self.handle(class, at);
            handled.requests.retain(|request| request.awaited || request.answer.is_none());
            all.push(handled);
            // It never arrives: whoever waits for it waits in vain.
            if !request.awaited {
                let mut lost = self.clone();
                lost.requests.remove(at);
                all.push(lost);
            }
            let mut unhandled = |mut after: State, answer: Answer| {
                after.requests[at].answer = Some(answer);
                after.requests.retain(|request| request.awaited || request.answer.is_none());
                all.push(after);
            };
            if self.put_offs < PUT_OFFS {
                unhandled(State { put_offs: self.put_offs + 1, ..self.clone() }, Answer::NotNow);
            }
            if self.refusable > 0 {
                unhandled(State { refusable: self.refusable - 1, ..self.clone() }, Answer::NotThis);
            }
        }
        let overdue = |request: &Request| {
            request.answer.is_none() && self.now + TICK > request.sent + settled(class).saturating_sub(1)
        };
        if self.now < END && !self.requests.iter().any(overdue) {
            all.push(State { now: self.now + TICK, ..self.clone() });
        }
        all
    }

    fn outcome(&self) -> Outcome {
        match self.tokens[usize::from(self.held)] {
            Token::Live => Outcome::Ok,
            _ if self.killed => Outcome::Killed,
            _ if self.tokens.contains(&Token::Live) => Outcome::Lost,
            _ => Outcome::Dead,
        }
    }
}

/// Every state that can be reached.
fn reachable(class: Class, rule: Rule, from: &State) -> HashSet<State> {
    let mut seen = HashSet::from([from.clone()]);
    let mut queue = vec![from.clone()];
    while let Some(state) = queue.pop() {
        for next in state.successors(class, rule) {
            if seen.insert(next.clone()) {
                queue.push(next);
            }
        }
    }
    seen
}

/// How it can end for a client that lost one answer, once nothing is on its way and
/// nothing more will be sent. `by`: only what ended until then.
fn outcomes(class: Class, rule: Rule, by: u32) -> BTreeSet<Outcome> {
    let all = reachable(class, rule, &start());
    assert!(all.len() > 100, "{class:?} {rule:?}: {} states", all.len());
    let quiet = all.iter().filter(|state| state.requests.is_empty() && state.crashes == 1 && state.now <= by);
    let no_more = |open: Attempt, state: &State| state.next(open, rule) == Err(ReplayVerdict::UsedUp);
    let ended = quiet.filter(|state| state.over || state.open.is_some_and(|open| no_more(open, state)));
    ended.map(State::outcome).collect()
}

const CLASSES: [Class; 7] = [
    Class::None,
    Class::Strict,
    Class::GraceSame,
    Class::GraceNew,
    Class::CommitOnUse,
    Class::Family,
    Class::Unknown,
];

#[test]
fn each_class_has_its_rule_and_ends_no_worse_than_without() {
    use Class::*;
    use Outcome::*;
    // Class, and how it can end without a replay, with one at once, by our rule, and by our
    // rule for those that come back within the grace.
    for (class, never, at_once, ours, in_time) in [
        (None, &[Ok][..], &[Ok][..], &[Ok][..], &[Ok][..]),
        (Strict, &[Ok, Lost], &[Ok, Lost], &[Ok, Lost], &[Ok, Lost]),
        (GraceSame, &[Ok, Lost], &[Ok, Lost], &[Ok, Lost], &[Ok]),
        (GraceNew, &[Ok, Lost], &[Ok, Dead, Killed], &[Ok, Lost], &[Ok]),
        (CommitOnUse, &[Ok, Lost], &[Ok], &[Ok], &[Ok]),
        (Family, &[Ok, Lost], &[Ok, Dead, Killed], &[Ok, Dead], &[]),
        (Unknown, &[Ok, Lost], &[Ok, Dead, Killed], &[Ok, Dead], &[]),
    ] {
        let set = |of: &[Outcome]| of.iter().copied().collect::<BTreeSet<_>>();
        assert_eq!(outcomes(class, Rule::Never, END), set(never), "{class:?}, no replay");
        assert_eq!(outcomes(class, Rule::AtOnce, END), set(at_once), "{class:?}, replay at once");
        assert_eq!(outcomes(class, Rule::Ours(class), END), set(ours), "{class:?}, our rule");
        assert_eq!(outcomes(class, Rule::Ours(class), GRACE - 1), set(in_time), "{class:?}, in time");
    }
}

#[test]
fn no_run_ever_kills_a_token_that_was_held_or_on_its_way() {
    for class in CLASSES {
        for rule in [Rule::Ours(class), Rule::Ours(Class::Unknown), Rule::Forced(class)] {
            for state in reachable(class, rule, &State { refusable: 1, ..start() }) {
                assert!(!state.killed, "{class:?} {rule:?}: {state:?}");
                let careful = matches!(rule, Rule::Ours(Class::Family | Class::Unknown | Class::GraceNew));
                let most = 2 + state.put_offs + (1 - state.refusable);
                assert!(!careful || state.sends <= most, "{rule:?} sends too often: {state:?}");
            }
        }
    }
}
