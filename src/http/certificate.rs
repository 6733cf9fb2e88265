//! A server's certificate that is not trusted: which one it was, why, and what trusts it.

use std::error::Error as StdError;
use std::sync::{Arc, Mutex};

use rustls::CertificateError;
use url::Url;

use crate::base::digest::hex;
use crate::base::error::{Error, config};
use crate::base::mutex::lock;

/// What the TLS layer saw of the server's certificate, should it be refused: whose, and the SHA-256 of its DER.
pub(super) type Seen = Arc<Mutex<Option<(String, [u8; 32])>>>;

/// The certificate may be a proxy's: then a pin for the vendor would be wrong advice.
pub(super) fn untrusted(seen: &Seen, url: &Url, host: &str, why: &str) -> Error {
    let bare = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    match lock(seen).clone() {
        Some((name, _)) if name != bare => {
            config(format!("the certificate of the proxy `{name}` is not trusted: {why}"))
        }
        Some((_, digest)) => {
            let print = hex(&digest);
            let words = format!("the certificate of `{host}` is not trusted: {why}; its SHA-256 is {print}");
            config(words).hint(format!("compare it with the server's own; if it is right, `tls = {{ pin_sha256 = \"{print}\" }}` in the profile trusts it"))
        }
        None => config(format!("the certificate of `{host}` is not trusted: {why}")),
    }
}

/// Why it was refused, if that is what went wrong. The error sits inside an I/O error, which does not
/// name it as its source.
pub(super) fn trouble(cause: &reqwest::Error) -> Option<&'static str> {
    let mut next: Option<&(dyn StdError + 'static)> = Some(cause);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(why)) = error.downcast_ref::<rustls::Error>() {
            return Some(words(why));
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(|io| io.get_ref());
        next = inner.map(|inner| inner as &(dyn StdError + 'static)).or_else(|| error.source());
    }
    None
}

fn words(why: &CertificateError) -> &'static str {
    use CertificateError::*;
    match why {
        UnknownIssuer => "nobody the platform trusts has issued it",
        Expired | ExpiredContext { .. } => "it has expired",
        NotValidYet | NotValidYetContext { .. } => "it is not valid yet; is the clock right?",
        NotValidForName | NotValidForNameContext { .. } => "it is for another name",
        ApplicationVerificationFailure => "it is not the pinned one",
        _ => "it cannot be verified",
    }
}
