//! Which of a dialect's logins fits here: a browser on a desktop, another device over SSH or in a container, and where
//! nobody sits one that needs nobody.

use super::super::discovery::Server;
use super::kind::{Kind, is_whole, kind, lacking};
use super::unfit::{self, Unwatched};
use crate::base::error::{Error, Result, config};
use crate::dialect::schema::Fields;
use crate::profile::Profile;
use crate::profile::relogin::Relogin;
use crate::terminal::login_line::LoginLine;
use crate::terminal::wording::import_hint;
use crate::terminal::wording::login::listed;

/// What the command line asks for.
#[derive(Clone, Default)]
pub(crate) struct Wish {
    pub(crate) grant: Option<String>,
    pub(crate) device: bool,
    pub(crate) paste: bool,
    pub(crate) no_browser: bool,
}

impl Wish {
    /// The flag that asks for a kind of login, if one does.
    fn flag(&self) -> Option<&'static str> {
        match self {
            Wish { device: true, .. } => Some("--device"),
            Wish { paste: true, .. } => Some("--paste"),
            Wish { no_browser: true, .. } => Some("--no-browser"),
            _ => None,
        }
    }
}

/// What there is here.
pub(crate) struct Here {
    /// `Err` says why no browser is likely in front of whoever sits here.
    pub(crate) browser: std::result::Result<(), &'static str>,
    /// `Ok`: somebody sees what is shown, or a program reads it.
    pub(crate) watched: std::result::Result<(), Unwatched>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) grant: String,
    pub(crate) opens_browser: bool,
    pub(crate) only_pasted: bool,
}

/// `server`: what it says of itself, where it was asked. `again`: how whoever asks for a login asks again.
pub(crate) fn choose(
    profile: &Profile,
    wish: &Wish,
    here: &Here,
    server: Option<&Server>,
    again: &LoginLine,
) -> Result<Chosen> {
    let (grant, kind) = match &wish.grant {
        Some(grant) => {
            let (login, _) = profile.login(grant)?;
            (grant.as_str(), kind(profile, grant, login))
        }
        None => {
            let all = offered(profile, server)?;
            by_kind(profile, &all, wish, here, again)?.ok_or_else(|| {
                let dialect = || format!("the dialect `{}`", profile.dialect_name);
                let who = server.map_or_else(dialect, |server| format!("`{}`", server.pinned.issuer));
                match (wish.flag(), here.watched) {
                    (Some(flag), watched) => unfit::no_such(profile, (flag, &who), &all, watched, again),
                    (None, Err(why)) => unfit::nobody(profile, &all, why, again),
                    (None, Ok(())) => config(format!("{who} has no login that tokcli knows")),
                }
            })?
        }
    };
    check_wish(profile, wish, grant, kind, again)?;
    let may_open = here.browser.is_ok() && here.watched.is_ok() && !wish.no_browser && !wish.paste;
    let opens_browser = kind == Kind::Browser && may_open;
    Ok(Chosen { grant: grant.to_owned(), opens_browser, only_pasted: wish.paste })
}

/// One that the server does not offer has to be asked for by its name.
fn offered<'a>(profile: &'a Profile, server: Option<&Server>) -> Result<Vec<(&'a str, Kind)>> {
    let all = profile.logins().map(|(grant, login)| (grant, kind(profile, grant, login)));
    let mut all: Vec<(&str, Kind)> = all.collect();
    if all.is_empty() {
        let words = format!("the dialect `{}` documents no login", profile.dialect_name);
        let hint = import_hint(profile);
        return Err(config(words).hint(hint));
    }
    all.retain(|(grant, _)| server.is_none_or(|server| may_offer(server, profile, grant)));
    Ok(all)
}

