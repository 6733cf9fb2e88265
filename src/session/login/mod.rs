//! A login: from nothing, or from a credential that is to be replaced, to the first tokens. A person is waited for without
//! the claim; each request is sent under it, with the same intent, seal and journal as a refresh (`exchange.rs`).
//!
//! The rule that matters: what is there stays as it is until something is granted.

mod code;
mod kind;
pub(crate) mod place;
mod polled;
mod sender;
pub(super) mod standing;
pub(crate) mod unfit;
pub(crate) mod ways;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

pub(crate) use self::sender::LoggedIn;
use self::sender::{Sender, Sent};
use super::demand::{Demand, Invocation};
use super::exchange::{Declined, Logging, Sealing, proof};
use super::stored_secrets;
use crate::base::error::{Error, Result, config, refused};
use crate::credential::issued::Issued;
use crate::credential::secrets::Kept;
use crate::dialect::flow::{Flow, Step};
use crate::dialect::schema::Login;
use crate::dialect::template::Values;
use crate::http::redirect::Reply;
use crate::profile::Profile;
use crate::profile::login::Question;
use crate::profile::secrets::{For, Secrets};
use crate::terminal::input;
use crate::terminal::login_line::LoginLine;
use crate::terminal::prompt::Prompter;
use crate::terminal::wording::login::{self as wording, Tried};

/// What is asked of one login.
pub(crate) struct LoginDemand {
    pub(crate) grant: String,
    /// The credential that is there goes, and a changed binding is confirmed.
    pub(crate) replace: bool,
    /// The browser is started here; else the address is shown alone.
    pub(crate) opens_browser: bool,
    /// Nobody listens: the address that the browser shows in the end is pasted.
    pub(crate) only_pasted: bool,
    pub(crate) redirect_port: Option<u16>,
    /// Variables that a browser is not given: secrets come from them.
    pub(crate) hidden: Arc<[String]>,
    /// How whoever asked for it asks again.
    pub(crate) again: LoginLine,
}

/// Where a person goes, for whoever reads it as data.
pub(crate) struct VisitEvent<'a> {
    pub(crate) url: &'a str,
    pub(crate) user_code: Option<&'a str>,
    /// From now on.
    pub(crate) lives: Option<Duration>,
}

/// Told of every address that a person is to visit.
pub(crate) type OnVisit<'a> = &'a dyn Fn(&VisitEvent<'_>) -> Result<()>;

pub(crate) fn log_in(
    invocation: &Invocation<'_>,
    profile: &Profile,
    demand: &LoginDemand,
    on_visit: OnVisit<'_>,
) -> Result<LoggedIn> {
    perform(invocation, profile, demand, on_visit, None)
}

/// A login that nobody is asked for, because a token is `wanted`: once for each death, and not if another run has done it.
pub(super) fn by_itself(
    invocation: &Invocation<'_>,
    profile: &Profile,
    grant: &str,
    wanted: &Demand,
) -> Result<Issued> {
    let demand = LoginDemand {
        grant: grant.to_owned(),
        replace: false,
        opens_browser: false,
        only_pasted: false,
        redirect_port: None,
        hidden: Arc::default(),
        again: LoginLine::plain(&profile.name),
    };
    perform(invocation, profile, &demand, &|_| Ok(()), Some(wanted)).map(|logged_in| logged_in.issued)
}

fn perform(
    invocation: &Invocation<'_>,
    profile: &Profile,
    demand: &LoginDemand,
    on_visit: OnVisit<'_>,
    wanted: Option<&Demand>,
) -> Result<LoggedIn> {
    let (login, flow) = profile.login(&demand.grant)?;
    check_keys(profile, login, flow, &demand.grant)?;
    let secrets = stored_secrets::secrets(invocation, profile, For::Login)?;
    let anew = &demand.again;
    let mut sender = Sender::open(invocation, profile, &secrets, demand.replace, wanted.is_some(), anew)?;
    // Before anybody is troubled.
    if let Some(issued) = sender.check(wanted)? {
        return Ok(LoggedIn { issued, who: None, has_refresh_token: true });
    }
    let logging = Logging {
        grant: demand.grant.clone(),
        by_itself: wanted.is_some(),
        epoch: 0,
        given: Values::new(),
        kept: BTreeMap::new(),
        dpop: RefCell::new(proof::for_login(flow)?),
    };
    let mut run =
        Run { invocation, profile, demand, on_visit, login, flow, secrets: &secrets, logging, reply: None };
    let done = run.go(&mut sender);
    run.tell_browser(done.as_ref());
    done
}

struct Run<'a> {
    invocation: &'a Invocation<'a>,
    profile: &'a Profile,
    demand: &'a LoginDemand,
    on_visit: OnVisit<'a>,
    login: &'a Login,
    flow: Flow<'a>,
    secrets: &'a Secrets,
    logging: Logging,
    /// The browser that waits to be told what came of it.
    reply: Option<Reply>,
}

