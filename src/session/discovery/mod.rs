//! What a server is, asked of the server itself: the metadata of an authorization server (RFC 8414, OpenID Connect
//! Discovery), that of a resource (RFC 9728), and a client that registers itself (RFC 7591).
//!
//! The rule that matters: only the address that a person gave is believed. What is found from there is https, is of
//! whom was asked, and leads into a private network only if the given address does. No secret is ever sent.

mod challenge;
mod document;
mod fetch;
mod found;
mod metadata;
mod places;
pub(crate) mod registration;
pub(crate) mod resource;
#[cfg(test)]
mod tests;

use url::Url;

use crate::base::error::Result;
use crate::base::order::Arrange as _;
use crate::http::client::Route;
use document::Missed;
use fetch::Fetcher;
pub(crate) use found::Issuer;
use found::{Start, origin};
pub(crate) use metadata::Server;
use registration::{NewClient, Registered};
use resource::Resource;

/// Begun from one address that a person gave.
pub(crate) struct Discovery<'a> {
    start: Start,
    fetcher: Fetcher<'a>,
}

impl<'a> Discovery<'a> {
    /// Of the route's TLS only `ca_file` counts: pin, `insecure` and client certificate are of one server alone, and
    /// which one that is has yet to be found. All together may take what the route leaves for connecting. `tell` is
    /// given a line for `-v` before each request.
    pub(crate) fn from(given: Url, route: &Route<'a>, tell: &'a dyn Fn(&str)) -> Discovery<'a> {
        Discovery { start: Start::new(given), fetcher: Fetcher::new(route, tell) }
    }

    /// What `issuer` says of itself, at all places where it may say so.
    pub(crate) fn server(&self, issuer: &Issuer) -> Result<Server> {
        let url = self.start.issuer(issuer)?;
        let (mut found, mut missed) = (Vec::new(), Vec::new());
        for place in places::of_server(&url) {
            match self.fetcher.document(&place, &self.start)? {
                Ok(document) => found.push(document),
                Err(miss) => missed.push((place, miss)),
            }
        }
        if found.is_empty() {
            return Err(metadata::none(issuer, &missed));
        }
        metadata::read(found, issuer, &self.start)
    }

    /// What the given address says of itself as a protected resource.
    pub(crate) fn resource(&self) -> Result<Resource> {
        let url = self.start.url();
        let challenge = self.fetcher.challenge(url, &self.start)?;
        if let Some(place) = &challenge.metadata {
            let place = self.start.found(place, "`resource_metadata`", url)?;
            let document = self.fetcher.document(&place, &self.start)?;
            let document = document.map_err(|miss| miss.at(&place))?;
            return resource::read(&document, challenge.scope, &self.start);
        }
        let mut missed = Vec::new();
        for place in places::of_resource(url) {
            match self.fetcher.document(&place, &self.start)? {
                Ok(document) => return resource::read(&document, challenge.scope, &self.start),
                Err(miss) => missed.push((place, miss)),
            }
        }
        Missed::worse_than_absent(&missed)
            .map_or_else(|| Ok(Resource::unpublished(url, challenge.scope)), Err)
    }

    /// A client of its own at `server`. What was sent is not sent again by itself: each time another client comes of it.
    pub(crate) fn register(&self, server: &Server, client: &NewClient) -> Result<Registered> {
        let words = || format!("`{}` does not register clients automatically", server.pinned.issuer);
        let endpoint = server.registration_endpoint.as_ref();
        let endpoint = endpoint.ok_or_else(|| registration::by_hand(words(), client))?;
        let asked = registration::request(endpoint, client, server)?;
        let raw = self.fetcher.post(&asked, &self.start)?;
        registration::read(&raw, endpoint, client)
    }

    /// Origins that the person did not give, the issuer's own among them: each is to be confirmed before a secret goes
    /// there.
    pub(crate) fn new_origins(&self, server: &Server) -> Vec<String> {
        let own = origin(self.start.url());
        let issuer = Url::parse(&server.pinned.issuer).ok();
        let mut all: Vec<String> = server.addresses().chain(&issuer).map(origin).collect();
        all.retain(|one| *one != own);
        all.arrange();
        all.dedup();
        all
    }
}
