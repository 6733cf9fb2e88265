//! What a profile gives to a login: the address that a browser visits, the redirect address, and what is still lacking, by
//! a key of the profile or by a question to a person.

use url::Url;

use super::Profile;
use super::request::{DPOP_JKT, Presented};
use super::secrets::{PASSWORD, Secrets, TOTP, TOTP_SEED, USERNAME};
use crate::base::error::{Error, Result, config};
use crate::credential::reading::RenewsWith;
use crate::dialect::flow::{Flow, Step};
use crate::dialect::nonces::Nonces;
use crate::dialect::request::{self, Unmade};
use crate::dialect::schema::{Authorization, ClientAuth, Dialect, Login, RedirectRule, checked_redirect};
use crate::dialect::template::{Template, Values};

/// Where the browser comes back: word for word, as vendors compare it.
pub(crate) enum Redirect {
    /// A loopback address, with any port or its own.
    Loopback { uri: String, any_port: bool },
    /// An address at which nobody of ours listens: the person pastes what the browser shows.
    Pasted { uri: String },
    /// The vendor shows a bare code (`urn:ietf:wg:oauth:2.0:oob`).
    Shown { uri: String },
}

impl Redirect {
    pub(crate) fn uri(&self) -> &str {
        match self {
            Redirect::Loopback { uri, .. } | Redirect::Pasted { uri } | Redirect::Shown { uri } => uri,
        }
    }
}

/// A question to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// As templates name it: `password`, `asked.code`.
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) secret: bool,
}

impl Question {
    /// The key of a profile that answers it in a person's place, if there is one.
    pub(crate) fn key(&self) -> Option<&'static str> {
        match self.name.as_str() {
            USERNAME => Some(USERNAME),
            PASSWORD => Some(PASSWORD),
            TOTP => Some(TOTP_SEED),
            _ => None,
        }
    }
}

/// Of addresses whose vendor compares them word for word and names none itself.
pub(crate) const REGISTERED: &str = "http://localhost:8457/callback";
pub(crate) const ANY_PORT: &str = "http://127.0.0.1/";

impl Profile {
    /// The logins of the dialect, by the names of their grants.
    pub(crate) fn logins(&self) -> impl Iterator<Item = (&str, &Login)> {
        self.dialect.logins.iter().map(|(grant, login)| (grant.as_str(), login))
    }

    /// `Err` names the ones there are.
    pub(crate) fn login(&self, grant: &str) -> Result<(&Login, Flow<'_>)> {
        let found = self.dialect.logins.get(grant).zip(self.dialect.login(grant));
        found.ok_or_else(|| self.no_such_login(grant))
    }

    fn no_such_login(&self, grant: &str) -> Error {
        let names: Vec<&str> = self.logins().map(|(name, _)| name).collect();
        let there = match names.is_empty() {
            true => "it has none".to_owned(),
            false => format!("there are {}", names.join(", ")),
        };
        config(format!("the dialect `{}` has no login `{grant}`; {there}", self.dialect_name))
    }

    /// Where the browser comes back. `Err` names the key that would say it.
    pub(crate) fn redirect(&self, authorization: &Authorization) -> Result<Redirect> {
        let written = self.redirect_uri.as_deref().or(authorization.redirect_uri.as_deref());
        let rule = authorization.redirect;
        let text = match (written, rule) {
            (Some(text), _) => text,
            (None, RedirectRule::AnyPort) => ANY_PORT,
            (None, RedirectRule::Exact) => REGISTERED,
            (None, RedirectRule::Https) => {
                let words = "the vendor accepts only an https redirect address that is registered with it";
                let name = &self.name;
                let hint = format!(
                    "`redirect_uri = \"https://…\"` under [profiles.{name}] says which; any page of yours will do"
                );
                return Err(config(format!("`profiles.{name}.redirect_uri`: missing; {words}")).hint(hint));
            }
        };
        let wrong = |why: &str| config(format!("`profiles.{}.redirect_uri`: {why}", self.name));
        let url = checked_redirect(text).map_err(wrong)?;
        let uri = text.to_owned();
        match url.scheme() {
            "http" => Ok(Redirect::Loopback { uri, any_port: rule == RedirectRule::AnyPort }),
            "urn" => Ok(Redirect::Shown { uri }),
            _ => Ok(Redirect::Pasted { uri }),
        }
    }

