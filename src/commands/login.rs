//! `tokcli login`: the first tokens of a credential, or a new login's, by one of the dialect's own ways.

use serde_json::json;

use super::audit::{self, Event};
use super::confirm::confirm;
use super::context::Context;
use crate::base::characters::harmless_line;
use crate::base::clock::{Moment, millis, rfc3339};
use crate::base::error::{Code, Result, config, refused};
use crate::credential::discovered::Discovered;
use crate::credential::reading::RenewsWith;
use crate::credential::record::Binding;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::discovery::Server;
use crate::session::issuer;
use crate::session::login::place;
use crate::session::login::unfit::Unwatched;
use crate::session::login::ways::{self, Chosen, Here, Wish};
use crate::session::login::{self, LoggedIn, LoginDemand, VisitEvent};
use crate::session::relogin;
use crate::store::Store;
use crate::terminal::arguments::Login;
use crate::terminal::login_line::LoginLine;
use crate::terminal::wording::{self, login::no_refresh_token};
use crate::terminal::{input, visit};

pub(super) fn run(context: &Context<'_>, args: &Login, all: &Profiles, profile: &Profile) -> Result<()> {
    if let Some(rival) = all.rival(profile) {
        let mut error = all.rivalry(profile, &rival);
        error.code = Code::Refused;
        return Err(error);
    }
    match &profile.issuer {
        Some(issuer) => {
            // Before anybody is asked.
            let known = known(context, args, profile)?;
            let server = issuer::server(&context.invocation, profile, issuer)?;
            let asked = Asked { server: &server, known, yes: args.yes };
            log_in(context, args, all, profile, Some(&asked))
        }
        None => log_in(context, args, all, profile, None),
    }
}

/// A server that was asked what it is, and what of that a person has agreed to.
pub(super) struct Asked<'a> {
    pub(super) server: &'a Server,
    /// Where the credential that is there may go.
    pub(super) known: Option<Binding>,
    /// Whoever asked has shown the rest.
    pub(super) yes: bool,
}

/// Where the credential that is there may go; it may be replaced.
pub(super) fn known(context: &Context<'_>, args: &Login, profile: &Profile) -> Result<Option<Binding>> {
    let mut store = Store::open(profile, context.out.json())?;
    let claim = context.claim(&store, profile)?;
    let there = store.load(&claim)?;
    place::may_replace(&there, args.replace, profile, &line(context, args, profile).with("--replace"))?;
    Ok(there.record().map(|record| record.bound.clone()))
}

impl Asked<'_> {
    /// What the server says in the place of what it said before, and where nothing has gone yet.
    fn check(&self, context: &Context<'_>, again: &LoginLine, profile: &Profile) -> Result<()> {
        let Some(now) = &profile.binding.discovered else { return Ok(()) };
        let before = self.known.as_ref().and_then(|bound| bound.discovered.as_ref());
        // What it is asked for is the profile's to say.
        let before = before.map(|before| Discovered { resource: now.resource.clone(), ..(**before).clone() });
        let changes = before.map(|before| before.changes(now)).unwrap_or_default();
        if !changes.is_empty() && !again.says("--replace") {
            let words =
                format!("`{}` is not what it was: {}; nothing was sent", now.issuer, changes.join("; "));
            return Err(
                refused(words).hint(format!("{} logs in there all the same", again.with("--replace")))
            );
        }
        changes.iter().for_each(|words| context.out.say(&format!("`{}`: {words}", now.issuer)));
        let new = issuer::new_origins(now, self.known.as_ref());
        if new.is_empty() {
            return Ok(());
        }
        let what = format!("`{}` leads to {}", now.issuer, new.join(", "));
        confirm(context, self.yes, &what, "log in there?", &again.with("--yes"))
    }
}

