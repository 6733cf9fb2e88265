//! The fleet: several machines over one vault and one vendor, in every order of events: looks, claims, sends, answers early, late
//! and never, machines killed, asleep beyond the life of their claim and overtaken, writes that land when nobody waits for them.
//!
//! What decides is the product's own: the claim's verdict, what is written back over what, which of two copies is right, what an answer
//! makes of a state, and whether a token may be presented again. Time goes by in leaps, each of which is long enough for something.

mod copies;
mod machine;
mod rest;
mod tests;
mod vendor;

use std::sync::Arc;

use stateright::{Model, Property};

use self::copies::Copy;
use self::machine::{Member, Run, STEPS, Seen, Step};
use self::vendor::Vendor;
use crate::credential::fleet::{Consent, FleetClaim, Recovery};
use crate::credential::retry::Class;

/// How a fleet goes about it. The product's way is the last of them.
#[derive(Clone, Copy, Debug)]
struct Protocol {
    claims: bool,
    keeps: Keeps,
    journal: bool,
    /// That the request goes out is written into the vault before, and nothing is sent if somebody else has written there.
    sent: bool,
    connects: Connects,
    consent: Consent,
}

/// Before its claim says `sent`, or after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connects {
    First,
    Last,
}

/// What becomes of what a vendor gave, where others may have written meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keeps {
    Blindly,
    /// Otherwise it is dropped.
    IfUnchanged,
    /// The later rotation counts, whoever has the claim; another one of the same is kept beside it.
    Generations,
}

type Claim = Option<Arc<FleetClaim>>;

struct Fleet {
    protocol: Protocol,
    class: Class,
    members: Vec<Recovery>,
    faults: Faults,
}

/// How often at the most.
#[derive(Clone, Copy, Debug, Default)]
struct Faults {
    kills: u8,
    timeouts: u8,
    not_sent: u8,
    late: u8,
    /// Answers of the vault.
    lost: u8,
    consents: u8,
    leaps: u8,
    /// Tokens that the vendor gives.
    tokens: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Vault {
    version: u8,
    copy: Copy,
    claim: Claim,
    written: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    now: u16,
    vault: Vault,
    members: Vec<Member>,
    vendor: Vendor,
    /// A write that may land yet, over the version that it was made for.
    late: Option<(u8, Copy, Claim)>,
    kills: u8,
    timeouts: u8,
    not_sent: u8,
    lates: u8,
    lost: u8,
    consents: u8,
    leaps: u8,
    /// Somebody allowed that a request was repeated.
    consented: bool,
    /// What a machine without a disk had sent was taken over while it was still at it.
    outlived: bool,
    /// A token that was held was live, and died by our own doing.
    killed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Action {
    Step(u8, Step),
    Handle(usize),
    NeverArrives(usize),
    Land,
    LandsNever,
    /// Seconds.
    Leap(u16),
}

/// Each is long enough for what the class waits for; the last for a claim.
fn leaps(class: Class) -> &'static [u16] {
    match class {
        Class::GraceNew => &[20, 200],
        Class::Family | Class::Unknown => &[70, 200],
        _ => &[200],
    }
}

impl State {
    fn member(&mut self, number: u8) -> &mut Member {
        &mut self.members[usize::from(number)]
    }

    /// Whatever can be found again.
    fn stored(&self) -> u32 {
        let members = self.members.iter().fold(0, |bits, member| bits | member.tokens());
        let late = self.late.as_ref().map_or(0, |(_, copy, _)| copy.tokens());
        self.vault.copy.tokens() | members | late
    }

    /// If nobody has written since.
    fn cas(&mut self, version: u8, copy: Copy, claim: Claim) -> Option<Seen> {
        if self.vault.version != version {
            return None;
        }
        self.vault = Vault { version: version + 1, copy, claim, written: self.now };
        Some(Seen::of(self))
    }

    fn delay(&mut self, version: u8, copy: Copy, claim: Claim) -> Option<()> {
        self.lates = self.lates.checked_sub(1)?;
        self.late = Some((version, copy, claim));
        Some(())
    }

