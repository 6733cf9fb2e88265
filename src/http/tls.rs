//! How the server of a profile is known: by the platform's judgement, a CA of its own, a pin, or
//! (loudly) not at all. A refusal tells which certificate it is about.
//!
//! The rule that matters: whoever is trusted must still own the key; the handshake's signature is
//! always checked.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, OtherError, SignatureScheme};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::platform::{OwnInPlaceOfIssuer, Platform, Question};
use super::trust;
use crate::base::address::Cleartext;
use crate::base::digest::hex;
use crate::base::error::{Error, Obstacle, Result, config, internal};
use crate::base::mutex::lock;
use crate::base::small_file::read_small;

#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tls {
    /// Trusted beside the platform's.
    pub(crate) ca_file: Option<PathBuf>,
    /// SHA-256 of the leaf's DER; replaces chain and name.
    pub(crate) pin: Option<[u8; 32]>,
    pub(crate) insecure: bool,
    /// Without TLS, with a server in a private network.
    pub(crate) plaintext: bool,
    pub(crate) client_cert: Option<PathBuf>,
    pub(crate) client_key: Option<PathBuf>,
}

impl Tls {
    pub(crate) fn cleartext(&self) -> Cleartext {
        if self.plaintext { Cleartext::Private } else { Cleartext::Here }
    }
}

/// One for all connections that know their server in the same way: whoever comes to it once more goes on from an earlier
/// handshake (RFC 8446 section 2.2), and never sends anything before the new one is done.
pub(super) fn client_config(url: &Url, tls: &Tls) -> Result<Arc<ClientConfig>> {
    static SHARED: Mutex<BTreeMap<(bool, Tls), Arc<ClientConfig>>> = Mutex::new(BTreeMap::new());
    // Not every server remembers who a session belongs to.
    if tls.client_cert.is_some() {
        return new_client_config(url, tls).map(Arc::new);
    }
    let known_by = (url.scheme() == "http", tls.clone());
    // Held meanwhile: who comes second waits for the first.
    let mut shared = lock(&SHARED);
    if let Some(made) = shared.get(&known_by) {
        return Ok(Arc::clone(made));
    }
    let made = Arc::new(new_client_config(url, tls)?);
    shared.insert(known_by, Arc::clone(&made));
    Ok(made)
}

fn new_client_config(url: &Url, tls: &Tls) -> Result<ClientConfig> {
    let provider = provider();
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder =
        builder.with_safe_default_protocol_versions().map_err(|_| internal("no TLS version is usable"))?;
    let trust = match tls.pin {
        Some(pin) => Trust::Pinned(pin),
        // The platform's certificates are many: not for an address without TLS.
        None if tls.insecure || url.scheme() == "http" => Trust::Anyone,
        None => Trust::Platform(platform(tls)?),
    };
    let verifier = Arc::new(Verifier { trust, provider });
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
    let Some((chain, key)) = client_certificate(tls)? else { return Ok(builder.with_no_client_auth()) };
    builder
        .with_client_auth_cert(chain, key)
        .map_err(|_| config("`tls.client_cert` and `tls.client_key` do not belong together"))
}

/// `Err` if no server can be known by it: the files that it names are read, and nobody is asked.
pub(crate) fn check(url: &Url, tls: &Tls) -> Result<()> {
    new_client_config(url, tls).map(drop)
}

type ClientCertificate = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn client_certificate(tls: &Tls) -> Result<Option<ClientCertificate>> {
    let (Some(certificate), Some(path)) = (&tls.client_cert, &tls.client_key) else { return Ok(None) };
    let chain = certificates(certificate, "tls.client_cert")?;
    let key = PrivateKeyDer::from_pem_slice(&read_pem(path, "tls.client_key")?)
        .map_err(|_| config(format!("`tls.client_key`: {} holds no private key in PEM", path.display())))?;
    Ok(Some((chain, key)))
}

fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(ring::default_provider())))
}

