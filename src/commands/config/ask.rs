//! What `config add` asks at a terminal: the dialect, how the client authenticates where several ways are open, and then
//! what the dialect needs and the profile lacks. Nothing is written meanwhile.

use std::cell::RefCell;

use toml::{Table, Value};

use crate::base::address::{checked_issuer, checked_url};
use crate::base::error::{Result, config};
use crate::base::order::Arrange as _;
use crate::credential::secrets::ClientSecret;
use crate::dialect::schema::ClientAuth;
use crate::dialect::{UserDialects, catalog};
use crate::profile::configuration::Profiles;
use crate::profile::login_addresses::{self, ISSUER};
use crate::profile::missing::{self, Kind, Missing};
use crate::profile::settings;
use crate::store::keyring;
use crate::terminal::prompt::{Choice, Prompter};

/// Asks until `keys` lack nothing; of a command line that says all, nothing. Gives the secrets that the profile's store is to keep, each with its key.
pub(super) fn complete(
    profiles: &Profiles,
    name: &str,
    keys: &mut Table,
) -> Result<Vec<(String, ClientSecret)>> {
    let dialects = &profiles.dialects;
    if says_all(dialects, keys)? {
        return Ok(Vec::new());
    }
    let questions =
        Questions { profiles, dialects, name, prompter: Prompter::open()?, typed: RefCell::default() };
    if !keys.contains_key("dialect") {
        keys.insert("dialect".into(), Value::String(questions.dialect()?));
    }
    // What has a default is asked for once, and left out if that is taken.
    let mut asked = Vec::new();
    let mut public = false;
    loop {
        let open = missing::open_client_auth(dialects, keys)?;
        if !open.is_empty() {
            let chosen = questions.client_auth(&open)?;
            public = chosen == ClientAuth::None;
            keys.insert("client_auth".into(), chosen.word().into());
        }
        public |= missing::names_no_client(dialects, keys)?;
        let lacking = lacking(dialects, keys, public)?;
        let Some(next) = lacking.into_iter().find(|one| !asked.contains(&one.path)) else { break };
        if matches!(next.kind, Kind::Secret | Kind::SecretFile) {
            questions.store(keys)?;
        }
        if let Some(value) = questions.value(&next)? {
            settings::put(keys, &next.path, value)?;
        }
        asked.push(next.path);
    }
    questions.store(keys)?;
    if keys.contains_key("client_auth") && missing::implies_client_auth(dialects, keys)? {
        let without = keys.iter().filter(|(key, _)| *key != "client_auth");
        let without: Table = without.map(|(key, value)| (key.clone(), value.clone())).collect();
        // Where it is all that is said of the client, it stays.
        if !missing::names_no_client(dialects, &without)? {
            *keys = without;
        }
    }
    Ok(questions.typed.into_inner())
}

/// In the order in which it is best asked: where everything goes, who the client is, and the rest.
fn lacking(dialects: &UserDialects, keys: &Table, public: bool) -> Result<Vec<Missing>> {
    let of_logins = login_addresses::missing(dialects, keys)?;
    let mut others = missing::missing(dialects, keys)?;
    let leads_somewhere = login_addresses::leads_somewhere(keys);
    if (public || leads_somewhere) && !keys.contains_key("client_id") {
        others.retain(|one| one.path != ["client_id"]);
        others.insert(0, missing::public_client_id(leads_somewhere));
    }
    let (first, mut all): (Vec<Missing>, Vec<Missing>) =
        of_logins.into_iter().partition(|one| one.path == [ISSUER]);
    let token_url = others.iter().position(|one| one.path == ["token_url"]).map(|at| others.remove(at));
    all.splice(..0, first.into_iter().chain(token_url));
    all.extend(others);
    if leads_somewhere && !keys.contains_key("scope") {
        all.push(missing::scope());
    }
    Ok(all)
}

/// If a profile says nothing about its client, one that needs no secret cannot be told from one that was forgotten.
fn says_all(dialects: &UserDialects, keys: &Table) -> Result<bool> {
    if !keys.contains_key("dialect") {
        return Ok(false);
    }
    let needed = missing::missing(dialects, keys)?.iter().any(|one| one.default.is_none());
    let open = !keys.contains_key("client_id") && !missing::open_client_auth(dialects, keys)?.is_empty();
    Ok(!needed && !open && !missing::names_no_client(dialects, keys)?)
}

