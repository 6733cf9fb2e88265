//! All five stand-ins of one `serve`, and the files that say how to reach them.
//!
//! The files hold live tokens and client secrets: they are readable by their owner only, and replaced in one step.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use super::stand_in::{Consent, Login, Options, Seen, StandIn, TOTP_SEED, Tls, USER, Vendor};

/// With `--fixed-ports` the vendors listen here, in the order of `Vendor::ALL`.
const FIRST_PORT: u16 = 47_811;

pub struct Shop {
    dir: PathBuf,
    stand_ins: Vec<StandIn>,
}

impl Shop {
    pub fn open(dir: &Path, fixed_ports: bool) -> Result<Shop> {
        fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
        let mut shop = Shop { dir: dir.to_owned(), stand_ins: Vec::new() };
        let ports = (FIRST_PORT..).map(|port| if fixed_ports { port } else { 0 });
        for (vendor, port) in Vendor::ALL.into_iter().zip(ports) {
            shop.stand_ins.push(start(vendor, port)?);
            shop.log_in(vendor.name())?;
        }
        Ok(shop)
    }

    /// Does one thing to one vendor; the answer is empty or ends with a newline.
    pub fn tell(&self, vendor: &str, command: &[&str]) -> Result<String> {
        let stand_in = self.find(vendor)?;
        match command {
            ["expire-login"] => stand_in.expire_login(),
            ["expire-access"] => stand_in.expire_access(),
            ["reject-client"] => stand_in.reject_client(),
            ["rate-limit"] => stand_in.rate_limit(None),
            ["rate-limit", seconds] if seconds.parse::<u64>().is_ok() => {
                stand_in.rate_limit(Some(seconds));
            }
            ["rate-limit", ..] => bail!("rate-limit takes a whole number of seconds"),
            ["mfa"] => {
                ensure!(
                    stand_in.vendor() == Vendor::VeeamAzure,
                    "{vendor} has no second factor; veeam-azure has"
                );
                stand_in.demand_mfa();
            }
            ["behave"] => stand_in.behave(),
            ["login"] => self.log_in(vendor)?,
            ["visitor", how] => stand_in.visitors(&[consent(how)?]),
            ["device", "approves"] => stand_in.at_the_device_page(true),
            ["device", "denies"] => stand_in.at_the_device_page(false),
            ["account"] => {
                return Ok(format!("{USER}\n{}\n{TOTP_SEED}\n", stand_in.password()));
            }
            ["revoked"] => return Ok(format!("{}\n", stand_in.revoked().len())),
            ["requests"] => return Ok(format!("{}\n", stand_in.requests().len())),
            ["log"] => return Ok(log(stand_in)),
            ["departures"] => return Ok(lines(stand_in.departures())),
            _ => bail!("no command {:?}; see vendors --help", command.join(" ")),
        }
        Ok(String::new())
    }

    pub fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.dir.join(name);
        replace(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    fn find(&self, vendor: &str) -> Result<&StandIn> {
        let known = |stand_in: &&StandIn| stand_in.vendor().name() == vendor;
        self.stand_ins.iter().find(known).with_context(|| format!("no vendor {vendor:?}; see vendors --help"))
    }

    fn log_in(&self, vendor: &str) -> Result<()> {
        let stand_in = self.find(vendor)?;
        let login = stand_in.login();
        self.write(&format!("{vendor}.answer.json"), &format!("{:#}\n", login.answer))?;
        self.write(&format!("{vendor}.token"), &format!("{}\n", login.refresh_token))?;
        if !stand_in.certificate_pem().is_empty() {
            self.write(&format!("{vendor}.pem"), &stand_in.certificate_pem())?;
        }
        self.write(&format!("{vendor}.json"), &format!("{:#}\n", card(stand_in, login)))
    }
}

fn start(vendor: Vendor, port: u16) -> Result<StandIn> {
    let tls = if vendor == Vendor::VeeamAzure { Tls::SelfSigned } else { Tls::None };
    let stand_in = StandIn::open(vendor, Options { tls, port, ..Options::default() });
    let stand_in = stand_in.with_context(|| format!("{} cannot listen on port {port}", vendor.name()))?;
    // Nobody here is a test: whatever the user tries is fine.
    stand_in.expect_departures();
    stand_in.expect_unused();
    stand_in.expect_reuse();
    Ok(stand_in)
}

fn consent(how: &str) -> Result<Consent> {
    Ok(match how {
        "consents" => Consent::Given,
        "denies" => Consent::Denied,
        "fails" => Consent::Fails("server_error"),
        "wrong-state" => Consent::WrongState,
        "wrong-issuer" => Consent::WrongIssuer,
        "no-code" => Consent::NoCode,
        "never-returns" => Consent::NeverReturns,
        _ => bail!("no visitor {how:?}; see vendors --help"),
    })
}

/// All that a client has to know about a vendor.
fn card(stand_in: &StandIn, login: Login) -> Value {
    let mut card = json!({
        "vendor": stand_in.vendor().name(),
        "origin": stand_in.origin(),
        "token_url": stand_in.token_url(),
        "client_id": stand_in.client_id(),
        "client_secret": stand_in.client_secret(),
        "refresh_token": login.refresh_token,
        "access_token": login.access_token,
        "answer": login.answer,
        "fingerprint": stand_in.fingerprint(),
    });
    if stand_in.vendor() == Vendor::OAuth2 {
        card["authorization_url"] = stand_in.authorization_url().into();
        card["device_authorization_url"] = stand_in.device_authorization_url().into();
        card["revocation_url"] = stand_in.revocation_url().into();
    }
    card
}

/// The path stands without its query, which holds a token at one vendor.
fn log(stand_in: &StandIn) -> String {
    let line = |seen: &Seen| {
        let Seen { at, method, path, status, .. } = seen;
        format!("{at:.3} {method} {path} {status}")
    };
    lines(stand_in.requests().iter().map(line).collect())
}

fn lines(lines: Vec<String>) -> String {
    lines.into_iter().map(|line| line + "\n").collect()
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let _ = fs::remove_file(&new); // left by a run that was killed
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&new)?.write_all(text.as_bytes())?;
    fs::rename(&new, path)
}
