//! `tokcli login --url`: from the address of a protected resource, such as an MCP server, to its first token. The resource
//! says whom it trusts, that server says what it is and registers a client, and a profile keeps what was found.
//!
//! The rule that matters: whatever was found is shown, and confirmed by a person, before anything is registered or written.

use std::path::Path;

use toml::{Table, Value};
use url::Url;

use super::audit;
use super::config::add;
use super::confirm::confirm;
use super::context::{Context, Failure, Looks};
use super::login::{self, Asked};
use crate::base::address::checked_url;
use crate::base::clock::rfc3339;
use crate::base::error::{Error, Result, config, refused};
use crate::base::suggest::check_name;
use crate::base::toml_source::Source;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::profile::login::{ANY_PORT, REGISTERED};
use crate::profile::missing;
use crate::session::discovery::registration::{NewClient, Registered};
use crate::session::discovery::resource::{Resource, chosen};
use crate::session::discovery::{Discovery, Issuer, Server};
use crate::session::issuer;
use crate::store::configuration::Place;
use crate::store::keyring;
use crate::terminal::arguments::Login;
use crate::terminal::login_line::LoginLine;

const CODE: &str = "authorization_code";
const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Servers that give a refresh token only where it is asked for (OpenID Connect Core section 11).
const OFFLINE: &str = "offline_access";

pub(super) fn run(context: &Context<'_>, args: &Login, url: &str) -> std::result::Result<u8, Failure> {
    let nameless = |error: Error| (None, error);
    let given = checked_url(url).map_err(|why| nameless(config(format!("`--url`: {why}"))))?;
    let asked = context.global.asked_profile().map_err(nameless)?;
    let name = asked.unwrap_or_else(|| name_of(&given));
    check_name(&name).map_err(|why| nameless(config(format!("`--profile`: {why}"))))?;
    let visit = Visit { context, args, given, name: &name };
    visit.done().map(|()| 0).map_err(|error| (Some(name.clone()), error))
}

/// What the profile is called if nobody says.
fn name_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let plain: String =
        host.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    plain.trim_matches(['-', '.']).chars().take(64).collect()
}

struct Visit<'a> {
    context: &'a Context<'a>,
    args: &'a Login,
    given: Url,
    name: &'a str,
}

/// What was found from the address of the resource.
struct Found {
    resource: Resource,
    server: Server,
}

