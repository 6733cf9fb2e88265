//! Which addresses lead into a network of somebody's own: this machine, a house, a company, a cloud's own services.
//! Whoever names one of them from outside wants something that it cannot reach itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Host;

/// Not for everybody on the internet: loopback, private, link-local, unique-local, shared between customers, for
/// several, or nobody's (RFC 6890 and its registries).
pub(crate) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => is_private_v6(address),
    }
}

/// This machine, or a network that nobody routes: private (RFC 1918), unique-local (RFC 4193), link-local.
pub(crate) fn is_of_ones_own_network(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_link_local() || address.is_loopback(),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => is_of_ones_own_network(IpAddr::V4(address)),
            None => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
        },
    }
}

/// As far as that can be seen without asking a resolver: literals, and the name that is pinned to this machine.
pub(crate) fn is_private_host(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Host::Ipv4(address) => is_private_v4(*address),
        Host::Ipv6(address) => is_private_v6(*address),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    match address.octets() {
        [0 | 10 | 127, ..] | [169, 254, ..] | [192, 168, ..] | [192, 0, 0, _] => true,
        [100, second, ..] => (64..128).contains(&second),
        [172, second, ..] => (16..32).contains(&second),
        [198, second, ..] => (18..20).contains(&second),
        [first, ..] => first >= 224,
    }
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_private_v4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        // Unspecified, loopback, IPv4 written as IPv6, and what translators and tunnels make of it.
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => v4(high, low),
        [0, 0, 0, 0, 0xffff, 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x64, 0xff9b, 1, ..] => true,
        [0x2002, high, low, ..] => v4(high, low),
        [first, ..] => matches!(first & 0xfe00, 0xfc00) || first >= 0xfe80,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_for_everybody_is_private_however_it_is_written() {
        for address in [
            "127.0.0.1",
            "127.255.0.9",
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.8",
            "198.18.0.1",
            "198.19.255.255",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::10.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.1.2.3",
            "::ffff:169.254.169.254",
            "::ffff:0:192.168.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "2002:0a00:0001::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(is_private(address.parse().expect(address)), "{address}");
        }
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.167.1.1",
            "192.169.1.1",
            "192.0.1.1",
            "198.17.0.1",
            "198.20.0.1",
            "169.253.0.1",
            "223.255.255.255",
            "2606:4700::1",
            "2a00::1",
            "::ffff:1.1.1.1",
            "64:ff9b::1.1.1.1",
            "2002:0101:0101::1",
            "fb00::1",
            "fe00::1",
        ] {
            assert!(!is_private(address.parse().expect(address)), "{address}");
        }
    }

    #[test]
    fn what_is_shared_or_nobodys_is_no_network_of_ones_own() {
        let is = |text: &str| is_of_ones_own_network(text.parse().expect(text));
        for address in [
            "10.0.0.1",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.1.1",
            "127.0.0.1",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(is(address), "{address}");
        }
        for address in [
            "100.64.0.1",
            "0.0.0.0",
            "192.0.0.8",
            "224.0.0.1",
            "8.8.8.8",
            "172.32.0.1",
            "2001:db8::1",
            "::",
            "::ffff:8.8.8.8",
            "64:ff9b::a00:1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is(address), "{address}");
        }
    }

    #[test]
    fn a_name_is_private_only_if_it_is_pinned_to_this_machine() {
        let is = |text: &str| {
            let url = url::Url::parse(&format!("https://{text}/")).expect(text);
            is_private_host(&url.host().expect(text))
        };
        for host in [
            "localhost",
            "localhost.",
            "app.localhost",
            "127.1",
            "0x7f000001",
            "2130706433",
            "[::1]",
            "[fe80::1]",
        ] {
            assert!(is(host), "{host}");
        }
        for host in [
            "a.example",
            "localhost.example",
            "notlocalhost",
            "8.8.8.8",
            "[2a00::1]",
            "xn--mnchen-3ya.example",
        ] {
            assert!(!is(host), "{host}");
        }
    }
}
