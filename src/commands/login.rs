//! `tokcli login`: the first tokens of a credential, or a new login's, by one of the dialect's own ways.

use serde_json::json;

use super::audit::{self, Event};
use super::context::Context;
use super::issuer::{self, Confirmation};
use crate::base::characters::harmless_line;
use crate::base::clock::{Moment, millis, rfc3339};
use crate::base::environment;
use crate::base::error::{Code, Result, config, refused};
use crate::credential::reading::RenewsWith;
use crate::credential::record::Binding;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::discovery::Server;
use crate::session::login::place;
use crate::session::login::ways::{self, Chosen, Here, Wish};
use crate::session::login::{self, LoggedIn, LoginDemand, VisitEvent};
use crate::session::relogin;
use crate::store::Store;
use crate::terminal::arguments::Login;
use crate::terminal::{input, visit, wording};

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
            let server = issuer::server(context, profile, issuer)?;
            let confirmation = Confirmation { server: &server, known, yes: args.yes };
            log_in(context, args, all, profile, Some(&confirmation))
        }
        None => log_in(context, args, all, profile, None),
    }
}

/// Where the credential that is there may go; it may be replaced.
pub(super) fn known(context: &Context<'_>, args: &Login, profile: &Profile) -> Result<Option<Binding>> {
    let mut store = Store::open(profile, context.out.json())?;
    let claim = context.claim(&store, profile)?;
    let there = store.load(&claim)?;
    place::may_replace(&there, args.replace, profile)?;
    Ok(there.record().map(|record| record.bound.clone()))
}

pub(super) fn log_in(
    context: &Context<'_>,
    args: &Login,
    all: &Profiles,
    profile: &Profile,
    confirmation: Option<&Confirmation<'_>>,
) -> Result<()> {
    let server = confirmation.map(|confirmation| confirmation.server);
    let placed =
        server.map(|server| all.with_addresses(profile, &issuer::pin(server, profile))).transpose()?;
    let profile = placed.as_ref().unwrap_or(profile);
    let scoped = args.scope.as_deref().map(|scope| all.with_login_scope(profile, scope)).transpose()?;
    let profile = scoped.as_ref().unwrap_or(profile);
    let demand = demand(context, args, all, profile, confirmation)?;
    let on_visit = |event: &VisitEvent<'_>| told(context, event);
    let logged_in = login::log_in(&context.invocation, profile, &demand, &on_visit)?;
    audit::note(context.out, all, profile, &Event::Login);
    let again_by_itself = || matches!(relogin::prospect(&context.invocation, profile, None), Some(Ok(())));
    if !logged_in.has_refresh_token && !again_by_itself() {
        context.out.warn(wording::no_refresh_token(profile, &logged_in.issued.access));
    }
    context.print_outcome(profile, "logged_in", &words(profile, &logged_in))
}

/// By which login, once a person has agreed to where it goes.
fn demand(
    context: &Context<'_>,
    args: &Login,
    all: &Profiles,
    profile: &Profile,
    confirmation: Option<&Confirmation<'_>>,
) -> Result<LoginDemand> {
    if profile.renews_with() == RenewsWith::Client {
        let words = format!("the dialect `{}` needs no login", profile.dialect_name);
        let hint = format!("`tokcli token --profile {}` gets a token", profile.name);
        return Err(refused(words).hint(hint));
    }
    let server = confirmation.map(|confirmation| confirmation.server);
    let chosen = ways::choose(profile, &wish(args), &here(context), server)?;
    if let Some(confirmation) = confirmation {
        check_offered(context, profile, &chosen.grant, confirmation.server)?;
        confirmation.check(context, args.replace, profile)?;
    }
    let Chosen { grant, opens_browser, only_pasted } = chosen;
    Ok(LoginDemand {
        grant,
        replace: args.replace,
        opens_browser,
        only_pasted,
        redirect_port: args.redirect_port,
        hidden: all.secret_variables(),
    })
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

fn here(context: &Context<'_>) -> Here {
    Here {
        browser: visit::may_open_browser(),
        is_watched: (input::can_ask() || context.out.json()) && !environment::is_ci(),
    }
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