impl Visit<'_> {
    fn done(&self) -> Result<()> {
        let path = self.context.global.config_path()?;
        let there = Place::of(&path).read()?;
        let there = there.map(|source| Profiles::read(source, Source::open)).transpose()?;
        match there.filter(|all| all.has(self.name)) {
            Some(all) => self.with_client(&all),
            None => self.with_a_new_client(&path),
        }
    }

    fn ask<T>(
        &self,
        profile: &Profile,
        named: Option<&str>,
        then: impl FnOnce(&Discovery<'_>, Found) -> Result<T>,
    ) -> Result<T> {
        issuer::ask(&self.context.invocation, profile, self.given.clone(), |discovery| {
            let resource = discovery.resource()?;
            let issuer: Issuer = chosen(&resource, named)?.clone();
            let server = discovery.server(&issuer)?;
            server.warnings.iter().for_each(|words| self.context.out.warn(words.as_str()));
            then(discovery, Found { resource, server })
        })
    }

    /// The profile is there, and has its client.
    fn with_client(&self, all: &Profiles) -> Result<()> {
        let profile = self.context.profile(all, self.name, Looks::Later)?;
        let Some(own) = profile.issuer.clone() else {
            let words = format!("the profile `{}` names no `issuer`, so it is for something else", self.name);
            return Err(refused(words).hint("another name makes a separate profile: `-p NAME`"));
        };
        let named = self.args.issuer.as_deref().unwrap_or(&own);
        let found = self.ask(&profile, Some(named), |_, found| Ok(found))?;
        let (issuer, resource) = (&found.server.pinned.issuer, &found.resource.identifier);
        let is_as = *issuer == own && profile.resource() == Some(resource);
        if !is_as {
            let its = profile.resource().unwrap_or("no resource");
            let words = format!(
                "the profile `{}` is for `{its}` by `{own}`, but `{}` is `{resource}` by `{issuer}`",
                self.name, self.given
            );
            return Err(refused(words).hint("another name makes a separate profile: `-p NAME`"));
        }
        let known = login::known(self.context, self.args, &profile)?;
        let asked = Asked { server: &found.server, known, yes: self.args.yes };
        self.log_in(all, &profile, &asked)
    }

    fn with_a_new_client(&self, path: &Path) -> Result<()> {
        // Whether the name and the file will do, before anybody is asked.
        let mut keys = self.keys(&self.given.origin().ascii_serialization(), "none");
        let mut all = add::would_be(self.context, self.name, &keys)?;
        if all.defaults_to_keyring() && !keyring::is_reachable() {
            keys.insert("store".into(), Value::String("file".into()));
            all = add::would_be(self.context, self.name, &keys)?;
        }
        let profile = all.get(self.name)?;
        let known = login::known(self.context, self.args, &profile)?;
        let (keys, found, got) = self.ask(&profile, self.args.issuer.as_deref(), |discovery, found| {
            let client = self.client(&found)?;
            self.show(discovery, &found, &profile, path)?;
            let got = discovery.register(&found.server, &client)?;
            Ok((self.found_keys(&all, keys, &found, &got, &client)?, found, got))
        })?;
        let profile = add::write(self.context, self.name, &keys)?;
        let all = Profiles::open(path)?;
        let goes_on = |error: Error| {
            self.context.out.warn(format!(
                "the client is registered, and the profile `{}` exists: {} continues",
                self.name,
                login::line(self.context, self.args, &profile)
            ));
            error
        };
        if let Some(at) = got.secret_expires_at.and_then(rfc3339) {
            self.context.out.warn(format!("the client's secret ends at {at}; then another client is needed"));
        }
        if let Some(secret) = got.client_secret {
            add::store(self.context, &profile, "client_secret", secret).map_err(goes_on)?;
        }
        let asked = Asked { server: &found.server, known, yes: true };
        self.log_in(&all, &profile, &asked).map_err(goes_on)
    }

    fn log_in(&self, all: &Profiles, profile: &Profile, asked: &Asked<'_>) -> Result<()> {
        let done = login::log_in(self.context, self.args, all, profile, Some(asked));
        if let Err(error) = &done {
            audit::note_of(self.context.out, all, self.name, Some(profile), &audit::Event::Refused(error));
        }
        done
    }

    /// What is registered, and written, is to be confirmed first.
    fn show(&self, discovery: &Discovery<'_>, found: &Found, profile: &Profile, path: &Path) -> Result<()> {
        let (issuer, resource) = (&found.server.pinned.issuer, &found.resource.identifier);
        let mut what = format!("`{resource}` accepts tokens of `{issuer}`");
        let new = discovery.new_origins(&found.server);
        if !new.is_empty() {
            what += &format!(", which leads to {}", new.join(", "));
        }
        what += &format!(
            "; a client is registered there, and {} gets a profile `{}` for it",
            path.display(),
            self.name
        );
        if let Some(scope) = self.scope(found) {
            what += &format!(" that asks for `{scope}`");
        }
        what += &format!("; its credential is kept in the store `{}`", profile.store_name);
        let again = LoginLine::asked(self.context.global, self.args, self.name);
        confirm(self.context, self.args.yes, &what, "go on?", &again.with("--yes"))
    }

    /// What is asked for: by the command line, or else by the resource.
    fn scope(&self, found: &Found) -> Option<String> {
        let scope = self.args.scope.clone().or_else(|| found.resource.scope())?;
        let known =
            |word: &str| found.server.scopes.as_ref().is_some_and(|all| all.iter().any(|one| one == word));
        let more = self.args.scope.is_none() && !is_offline(&scope) && known(OFFLINE);
        Some(if more { format!("{scope} {OFFLINE}") } else { scope })
    }

    fn client(&self, found: &Found) -> Result<NewClient> {
        let server = &found.server;
        let offers = |grant: &str| server.offers(grant) != Some(false);
        let code = server.pinned.authorization_endpoint.is_some() && offers(CODE);
        let device = server.pinned.device_authorization_endpoint.is_some() && offers(DEVICE);
        if !device {
            server.check_code_flow()?;
        }
        let grants = [(code, CODE), (device, DEVICE), (offers("refresh_token"), "refresh_token")];
        Ok(NewClient {
            redirect_uris: if code { REDIRECTS.map(str::to_owned).to_vec() } else { Vec::new() },
            grants: grants.iter().filter(|(has, _)| *has).map(|(_, grant)| (*grant).to_owned()).collect(),
            scope: self.scope(found),
        })
    }

    fn keys(&self, issuer: &str, client_id: &str) -> Table {
        let text = |text: &str| Value::String(text.to_owned());
        [("dialect", "oauth2"), ("issuer", issuer), ("client_id", client_id)]
            .map(|(key, value)| (key.to_owned(), text(value)))
            .into_iter()
            .collect()
    }

    /// `keys`: what does not depend on it.
    fn found_keys(
        &self,
        all: &Profiles,
        mut keys: Table,
        found: &Found,
        got: &Registered,
        client: &NewClient,
    ) -> Result<Table> {
        keys.extend(self.keys(&found.server.pinned.issuer, &got.client_id));
        let resource = &found.resource.identifier;
        keys.insert("resource".into(), Value::String(resource.clone()));
        if let Some(scope) = &client.scope {
            keys.insert("scope".into(), Value::String(scope.clone()));
            if is_offline(scope) {
                // Without that it counts for nothing (OpenID Connect Core section 11).
                let prompt = Table::from_iter([("prompt".to_owned(), Value::String("consent".into()))]);
                keys.insert("authorization_params".into(), Value::Table(prompt));
            }
        }
        if got.client_auth != "none" {
            let stored = Table::from_iter([("store".to_owned(), Value::Boolean(true))]);
            keys.insert("client_secret".into(), Value::Table(stored));
        }
        keys.insert("client_auth".into(), Value::String(got.client_auth.clone()));
        if missing::implies_client_auth(&all.dialects, &keys)? {
            keys.remove("client_auth");
        }
        keys.insert(
            "match".into(),
            Value::Array(patterns(resource).into_iter().map(Value::String).collect()),
        );
        Ok(keys)
    }
}

