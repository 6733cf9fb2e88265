//! What a login takes of whoever logs in, and what the profile still lacks for it.

use crate::dialect::schema::Login;
use crate::dialect::template::Values;
use crate::profile::Profile;

/// The easiest for a person first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// All of it stands in the profile, where somebody has put what only this login takes.
    Given,
    Browser,
    Device,
    /// Answers to questions.
    Questions,
    /// Nothing but the client.
    Client,
}

pub(super) fn kind(profile: &Profile, grant: &str, login: &Login) -> Kind {
    let Some(flow) = profile.dialect.login(grant) else { return Kind::Questions };
    if login.authorization.is_some() {
        return Kind::Browser;
    }
    if flow.steps().any(|step| step.exchange.is_polled()) {
        return Kind::Device;
    }
    let none = Values::new();
    if flow.steps().any(|step| !profile.questions(grant, &step, &none).is_empty()) {
        return Kind::Questions;
    }
    let own = ["username", "password", "subject_token"];
    if own.iter().any(|name| flow.uses(name)) { Kind::Given } else { Kind::Client }
}

/// The keys of the profile that it lacks to log in so without a person; `None`: a person is asked for what no key gives.
pub(super) fn lacking(profile: &Profile, grant: &str) -> Option<Vec<&'static str>> {
    let (login, flow) = profile.login(grant).ok()?;
    let mut keys = profile.lacks_for(login, flow);
    for step in flow.steps() {
        for question in profile.questions(grant, &step, &Values::new()) {
            keys.push(question.key()?);
        }
    }
    Some(keys)
}

/// Whether it goes, once it is known who logs in.
pub(super) fn is_whole(profile: &Profile, grant: &str) -> bool {
    profile.login(grant).is_ok_and(|(login, flow)| profile.is_prepared(login, flow))
}
