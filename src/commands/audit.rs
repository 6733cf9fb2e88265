//! The lines of the audit log, with `log = true`: what was issued, refreshed, brought or refused, for which profile and
//! audience, and which program asked. Never a token, and nothing of a command line.

use serde_json::json;

use crate::base::characters::harmless_line;
use crate::base::clock::{Moment, rfc3339};
use crate::base::error::Error;
use crate::base::process;
use crate::credential::issued::Issued;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::store::log;
use crate::terminal::output::Output;

/// Of a scope, in characters: a line is short enough to be written whole.
const LONGEST: usize = 500;

/// What is worth a line.
pub(super) enum Event<'a> {
    /// An access token is given out.
    Issued,
    Refreshed,
    /// A person brought a credential, or it was got by a login.
    Login,
    /// A credential was handed over to another machine.
    Exported,
    /// One was given back or forgotten.
    Logout,
    Refused(&'a Error),
}

impl Event<'_> {
    /// What a request brought.
    pub(super) fn gained(issued: &Issued) -> Self {
        if issued.logged_in { Event::Login } else { Event::Refreshed }
    }

    fn word(&self) -> &'static str {
        match self {
            Event::Issued => "issued",
            Event::Refreshed => "refreshed",
            Event::Login => "login",
            Event::Exported => "exported",
            Event::Logout => "logout",
            Event::Refused(_) => "refused",
        }
    }
}

/// Before it is done: what is not in the log was not given out. That it cannot be written is a warning, and costs nobody a
/// token.
pub(super) fn note(out: &Output, all: &Profiles, profile: &Profile, event: &Event<'_>) {
    note_of(out, all, &profile.name, Some(profile), event);
}

/// The same of one that perhaps cannot be resolved.
pub(super) fn note_of(
    out: &Output,
    all: &Profiles,
    name: &str,
    profile: Option<&Profile>,
    event: &Event<'_>,
) {
    if !all.is_logged() {
        return;
    }
    if let Err(error) = log::append(&line(name, profile, event)) {
        out.warn(format!("the log cannot be written: {error}"));
    }
}

fn line(name: &str, profile: Option<&Profile>, event: &Event<'_>) -> String {
    let audience = profile
        .map(|profile| harmless_line(profile.audience.as_str()).chars().take(LONGEST).collect::<String>());
    let code = match event {
        Event::Refused(error) => Some(error.code.word()),
        _ => None,
    };
    let now = Moment::now().wall_ms.div_euclid(1_000);
    json!({
        "time": rfc3339(now),
        "event": event.word(),
        "profile": name,
        "audience": audience,
        "caller": process::parent_name().map(|name| harmless_line(&name)),
        "code": code,
    })
    .to_string()
}
