//! A profile's requests: the dialect's, filled in with what the profile, its secrets and the
//! credential give.
//!
//! The rule that matters: a request goes only to an origin that the credential is bound to,
//! whatever an earlier answer said.

use std::collections::{BTreeMap, BTreeSet};

use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::Profile;
use super::audience::sorted;
use super::origins::{self, takes_token_url};
use super::secrets::{Secrets, TOTP, TOTP_SEED};
use crate::base::address::is_loopback;
use crate::base::error::{Result, config, refused};
use crate::base::redact::vendor_words;
use crate::base::toml_source::Source;
use crate::credential::reading::RenewsWith;
use crate::credential::secrets::Kept;
use crate::dialect::catalog;
use crate::dialect::draft::{is_uuid, looks_random};
use crate::dialect::flow::Step;
use crate::dialect::made;
use crate::dialect::nonces::Nonces;
use crate::dialect::request::{self, Unmade};
use crate::dialect::schema::ClientAuth;
use crate::dialect::template::{Filling, StandIns, Values};
use crate::http::message::HttpRequest;

/// What of a credential a request presents.
pub(crate) struct Presented<'a> {
    /// `None`: the vendor has none.
    pub(crate) refresh_token: Option<&'a str>,
    pub(crate) access_token: Option<&'a str>,
    pub(crate) kept: &'a BTreeMap<String, Kept>,
    /// What a login or a revocation has beside it: a `code`, a `state`, what a person typed, the token to be given back.
    pub(crate) given: &'a Values,
}

/// Where the browser came back, which some vendors want to be told with each refresh: kept under this name.
pub(crate) const REDIRECT_URI: &str = "redirect_uri";

/// The key that a code is bound to (RFC 9449 section 10).
pub(crate) const DPOP_JKT: &str = "dpop_jkt";

impl Profile {
    /// Whether a login's redirect address is sent later, too.
    pub(crate) fn keeps_redirect_uri(&self) -> bool {
        self.dialect.wants_later(REDIRECT_URI)
            && self.dialect.logins.values().any(|login| login.authorization.is_some())
    }

    /// A step's request as it would be sent, with `mask` for every secret: nothing is read.
    pub(crate) fn masked_request(
        &self,
        step: &Step<'_>,
        mask: &str,
        draw: &Nonces,
    ) -> std::result::Result<HttpRequest, String> {
        self.masked(step, mask, draw, self.plain.clone(), true)
    }

    /// The same with the words of the scope in their own order: in whichever they are written, it asks for the same.
    pub(crate) fn masked_in_order(
        &self,
        step: &Step<'_>,
        mask: &str,
        draw: &Nonces,
    ) -> std::result::Result<HttpRequest, String> {
        let mut values = self.plain.clone();
        values.entry("scope".to_owned()).and_modify(|scope| *scope = Zeroizing::new(sorted(scope)));
        self.masked(step, mask, draw, values, false)
    }

    fn masked(
        &self,
        step: &Step<'_>,
        mask: &str,
        draw: &Nonces,
        mut values: Values,
        seen: bool,
    ) -> std::result::Result<HttpRequest, String> {
        let mut masked: BTreeSet<String> = self.secret.iter().map(|(name, _)| name.clone()).collect();
        masked.extend(["refresh_token", "access_token"].map(str::to_owned));
        let has_seed = masked.contains(TOTP_SEED) || values.contains_key(TOTP_SEED);
        masked.extend(has_seed.then(|| TOTP.to_owned()));
        let comes_back = self.keeps_redirect_uri() && !values.contains_key(REDIRECT_URI);
        masked.extend(comes_back.then(|| REDIRECT_URI.to_owned()));
        for exchange in self.dialect.exchanges.values() {
            masked.extend(exchange.answer.keep.keys().map(|name| format!("kept.{name}")));
        }
        values.extend(masked.iter().map(|name| (name.clone(), Zeroizing::new(mask.to_owned()))));
        draw.fill(&mut values);
        // A mark must tell what a digest is made of, though nobody sees it.
        let stand_ins = if seen { StandIns::Masked(&masked, mask) } else { StandIns::Tried(&masked) };
        self.build(step, &values, stand_ins)
    }