pub(super) fn log_in(
    context: &Context<'_>,
    args: &Login,
    all: &Profiles,
    profile: &Profile,
    asked: Option<&Asked<'_>>,
) -> Result<()> {
    let server = asked.map(|asked| asked.server);
    let placed =
        server.map(|server| all.with_addresses(profile, &issuer::pin(server, profile))).transpose()?;
    let profile = placed.as_ref().unwrap_or(profile);
    let scoped = args.scope.as_deref().map(|scope| all.with_login_scope(profile, scope)).transpose()?;
    let profile = scoped.as_ref().unwrap_or(profile);
    if profile.renews_with() == RenewsWith::Client {
        let words = format!("the dialect `{}` needs no login", profile.dialect_name);
        let hint = format!("`tokcli token --profile {}` gets a token", profile.name);
        return Err(refused(words).hint(hint));
    }
    let again = line(context, args, profile);
    let chosen = ways::choose(profile, &wish(args), &here(context), server, &again)?;
    if let Some(asked) = asked {
        check_offered(context, profile, &chosen.grant, asked.server)?;
        asked.check(context, &again, profile)?;
    }
    let Chosen { grant, opens_browser, only_pasted } = chosen;
    let demand = LoginDemand {
        grant,
        replace: args.replace,
        opens_browser,
        only_pasted,
        redirect_port: args.redirect_port,
        hidden: all.secret_variables(),
        again,
    };
    let on_visit = |event: &VisitEvent<'_>| told(context, event);
    let logged_in = login::log_in(&context.invocation, profile, &demand, &on_visit)?;
    audit::note(context.out, all, profile, &Event::Login);
    let again_by_itself = || matches!(relogin::prospect(&context.invocation, profile, None), Some(Ok(())));
    if !logged_in.has_refresh_token && !again_by_itself() {
        let unattended = ways::needs_nobody(profile, &demand.grant).then_some(demand.grant.as_str());
        context.out.warn(no_refresh_token(profile, &logged_in.issued.access, unattended));
    }
    context.print_outcome(profile, "logged_in", &words(profile, &logged_in))
}

/// Whether the login can work there, as far as the server says.
fn check_offered(context: &Context<'_>, profile: &Profile, grant: &str, server: &Server) -> Result<()> {
    let (login, flow) = profile.login(grant)?;
    if login.authorization.is_some() {
        server.check_code_flow()?.into_iter().for_each(|words| context.out.warn(words));
    }
    let device = flow.steps().any(|step| step.exchange.request.url.uses("device_authorization_url"));
    if device && !profile.has_device_authorization_url() {
        let issuer = &server.pinned.issuer;
        return Err(config(format!("`{issuer}` publishes no `device_authorization_endpoint`")));
    }
    Ok(())
}

fn wish(args: &Login) -> Wish {
    let Login { grant, device, paste, no_browser, .. } = args;
    Wish { grant: grant.clone(), device: *device, paste: *paste, no_browser: *no_browser }
}

/// Whether one of its logins can be given where this runs.
pub(super) fn fits_here(context: &Context<'_>, profile: &Profile) -> bool {
    ways::choose(profile, &Wish::default(), &here(context), None, &LoginLine::plain(&profile.name)).is_ok()
}

fn here(context: &Context<'_>) -> Here {
    let at_terminal = input::can_ask();
    let watched = match () {
        () if visit::in_ci() => Err(Unwatched::Ci { at_terminal }),
        () if at_terminal || context.out.json() => Ok(()),
        () => Err(Unwatched::NoTerminal),
    };
    Here { browser: visit::may_open_browser(), watched }
}

/// That asks for the same login once more: by then the profile is there, whatever wrote it.
pub(super) fn line(context: &Context<'_>, args: &Login, profile: &Profile) -> LoginLine {
    LoginLine::asked(context.global, args, &profile.name).without("--url").without("--issuer")
}

/// One line for whoever reads it as data; on the screen it stands already.
fn told(context: &Context<'_>, event: &VisitEvent<'_>) -> Result<()> {
    if !context.out.json() {
        return Ok(());
    }
    let expires = event.lives.and_then(|lives| rfc3339((Moment::now().wall_ms + millis(lives)) / 1_000));
    context.out.object(&json!({
        "version": 1,
        "event": "visit",
        "url": event.url,
        "user_code": event.user_code.map(harmless_line),
        "expires_at": expires,
    }))
}

fn words(profile: &Profile, logged_in: &LoggedIn) -> String {
    let who = logged_in.who.as_ref().map(|who| format!(" as {who}")).unwrap_or_default();
    let until = wording::until(&logged_in.issued.access);
    let until = until.map(|at| format!("; the access token ends at {at}")).unwrap_or_default();
    format!(
        "logged in{who}: the credential `{}` is in the store `{}`{until}",
        profile.account, profile.store_name
    )
}
