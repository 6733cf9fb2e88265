//! The services at which mail programs log in, with their ports, as IANA has them.

use clap::ValueEnum;

use super::dialogue::Protocol;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Service {
    /// IMAP by TLS, port 993
    Imaps,
    /// IMAP with STARTTLS, port 143
    Imap,
    /// SMTP for mail programs by TLS, port 465
    Submissions,
    /// SMTP for mail programs with STARTTLS, port 587
    Submission,
    /// POP3 by TLS, port 995
    Pop3s,
    /// POP3 with STLS, port 110
    Pop3,
}

impl Service {
    /// `None`: that port says nothing.
    pub(crate) fn at(port: u16) -> Option<Service> {
        Service::value_variants().iter().copied().find(|service| service.port() == port)
    }

    pub(crate) fn port(self) -> u16 {
        match self {
            Service::Imaps => 993,
            Service::Imap => 143,
            Service::Submissions => 465,
            Service::Submission => 587,
            Service::Pop3s => 995,
            Service::Pop3 => 110,
        }
    }

    pub(crate) fn is_secure_from_the_start(self) -> bool {
        matches!(self, Service::Imaps | Service::Submissions | Service::Pop3s)
    }

    pub(super) fn protocol(self) -> Protocol {
        match self {
            Service::Imaps | Service::Imap => Protocol::Imap,
            Service::Submissions | Service::Submission => Protocol::Smtp,
            Service::Pop3s | Service::Pop3 => Protocol::Pop3,
        }
    }
}