/// With a CA file it is the profile's own. Without one it is the same for all, and loaded once.
fn platform(tls: &Tls) -> Result<Arc<Platform>> {
    static SHARED: Mutex<Option<Arc<Platform>>> = Mutex::new(None);
    trust::check_file()?;
    if let Some(path) = &tls.ca_file {
        let own = certificates(path, "tls.ca_file")?;
        return Platform::load(own, provider()).map(Arc::new).map_err(|_| {
            config(format!("`tls.ca_file`: {} holds a certificate that cannot be used", path.display()))
        });
    }
    // Held meanwhile: who comes second waits for the first.
    let mut shared = lock(&SHARED);
    if let Some(loaded) = &*shared {
        return Ok(Arc::clone(loaded));
    }
    let loaded = Platform::load(Vec::new(), provider()).map_err(|_| trust::nobody())?;
    Ok(Arc::clone(shared.insert(Arc::new(loaded))))
}

fn certificates(path: &Path, key: &str) -> Result<Vec<CertificateDer<'static>>> {
    let pem = read_pem(path, key)?;
    let all = CertificateDer::pem_slice_iter(&pem).collect::<std::result::Result<Vec<_>, _>>();
    match all {
        Ok(list) if !list.is_empty() => Ok(list),
        _ => Err(config(format!("`{key}`: {} holds no certificate in PEM", path.display()))),
    }
}

fn read_pem(path: &Path, key: &str) -> Result<Vec<u8>> {
    read_small(path, 1 << 20).map_err(|why| config(format!("`{key}`: {why}")))
}

/// Judges the server's certificate.
#[derive(Debug)]
struct Verifier {
    trust: Trust,
    provider: Arc<CryptoProvider>,
}

#[derive(Debug)]
enum Trust {
    /// Chain and name, as the platform sees them.
    Platform(Arc<Platform>),
    /// One certificate, whoever issued it and for whatever name.
    Pinned([u8; 32]),
    Anyone,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let judged = match &self.trust {
            Trust::Platform(platform) => platform.judge(&Question { leaf, chain, name, ocsp, now }),
            Trust::Pinned(pin) if *pin != digest(leaf) => {
                Err(CertificateError::ApplicationVerificationFailure.into())
            }
            Trust::Pinned(_) | Trust::Anyone => Ok(ServerCertVerified::assertion()),
        };
        judged.map_err(|error| about(leaf, error))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, leaf, signed, &self.provider.signature_verification_algorithms)
            .map_err(|error| about(leaf, error))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, leaf, signed, &self.provider.signature_verification_algorithms)
            .map_err(|error| about(leaf, error))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Of its DER.
fn digest(leaf: &CertificateDer<'_>) -> [u8; 32] {
    Sha256::digest(leaf).into()
}

/// A refusal, and which certificate it is about. It goes through the TLS layer, which many connections share.
#[derive(Debug)]
struct Refused {
    digest: [u8; 32],
    why: CertificateError,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(words(&self.why))
    }
}

impl StdError for Refused {}

fn about(leaf: &CertificateDer<'_>, error: rustls::Error) -> rustls::Error {
    let rustls::Error::InvalidCertificate(why) = error else { return error };
    CertificateError::Other(OtherError(Arc::new(Refused { digest: digest(leaf), why }))).into()
}

/// Why a certificate is not trusted, and its SHA-256, if there was one.
pub(super) struct Distrust {
    pub(super) why: &'static str,
    digest: Option<[u8; 32]>,
}

/// `server` may be a proxy on the way to `url`: then a pin for the vendor would be wrong advice.
pub(super) fn untrusted(distrust: &Distrust, server: &Url, url: &Url, host: &str) -> Error {
    let (why, name) = (distrust.why, bare_host(server));
    match distrust.digest {
        Some(_) if name != bare_host(url) => {
            config(format!("the certificate of the proxy `{name}` is not trusted: {why}"))
                .met(Obstacle::Proxy)
        }
        Some(digest) => {
            let print = hex(&digest);
            let words = format!("the certificate of `{host}` is not trusted: {why}; its SHA-256 is {print}");
            let error = config(words).met(Obstacle::Certificate);
            if why.starts_with(EXPIRED) || why.starts_with(EARLY) {
                return error
                    .hint("check that `date -u` is right; if it is, its server needs a new certificate");
            }
            let place = if why == OWN_CERTIFICATE { " in place of `ca_file`" } else { "" };
            error.hint(format!("compare it with the server's own; if it is right, `tls = {{ pin_sha256 = \"{print}\" }}`{place} in the profile trusts it"))
        }
        None => {
            config(format!("the certificate of `{host}` is not trusted: {why}")).met(Obstacle::Certificate)
        }
    }
}

