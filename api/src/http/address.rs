//! The address a client asks from: who is at the other end of the connection, unless that is one of
//! our proxies; then whoever it says, from the right, until one is not ours. What stands further
//! left is the client's to make up.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};

use crate::config::{LimitsConfig, Proxies, ProxyHeader};

/// Hops that are looked at; more of our own proxies than that stand in no row.
const HOPS_MAX: usize = 16;
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// See the module. The outermost layer puts it into each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// Of a request as it came in.
    #[must_use]
    pub fn of(config: &LimitsConfig, request: &Request) -> Self {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let unknown = IpAddr::V4(Ipv4Addr::UNSPECIFIED); // Only where nothing listens.
        let peer = peer.map_or(unknown, |ConnectInfo(peer)| peer.ip().to_canonical());
        Self(behind(&config.proxies, config.proxy_header, peer, request.headers()))
    }
}

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let unknown = Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        Ok(parts.extensions.get::<Self>().copied().unwrap_or(unknown))
    }
}

/// An address as askers are told apart by it: of IPv6 the /64, any address of which one household
/// can ask from.
#[must_use]
pub fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

fn behind(proxies: &Proxies, says: ProxyHeader, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let name = match says {
        ProxyHeader::XForwardedFor => X_FORWARDED_FOR,
        ProxyHeader::Forwarded => header::FORWARDED,
    };
    let lines = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or_default());
    let lines: Vec<&str> = lines.collect();
    let hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
    let mut client = peer;
    for hop in hops.take(HOPS_MAX) {
        if !proxies.include(client) {
            break;
        }
        let node = match says {
            ProxyHeader::XForwardedFor => Some(hop),
            ProxyHeader::Forwarded => hop.split(';').find_map(for_node),
        };
        match node.and_then(address) {
            Some(address) => client = address,
            None => break, // Hidden or nonsense: the one who said so is the last who is known.
        }
    }
    client
}

/// `for=…` of RFC 7239.
fn for_node(pair: &str) -> Option<&str> {
    let (name, value) = pair.split_once('=')?;
    name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
fn address(node: &str) -> Option<IpAddr> {
    let node = node.trim();
    let bare = node.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(node);
    let address = bare.parse().ok();
    let address = address.or_else(|| node.parse::<SocketAddr>().ok().map(|node| node.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails may panic")]
mod tests {
    use super::*;

    fn client(header: &str, peer: &str, lines: &[&str]) -> String {
        let proxies = "10.0.0.0/8,fd00::/8".parse().unwrap();
        let mut headers = HeaderMap::new();
        for line in lines {
            let name: HeaderName = header.parse().unwrap();
            headers.append(name, line.parse().unwrap());
        }
        behind(&proxies, header.parse().unwrap(), peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_strangers_word_about_where_it_asks_from_counts_nothing() {
        assert_eq!(client("x-forwarded-for", "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(client("forwarded", "203.0.113.9", &["for=198.51.100.1"]), "203.0.113.9");
    }

    #[test]
    fn of_a_chain_the_right_most_who_is_none_of_our_proxies_is_the_client() {
        let client = |lines: &[&str]| client("x-forwarded-for", "10.0.0.1", lines);
        assert_eq!(client(&["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client(&["192.0.2.66, 198.51.100.1, 10.0.0.7"]), "198.51.100.1");
        assert_eq!(client(&["192.0.2.66", "198.51.100.1", "10.0.0.7"]), "198.51.100.1");
        assert_eq!(client(&["[2001:db8::1]:4711"]), "2001:db8::1");
        assert_eq!(client(&["10.0.0.9, 10.0.0.8"]), "10.0.0.9", "only ours: the one furthest away");
    }

    #[test]
    fn what_is_no_address_ends_the_chain() {
        let client = |line| client("x-forwarded-for", "10.0.0.1", &[line]);
        assert_eq!(client("198.51.100.1, unknown"), "10.0.0.1");
        assert_eq!(client("198.51.100.1, _hidden, 10.0.0.7"), "10.0.0.7");
        assert_eq!(client(""), "10.0.0.1");
        assert_eq!(client("1.2.3.4.5"), "10.0.0.1");
        let long = vec!["10.0.0.7"; 10_000].join(",");
        assert_eq!(client(&long), "10.0.0.7");
    }

    #[test]
    fn the_standard_header_is_read_where_it_is_named() {
        let client = |line| client("forwarded", "10.0.0.1", &[line]);
        assert_eq!(client("for=198.51.100.1;proto=https, For=10.0.0.7"), "198.51.100.1");
        assert_eq!(client("for=\"[2001:db8::1]:80\""), "2001:db8::1");
        assert_eq!(client("proto=https"), "10.0.0.1");
    }
}