struct Questions<'a> {
    profiles: &'a Profiles,
    dialects: &'a UserDialects,
    /// Of the profile.
    name: &'a str,
    prompter: Prompter,
    typed: RefCell<Vec<(String, ClientSecret)>>,
}

const SEARCH: &str = "type to search by name, title, keyword or address; Enter; Esc ends";
const ARROWS: &str = "up and down, Enter; Esc ends";

impl Questions<'_> {
    fn dialect(&self) -> Result<String> {
        let built_in = catalog::names().filter(|name| !self.dialects.has(name));
        let mut names: Vec<&str> = built_in.chain(self.dialects.names()).collect();
        names.arrange();
        let choice = |name: &&str| {
            // One that is wrong is told of when it is chosen.
            let dialect = self.dialects.load(name).and_then(Result::ok);
            let of = |text: Option<&String>| text.cloned().unwrap_or_default();
            let title = of(dialect.as_ref().and_then(|it| it.title.as_ref()));
            let address = of(dialect.as_ref().and_then(|it| it.documentation.as_ref()));
            Choice {
                words: format!("{name}  {title}"),
                name: (*name).to_owned(),
                about: format!(
                    "{title} {} {address}",
                    dialect.map(|it| it.keywords.join(" ")).unwrap_or_default()
                ),
            }
        };
        let choices = names.iter().map(choice).collect();
        let chosen = self.prompter.choose("Whose tokens?", SEARCH, choices, 0)?;
        names.get(chosen).map(|name| (*name).to_owned()).ok_or_else(|| config("no such dialect"))
    }

    /// Where tokens and secrets are kept, if nothing says so and it cannot be the keyring.
    fn store(&self, keys: &mut Table) -> Result<()> {
        if keys.contains_key("store") || !self.profiles.defaults_to_keyring() || keyring::is_reachable() {
            return Ok(());
        }
        let choices = STORES.iter().map(|(name, words)| plain_choice(words, name)).collect();
        let question = "No keyring can be reached here. Where are tokens kept?";
        let (name, _) = STORES[self.prompter.choose(question, ARROWS, choices, 0)?];
        keys.insert("store".into(), name.into());
        Ok(())
    }

    fn client_auth(&self, open: &[ClientAuth]) -> Result<ClientAuth> {
        let choice = |one: &ClientAuth| plain_choice(&format!("{}  {}", one.word(), one.about()), one.word());
        let chosen = self.prompter.choose(
            "How does the client authenticate?",
            ARROWS,
            open.iter().map(choice).collect(),
            0,
        )?;
        Ok(open[chosen])
    }

    /// `None`: the default.
    fn value(&self, wanted: &Missing) -> Result<Option<Value>> {
        let question = format!("{}:", wanted.name());
        let about = wanted.about.clone().unwrap_or_default();
        if matches!(wanted.kind, Kind::Secret | Kind::SecretFile) {
            return self.secret(wanted, &about).map(Some);
        }
        let default = wanted.default.as_deref();
        if !wanted.one_of.is_empty() {
            let first = wanted.one_of.iter().position(|one| Some(one.as_str()) == default).unwrap_or(0);
            let choices = wanted.one_of.iter().map(|one| plain_choice(one, one)).collect();
            let help = if about.is_empty() { ARROWS.to_owned() } else { format!("{about}; {ARROWS}") };
            let chosen = self.prompter.choose(&question, &help, choices, first)?;
            let chosen = wanted.one_of[chosen].as_str();
            return Ok((default != Some(chosen)).then(|| chosen.into()));
        }
        let (key, kind, needed) = (wanted.name(), wanted.kind, default.is_none());
        let check = move |typed: &str| check(&key, kind, typed, needed);
        let typed = self.prompter.line(&question, &about, default.filter(|text| !text.is_empty()), check)?;
        Ok((!typed.is_empty() && default != Some(typed.as_str())).then(|| typed.into()))
    }

    /// Where a secret shall come from, and itself only if the store is to keep it.
    fn secret(&self, wanted: &Missing, about: &str) -> Result<Value> {
        let key = wanted.name();
        let mut places = if wanted.kind == Kind::SecretFile { LONG } else { SHORT };
        let mut question = format!("Where does {key} come from?");
        let help = if about.is_empty() { ARROWS.to_owned() } else { format!("{about}; {ARROWS}") };
        let place = loop {
            let choices = places.iter().map(|(_, words)| plain_choice(words, short(words))).collect();
            let (place, _) = places[self.prompter.choose(&question, &help, choices, 0)?];
            if place != "store" || places == LONG {
                break place;
            }
            if let Some(secret) = self.prompter.secret(&key)? {
                self.typed.borrow_mut().push((key, ClientSecret::new(secret.as_str())));
                break place;
            }
            // One of several lines, of which nothing was kept.
            question = format!("Several lines cannot be typed. Where does {key} come from?");
            places = LONG;
        };
        if place == "store" {
            return Ok(Table::from_iter([("store".to_owned(), true.into())]).into());
        }
        let last = wanted.path.last().cloned().unwrap_or_default();
        let variable = format!("{}_{last}", self.name).to_uppercase().replace(['-', '.'], "_");
        let (question, help, default) = match place {
            "env" => ("Name of the variable:", "", Some(variable.as_str())),
            "file" => {
                ("Path of the file:", "relative to the directory of profiles.toml; `~/` is your home", None)
            }
            _ => ("Command:", "with its arguments; quotes as in a shell, but no shell runs it", None),
        };
        let check = |typed: &str| source(place, typed).map(|_| ());
        // One that begins with a digit names no variable.
        let default = default.filter(|name| source(place, name).is_ok());
        let typed = self.prompter.line(question, help, default, check)?;
        source(place, &typed).map_err(config)
    }
}