impl<'a> Run<'a> {
    fn go(&mut self, sender: &mut Sender<'_>) -> Result<LoggedIn> {
        if let Some(about) = self.login.about.as_ref().filter(|_| !self.logging.by_itself) {
            self.invocation.out.notice(about);
        }
        if self.waits_for_a_person() && Instant::now() >= self.invocation.deadline {
            return Err(self.nobody_came("the deadline leaves no time to log in"));
        }
        let mut next = self.flow.steps().next();
        if let Some(step) = &next {
            self.ask(step)?;
        }
        let mut visit = self.login.authorization.as_ref().map(|visit| self.prepare(visit)).transpose()?;
        let before = self.login.before_the_visit();
        let mut done: Vec<&str> = Vec::new();
        while let Some(step) = next {
            if let Some(visit) = visit.take_if(|_| !before.iter().any(|name| name == step.name)) {
                self.ask(&step)?;
                self.authorize(&visit)?;
            }
            if done.contains(&step.name) {
                return Err(wording::asked_again(step.name, &self.demand.again));
            }
            done.push(step.name);
            self.ask(&step)?;
            let sent = match step.exchange.is_polled() {
                true => self.poll(sender, &step)?,
                false => sender.send(&step, &mut self.logging, self.invocation.deadline)?,
            };
            next = match sent {
                Sent::Granted(logged_in) => return Ok(logged_in),
                Sent::Further(Some(asked)) => Some(self.further(&asked)?),
                Sent::Further(None) => self.after(&step),
                Sent::Declined(declined) => return Err(self.declined(&declined, &step)),
                Sent::Nothing(error) => return Err(error),
            };
        }
        Err(config("the login ended without an access token"))
    }

    fn after(&self, step: &Step<'_>) -> Option<Step<'a>> {
        self.flow.steps().skip_while(|other| other.name != step.name).nth(1)
    }

    fn further(&self, name: &str) -> Result<Step<'a>> {
        self.flow.step(name).ok_or_else(|| config(format!("the dialect has no step `{name}`")))
    }

    /// By a browser, or by another device.
    fn waits_for_a_person(&self) -> bool {
        self.login.authorization.is_some() || self.flow.steps().any(|step| step.exchange.is_polled())
    }

    /// Asks a person for what the step presents and nobody has given.
    fn ask(&mut self, step: &Step<'_>) -> Result<()> {
        let questions = self.profile.questions(&self.demand.grant, step, &self.logging.given);
        for question in &questions {
            let value = self.answer(question, &questions)?;
            self.logging.given.insert(question.name.clone(), value);
        }
        Ok(())
    }

    fn answer(&self, question: &Question, all: &[Question]) -> Result<Zeroizing<String>> {
        let Question { about, secret, .. } = question;
        let nobody = || wording::nobody_to_ask(all, self.profile, &self.demand.again);
        // Whoever wants a token is not there to log in, and their standard input is for something else.
        if self.logging.by_itself {
            return Err(nobody());
        }
        if !input::can_ask() {
            if *secret && all.len() == 1 && !input::is_terminal() {
                let command =
                    format!("tokcli login --grant {} --profile {}", self.demand.grant, self.profile.name);
                return input::secret(about, &command).map_err(|_| nobody());
            }
            return Err(nobody());
        }
        let prompter = Prompter::open()?;
        if !secret {
            let some = |typed: &str| if typed.is_empty() { Err("type something".to_owned()) } else { Ok(()) };
            return prompter.line(about, "", None, some).map(Zeroizing::new);
        }
        prompter.secret(about)?.ok_or_else(|| refused(format!("the {about} has several lines")))
    }

    /// What its words are made of where it comes to nothing.
    fn tried(&self) -> Tried<'_> {
        let typed = self.logging.given.keys().any(|name| name.starts_with("asked."));
        Tried { profile: self.profile, flow: self.flow, again: &self.demand.again, typed }
    }

    fn declined(&self, declined: &Declined, step: &Step<'_>) -> Error {
        let Declined { outcome, retry_after, kept } = declined;
        let answer = wording::Answer { is_kept: *kept != Sealing::Nothing, may_grant: step.spends() };
        wording::declined(outcome, *retry_after, answer, &self.tried())
    }

    fn nobody_came(&self, what: &str) -> Error {
        wording::nobody_came(what, &self.demand.again)
    }

    fn tell_browser(&mut self, done: std::result::Result<&LoggedIn, &Error>) {
        let Some(reply) = self.reply.take() else { return };
        match done {
            Ok(_) => reply.finish("Logged in", "tokcli has what it needs. This page can be closed."),
            Err(error) => reply.finish(
                "Not logged in",
                &format!("{}. The terminal says more; this page can be closed.", error.message()),
            ),
        }
    }
}

fn check_keys(profile: &Profile, login: &Login, flow: Flow<'_>, grant: &str) -> Result<()> {
    let lacking = profile.lacks_for(login, flow);
    if lacking.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = lacking.iter().map(|key| format!("`{key}`")).collect();
    let (all, are) = (names.join(", "), if names.len() == 1 { "is" } else { "are" });
    let them = if names.len() == 1 { "it" } else { "them" };
    let words = format!(
        "`profiles.{}`: {all} {are} missing; the login `{grant}` needs {them}{}",
        profile.name,
        other_ways(profile, &lacking)
    );
    let hint = format!("`tokcli config edit` opens the file to add {them}");
    Err(config(words).hint(hint))
}

/// What would do in place of the address that is lacking, so that nobody learns it by trying.
fn other_ways(profile: &Profile, lacking: &[&str]) -> String {
    let addresses = ["authorization_url", "device_authorization_url"];
    if !lacking.iter().any(|key| addresses.contains(key)) {
        return String::new();
    }
    let mut others: Vec<String> = Vec::new();
    for (grant, login) in profile.logins() {
        let Ok((_, flow)) = profile.login(grant) else { continue };
        let its = profile.lacks_for(login, flow);
        let own = its.iter().find(|key| addresses.contains(key) && !lacking.contains(key));
        others.extend(own.map(|key| format!("`{key}` for the login `{grant}`")));
    }
    if profile.dialect.refresh().last().exchange.request.url.uses("token_url") {
        others.push("`issuer` instead of all addresses, where the server publishes them".to_owned());
    }
    if others.is_empty() { String::new() } else { format!("; or {}", others.join(", or ")) }
}

fn kept(value: &str) -> Kept {
    Kept::new(value.to_owned(), false)
}
