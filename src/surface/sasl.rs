//! What a mail program says to its server in the place of a password: the initial response of `OAUTHBEARER` (RFC 7628) or of
//! `XOAUTH2`, which came before it, in base64.

pub(crate) mod check;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::ValueEnum;
use zeroize::Zeroizing;

use super::Handed;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mechanism {
    /// The older one, which most mail programs speak
    Xoauth2,
    /// RFC 7628
    Oauthbearer,
}

impl Mechanism {
    /// As servers name it.
    fn name(self) -> &'static str {
        match self {
            Mechanism::Xoauth2 => "XOAUTH2",
            Mechanism::Oauthbearer => "OAUTHBEARER",
        }
    }

    fn other(self) -> Mechanism {
        match self {
            Mechanism::Xoauth2 => Mechanism::Oauthbearer,
            Mechanism::Oauthbearer => Mechanism::Xoauth2,
        }
    }

    /// What a server wants to hear before it says no: nothing, or a byte of which nothing follows (RFC 7628 section 3.2.3).
    fn answer_to_an_error(self) -> &'static str {
        match self {
            Mechanism::Xoauth2 => "",
            Mechanism::Oauthbearer => "AQ==",
        }
    }
}

/// Whose mailbox, and at which server the response is used, if that shall be said.
pub(crate) struct Mailbox<'a> {
    pub(crate) user: &'a str,
    pub(crate) host: Option<&'a str>,
    pub(crate) port: Option<u16>,
}

/// One line of base64.
pub(crate) fn line(mechanism: Mechanism, mailbox: &Mailbox<'_>, handed: &Handed) -> Zeroizing<String> {
    let token = handed.token();
    let plain = Zeroizing::new(match mechanism {
        Mechanism::Xoauth2 => format!("user={}\x01auth=Bearer {token}\x01\x01", mailbox.user),
        Mechanism::Oauthbearer => {
            let host = mailbox.host.map(|host| format!("host={host}\x01")).unwrap_or_default();
            let port = mailbox.port.map(|port| format!("port={port}\x01")).unwrap_or_default();
            // RFC 5801 section 4: of a name, these two would end it.
            let user = mailbox.user.replace('=', "=3D").replace(',', "=2C");
            format!("n,a={user},\x01{host}{port}auth=Bearer {token}\x01\x01")
        }
    });
    let mut line = Zeroizing::new(String::with_capacity(plain.len() * 4 / 3 + 5));
    STANDARD.encode_string(plain.as_bytes(), &mut line);
    line.push('\n');
    line
}
