//! The stand-in's end of a connection: plain, or TLS with a certificate made for this one run.
//!
//! The default certificate is what an appliance on a bare address shows: self-signed, "CN=appliance", no address in it.
//! Nothing here says `close_notify` by itself: only a complete answer ends with one, so a cut one is seen as cut.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{HandshakeKind, RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use sha2::{Digest, Sha256};

use super::Options;

/// A peer that neither sends nor reads for so long is gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the stand-in shows when a client connects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    #[default]
    None,
    /// A certificate without any address in it, like an appliance's on a bare IP.
    SelfSigned,
    /// A self-signed certificate that names 127.0.0.1.
    NamedForLoopback,
    /// The same for another address.
    NamedForAnother,
    /// The same as `NamedForLoopback`, of a time long ago, and of one to come.
    Expired,
    NotYetValid,
    /// As `NamedForLoopback`, and it says that it is an authority's: so `openssl req -x509` makes them.
    OfAnAuthority,
    /// As `NamedForLoopback`, issued by an authority that nobody knows.
    Issued,
}

/// The fresh certificate and the configuration that serves it.
pub struct Identity {
    pub pem: String,
    /// SHA-256 of the certificate's DER, lower-case hex.
    pub fingerprint: String,
    config: Arc<ServerConfig>,
}

impl Identity {
    pub fn fresh(options: &Options) -> io::Result<Option<Identity>> {
        let names = match options.tls {
            Tls::None => return Ok(None),
            Tls::SelfSigned => vec![],
            Tls::NamedForAnother => vec!["127.0.0.2".to_owned()],
            _ => vec!["127.0.0.1".to_owned()],
        };
        let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
        match options.tls {
            Tls::Expired => params.not_after = rcgen::date_time_ymd(2001, 1, 1),
            Tls::NotYetValid => params.not_before = rcgen::date_time_ymd(4000, 1, 1),
            Tls::OfAnAuthority => params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained),
            _ => {}
        }
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "appliance");
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = match options.tls {
            Tls::Issued => params.signed_by(&key, &authority()?),
            _ => params.self_signed(&key),
        };
        let certificate = certificate.map_err(io::Error::other)?;
        let config = server_config(certificate.der().clone(), &key, options)?;
        Ok(Some(Identity {
            pem: certificate.pem(),
            fingerprint: hex(&Sha256::digest(certificate.der())),
            config: Arc::new(config),
        }))
    }
}

fn authority() -> io::Result<Issuer<'static, KeyPair>> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "authority");
    Ok(Issuer::new(params, KeyPair::generate().map_err(io::Error::other)?))
}

fn server_config(
    certificate: CertificateDer<'static>,
    key: &KeyPair,
    options: &Options,
) -> io::Result<ServerConfig> {
    let provider = Arc::new(ring::default_provider());
    let versions: &[_] = if options.only_tls_1_2 { &[&TLS12] } else { &[&TLS12, &TLS13] };
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(versions)
        .map_err(io::Error::other)?;
    let builder = match options.demand_client_cert.as_deref() {
        None => builder.with_no_client_auth(),
        Some(pem) => {
            let roots = Arc::new(roots(pem)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build();
            builder.with_client_cert_verifier(verifier.map_err(io::Error::other)?)
        }
    };
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let mut config = builder.with_single_cert(vec![certificate], key.into()).map_err(io::Error::other)?;
    if !options.alpn.is_empty() {
        config.alpn_protocols = vec![options.alpn.as_bytes().to_vec()];
    }
    Ok(config)
}

fn roots(pem: &str) -> io::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(io::Error::other)?;
        roots.add(certificate).map_err(io::Error::other)?;
    }
    Ok(roots)
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a String cannot fail
        text
    })
}

/// One accepted connection.
pub enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Wire {
    pub fn open(stream: TcpStream, identity: Option<&Identity>) -> io::Result<Wire> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let Some(identity) = identity else {
            return Ok(Wire::Plain(stream));
        };
        let session = ServerConnection::new(identity.config.clone()).map_err(io::Error::other)?;
        Ok(Wire::Tls(Box::new(StreamOwned::new(session, stream))))
    }

    /// Known once something was read.
    pub fn is_resumed(&self) -> bool {
        matches!(self, Wire::Tls(stream) if stream.conn.handshake_kind() == Some(HandshakeKind::Resumed))
    }

    /// The proper end after a complete answer.
    pub fn finish(mut self) -> io::Result<()> {
        if let Wire::Tls(stream) = &mut self {
            stream.conn.send_close_notify();
            stream.flush()?;
        }
        self.socket().shutdown(std::net::Shutdown::Write)
    }

    /// Ends the connection by RST. std cannot set SO_LINGER yet; tokio's socket can, and needs no runtime for it.
    pub fn reset(self) -> io::Result<()> {
        let same_socket = self.socket().try_clone()?;
        tokio::net::TcpSocket::from_std_stream(same_socket).set_zero_linger()
    }

    fn socket(&self) -> &TcpStream {
        match self {
            Wire::Plain(stream) => stream,
            Wire::Tls(stream) => &stream.sock,
        }
    }
}

impl Read for Wire {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Wire::Plain(stream) => stream.read(into),
            Wire::Tls(stream) => stream.read(into),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        match self {
            Wire::Plain(stream) => stream.write(from),
            Wire::Tls(stream) => stream.write(from),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Wire::Plain(stream) => stream.flush(),
            Wire::Tls(stream) => stream.flush(),
        }
    }
}
