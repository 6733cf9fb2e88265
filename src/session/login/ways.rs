//! Which of a dialect's logins fits here: a browser on a desktop, another device over SSH or in a container, and where
//! nobody sits one that needs nobody.

use super::super::discovery::Server;
use crate::base::error::{Code, Error, Result, config};
use crate::dialect::schema::{Fields, Login};
use crate::dialect::template::Values;
use crate::profile::Profile;
use crate::profile::relogin::Relogin;
use crate::terminal::wording::import_hint;

/// What the command line asks for.
#[derive(Clone, Default)]
pub(crate) struct Wish {
    pub(crate) grant: Option<String>,
    pub(crate) device: bool,
    pub(crate) paste: bool,
    pub(crate) no_browser: bool,
}

/// What there is here.
pub(crate) struct Here {
    /// `Err` says why no browser is likely in front of whoever sits here.
    pub(crate) browser: std::result::Result<(), &'static str>,
    /// Somebody sees what is shown, or a program reads it.
    pub(crate) is_watched: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) grant: String,
    pub(crate) opens_browser: bool,
    pub(crate) only_pasted: bool,
}

/// What a login takes, the easiest for a person first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// All of it stands in the profile, where somebody has put what only this login takes.
    Given,
    Browser,
    Device,
    /// Answers to questions.
    Questions,
    /// Nothing but the client.
    Client,
}

/// `server`: what it says of itself, where it was asked.
pub(crate) fn choose(profile: &Profile, wish: &Wish, here: &Here, server: Option<&Server>) -> Result<Chosen> {
    let found = match &wish.grant {
        Some(grant) => {
            let (login, _) = profile.login(grant)?;
            Some((grant.as_str(), kind(profile, grant, login)))
        }
        None => by_kind(profile, wish, here, server)?,
    };
    let (grant, kind) = found.ok_or_else(|| none(profile, here))?;
    check_wish(profile, wish, grant, kind)?;
    let opens_browser =
        kind == Kind::Browser && here.browser.is_ok() && !wish.no_browser && !wish.paste && here.is_watched;
    Ok(Chosen { grant: grant.to_owned(), opens_browser, only_pasted: wish.paste })
}

/// The first that has all it needs, in the order that suits the place.
fn by_kind<'a>(
    profile: &'a Profile,
    wish: &Wish,
    here: &Here,
    server: Option<&Server>,
) -> Result<Option<(&'a str, Kind)>> {
    let mut all: Vec<(&str, Kind)> =
        profile.logins().map(|(grant, login)| (grant, kind(profile, grant, login))).collect();
    if all.is_empty() {
        let words = format!("the dialect `{}` documents no login", profile.dialect_name);
        let hint = import_hint(profile);
        return Err(config(words).hint(hint));
    }
    // One that the server does not offer has to be asked for by its name.
    all.retain(|(grant, _)| server.is_none_or(|server| may_offer(server, profile, grant)));
    let order: &[Kind] = match (wish, &here.browser) {
        (Wish { device: true, .. }, _) => &[Kind::Device],
        (Wish { paste: true, .. } | Wish { no_browser: true, .. }, _) => &[Kind::Browser],
        _ if !here.is_watched => &[Kind::Given, Kind::Client],
        (_, Ok(())) => &[Kind::Given, Kind::Browser, Kind::Device, Kind::Questions, Kind::Client],
        (_, Err(_)) => &[Kind::Given, Kind::Device, Kind::Browser, Kind::Questions, Kind::Client],
    };
    if order.contains(&Kind::Given) {
        let given: Vec<&str> = all
            .iter()
            .filter(|(grant, kind)| *kind == Kind::Given && is_whole(profile, grant))
            .map(|(grant, _)| *grant)
            .collect();
        if let [_, _, ..] = given.as_slice() {
            let Relogin::By(meant) = &profile.relogin else { return Err(ambiguous(profile, &given)) };
            let found = given.iter().find(|grant| *grant == meant);
            return found
                .map_or_else(|| Err(ambiguous(profile, &given)), |grant| Ok(Some((*grant, Kind::Given))));
        }
    }
    let whole = |grant: &str| is_whole(profile, grant);
    let find = |wanted: &Kind, whole: &dyn Fn(&str) -> bool| {
        all.iter().find(|(grant, kind)| kind == wanted && whole(grant)).copied()
    };
    let found = order.iter().find_map(|wanted| find(wanted, &whole));
    // What lacks a key says which; a login that nobody prepared is not meant.
    let meant = |wanted: &&Kind| !matches!(wanted, Kind::Given | Kind::Client);
    Ok(found.or_else(|| order.iter().filter(meant).find_map(|wanted| find(wanted, &|_| true))))
}