    /// A request as it would be sent, with `mask` for each of its values that `is_secret` by its name.
    pub(crate) fn request_with_masks(
        &self,
        step: &Step<'_>,
        (secrets, presented): (&Secrets, &Presented<'_>),
        (mask, is_secret): (&str, &dyn Fn(&str) -> bool),
        draw: &Nonces,
    ) -> std::result::Result<HttpRequest, String> {
        let mut values = self.values(secrets, presented, draw);
        if values.contains_key(TOTP_SEED) {
            values.insert(TOTP.to_owned(), Zeroizing::default());
        }
        let masked: BTreeSet<String> = values.keys().filter(|name| is_secret(name)).cloned().collect();
        values.extend(masked.iter().map(|name| (name.clone(), Zeroizing::new(mask.to_owned()))));
        self.build(step, &values, StandIns::Masked(&masked, mask))
    }

    pub(crate) fn request(
        &self,
        step: &Step<'_>,
        secrets: &Secrets,
        presented: &Presented<'_>,
        draw: &Nonces,
    ) -> Result<HttpRequest> {
        let mut values = self.values(secrets, presented, draw);
        if let Some(totp) = self.totp(step, secrets)? {
            let code = totp.code(draw.now_ms);
            secrets.derive(vec![code.clone()]);
            values.insert(TOTP.to_owned(), code);
        }
        let request = self
            .build(step, &values, StandIns::Nothing)
            .map_err(|why| config(format!("`profiles.{}`: {why}", self.name)))?;
        // Nothing is sent: what is made is the token itself.
        if step.exchange.makes.is_some() {
            return Ok(request);
        }
        secrets.derive(self.derived(&request, draw));
        if self.may_go_to(step, &request.url) {
            return Ok(request);
        }
        let mut live = secrets.all(self);
        live.extend(presented.refresh_token);
        live.extend(presented.access_token);
        live.extend(presented.kept.values().filter(|kept| kept.secret).map(|kept| kept.value.expose()));
        Err(refused(format!(
            "an earlier answer of the vendor leads to `{}`, which is not one of the `hosts` of the dialect `{}`; nothing was sent there",
            vendor_words(request.url.host_str().unwrap_or_default(), &live),
            self.dialect_name
        )))
    }

    /// What stands in the request and nobody has given: signatures, assertions, logins. A vendor may repeat them.
    fn derived(&self, request: &HttpRequest, draw: &Nonces) -> Vec<Zeroizing<String>> {
        let mut drawn = Values::new();
        draw.fill(&mut drawn);
        let public: Vec<&str> =
            self.plain.values().chain(drawn.values()).map(|value| value.as_str()).collect();
        let query: Vec<String> = request.url.query_pairs().map(|(_, value)| value.into_owned()).collect();
        let body = request.body.iter().map(|body| body.as_str());
        let form: Vec<String> = body
            .clone()
            .flat_map(|body| form_urlencoded::parse(body.as_bytes()))
            .map(|(_, value)| value.into_owned())
            .collect();
        let headers = request.headers.iter().map(|(_, value)| value.as_str());
        let digest = request.proofs.digest.iter().map(|one| one.password.as_str());
        let all = headers.chain(digest).chain(query.iter().chain(&form).map(String::as_str)).chain(body);
        let pieces =
            all.flat_map(|text| text.split(|c: char| !(c.is_ascii_alphanumeric() || "+/_.~-".contains(c))));
        let own = pieces.filter(|piece| looks_random(piece) && !is_uuid(piece));
        let own = own.filter(|piece| !public.iter().any(|value| value.contains(piece)));
        own.flat_map(codes).map(|code| Zeroizing::new(code.to_owned())).collect()
    }

    /// What templates name, but for a one-time code.
    pub(super) fn values(&self, secrets: &Secrets, presented: &Presented<'_>, draw: &Nonces) -> Values {
        let mut values = secrets.values.clone();
        draw.fill(&mut values);
        self.present(presented, &mut values);
        values
    }

    fn present(&self, presented: &Presented<'_>, values: &mut Values) {
        let mut put = |name: String, value: &str| values.insert(name, Zeroizing::new(value.to_owned()));
        if let Some(token) = presented.refresh_token {
            put("refresh_token".to_owned(), token);
        }
        let same = presented.refresh_token.filter(|_| self.renews_with() == RenewsWith::AccessToken);
        if let Some(token) = same.or(presented.access_token) {
            put("access_token".to_owned(), token);
        }
        for (name, kept) in presented.kept {
            put(format!("kept.{name}"), kept.value.expose());
        }
        // That of the login, whatever the profile says by now.
        if let Some(kept) = presented.kept.get(REDIRECT_URI) {
            put(REDIRECT_URI.to_owned(), kept.value.expose());
        }
        for (name, value) in presented.given {
            put(name.clone(), value);
        }
    }

    /// What an answer said decides nothing about where a secret goes, but among hosts that the dialect names.
    fn may_go_to(&self, step: &Step<'_>, url: &Url) -> bool {
        let here = url.host().is_some_and(|host| is_loopback(&host));
        // Nor whether it goes there in the clear.
        let port = here || (url.port().is_none() && url.scheme() == "https");
        let mut hosts = self.dialect.hosts.iter();
        let there = url.origin().ascii_serialization();
        // Where the dialect itself says, which neither an answer nor the profile changes.
        let own = || {
            origins::origin(step, &self.plain, &self.secret, self.tls.cleartext())
                .is_ok_and(|own| own == there)
        };
        let fixed = || !step.is_of_a_refresh() && !origins::is_up_to_the_profile(step, &self.plain) && own();
        self.binding.origins.contains(&there)
            || fixed()
            || (port && hosts.any(|host| url.host_str() == Some(host)) && self.follows_answers(step))
    }

    /// Whether what an answer gave is part of the step's address.
    fn follows_answers(&self, step: &Step<'_>) -> bool {
        self.own_address(step).is_none() && step.exchange.request.url.leads_by("kept.")
    }

    /// `token_url` is the address of a refresh's last step, and of what a login asks of the same one.
    pub(super) fn own_address(&self, step: &Step<'_>) -> Option<&Url> {
        self.token_url.as_ref().filter(|_| takes_token_url(step))
    }

    fn build(
        &self,
        step: &Step<'_>,
        values: &Values,
        stand_ins: StandIns<'_>,
    ) -> std::result::Result<HttpRequest, String> {
        if self.awaits_discovery {
            return Err("where requests go is known only after a login (`issuer`)".to_owned());
        }
        let extra = self
            .extra
            .iter()
            .filter_map(|name| Some((name.as_str(), values.get(&format!("params.{name}"))?.as_str())));
        let settings = request::Settings {
            address: self.own_address(step),
            client_auth: self.client_auth.get(step.name).copied().unwrap_or(ClientAuth::None),
            signing_alg: self.signing_alg,
            extra: extra.collect(),
            stand_ins,
            cleartext: self.tls.cleartext(),
        };
        request::build(step.exchange, &settings, values).map_err(|unmade| {
            let told = |at: &[String]| {
                let at = [&["exchanges", step.name, "request"].map(str::to_owned), at].concat();
                made::written_at(&at).filter(|_| step.exchange.makes.is_some()).unwrap_or(at)
            };
            self.told(unmade, told)
        })
    }

    /// With the key that says what cannot be made, and its place in the file. `below`: where it stands in the dialect.
    pub(super) fn told(&self, unmade: Unmade, below: impl Fn(&[String]) -> Vec<String>) -> String {
        let Unmade { at, why } = unmade;
        if at.is_empty() {
            return why;
        }
        let path = [&["dialects".to_owned(), self.dialect_name.clone()][..], &below(&at)].concat();
        let built_in = || {
            let text = catalog::file(&self.dialect_name).unwrap_or_default();
            Source::built_in(&self.dialect_name, &text)
        };
        self.dialect_source.clone().unwrap_or_else(built_in).fault(&path, &why).message()
    }

    /// Where the step's request goes, as its server's nonces are noted by (RFC 9449 section 8.2).
    pub(crate) fn proof_server(&self, step: &Step<'_>) -> String {
        let own = self.own_address(step).map(|url| url.origin().ascii_serialization());
        own.or_else(|| origins::origin(step, &self.plain, &self.secret, self.tls.cleartext()).ok())
            .unwrap_or_else(|| step.name.to_owned())
    }

    /// What a mark is about: it holds until one of these changes.
    pub(crate) fn token_address(&self) -> String {
        let filling = Filling::new(&self.plain);
        let step = self.dialect.refresh().last();
        let (request, own) = (&step.exchange.request, self.own_address(&step));
        let address = request::endpoint(request, own, &filling, self.tls.cleartext());
        address.map(|url| url.to_string()).unwrap_or_default()
    }
}

/// What in a value may be a signature, without the words between, of which a vendor may well speak:
/// `application/vnd.acme.v20260101+json`.
fn codes(value: &str) -> impl Iterator<Item = &str> {
    let is_run = |run: &&str| run.len() >= 12 && run.bytes().any(|b| b.is_ascii_digit()) || run.len() >= 20;
    let runs = value.split(|c: char| !c.is_ascii_alphanumeric()).filter(is_run);
    // In base64 it may have a sign wherever that leaves no run: then it is one of all three kinds of letters.
    let kinds: [fn(&char) -> bool; 3] =
        [char::is_ascii_lowercase, char::is_ascii_uppercase, char::is_ascii_digit];
    let is_base64 = move |part: &&str| {
        part.len() >= 24 && looks_random(part) && kinds.iter().all(|kind| part.chars().any(|c| kind(&c)))
    };
    runs.chain(value.split(['.', '~']).filter(is_base64))
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::codes;
    use crate::testing::profiles::profile;

    #[test]
    fn a_signature_is_one_wherever_base64_has_its_signs() {
        for code in [
            "9c3UcrUJp_XYFIY7iAquO_pxudTAochek_iBMYbWbtU",
            "9c3UcrUJp+XYFIY7iAquO/pxudTAochek+iBMYbWbtU",
            "Zm9v-Y2FycmllZ-Z2Fyb-GlyZQ7-cXV4e-A",
        ] {
            let of_token = format!("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.{code}");
            for value in [code, &of_token] {
                assert!(codes(value).any(|known| known == code), "{value}");
            }
        }
        for words in
            ["application/vnd.acme.v20260101+json", "x-www-form-urlencoded", "Some_Words-And/Numbers+2026"]
        {
            assert_eq!(codes(words).next(), None, "{words}");
        }
    }

    #[test]
    fn a_login_and_a_revocation_may_have_a_host_of_their_own_but_no_answer_chooses_it() {
        let text = "dialect = 'own'\nbase_url = 'https://a.example'\nclient_id = 'i'\n[dialects.own]\nextends = 'oauth2'\nhosts = ['b.example']\nlogins.password = {}\nlogins.own = { steps = ['first', 'second'] }\nrevocation = {}\nexchanges.refresh.request = { url = '{{ base_url }}/t', client_auth = 'none' }\nexchanges.password.request.url = 'https://l.example/t'\nexchanges.revoke.request.url = 'https://{{ client_id }}.example/r'\nexchanges.first = { request = { url = '{{ base_url }}/s', json = { p = '{{ password }}' } }, answer.keep.at = '/at' }\nexchanges.second = { like = 'refresh', request = { url = '{{ kept.at }}/t', json = {} } }\n";
        let profile = profile(text).expect("a profile");
        for (step, url, wanted) in [
            ("refresh", "https://a.example/t", true),
            ("refresh", "https://l.example/t", false),
            ("password", "https://l.example/t", true),
            ("password", "https://l.example:8443/t", false),
            ("password", "https://m.example/t", false),
            ("revoke", "https://i.example/r", true),
            ("revoke", "https://l.example/r", false),
            ("second", "https://b.example/t", true),
            ("second", "https://l.example/t", false),
        ] {
            let step = profile.dialect.step(step).expect(step);
            let url: Url = url.parse().expect(url);
            assert_eq!(profile.may_go_to(&step, &url), wanted, "{} to {url}", step.name);
        }
    }
}
