//! The platform's judgement of a server. On Linux it is what some 150 files say, most of which a bundle says too: they are
//! read once the bundle alone does not vouch for a server; and of the bundle, only the certificates whose names a server
//! gives as issuers.
//!
//! The rule that matters: a server is refused by the whole of what the platform trusts, never by a part of it.

#[cfg(target_os = "linux")]
use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex};

#[cfg(target_os = "linux")]
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, Error, OtherError};
#[cfg(target_os = "linux")]
use webpki::EndEntityCert;

use super::trust;
use crate::base::mutex::lock;

type Whole = Arc<rustls_platform_verifier::Verifier>;

#[derive(Debug)]
pub(super) struct Platform {
    /// Trusted beside the platform's.
    own: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
    bundle: Option<Bundle>,
    whole: Mutex<Option<Whole>>,
}

/// What is asked of a certificate.
pub(super) struct Question<'a> {
    pub(super) leaf: &'a CertificateDer<'a>,
    pub(super) chain: &'a [CertificateDer<'a>],
    pub(super) name: &'a ServerName<'a>,
    pub(super) ocsp: &'a [u8],
    pub(super) now: UnixTime,
}

impl Platform {
    /// `Err`: one of `own` cannot be used, or nobody at all would be trusted.
    pub(super) fn load(
        own: Vec<CertificateDer<'static>>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Platform, Error> {
        let bundle = Bundle::read(&own)?;
        let platform = Platform { own, provider, bundle, whole: Mutex::new(None) };
        if platform.bundle.is_none() {
            platform.whole()?;
        }
        Ok(platform)
    }

    pub(super) fn judge(&self, asked: &Question<'_>) -> Result<ServerCertVerified, Error> {
        self.judged(asked).map_err(|why_not| match why_not {
            Error::InvalidCertificate(why) if is_of_the_issuer(&why) && self.own.contains(asked.leaf) => {
                CertificateError::Other(OtherError(Arc::new(OwnInPlaceOfIssuer))).into()
            }
            other => other,
        })
    }

    fn judged(&self, asked: &Question<'_>) -> Result<ServerCertVerified, Error> {
        let by = |verifier: &dyn ServerCertVerifier| {
            verifier.verify_server_cert(asked.leaf, asked.chain, asked.name, asked.ocsp, asked.now)
        };
        let known = self.bundle.as_ref().and_then(|bundle| bundle.verifier(asked, &self.own, &self.provider));
        let why_not = match known.as_deref().map(|known| by(known)) {
            Some(Ok(verified)) => return Ok(verified),
            Some(Err(why_not)) => Some(why_not),
            None => None,
        };
        match self.whole() {
            Ok(whole) => by(&*whole),
            // There is somebody whom the platform trusts.
            Err(_) if self.bundle.is_some() => {
                Err(why_not.unwrap_or(Error::InvalidCertificate(CertificateError::UnknownIssuer)))
            }
            Err(unread) => Err(unread),
        }
    }

    fn whole(&self) -> Result<Whole, Error> {
        use rustls_platform_verifier::Verifier;
        // Held meanwhile: who comes second waits for the first.
        let mut whole = lock(&self.whole);
        if let Some(loaded) = &*whole {
            return Ok(Arc::clone(loaded));
        }
        let extra: Vec<_> = self.own.iter().cloned().chain(trust::overlooked()).collect();
        let provider = Arc::clone(&self.provider);
        // On Windows none is another engine, which fails where the system has no store of its own.
        let loaded = match extra.is_empty() {
            true => Verifier::new(provider)?,
            false => Verifier::new_with_extra_roots(extra, provider)?,
        };
        Ok(Arc::clone(whole.insert(Arc::new(loaded))))
    }
}

/// Among those trusted beside the platform's is the very certificate that the server shows, and it vouches for nobody.
#[derive(Debug)]
pub(super) struct OwnInPlaceOfIssuer;

impl fmt::Display for OwnInPlaceOfIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is the server's own, and stands among the authorities")
    }
}

impl StdError for OwnInPlaceOfIssuer {}

/// That somebody else issued it, or that it is an issuer's (`webpki` takes none for a server's), and nothing that a
/// right issuer would leave as it is.
fn is_of_the_issuer(why: &CertificateError) -> bool {
    matches!(why, CertificateError::UnknownIssuer | CertificateError::Other(_))
}

/// What a bundle says of certain issuers; `None`: nothing.
#[cfg(target_os = "linux")]
type Known = Option<Arc<WebPkiServerVerifier>>;

#[cfg(target_os = "linux")]
#[derive(Debug)]
struct Bundle {
    text: String,
    /// By the names of issuers that servers came with.
    verifiers: Mutex<BTreeMap<Vec<Vec<u8>>, Known>>,
}

#[cfg(target_os = "linux")]
impl Bundle {
    /// `Err`: one of `own` cannot be used.
    fn read(own: &[CertificateDer<'static>]) -> Result<Option<Bundle>, Error> {
        for one in own {
            RootCertStore::empty().add(one.clone())?;
        }
        Ok(trust::bundle().map(|text| Bundle { text, verifiers: Mutex::default() }))
    }

    /// With `own`, and with whom the bundle has of those who issued what the server shows.
    fn verifier(
        &self,
        asked: &Question<'_>,
        own: &[CertificateDer<'static>],
        provider: &Arc<CryptoProvider>,
    ) -> Known {
        let shown = std::iter::once(asked.leaf).chain(asked.chain);
        let issuer = |shown| EndEntityCert::try_from(shown).ok().map(|it| it.issuer().to_vec());
        let issuers: Vec<Vec<u8>> = shown.filter_map(issuer).collect();
        let make = |issuers: &Vec<Vec<u8>>| {
            let mut roots = RootCertStore::empty();
            let theirs = trust::issuers_in(&self.text, issuers);
            roots.add_parsable_certificates(own.iter().cloned().chain(theirs));
            WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(provider)).build().ok()
        };
        let mut verifiers = lock(&self.verifiers);
        if let Some(verifier) = verifiers.get(&issuers) {
            return verifier.clone();
        }
        let verifier = make(&issuers);
        verifiers.insert(issuers, verifier.clone());
        verifier
    }
}

/// Elsewhere the platform itself is asked.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
enum Bundle {}

#[cfg(not(target_os = "linux"))]
impl Bundle {
    fn read(_: &[CertificateDer<'static>]) -> Result<Option<Bundle>, Error> {
        Ok(None)
    }

    fn verifier(
        &self,
        _: &Question<'_>,
        _: &[CertificateDer<'static>],
        _: &Arc<CryptoProvider>,
    ) -> Option<Arc<WebPkiServerVerifier>> {
        match *self {}
    }
}