/// The first that has all it needs, in the order that suits the place.
fn by_kind<'a>(
    profile: &Profile,
    all: &[(&'a str, Kind)],
    wish: &Wish,
    here: &Here,
    again: &LoginLine,
) -> Result<Option<(&'a str, Kind)>> {
    let order = order(wish, here);
    if order.contains(&Kind::Given) {
        let given: Vec<&str> = all
            .iter()
            .filter(|(grant, kind)| *kind == Kind::Given && is_whole(profile, grant))
            .map(|(grant, _)| *grant)
            .collect();
        if let [_, _, ..] = given.as_slice() {
            let Relogin::By(meant) = &profile.relogin else { return Err(ambiguous(profile, &given, again)) };
            let found = given.iter().find(|grant| *grant == meant);
            return found.map_or_else(
                || Err(ambiguous(profile, &given, again)),
                |grant| Ok(Some((*grant, Kind::Given))),
            );
        }
    }
    // What the client alone gets may be another's tokens than those of whoever would log in: beside other logins it has to
    // be asked for by its name.
    let named = |(grant, kind): &(&str, Kind)| {
        *kind == Kind::Client && all.len() > 1 && profile.relogin != Relogin::By((*grant).to_owned())
    };
    let whole = |grant: &str| is_whole(profile, grant);
    let find = |wanted: &Kind, whole: &dyn Fn(&str) -> bool| {
        all.iter().find(|one| one.1 == *wanted && whole(one.0) && !named(one)).copied()
    };
    let found = order.iter().find_map(|wanted| find(wanted, &whole));
    // What lacks a key says which; a login that nobody prepared is not meant.
    let meant = |wanted: &&Kind| !matches!(wanted, Kind::Given | Kind::Client);
    Ok(found.or_else(|| order.iter().filter(meant).find_map(|wanted| find(wanted, &|_| true))))
}

fn order(wish: &Wish, here: &Here) -> &'static [Kind] {
    match (wish, &here.browser) {
        (Wish { device: true, .. }, _) => &[Kind::Device],
        (Wish { paste: true, .. } | Wish { no_browser: true, .. }, _) => &[Kind::Browser],
        _ if here.watched.is_err() => &[Kind::Given, Kind::Client],
        (_, Ok(())) => &[Kind::Given, Kind::Browser, Kind::Device, Kind::Questions, Kind::Client],
        (_, Err(_)) => &[Kind::Given, Kind::Device, Kind::Browser, Kind::Questions, Kind::Client],
    }
}

fn asks_for_a_device(profile: &Profile, grant: &str) -> bool {
    let flow = profile.dialect.login(grant);
    flow.is_some_and(|flow| {
        flow.steps().any(|step| step.exchange.request.url.uses("device_authorization_url"))
    })
}

/// Unless it says that it does not, or not where.
fn may_offer(server: &Server, profile: &Profile, grant: &str) -> bool {
    let form = profile.dialect.login(grant).and_then(|flow| flow.last().exchange.request.form.as_ref());
    let mut fields = form.into_iter().flat_map(Fields::templates);
    let said = fields.find(|(name, _)| *name == "grant_type");
    said.and_then(|(_, template)| server.offers(template.source())) != Some(false)
        && (profile.has_device_authorization_url() || !asks_for_a_device(profile, grant))
}

/// What a profile gives may fit several logins: which is meant, only a person knows.
fn ambiguous(profile: &Profile, all: &[&str], again: &LoginLine) -> Error {
    let name = &profile.name;
    let words = format!("`profiles.{name}` has what several logins need: {}", all.join(", "));
    let one = all[0];
    config(words).hint(format!(
        "{} names one, or `relogin = \"{one}\"` under [profiles.{name}]",
        again.by(Some(&format!("--grant {one}")))
    ))
}

/// The login that the profile has all it takes for, that needs nobody, and that it means by `relogin`. `None`: there is none.
pub(crate) fn unattended(profile: &Profile) -> Result<Option<&str>> {
    unattended_at(profile, None)
}

/// The same, where the `server` was asked what it offers. What the profile names is asked for whatever that says.
pub(crate) fn unattended_at<'a>(profile: &'a Profile, server: Option<&Server>) -> Result<Option<&'a str>> {
    let here = Here { browser: Err("nobody is asked"), watched: Err(Unwatched::NoTerminal) };
    match &profile.relogin {
        Relogin::Never => Ok(None),
        Relogin::By(grant) => {
            let (login, _) = profile.login(grant)?;
            Ok(Some(grant.as_str()).filter(|grant| is_unattended(kind(profile, grant, login))))
        }
        Relogin::Yes if profile.logins().next().is_none() => Ok(None),
        Relogin::Yes => {
            let (all, again) = (offered(profile, server)?, LoginLine::plain(&profile.name));
            Ok(by_kind(profile, &all, &Wish::default(), &here, &again)?.map(|(grant, _)| grant))
        }
    }
}