    /// Whether the run that made the claim still runs.
    fn is_alive(&self, claim: Option<&FleetClaim>) -> bool {
        let Some(claim) = claim else { return false };
        let mut members = self.members.iter().zip(0..);
        members.any(|(member, number)| {
            member.run != Run::Idle && member.machine(number).journal == claim.journal
        })
    }

    /// A live token that is stored nowhere, and whose answer reached somebody.
    fn is_lost(&self) -> bool {
        self.vendor.live() & !(self.stored() | self.vendor.on_the_way() | self.vendor.orphans) != 0
    }

    /// Two machines that keep what they are told presented one token, and nobody allowed it.
    fn is_presented_twice(&self) -> bool {
        !self.consented && self.vendor.presented.iter().any(|by| by.count_ones() > 1)
    }
}

impl Model for Fleet {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let copy = Copy::first();
        let Faults { kills, timeouts, not_sent, late, lost, consents, leaps, .. } = self.faults;
        vec![State {
            now: 0,
            vault: Vault { version: 1, copy, claim: None, written: 0 },
            members: self.members.iter().map(|recovery| Member::new(*recovery)).collect(),
            vendor: Vendor::new(),
            late: None,
            kills,
            timeouts,
            not_sent,
            lates: late,
            lost,
            consents,
            leaps,
            consented: false,
            outlived: false,
            killed: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (number, _) in (0..).zip(&state.members) {
            actions.extend(STEPS.map(|step| Action::Step(number, step)));
        }
        let open = state.vendor.requests.iter().enumerate().filter(|(_, request)| request.answer.is_none());
        actions.extend(open.flat_map(|(at, _)| [Action::Handle(at), Action::NeverArrives(at)]));
        if state.late.is_some() {
            actions.extend([Action::Land, Action::LandsNever]);
        }
        if state.leaps > 0 {
            actions.extend(leaps(self.class).iter().map(|by| Action::Leap(*by)));
        }
    }

    fn next_state(&self, before: &State, action: Action) -> Option<State> {
        let mut after = before.clone();
        match action {
            Action::Step(number, step) => return self.step(before, number, step),
            Action::Handle(at) => {
                let held = before.stored() | before.vendor.on_the_way();
                after.killed |= after.vendor.handle(self.class, at, before.now) & held != 0;
            }
            Action::NeverArrives(at) => after.vendor.never_arrives(at),
            Action::Land => {
                let (version, copy, claim) = after.late.take()?;
                after.cas(version, copy, claim);
            }
            Action::LandsNever => after.late = None,
            Action::Leap(by) => {
                after.now += by;
                after.leaps -= 1;
                if before.vendor.is_overdue(self.class, after.now) {
                    return None;
                }
            }
        }
        Some(after)
    }

    fn within_boundary(&self, state: &State) -> bool {
        let most = self.faults.tokens;
        state.vendor.tokens.len() <= usize::from(most)
            && state.vault.copy.get().order().generation < most.into()
    }

    fn properties(&self) -> Vec<Property<Fleet>> {
        vec![
            Property::always(KILLED, |_, state: &State| !state.killed || state.consented || state.outlived),
            Property::always(LOST, |_, state: &State| !state.is_lost()),
            Property::always(TWICE, |fleet: &Fleet, state: &State| {
                !fleet.is_careful() || !fleet.is_durable() || !state.is_presented_twice()
            }),
            Property::always(STUCK, |fleet: &Fleet, state: &State| {
                !fleet.protocol.sent || !state.is_at_rest() || fleet.goes_on(state).is_ok()
            }),
        ]
    }
}

const KILLED: &str = "no token that is held dies by our own doing";
const LOST: &str = "no live token is stored nowhere";
const TWICE: &str = "no two machines present one token";
const STUCK: &str = "a fleet at rest goes on, or says whose journal decides";

impl Fleet {
    /// A second use can do harm.
    fn is_careful(&self) -> bool {
        matches!(self.class, Class::Family | Class::Unknown)
    }

    fn is_durable(&self) -> bool {
        self.members.iter().all(|recovery| *recovery == Recovery::Durable)
    }
}
