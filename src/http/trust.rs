//! Whom the platform trusts, and what the environment says of it: `SSL_CERT_FILE` and `SSL_CERT_DIR`, on Linux. An
//! empty variable counts as not set, and one that leads nowhere is named.

use std::path::Path;
#[cfg(target_os = "linux")]
use std::path::PathBuf;

#[cfg(target_os = "linux")]
use base64::Engine as _;
#[cfg(target_os = "linux")]
use base64::prelude::BASE64_STANDARD;
use rustls::pki_types::CertificateDer;

use crate::base::environment;
use crate::base::error::{Error, Result, config};

pub(super) const FILE: &str = "SSL_CERT_FILE";
const DIRECTORY: &str = "SSL_CERT_DIR";

/// One that is no file could keep a run waiting.
pub(super) fn check_file() -> Result<()> {
    if let Some(path) = environment::os(FILE) {
        let path = Path::new(&path);
        if std::fs::metadata(path).is_ok_and(|facts| !facts.is_file()) {
            return Err(config(format!("`{FILE}` names {}, which is not a file", path.display())));
        }
    }
    Ok(())
}

/// What the platform's verifier does not find by itself: it takes an empty variable for the name of a file.
pub(super) fn overlooked() -> Vec<CertificateDer<'static>> {
    let empty = environment::is_empty(FILE) && environment::os(DIRECTORY).is_none();
    if empty { of_the_platform() } else { Vec::new() }
}

/// What its file holds, one that the environment names first. Where that names directories alone, no other is asked. `None`:
/// there is no bundle in the usual form; then the platform's verifier reads it.
#[cfg(target_os = "linux")]
pub(super) fn bundle() -> Option<String> {
    let named = environment::os(FILE).map(PathBuf::from);
    let usual = || environment::os(DIRECTORY).is_none().then(|| openssl_probe::probe().cert_file).flatten();
    let text = named.or_else(usual).and_then(|file| std::fs::read_to_string(file).ok())?;
    let is_usable = |one: CertificateDer<'static>| rustls::RootCertStore::empty().add(one).is_ok();
    let has_some = certificates(&text, |_| true).any(is_usable);
    has_some.then_some(text)
}

/// Those of a bundle that may bear one of these names: to read all takes as long as a handshake. In a self-signed certificate
/// the name stands near the beginning, as the issuer. A trusted certificate that another one issued is left to the platform's
/// verifier.
#[cfg(target_os = "linux")]
pub(super) fn issuers_in<'a>(
    bundle: &'a str,
    names: &'a [Vec<u8>],
) -> impl Iterator<Item = CertificateDer<'static>> + 'a {
    let is_named = move |base64: &str| {
        let head = decoded(base64.get(..HEAD).unwrap_or(base64));
        head.is_some_and(|head| names.iter().any(|name| holds(&head, name)))
    };
    certificates(bundle, is_named)
}

/// Those whose base64 is wanted.
#[cfg(target_os = "linux")]
fn certificates<'a>(
    bundle: &'a str,
    is_wanted: impl Fn(&str) -> bool + 'a,
) -> impl Iterator<Item = CertificateDer<'static>> + 'a {
    let mut rest = Some(bundle);
    let bodies = std::iter::from_fn(move || {
        let (before, text) = rest.take()?.split_once(BEGIN)?;
        // No base64 has it.
        let (body, after) = text.split_at(text.find('-').unwrap_or(text.len()));
        rest = Some(after);
        let stands_alone = before.is_empty() || before.ends_with('\n');
        Some(body.strip_suffix('\n').filter(|_| stands_alone && after.starts_with(END)))
    });
    bodies.flatten().filter(move |body| is_wanted(body)).filter_map(decoded).map(CertificateDer::from)
}

#[cfg(target_os = "linux")]
const BEGIN: &str = "-----BEGIN CERTIFICATE-----\n";
#[cfg(target_os = "linux")]
const END: &str = "-----END CERTIFICATE-----";
#[cfg(target_os = "linux")]
const LINE: usize = 64;
/// Six lines.
#[cfg(target_os = "linux")]
const HEAD: usize = 6 * (LINE + 1);

/// What stands in lines of 64 characters.
#[cfg(target_os = "linux")]
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut base64 = Vec::with_capacity(text.len());
    for line in text.as_bytes().chunks(LINE + 1) {
        let end = line.len().min(LINE);
        base64.extend_from_slice(&line[..end]);
        if line[end..].iter().any(|byte| *byte != b'\n') {
            return None;
        }
    }
    BASE64_STANDARD.decode(base64).ok()
}

#[cfg(target_os = "linux")]
fn holds(bytes: &[u8], part: &[u8]) -> bool {
    // Four bytes at a time: this is asked of everyone in the bundle.
    let Some(begin) = part.first_chunk::<4>() else { return false };
    let begins = |at: &usize| bytes[*at..].first_chunk::<4>() == Some(begin);
    (0..bytes.len()).filter(begins).any(|at| bytes[at..].starts_with(part))
}

#[cfg(target_os = "linux")]
fn of_the_platform() -> Vec<CertificateDer<'static>> {
    let places = openssl_probe::probe();
    let mut found = rustls_native_certs::load_certs_from_paths(places.cert_file.as_deref(), None).certs;
    for directory in &places.cert_dir {
        found.extend(rustls_native_certs::load_certs_from_paths(None, Some(directory)).certs);
    }
    // As the verifier has it, one that cannot be used spoils none of the others.
    found.retain(|one| rustls::RootCertStore::empty().add(one.clone()).is_ok());
    found
}