/// Whether the profile says all that the login takes.
pub(crate) fn needs_nobody(profile: &Profile, grant: &str) -> bool {
    profile.login(grant).is_ok_and(|(login, _)| is_unattended(kind(profile, grant, login)))
}

fn is_unattended(kind: Kind) -> bool {
    matches!(kind, Kind::Given | Kind::Client)
}

/// Why no login ever comes by itself, although `relogin` says so.
pub(crate) fn never_comes(profile: &Profile) -> Option<String> {
    let name = &profile.name;
    let under = |keys: &[&str]| {
        let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        format!("{} under [profiles.{name}]", listed(&keys, "and"))
    };
    let why = match (&profile.relogin, unattended(profile)) {
        (Relogin::Never, _) => return None,
        (_, Err(error)) => format!("{}; `relogin` can name one of them", error.message()),
        (Relogin::By(grant), _) => match lacking(profile, grant) {
            _ if asks_always(profile, grant) => format!("the login `{grant}` asks a person each time"),
            None => format!("the login `{grant}` asks a person something that no key gives"),
            Some(keys) if keys.is_empty() => return None,
            Some(keys) => format!("the login `{grant}` needs {}", under(&keys)),
        },
        (Relogin::Yes, Ok(Some(_))) => return None,
        (Relogin::Yes, Ok(None)) => none_comes(profile, &under),
    };
    Some(format!("`profiles.{name}.relogin`: no automatic login is possible: {why}"))
}

fn asks_always(profile: &Profile, grant: &str) -> bool {
    let found = profile.login(grant);
    found.is_ok_and(|(login, _)| matches!(kind(profile, grant, login), Kind::Browser | Kind::Device))
}

fn none_comes(profile: &Profile, under: &dyn Fn(&[&str]) -> String) -> String {
    let dialect = &profile.dialect_name;
    let candidates = profile.logins().map(|(grant, _)| grant).filter(|grant| !asks_always(profile, grant));
    let ways =
        candidates.filter_map(|grant| Some((grant, lacking(profile, grant)?))).map(
            |(grant, keys)| match keys.is_empty() {
                true => format!("`{grant}` must be named: `relogin = \"{grant}\"`"),
                false => format!("`{grant}` needs {}", under(&keys)),
            },
        );
    let ways: Vec<String> = ways.collect();
    match (ways.is_empty(), profile.logins().next()) {
        (false, _) => format!("of the logins of the dialect `{dialect}` {}", ways.join(", ")),
        (true, Some(_)) => format!("each login of the dialect `{dialect}` asks a person"),
        (true, None) => format!("the dialect `{dialect}` documents no login"),
    }
}

fn check_wish(profile: &Profile, wish: &Wish, grant: &str, kind: Kind, again: &LoginLine) -> Result<()> {
    let wrong = |flag: &str, what: &str| {
        let dialect = &profile.dialect_name;
        Err(config(format!(
            "the login `{grant}` of the dialect `{dialect}` {what}, so `{flag}` does not work with it"
        ))
        .hint(format!("omit it: {}", again.without(flag))))
    };
    match kind {
        Kind::Browser if wish.device => wrong("--device", "is not a login on another device"),
        Kind::Browser => Ok(()),
        _ if wish.paste => wrong("--paste", "visits no address"),
        Kind::Device | Kind::Given | Kind::Questions | Kind::Client
            if wish.no_browser && kind != Kind::Device =>
        {
            wrong("--no-browser", "visits no address")
        }
        Kind::Given | Kind::Questions | Kind::Client if wish.device => {
            wrong("--device", "is not a login on another device")
        }
        _ => Ok(()),
    }
}
