//! The forms in which programs ask by a command of their own: `header`, `sasl` and `env`.

use clap::Args;

use super::life::Life;
use crate::base::error::{Code, Error, Result};
use crate::surface::ci::Ci;
use crate::surface::env::Format;
use crate::surface::header::Form;
use crate::surface::sasl::check::Service;
use crate::surface::sasl::{Mailbox, Mechanism};
use crate::surface::variable;

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args, Default)]
pub(crate) struct Header {
    /// How it is written
    #[arg(long = "as", value_enum, default_value_t, value_name = "FORM")]
    pub(crate) form: Form,

    /// Refresh first if more than half of the token's life is over, for programs that use one header for long
    #[arg(long)]
    pub(crate) fresh: bool,

    /// The address of the request, for a token that is bound to a key (DPoP): its proof is printed, too
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,

    /// The method of that request [GET]
    #[arg(long, value_name = "METHOD", requires = "url")]
    pub(crate) method: Option<String>,

    /// The nonce that the server wants in the proof: its answer's `DPoP-Nonce`
    #[arg(long, value_name = "NONCE", requires = "url")]
    pub(crate) nonce: Option<String>,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Env {
    /// Print it for this shell or reader
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,

    /// Set it for the steps that follow in a job of this CI, and mask it in the log [else the CI that is recognised]
    #[arg(long, value_enum, value_name = "CI", conflicts_with = "format")]
    pub(crate) to: Option<Ci>,

    /// The variable
    #[arg(long, value_name = "NAME", default_value = variable::USUAL)]
    pub(crate) name: String,

    #[command(flatten)]
    pub(crate) life: Life,
}

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Sasl {
    /// The mechanism
    #[arg(value_enum)]
    pub(crate) mechanism: Mechanism,

    /// The mailbox, usually its address
    #[arg(long, value_name = "USER", value_parser = mailbox_word)]
    pub(crate) user: String,

    /// The mail server, which OAUTHBEARER can name
    #[arg(long, value_name = "HOST", value_parser = mailbox_word)]
    pub(crate) host: Option<String>,

    /// Its port
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,

    /// Print nothing, but log in there once and report what the server says [SERVICE: else by its port, else imaps]
    #[arg(long, value_name = "SERVICE", num_args = 0..=1, require_equals = true, requires = "host")]
    pub(crate) check: Option<Option<Service>>,
}

impl Sasl {
    /// What is to be checked, and at which port. `None`: nobody wants that.
    pub(crate) fn checked(&self) -> Option<Result<(Service, u16)>> {
        let service = self.check?.or_else(|| match self.port {
            None => Some(Service::Imaps),
            Some(port) => Service::at(port),
        });
        Some(match service {
            Some(service) => Ok((service, self.port.unwrap_or(service.port()))),
            None => Err(Error::new(Code::Usage, "name the service at that port: `--check=SERVICE`")),
        })
    }

    pub(crate) fn mailbox(&self) -> Mailbox<'_> {
        Mailbox { user: &self.user, host: self.host.as_deref(), port: self.port }
    }
}

/// What a response can hold.
pub(super) fn mailbox_word(text: &str) -> std::result::Result<String, String> {
    match text.is_empty() || text.chars().any(char::is_control) {
        true => Err("it is empty or holds a control character".into()),
        false => Ok(text.to_owned()),
    }
}