#[cfg(not(target_os = "linux"))]
fn of_the_platform() -> Vec<CertificateDer<'static>> {
    Vec::new()
}

/// What is wrong with the variables, whoever is asked: one that leads nowhere is a mistake even where the other helps out.
#[cfg(target_os = "linux")]
pub(crate) fn check_variables() -> Vec<Error> {
    let file = environment::os(FILE).and_then(|path| unfit(FILE, vec![path.into()], true));
    let helps = environment::os(FILE).is_some() && file.is_none();
    let directory = environment::os(DIRECTORY);
    let directory = directory.map(|list| std::env::split_paths(&list).collect());
    let directory = directory.and_then(|all| unfit(DIRECTORY, all, !helps));
    file.into_iter().chain(directory).collect()
}

/// `full`: one that is there and empty is unfit too.
#[cfg(target_os = "linux")]
fn unfit(name: &str, all: Vec<PathBuf>, full: bool) -> Option<Error> {
    let (kind, is_kind): (_, fn(&Path) -> bool) = match name {
        FILE => ("file", Path::is_file),
        _ => ("directory", Path::is_dir),
    };
    let certificates = |path: &Path| {
        let (file, directory) = if name == FILE { (Some(path), None) } else { (None, Some(path)) };
        rustls_native_certs::load_certs_from_paths(file, directory).certs.len()
    };
    let why = match &all[..] {
        all if !all.iter().any(|path| path.exists()) => "is not there".to_owned(),
        all if !all.iter().any(|path| is_kind(path)) => format!("is not a {kind}"),
        all if full && !all.iter().any(|path| certificates(path) > 0) => {
            "holds no certificate in PEM".to_owned()
        }
        _ => return None,
    };
    let names: Vec<String> = all.iter().map(|path| path.display().to_string()).collect();
    let words = format!("`{name}` names {}, which {why}", names.join(" and "));
    Some(
        config(words).hint(format!("`unset {name}`, or set it to a {kind} with trusted certificates in PEM")),
    )
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn check_variables() -> Vec<Error> {
    Vec::new()
}

/// No certificate was found at all.
pub(super) fn nobody() -> Error {
    let set = |name| environment::os(name).map(|value| (name, value));
    let named: Vec<String> = [FILE, DIRECTORY]
        .into_iter()
        .filter_map(set)
        .map(|(name, value)| {
            let path = Path::new(&value);
            let what = if path.exists() { "holds no certificate in PEM" } else { "is not there" };
            format!("`{name}` names {}, which {what}", path.display())
        })
        .collect();
    match named.is_empty() {
        true => config("the platform's trusted certificates cannot be loaded")
            .hint(format!("install the system's bundle (`ca-certificates`), or name one in `{FILE}`")),
        false => config(format!("no certificate is trusted: {}", named.join(", and "))),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rcgen::{CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

    use super::*;

    fn root(name: &str) -> CertifiedIssuer<'static, KeyPair> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate")
    }

    /// The name of whom a certificate says that it is issued by.
    fn name(of: &CertificateDer<'_>) -> Vec<u8> {
        webpki::EndEntityCert::try_from(of).expect("a certificate").issuer().to_vec()
    }

    fn lines(pem: &str) -> String {
        pem.replace('\r', "")
    }

    #[test]
    fn of_a_bundle_those_are_read_who_bear_the_name() {
        let (one, twin, other, long) = (root("one"), root("one"), root("other"), root(&"long ".repeat(80)));
        let pem = |root: &CertifiedIssuer<'static, KeyPair>| lines(&root.pem());
        let bundle =
            ["# words\n", &pem(&one), "\n", &pem(&other), "one\n", &pem(&twin), &pem(&long)].concat();
        let found = |names: &[Vec<u8>]| issuers_in(&bundle, names).collect::<Vec<_>>();
        let of_one = name(one.der());
        assert_eq!(found(std::slice::from_ref(&of_one)), [one.der().clone(), twin.der().clone()]);
        assert_eq!(found(&[name(other.der()), of_one.clone()]).len(), 3);
        assert_eq!(found(&[]), []);
        assert_eq!(found(&[Vec::new(), vec![0x31]]), [], "no name is that short");
        // It does not stand within the beginning: the platform's verifier has it.
        assert_eq!(found(&[name(long.der())]), []);
        // All are usable, whatever their names are.
        assert_eq!(certificates(&bundle, |_| true).count(), 4);
    }

    /// The platform's verifier does not read these, or not so.
    #[test]
    fn what_is_not_a_certificate_of_a_bundle_is_not_read() {
        let root = root("one");
        let pem = lines(&root.pem());
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        for odd in [
            format!("#{pem}"),
            format!("x {pem}"),
            pem.replace('\n', "\r\n"),
            pem.replace("-----END CERTIFICATE", "-----END TRUSTED CERTIFICATE"),
            pem.replace("-----BEGIN CERTIFICATE", "-----BEGIN TRUSTED CERTIFICATE"),
            pem.trim_end().trim_end_matches("-----END CERTIFICATE-----").to_owned(),
            format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"),
            format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", &body[..76]),
        ] {
            let names = [name(root.der())];
            let read = issuers_in(&odd, &names).filter(|one| one == root.der()).count();
            assert_eq!(read, 0, "{odd}");
            // One that is good stands beside it.
            assert_eq!(
                issuers_in(&format!("{odd}\n{pem}"), &names).last().as_ref(),
                Some(root.der()),
                "{odd}"
            );
        }
    }
}