    /// What the browser visits.
    pub(crate) fn authorization_address(
        &self,
        authorization: &Authorization,
        secrets: &Secrets,
        presented: &Presented<'_>,
        draw: &Nonces,
    ) -> Result<Url> {
        let values = self.values(secrets, presented, draw);
        let mut more = self.authorization_params.clone();
        more.extend(presented.given.get(DPOP_JKT).map(|print| (DPOP_JKT.to_owned(), print.to_string())));
        let is_its_own =
            |login: &Login| login.authorization.as_ref().is_some_and(|own| std::ptr::eq(own, authorization));
        request::authorization(authorization, &values, &more, self.tls.cleartext())
            .map_err(|unmade| self.not_visited(unmade.below("authorization"), is_its_own))
    }

    /// An address that a person visits cannot be made; `is_its_own` says of which login it is.
    fn not_visited(&self, unmade: Unmade, is_its_own: impl Fn(&Login) -> bool) -> Error {
        let grant = self.dialect.logins.iter().find(|(_, login)| is_its_own(login));
        let grant = grant.map_or("", |(grant, _)| grant.as_str());
        let told = self.told(unmade, |at| [&["logins", grant].map(str::to_owned), at].concat());
        config(format!("`profiles.{}`: {told}", self.name))
    }

    /// Where a code is typed, if the dialect says it for everybody.
    pub(crate) fn verification_address(&self, login: &Login) -> Result<Option<Url>> {
        let address = login.verification_uri.as_ref();
        let address = address
            .map(|address| request::verification(address, &self.plain, self.tls.cleartext()))
            .transpose();
        address.map_err(|why| {
            self.not_visited(Unmade::from(why).below("verification_uri"), |own| std::ptr::eq(own, login))
        })
    }

