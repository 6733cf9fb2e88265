//! What each vendor's server says to somebody who asks it for nothing: whether it can be reached, and what time it is there.
//!
//! The rule that matters: no secret goes there. A proxy gets the login that it wants, as far as that can be had without a
//! person, for behind it is all else.

use std::time::{Duration, Instant};

use url::Url;

use super::machine::SET_CLOCK;
use super::scope::Scope;
use crate::base::error::{Error, Obstacle};
use crate::base::spoken;
use crate::credential::secrets::ClientSecret;
use crate::http::client::Route;
use crate::http::probe::{Missed, probe};
use crate::http::proxy;
use crate::profile::Profile;
use crate::profile::secret_source::{SecretReader, SecretSource};
use crate::profile::secrets::PROXY_AUTH;
use crate::terminal::finding::Finding;

/// Clocks may differ by so many milliseconds, and nobody minds.
const APART: i64 = 60_000;
/// For connecting, and again for the answer.
const PATIENCE: Duration = Duration::from_secs(15);
const AT_ONCE: usize = 16;

/// Where a profile's requests go.
struct Way<'a> {
    profile: &'a Profile,
    origin: Url,
    /// The proxy wants one that only a program or a person can give.
    lacks_login: bool,
    login: Option<ClientSecret>,
}

pub(super) fn check(scope: &Scope<'_>) -> Vec<Finding> {
    let Some(profiles) = &scope.profiles else { return Vec::new() };
    let placed: Vec<Profile> = scope
        .asked
        .iter()
        // Whoever has the login meets the vendor.
        .filter(|profile| profile.store.owner().is_none())
        .filter_map(|profile| scope.context.placed(profiles, profiles.get(&profile.name).ok()?).ok())
        .collect();
    let mut ways: Vec<Way<'_>> = Vec::new();
    for profile in &placed {
        for origin in profile.binding.origins.iter().filter_map(|origin| Url::parse(origin).ok()) {
            let same = |way: &Way<'_>| {
                way.origin == origin && way.profile.tls == profile.tls && way.profile.proxy == profile.proxy
            };
            if !ways.iter().any(same) {
                ways.push(Way::to(profile, origin));
            }
        }
    }
    let mut found = Vec::new();
    let mut clocks = Vec::new();
    for some in ways.chunks(AT_ONCE) {
        for (way, met) in some.iter().zip(asked(scope, some)) {
            match met {
                Ok(ahead) => clocks.extend(ahead.map(|ahead| (way, ahead))),
                Err(missed) => found.extend(way.missed(missed)),
            }
        }
    }
    found.extend(clock(&clocks));
    found
}

type Met = Result<Option<i64>, Missed>;

fn asked(scope: &Scope<'_>, ways: &[Way<'_>]) -> Vec<Met> {
    let deadline = scope.context.invocation.deadline;
    std::thread::scope(|threads| {
        let begun: Vec<_> = ways.iter().map(|way| threads.spawn(move || way.ask(deadline))).collect();
        begun.into_iter().filter_map(|thread| thread.join().ok()).collect()
    })
}

impl<'a> Way<'a> {
    fn to(profile: &'a Profile, origin: Url) -> Way<'a> {
        let source = profile.secret_keys().find(|(key, _)| *key == PROXY_AUTH).map(|(_, source)| source);
        let reader = SecretReader { directory: profile.directory(), silent: true };
        let login = match source {
            Some(source @ (SecretSource::Env(_) | SecretSource::File(_))) => source.read(reader).ok(),
            _ => None,
        };
        Way { profile, origin, lacks_login: source.is_some() && login.is_none(), login }
    }

    fn ask(&self, deadline: Instant) -> Met {
        let left = deadline.saturating_duration_since(Instant::now()).clamp(Duration::from_secs(1), PATIENCE);
        let route = Route {
            tls: &self.profile.tls,
            proxy: &self.profile.proxy,
            proxy_auth: self.login.as_ref().map(ClientSecret::expose),
            connect: left,
            timeout: left,
        };
        probe(&self.origin, &route, self.profile.peers(&self.origin))
    }

    fn missed(&self, missed: Missed) -> Option<Finding> {
        let name = &self.profile.name;
        let origin = self.origin.origin().ascii_serialization();
        let by = proxy::named_by(&self.origin, &self.profile.proxy);
        let way = |else_: String| match by {
            Some("proxy") => format!("check that `proxy` under [profiles.{name}] names a running proxy"),
            Some(variable) => format!(
                "check that `{variable}` names a running proxy; `proxy = \"none\"` under [profiles.{name}] does without it"
            ),
            None => else_,
        };
        let reached = || {
            format!(
                "check that {origin} is right for [profiles.{name}], and that this machine is allowed to reach it"
            )
        };
        let finding = match missed {
            Missed::Name(error) => Finding::of("dns", &error, || {
                let resolver = match cfg!(target_os = "linux") {
                    true => "that /etc/resolv.conf names a server that answers",
                    false => "that this machine can look up other names",
                };
                way(format!("check that the name is right in [profiles.{name}], and {resolver}"))
            }),
            Missed::Connection(_) if self.lacks_login => return None,
            Missed::Connection(error) => match check_of(&error) {
                "proxy" => Finding::of("proxy", &error, || way(reached())),
                check => Finding::of(check, &error, reached),
            },
        };
        Some(finding.about(name))
    }
}

/// By who was in the way.
fn check_of(error: &Error) -> &'static str {
    match error.obstacle() {
        Some(Obstacle::Proxy) => "proxy",
        Some(Obstacle::Certificate) => "certificates",
        None => "connection",
    }
}

/// Where all that were asked say so it is this machine's clock, otherwise a vendor's.
fn clock(clocks: &[(&Way<'_>, i64)]) -> Vec<Finding> {
    let wrong = |ahead: i64| ahead.abs() > APART;
    let words = |way: &Way<'_>, ahead: i64| {
        let by = spoken::span(ahead.unsigned_abs() / 1_000);
        let side = if ahead > 0 { "behind" } else { "ahead of" };
        format!(
            "the clock of this machine is {by} {side} that of `{}`",
            way.origin.origin().ascii_serialization()
        )
    };
    if clocks.iter().all(|(_, ahead)| wrong(*ahead)) {
        let first = clocks.first();
        return first
            .map(|(way, ahead)| Finding::new("clock", words(way, *ahead), SET_CLOCK))
            .into_iter()
            .collect();
    }
    let others = clocks.iter().filter(|(_, ahead)| wrong(*ahead));
    others
        .map(|(way, ahead)| {
            let words = format!("{}, but not of others': that server's clock is wrong", words(way, *ahead));
            Finding::note("clock", words).about(&way.profile.name)
        })
        .collect()
}
