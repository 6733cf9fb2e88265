//! `tokcli header`: the header that a request carries, and for a token that is bound to a key the proof for that request.

use url::Url;

use super::context::Context;
use crate::base::clock::Moment;
use crate::base::error::{Result, internal, refused};
use crate::credential::dpop::is_nonce;
use crate::dialect::dpop::Proof;
use crate::profile::Profile;
use crate::profile::configuration::Profiles;
use crate::session::demand::Demand;
use crate::store::{Look, Store};
use crate::surface::Handed;
use crate::surface::header::{self, Form};
use crate::terminal::arguments::Header;
use crate::warm::cache::Question;

pub(super) fn run(context: &Context<'_>, args: &Header, all: &Profiles, profile: &Profile) -> Result<()> {
    let about = args.url.as_deref().map(|url| About::of(url, args, profile)).transpose()?;
    let demand = Demand { half_a_life: args.fresh, obey_marks: true, ..Demand::default() };
    let access = context.obtain(all, profile, &demand, Question::of(context.global, None))?;
    let handed = match about.is_some() || args.form == Form::Bare {
        true => Handed::perhaps_bound(&access, &Moment::now())?,
        false => Handed::of(&access, &Moment::now())?,
    };
    let about = about.filter(|_| handed.is_bound());
    let proof = about.map(|about| about.proof(context, profile, handed.token())).transpose()?;
    context.out.bytes(header::shown(&handed, proof.as_deref(), args.form).as_bytes())
}

/// The request that the header is for.
struct About<'a> {
    url: Url,
    method: &'a str,
    nonce: Option<&'a str>,
}

impl<'a> About<'a> {
    fn of(url: &str, args: &'a Header, profile: &Profile) -> Result<About<'a>> {
        let url = profile.address(url).map_err(|why| refused(format!("`--url`: {why}")))?;
        let method = args.method.as_deref().unwrap_or("GET");
        if method.is_empty() || !method.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(refused("`--method` must be an HTTP method in capitals, such as `POST`"));
        }
        let nonce = args.nonce.as_deref();
        if nonce.is_some_and(|nonce| !is_nonce(nonce)) {
            return Err(refused("`--nonce` must be the value of the server's `DPoP-Nonce`, one word"));
        }
        Ok(About { url, method, nonce })
    }

    /// With the key that the credential has now.
    fn proof(&self, context: &Context<'_>, profile: &Profile, token: &str) -> Result<String> {
        let look = Store::open(profile, context.out.json())?.look()?;
        let there = match look {
            Look::Settled(credential, _) => Some(credential),
            Look::Unsettled(credential) => credential,
            Look::Nothing => None,
        };
        let dpop = there.and_then(|there| there.record()?.dpop.clone()).ok_or_else(|| {
            refused("the access token is bound to a key (DPoP), and the credential has none")
                .hint(format!("`tokcli login --replace --profile {}` gets a token with a key", profile.name))
        })?;
        let proof = Proof {
            method: self.method,
            url: &self.url,
            issued_at: dpop.server(&self.url.origin().ascii_serialization()).time(Moment::now().wall_ms),
            nonce: self.nonce,
            access_token: Some(token),
        };
        proof.signed(dpop.key.expose()).map_err(internal)
    }
}
