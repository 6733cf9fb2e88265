//! How a server is recognised, as it is written: of a profile, and of a store that is reached over the network.

use std::path::Path;

use data_encoding::HEXLOWER_PERMISSIVE;
use serde::Deserialize;
use url::Url;

use super::secret_source::expand;
use crate::base::address::{Cleartext, checked_url_by};
use crate::base::fault::Fault;
use crate::http::tls::Tls;

/// How the server is recognised, and the client.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "Tls"))]
pub(crate) struct WrittenTls {
    /// Certificates in PEM that are trusted beside the platform's.
    pub(in crate::profile) ca_file: Option<String>,
    /// SHA-256 of the server's certificate in DER: 64 hexadecimal digits, colons allowed.
    #[cfg_attr(test, schemars(regex(pattern = r"^(:*[0-9A-Fa-f]){64}:*$")))]
    pub(in crate::profile) pin_sha256: Option<String>,
    /// Any certificate is accepted. Whoever stands between can take the tokens.
    #[serde(default)]
    pub(in crate::profile) insecure: bool,
    /// `http://` is accepted where it leads to an address of a private network, and only there. Whoever listens on the way
    /// can take the tokens.
    #[serde(default)]
    pub(in crate::profile) plaintext: bool,
    /// A client certificate in PEM; goes with `client_key`.
    pub(in crate::profile) client_cert: Option<String>,
    /// Its key in PEM.
    pub(in crate::profile) client_key: Option<String>,
}

/// The paths in it begin in `directory`.
pub(super) fn tls(written: &WrittenTls, directory: &Path) -> Result<Tls, Fault> {
    if written.insecure && (written.pin_sha256.is_some() || written.ca_file.is_some()) {
        let words = "switches off what `ca_file` or `pin_sha256` would check; use one";
        return Err(Fault::at(&["insecure"], words));
    }
    if written.pin_sha256.is_some() && written.ca_file.is_some() {
        return Err(Fault::at(&["pin_sha256"], "replaces the check that `ca_file` is for; use one"));
    }
    if written.client_cert.is_some() != written.client_key.is_some() {
        return Err(Fault::at(&["client_cert"], "`client_cert` and `client_key` go together"));
    }
    let path = |key: &str, path: &Option<String>| {
        let path = path.as_ref().map(|path| expand(path, directory)).transpose();
        path.map_err(|why| Fault::at(&[key], &why))
    };
    Ok(Tls {
        ca_file: path("ca_file", &written.ca_file)?,
        pin: written.pin_sha256.as_deref().map(pin).transpose()?,
        insecure: written.insecure,
        plaintext: written.plaintext,
        client_cert: path("client_cert", &written.client_cert)?,
        client_key: path("client_key", &written.client_key)?,
    })
}

/// Who may be spoken to without TLS.
pub(super) fn cleartext(written: &WrittenTls) -> Cleartext {
    if written.plaintext { Cleartext::Private } else { Cleartext::Here }
}

/// An address that the profile gives.
pub(super) fn address(text: &str, cleartext: Cleartext) -> Result<Url, String> {
    checked_url_by(text, cleartext).map_err(|why| match checked_url_by(text, Cleartext::Private) {
        Ok(_) => format!(
            "{why}; for a device on your own network that has no TLS, set `tls = {{ plaintext = true }}`"
        ),
        Err(_) => why,
    })
}

fn pin(text: &str) -> Result<[u8; 32], Fault> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.replace(':', "").as_bytes()).ok();
    let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
    let words = "expected 64 hexadecimal digits, colons allowed: the SHA-256 of the certificate's DER";
    bytes.ok_or_else(|| Fault::at(&["pin_sha256"], words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::toml_source::from_value;
    use crate::profile::connection::proxy;

    fn read<T: serde::de::DeserializeOwned>(text: &str) -> T {
        from_value(toml::Value::Table(text.parse().expect("TOML"))).expect(text)
    }

    fn told<T>(outcome: Result<T, Fault>) -> String {
        outcome
            .map_or_else(|fault| format!("{}: {}", fault.path().join("."), fault.words()), |_| String::new())
    }

    #[test]
    fn what_tls_checks_is_said_once() {
        let pin = format!("pin_sha256 = '{}'\n", "0a:".repeat(32));
        for (text, why) in [
            (String::new(), ""),
            ("insecure = true\n".into(), ""),
            ("ca_file = 'ca.pem'\n".into(), ""),
            (pin.clone(), ""),
            ("client_cert = 'c'\nclient_key = 'k'\n".into(), ""),
            (
                format!("insecure = true\n{pin}"),
                "insecure: switches off what `ca_file` or `pin_sha256` would check; use one",
            ),
            (
                "insecure = true\nca_file = 'x'\n".into(),
                "insecure: switches off what `ca_file` or `pin_sha256` would check; use one",
            ),
            (
                format!("ca_file = 'x'\n{pin}"),
                "pin_sha256: replaces the check that `ca_file` is for; use one",
            ),
            ("client_cert = 'c'\n".into(), "client_cert: `client_cert` and `client_key` go together"),
            ("client_key = 'k'\n".into(), "client_cert: `client_cert` and `client_key` go together"),
            ("ca_file = '~root/x'\n".into(), "ca_file: `~user` is not supported, only `~/`"),
        ] {
            assert_eq!(told(tls(&read(&text), Path::new("/etc"))), why, "{text}");
        }
        let tls = tls(&read("ca_file = 'ca.pem'\n"), Path::new("/etc")).unwrap_or_else(|_| unreachable!());
        assert_eq!(tls.ca_file.as_deref(), Some(Path::new("/etc/ca.pem")));
    }

    #[test]
    fn a_pin_is_32_bytes_in_hexadecimal() {
        let long = "0123456789abcdefABCDEF0123456789".repeat(2);
        let bytes = pin(&long).unwrap_or_else(|_| unreachable!());
        assert_eq!(bytes[..5], [0x01, 0x23, 0x45, 0x67, 0x89]);
        let colons: String =
            long.as_bytes().chunks(2).map(|pair| format!(":{}", String::from_utf8_lossy(pair))).collect();
        assert_eq!(pin(&colons).ok(), Some(bytes));
        for bad in [
            "",
            "00",
            &long[..63],
            &format!("{long}0"),
            &format!("g{}", &long[1..]),
            &format!("é{}", &long[1..]),
        ] {
            assert!(pin(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_proxy_is_an_address_without_a_login() {
        for (keys, why) in [
            ("", ""),
            ("proxy = 'none'", ""),
            ("proxy = 'socks5h://127.0.0.1:9050'", ""),
            ("proxy = 'http://p.example:3128'\nproxy_auth = { env = 'P' }", ""),
            ("proxy_auth = { env = 'P' }", "proxy_auth: needs a `proxy`"),
            (
                "proxy = 'p.example:3128'",
                "proxy: expected `none` or an address such as `http://proxy.example:3128`",
            ),
            (
                "proxy = 'ftp://p.example'",
                "proxy: expected `none` or an address such as `http://proxy.example:3128`",
            ),
            (
                "proxy = 'http://u:CANARY@p.example'",
                "proxy: a login is never written here itself; write `proxy_auth = { env = \"NAME\" }` with `user:password` in NAME",
            ),
        ] {
            assert_eq!(told(proxy(&read(&format!("dialect = 'x'\n{keys}\n")))), why, "{keys}");
        }
    }
}
