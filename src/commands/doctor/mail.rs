//! Which logins with a token a mail server offers. No token is sent, and nobody logs in.

use std::time::{Duration, Instant};

use clap::ValueEnum as _;

use super::scope::Scope;
use crate::base::error::{Code, Error, Result};
use crate::http::lines::{Lines, Server};
use crate::http::tls::Tls;
use crate::surface::sasl::check::{Service, offered};
use crate::terminal::finding::Finding;

/// For a mail server's answers, all together.
const LONGEST: Duration = Duration::from_secs(30);
/// Where mail programs look for a server first.
const USUAL: [Service; 3] = [Service::Imaps, Service::Submissions, Service::Submission];
const WANTED: [&str; 2] = ["XOAUTH2", "OAUTHBEARER"];
const CHECK: &str = "mail";

pub(super) fn check(scope: &Scope<'_>, host: &str) -> Result<Vec<Finding>> {
    let (services, host) = asked(host)?;
    let named = services.len() == 1;
    let (mut found, mut missed) = (Vec::new(), Vec::new());
    for (service, port) in services {
        let server = Server::of(&host, port)?;
        match mechanisms(scope, service, &server) {
            Ok(mechanisms) => found.push(judged(&server, &mechanisms)),
            Err(error) => missed.push(error),
        }
    }
    // Not every server has every service.
    if found.is_empty() || named {
        found.extend(missed.iter().map(unreached));
    }
    Ok(found)
}

fn unreached(error: &Error) -> Finding {
    Finding::of(CHECK, error, || "check that host and port are those that the provider names".to_owned())
}

fn judged(server: &Server, mechanisms: &[String]) -> Finding {
    let name = server.name();
    let offers: Vec<&str> =
        WANTED.into_iter().filter(|wanted| mechanisms.iter().any(|offered| offered == wanted)).collect();
    if !offers.is_empty() {
        return Finding::note(CHECK, format!("`{name}` offers {}", offers.join(" and ")));
    }
    let words = format!("`{name}` offers no login with a token, neither XOAUTH2 nor OAUTHBEARER");
    Finding::new(CHECK, words, "name a server or a port at which the provider accepts tokens")
}

/// `HOST`, `HOST:PORT` or `SERVICE://HOST[:PORT]`.
fn asked(text: &str) -> Result<(Vec<(Service, u16)>, String)> {
    let (service, rest) = match text.split_once("://") {
        Some((name, rest)) => {
            let service = Service::from_str(name, false).map_err(|_| {
                wrong("`--mail` knows `imaps`, `imap`, `submissions`, `submission`, `pop3s` and `pop3`")
            })?;
            (Some(service), rest)
        }
        None => (None, text),
    };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            let port = port.parse().map_err(|_| wrong("`--mail` accepts `HOST:PORT` with a numeric port"))?;
            (host, Some(port))
        }
        _ => (rest, None),
    };
    let services = match (service.or_else(|| port.and_then(Service::at)), port) {
        (Some(service), port) => vec![(service, port.unwrap_or_else(|| service.port()))],
        (None, None) => USUAL.map(|service| (service, service.port())).to_vec(),
        (None, Some(_)) => {
            return Err(wrong("say which service that port is for, as in `imap://HOST:PORT`"));
        }
    };
    Ok((services, host.trim_matches(['[', ']']).to_owned()))
}

fn wrong(words: &str) -> Error {
    Error::new(Code::Usage, words)
}

fn mechanisms(scope: &Scope<'_>, service: Service, server: &Server) -> Result<Vec<String>> {
    // A profile that is named knows who is trusted beside the platform's.
    let named = scope.context.global.profile.is_some();
    let ca_file = scope.asked.first().filter(|_| named).and_then(|profile| profile.tls.ca_file.clone());
    let tls = Tls { ca_file, ..Tls::default() };
    let deadline = scope.context.invocation.deadline.min(Instant::now() + LONGEST);
    let mut lines = Lines::connect(server, service.is_secure_from_the_start(), &tls, deadline)?;
    offered(service, server.name(), server.is_here(), &mut lines)
}