fn is_offline(scope: &str) -> bool {
    scope.split_ascii_whitespace().any(|word| word == OFFLINE)
}

/// For a browser on this machine; and where a server compares word for word, what `redirect_uri` may then say.
const REDIRECTS: [&str; 2] = [ANY_PORT, REGISTERED];

/// The resource, and what lies below it.
fn patterns(resource: &str) -> Vec<String> {
    let Ok(mut url) = Url::parse(resource) else { return Vec::new() };
    url.set_query(None);
    let bare = url.as_str().trim_end_matches('/');
    let own = if url.path() == "/" { None } else { Some(url.to_string()) };
    own.into_iter().chain([format!("{bare}/*")]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_called_by_the_host_of_its_resource() {
        for (url, name) in [
            ("https://mcp.example.com/x", "mcp.example.com"),
            ("http://127.0.0.1:9000/", "127.0.0.1"),
            ("http://[::1]:9000/mcp", "1"),
            ("https://m\u{fc}nchen.example/", "xn--mnchen-3ya.example"),
        ] {
            let url = Url::parse(url).expect(url);
            assert_eq!(name_of(&url), name);
            assert!(check_name(&name_of(&url)).is_ok());
        }
    }

    #[test]
    fn a_token_is_for_the_resource_and_what_lies_below_it() {
        for (resource, wanted) in [
            ("https://a.example/mcp", &["https://a.example/mcp", "https://a.example/mcp/*"][..]),
            ("https://a.example/mcp/?k=1", &["https://a.example/mcp/", "https://a.example/mcp/*"]),
            ("https://a.example", &["https://a.example/*"]),
            ("http://127.0.0.1:9000/mcp", &["http://127.0.0.1:9000/mcp", "http://127.0.0.1:9000/mcp/*"]),
        ] {
            assert_eq!(patterns(resource), wanted, "{resource}");
        }
    }
}
