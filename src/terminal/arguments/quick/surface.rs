//! The lines of the surfaces that are asked most often.

use std::ffi::OsString;

use clap::ValueEnum as _;

use super::super::surface::mailbox_word;
use super::super::{Cli, Command, Global, Header, HelperCommand, Later, Sasl};
use super::{first, option, parts, raise, unsaid};
use crate::surface::header::Form;
use crate::surface::sasl::Mechanism;

/// What was said so far.
enum Said {
    Header { form: Option<Form>, fresh: bool },
    Sasl { mechanism: Option<Mechanism>, user: Option<String>, host: Option<String>, port: Option<u16> },
    Git { action: Option<String>, username: Option<String> },
}

impl Cli {
    /// By itself, so that `token` does not pay for it. `None`: ask clap.
    pub(crate) fn quick_surface(words: &[OsString]) -> Option<Cli> {
        let (mut global, mut said) = (unsaid(), None::<Said>);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (name, given) = parts(word.to_str()?);
            let mut value = || {
                let value = given.or_else(|| words.next()?.to_str())?;
                (!value.is_empty() && !value.starts_with('-')).then_some(value)
            };
            match &mut said {
                None if given.is_none() && begins(name).is_some() => {
                    if name == "helper" {
                        (value()? == "git").then_some(())?;
                    }
                    said = begins(name);
                }
                Some(said) if said.takes(name) => said.take(name, given.is_none(), value)?,
                _ => option(&mut global, &mut None, name, given.is_none(), value)
                    .filter(|()| name != "token")?,
            }
        }
        said?.whole(global)
    }
}

fn begins(name: &str) -> Option<Said> {
    match name {
        "header" => Some(Said::Header { form: None, fresh: false }),
        "sasl" => Some(Said::Sasl { mechanism: None, user: None, host: None, port: None }),
        "helper" => Some(Said::Git { action: None, username: None }),
        _ => None,
    }
}

impl Said {
    /// Whether that is a word of this command.
    fn takes(&self, name: &str) -> bool {
        match self {
            Said::Header { .. } => matches!(name, "--as" | "--fresh"),
            Said::Sasl { .. } => matches!(name, "--user" | "--host" | "--port") || !name.starts_with('-'),
            Said::Git { .. } => name == "--username" || !name.starts_with('-'),
        }
    }

    /// `None`: clap must say what it means.
    fn take<'a>(&mut self, name: &str, bare: bool, mut value: impl FnMut() -> Option<&'a str>) -> Option<()> {
        match (self, name) {
            (Said::Header { form, .. }, "--as") => first(form, Form::from_str(value()?, false).ok()?),
            (Said::Header { fresh, .. }, _) if bare => raise(fresh),
            (Said::Sasl { user, .. }, "--user") => first(user, mailbox_word(value()?).ok()?),
            (Said::Sasl { host, .. }, "--host") => first(host, mailbox_word(value()?).ok()?),
            (Said::Sasl { port, .. }, "--port") => {
                let digits = value()?;
                let port_said = digits.parse().ok().filter(|port| *port > 0)?;
                digits.bytes().all(|b| b.is_ascii_digit()).then_some(())?;
                first(port, port_said)
            }
            (Said::Sasl { mechanism, .. }, name) => first(mechanism, Mechanism::from_str(name, false).ok()?),
            (Said::Git { username, .. }, "--username") => first(username, value()?.to_owned()),
            (Said::Git { action, .. }, "get") => first(action, "get".to_owned()),
            _ => None,
        }
    }

    fn whole(self, global: Global) -> Option<Cli> {
        let command = match self {
            Said::Header { form, fresh } => {
                Command::Header(Later(Header { form: form.unwrap_or_default(), fresh, ..Header::default() }))
            }
            Said::Sasl { mechanism, user, host, port } => {
                Command::Sasl(Later(Sasl { mechanism: mechanism?, user: user?, host, port, check: None }))
            }
            Said::Git { action, username } => {
                Command::Helper(Later(HelperCommand::Git { action: action?, username }))
            }
        };
        Some(Cli { global, command })
    }
}