/// Unless it says that it does not.
fn may_offer(server: &Server, profile: &Profile, grant: &str) -> bool {
    let form = profile.dialect.login(grant).and_then(|flow| flow.last().exchange.request.form.as_ref());
    let mut fields = form.into_iter().flat_map(Fields::templates);
    let said = fields.find(|(name, _)| *name == "grant_type");
    said.and_then(|(_, template)| server.offers(template.source())) != Some(false)
}

fn is_whole(profile: &Profile, grant: &str) -> bool {
    profile.login(grant).is_ok_and(|(login, flow)| profile.is_prepared(login, flow))
}

/// What a profile gives may fit several logins: which is meant, only a person knows.
fn ambiguous(profile: &Profile, all: &[&str]) -> Error {
    let name = &profile.name;
    let words = format!("`profiles.{name}` has what several logins take: {}", all.join(", "));
    config(words).hint(format!(
        "`tokcli login --grant {} --profile {name}` names one, or `relogin = \"{}\"` under [profiles.{name}]",
        all[0], all[0]
    ))
}

/// The login that the profile has all it takes for, that needs nobody, and that it means by `relogin`. `None`: there is none.
pub(crate) fn unattended(profile: &Profile) -> Result<Option<&str>> {
    let here = Here { browser: Err("nobody is asked"), is_watched: false };
    let needs_nobody = |kind: Kind| matches!(kind, Kind::Given | Kind::Client);
    match &profile.relogin {
        Relogin::Never => Ok(None),
        Relogin::By(grant) => {
            let (login, _) = profile.login(grant)?;
            Ok(Some(grant.as_str()).filter(|grant| needs_nobody(kind(profile, grant, login))))
        }
        Relogin::Yes if profile.logins().next().is_none() => Ok(None),
        Relogin::Yes => Ok(by_kind(profile, &Wish::default(), &here, None)?.map(|(grant, _)| grant)),
    }
}

fn check_wish(profile: &Profile, wish: &Wish, grant: &str, kind: Kind) -> Result<()> {
    let wrong = |flag: &str, what: &str| {
        let dialect = &profile.dialect_name;
        Err(config(format!(
            "the login `{grant}` of the dialect `{dialect}` {what}, so `{flag}` does not go with it"
        )))
    };
    match kind {
        Kind::Browser if wish.device => wrong("--device", "is no login on another device"),
        Kind::Browser => Ok(()),
        _ if wish.paste => wrong("--paste", "visits no address"),
        Kind::Device | Kind::Given | Kind::Questions | Kind::Client
            if wish.no_browser && kind != Kind::Device =>
        {
            wrong("--no-browser", "visits no address")
        }
        Kind::Given | Kind::Questions | Kind::Client if wish.device => {
            wrong("--device", "is no login on another device")
        }
        _ => Ok(()),
    }
}

fn kind(profile: &Profile, grant: &str, login: &Login) -> Kind {
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

/// Nothing fits, or nothing that was wished for.
fn none(profile: &Profile, here: &Here) -> Error {
    let (name, dialect) = (&profile.name, &profile.dialect_name);
    let names: Vec<&str> = profile.logins().map(|(grant, _)| grant).collect();
    let there = format!("the dialect `{dialect}` has {}", names.join(", "));
    if here.is_watched {
        return config(format!("no login of this kind: {there}"));
    }
    let words = format!("nobody can log in here without a terminal: {there}");
    let error = Error::new(Code::LoginRequired, words);
    error.hint(format!(
        "log in at a terminal with `tokcli login --profile {name}`; or show the address in a log with `--device` or `--no-browser`, keep `username` and `password` as secret sources under [profiles.{name}], or give a refresh token to `tokcli import --profile {name}`"
    ))
}