    /// The keys of the profile that the login needs and does not find, but for what a person can be asked.
    pub(crate) fn lacks_for(&self, login: &Login, flow: Flow<'_>) -> Vec<&'static str> {
        let mut lacking = Vec::new();
        for name in KEYS {
            let by_template = templates(self, login, flow).any(|template| template.needs(name));
            let by_client = flow.steps().any(|step| {
                self.client_auth.get(step.name).is_some_and(|auth| auth.needs().contains(&name))
                    || (name == "client_id" && self.is_public(&step))
            });
            if (by_template || by_client) && !self.gives(name) {
                lacking.push(name);
            }
        }
        lacking
    }

    /// A public client says who it is by its `client_id` alone.
    fn is_public(&self, step: &Step<'_>) -> bool {
        self.client_auth.get(step.name) == Some(&ClientAuth::None)
            && step.dialect.renews_with != RenewsWith::Client
    }

    /// Whether a key of this name is there, or what it says is found out.
    pub(crate) fn gives(&self, name: &str) -> bool {
        self.plain.contains_key(name)
            || self.secret.iter().any(|(key, _)| key == name)
            || self.awaits_discovery && DISCOVERED.contains(&name)
    }

    /// Whether the vendor can be told that a token is given back: where that goes is known.
    pub(crate) fn can_revoke(&self) -> bool {
        let known = |name: &str| name != "revocation_url" || self.gives(name);
        self.dialect.revoke().is_some_and(|flow| flow.last().exchange.request.url.names().all(known))
    }

    /// What a person is asked for before the step is sent, beside what is `given`.
    pub(crate) fn questions(&self, grant: &str, step: &Step<'_>, given: &Values) -> Vec<Question> {
        let request = &step.exchange.request;
        let mut all = Vec::new();
        let mut add = |name: &str, about: &str, secret: bool| {
            all.push(Question { name: name.to_owned(), about: about.to_owned(), secret });
        };
        let lacks = |name: &str| request.uses(name) && !given.contains_key(name);
        if lacks(USERNAME) && !self.gives(USERNAME) {
            add(USERNAME, "user name", false);
        }
        if lacks(PASSWORD) && !self.gives(PASSWORD) {
            add(PASSWORD, "password", true);
        }
        if lacks(TOTP) && !self.gives(TOTP_SEED) {
            add(TOTP, "one-time code", true);
        }
        for (name, ask) in self.dialect.logins.get(grant).into_iter().flat_map(|login| &login.ask) {
            let name = format!("asked.{name}");
            if lacks(&name) {
                add(&name, &ask.about, ask.secret);
            }
        }
        all
    }

    /// Whether it is meant and has what it takes: of those that no vendor names, only what the profile speaks of.
    pub(crate) fn is_prepared(&self, login: &Login, flow: Flow<'_>) -> bool {
        let own = [USERNAME, "subject_token"];
        let spoken_of = login.authorization.is_some()
            || flow.steps().any(|step| step.exchange.is_polled())
            || own.iter().any(|name| flow.uses(name) && self.gives(name));
        (login.inherit.is_none() || spoken_of) && self.lacks_for(login, flow).is_empty()
    }

    /// Whether `tokcli login` would get somewhere.
    pub(crate) fn can_log_in(&self) -> bool {
        self.dialect.all_logins().any(|(login, flow)| self.is_prepared(login, flow))
    }
}

/// Why a profile may not add a parameter of this name to what a browser visits, or say it there in another way. `None`: it
/// may.
pub(super) fn decided(dialect: &Dialect, name: &str) -> Option<String> {
    let mut visits =
        dialect.logins.iter().filter_map(|(grant, login)| Some((grant, login.authorization.as_ref()?)));
    let of_one = |(grant, authorization): (&String, &Authorization)| {
        let templates = || authorization.query.templates().filter(|(other, _)| *other == name);
        let uses = |wanted: &str| templates().any(|(_, template)| template.uses(wanted));
        if DRAWN.contains(&name) || uses("state") || uses("code_challenge") {
            return Some("tokcli makes it for each login; remove it".to_owned());
        }
        if let Some(key) = OF_THE_PROFILE.iter().find(|key| uses(key)) {
            return Some(format!("the key `{key}` of the profile sets it"));
        }
        (name == "response_type" || (templates().next().is_some() && OF_THE_PROFILE[..2].contains(&name)))
            .then(|| format!("`logins.{grant}.authorization.query.{name}` of the dialect sets it"))
    };
    visits.find_map(of_one)
}

/// Parameters that say how the redirect is told from another's, whatever the dialect sends.
const DRAWN: [&str; 3] = ["state", "code_challenge", "code_challenge_method"];
const OF_THE_PROFILE: [&str; 3] = ["client_id", "redirect_uri", "scope"];

/// What a server says of itself.
const DISCOVERED: [&str; 4] =
    ["token_url", "authorization_url", "device_authorization_url", "revocation_url"];

/// Keys that a login may need.
const KEYS: [&str; 10] = [
    "base_url",
    "token_url",
    "authorization_url",
    "device_authorization_url",
    "client_id",
    "client_secret",
    "private_key",
    "key_id",
    "certificate",
    "subject_token",
];

fn templates<'a>(
    profile: &'a Profile,
    login: &'a Login,
    flow: Flow<'a>,
) -> impl Iterator<Item = &'a Template> {
    let sent = flow.steps().flat_map(|step| {
        let own = profile.own_address(&step).is_some();
        let all = step.exchange.request.templates().into_iter();
        all.filter(move |(path, _)| !(own && path[0] == "url"))
            .map(|(_, template)| template)
            .collect::<Vec<_>>()
    });
    // What a vendor does without is left out of the request.
    login.visited().chain(sent).filter(|template| !template.needs("resource"))
}
