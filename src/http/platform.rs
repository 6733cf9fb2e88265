//! The platform's judgement of a server. On Linux it is what some 150 files say, most of which a bundle says too: they are
//! read once the bundle alone does not vouch for a server.
//!
//! The rule that matters: a server is refused by the whole of what the platform trusts, never by a part of it.

use std::sync::{Arc, Mutex};

use rustls::Error;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};

use super::trust;
use crate::base::mutex::lock;

type Whole = Arc<rustls_platform_verifier::Verifier>;

#[derive(Debug)]
pub(super) struct Platform {
    /// Trusted beside the platform's.
    own: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
    bundle: Option<Arc<WebPkiServerVerifier>>,
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
        let bundle = in_bundle(&own, &provider)?;
        let platform = Platform { own, provider, bundle, whole: Mutex::new(None) };
        if platform.bundle.is_none() {
            platform.whole()?;
        }
        Ok(platform)
    }

    pub(super) fn judge(&self, asked: &Question<'_>) -> Result<ServerCertVerified, Error> {
        let by = |verifier: &dyn ServerCertVerifier| {
            verifier.verify_server_cert(asked.leaf, asked.chain, asked.name, asked.ocsp, asked.now)
        };
        let why_not = match self.bundle.as_deref().map(|bundle| by(bundle)) {
            Some(Ok(verified)) => return Ok(verified),
            Some(Err(why_not)) => Some(why_not),
            None => None,
        };
        match self.whole() {
            Ok(whole) => by(&*whole),
            Err(unread) => Err(why_not.unwrap_or(unread)),
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

/// With `own` and what the bundle holds, if there is one.
#[cfg(target_os = "linux")]
fn in_bundle(
    own: &[CertificateDer<'static>],
    provider: &Arc<CryptoProvider>,
) -> Result<Option<Arc<WebPkiServerVerifier>>, Error> {
    let mut roots = rustls::RootCertStore::empty();
    for one in own {
        roots.add(one.clone())?;
    }
    let (usable, _) = roots.add_parsable_certificates(trust::bundle());
    if usable == 0 {
        return Ok(None);
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(provider)).build();
    Ok(verifier.ok())
}

#[cfg(not(target_os = "linux"))]
fn in_bundle(
    _: &[CertificateDer<'static>],
    _: &Arc<CryptoProvider>,
) -> Result<Option<Arc<WebPkiServerVerifier>>, Error> {
    Ok(None)
}