/// Without what explains it.
fn short(words: &str) -> &str {
    words.split([',', ';']).next().unwrap_or(words)
}

const STORES: [(&str, &str); 2] = [
    ("file", "file  a sealed file of your own, `store = \"file\"`"),
    ("keyring", "keyring  the platform's keyring, once it can be reached"),
];

type Place = (&'static str, &'static str);
const ENV: Place = ("env", "an environment variable");
const FILE: Place = ("file", "a file");
const COMMAND: Place = ("command", "what a command prints");
/// For a secret of one line.
const SHORT: &[Place] = &[("store", "the store, beside the tokens; you type it now"), ENV, FILE, COMMAND];
/// For one that nobody types.
const LONG: &[Place] =
    &[FILE, COMMAND, ENV, ("store", "the store; you give it afterwards, with `tokcli secret set`")];

/// `{ PLACE = … }`, if the types that read the file take it.
fn source(place: &str, typed: &str) -> std::result::Result<Value, String> {
    let value = match place {
        "command" => {
            let words = shlex::split(typed).ok_or("a quote is not closed")?;
            Value::Array(words.into_iter().map(Value::String).collect())
        }
        _ => Value::String(typed.to_owned()),
    };
    let table = Value::Table(Table::from_iter([(place.to_owned(), value)]));
    settings::check_source(&table)?;
    Ok(table)
}

fn check(key: &str, kind: Kind, typed: &str, needed: bool) -> std::result::Result<(), String> {
    if typed.is_empty() {
        return if needed { Err("this is required".into()) } else { Ok(()) };
    }
    if typed.chars().any(char::is_control) {
        return Err("this holds a control character".into());
    }
    match (key, kind) {
        ("base_url", _) => match checked_url(typed)?.query() {
            Some(_) => Err("a base address has no query; `token_url` may have one".into()),
            None => Ok(()),
        },
        (ISSUER, _) => checked_issuer(typed).map(|_| ()),
        (_, Kind::Address) => checked_url(typed).map(|_| ()),
        _ => Ok(()),
    }
}

fn plain_choice(words: &str, name: &str) -> Choice {
    Choice { words: words.to_owned(), name: name.to_owned(), about: words.to_owned() }
}