/// A literal without its brackets.
pub(super) fn bare_host(url: &Url) -> &str {
    url.host_str().unwrap_or_default().trim_matches(['[', ']'])
}

/// Why it was refused, if that is what went wrong.
pub(super) fn trouble(cause: &std::io::Error) -> Option<Distrust> {
    let Some(rustls::Error::InvalidCertificate(why)) = within(cause) else { return None };
    let refused = match why {
        CertificateError::Other(OtherError(other)) => other.downcast_ref::<Refused>(),
        _ => None,
    };
    Some(match refused {
        Some(refused) => Distrust { why: words(&refused.why), digest: Some(refused.digest) },
        None => Distrust { why: words(why), digest: None },
    })
}

/// Whoever answered spoke something else.
pub(super) fn is_none(cause: &std::io::Error) -> bool {
    matches!(within(cause), Some(rustls::Error::InvalidMessage(_)))
}

fn within(cause: &std::io::Error) -> Option<&rustls::Error> {
    let inner: &(dyn StdError + 'static) = cause.get_ref()?;
    inner.downcast_ref()
}

pub(super) const UNKNOWN_ISSUER: &str = "it was not issued by anyone the platform trusts";
pub(super) const OWN_CERTIFICATE: &str =
    "the file in `tls.ca_file` holds the server's own certificate, which `ca_file` is not for";

const EXPIRED: &str = "it has expired";
const EARLY: &str = "it is not valid yet; is the clock right?";

fn words(why: &CertificateError) -> &'static str {
    use CertificateError::*;
    match why {
        UnknownIssuer => UNKNOWN_ISSUER,
        Other(cause) if cause.0.is::<OwnInPlaceOfIssuer>() => OWN_CERTIFICATE,
        Expired | ExpiredContext { .. } => EXPIRED,
        NotValidYet | NotValidYetContext { .. } => EARLY,
        NotValidForName | NotValidForNameContext { .. } => "it is for another name",
        ApplicationVerificationFailure => "it is not the pinned one",
        _ => "it cannot be verified",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use rustls::pki_types::PrivatePkcs8KeyDer;
    use rustls::{ClientConnection, ServerConfig, ServerConnection};

    use super::*;

    /// A certificate of its own, its SHA-256, and a server that shows it.
    fn stranger() -> ([u8; 32], ServerConnection) {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key.into())
            });
        let server = ServerConnection::new(Arc::new(config.expect("usable"))).expect("a server");
        (digest(made.cert.der()), server)
    }

    /// Why `client` refuses `server`.
    fn refusal(client: &mut ClientConnection, server: &mut ServerConnection) -> std::io::Error {
        for _ in 0..4 {
            let (mut there, mut back) = (Vec::new(), Vec::new());
            client.write_tls(&mut there).expect("written");
            server.read_tls(&mut Cursor::new(there)).expect("read");
            server.process_new_packets().expect("a good client");
            server.write_tls(&mut back).expect("written");
            client.read_tls(&mut Cursor::new(back)).expect("read");
            if let Err(why) = client.process_new_packets() {
                return std::io::Error::new(std::io::ErrorKind::InvalidData, why);
            }
        }
        panic!("the server is trusted");
    }

    #[test]
    fn connections_that_share_a_configuration_are_refused_with_their_own_certificates() {
        let url = Url::parse("https://127.0.0.1/").expect("an address");
        let tls = Tls { pin: Some([7; 32]), ..Tls::default() };
        let config = client_config(&url, &tls).expect("usable");
        assert!(Arc::ptr_eq(&config, &client_config(&url, &tls).expect("usable")), "it is shared");
        let client = || {
            let name = ServerName::try_from("127.0.0.1").expect("a name");
            ClientConnection::new(Arc::clone(&config), name).expect("a client")
        };
        let refused =
            [stranger(), stranger()].map(|(shown, mut server)| (shown, refusal(&mut client(), &mut server)));
        for (shown, why) in refused {
            let distrust = trouble(&why).expect("it is about a certificate");
            assert_eq!((distrust.digest, distrust.why), (Some(shown), "it is not the pinned one"));
        }
    }
}
