//! What a mark is about, so that it is seen when one of these changes, and how long it spares the vendor the question.

use std::time::Duration;

use super::demand::Invocation;
use super::stored_secrets;
use crate::base::clock::{Moment, millis};
use crate::base::error::Result;
use crate::credential::audience::Audience;
use crate::credential::mark::{Mark, Question};
use crate::credential::outcome::Outcome;
use crate::credential::reading::{Evidence, RefusalKind, RenewsWith};
use crate::credential::record::Record;
use crate::credential::retry::{self, Reuse};
use crate::dialect::nonces::Nonces;
use crate::profile::Profile;
use crate::profile::audience::sorted;
use crate::profile::secrets::Secrets;
use crate::store::seal::SealingKey;

/// What a run would send, as far as a mark is about it.
pub(super) struct Fingerprint<'a> {
    profile: &'a Profile,
    about: String,
    client: String,
}

impl<'a> Fingerprint<'a> {
    pub(super) fn of(profile: &'a Profile, key: &SealingKey, secrets: &Secrets) -> Fingerprint<'a> {
        Fingerprint { profile, about: about(profile, key, secrets), client: client(profile, key, secrets) }
    }

    pub(super) fn is_refused_by(&self, mark: &Mark) -> bool {
        let Fingerprint { profile, about, client } = self;
        let Profile { audience, siblings, .. } = profile;
        mark.is_about(&Question { about, client, audience, siblings })
    }

    /// Of `audience`: another one's answer may have been read. What was sent for that nobody knows here.
    pub(super) fn mark(
        self,
        audience: &Audience,
        outcome: Outcome,
        evidence: Evidence,
        at: &Moment,
        again: u32,
    ) -> Mark {
        let about = if *audience == self.profile.audience { self.about } else { String::new() };
        let (client, audience) = (Some(self.client), Some(audience.clone()));
        Mark {
            outcome,
            about,
            alike: Vec::new(),
            client,
            audience,
            evidence,
            at: at.clone(),
            again,
            told: false,
        }
    }
}

/// A keyed hash of what the profile gives to whatever it asks for: where it is sent, and the client's secrets.
pub(super) fn client(profile: &Profile, key: &SealingKey, secrets: &Secrets) -> String {
    let address = profile.token_address();
    let given: Vec<&str> = secrets.of_the_client(profile).chain(profile.client_auth_words()).collect();
    key.keyed_hash(&[&[address.as_str()], given.as_slice()].concat())
}

/// The same where there is a mark to compare it with, as far as it is known without running a command. `key`: of the marks.
pub(crate) fn client_at_hand(
    invocation: &Invocation<'_>,
    profile: &Profile,
    record: &Record,
    key: impl FnOnce() -> Result<SealingKey>,
) -> Option<String> {
    if record.marks.is_empty() {
        return None;
    }
    let secrets = stored_secrets::at_hand(invocation, profile)?;
    Some(client(profile, &key().ok()?, &secrets))
}

/// A keyed hash of all that was sent but the tokens: how it is sent, where to, and what the profile gives.
pub(super) fn about(profile: &Profile, key: &SealingKey, secrets: &Secrets) -> String {
    let mut parts = vec![profile.token_address()];
    for step in profile.dialect.refresh().steps() {
        // An address that an answer gives cannot be told beforehand.
        let Ok(request) = profile.masked_in_order(&step, "token", &still()) else { continue };
        parts.push(format!("{} {}", request.method.word(), request.url));
        let headers = request.headers.iter().map(|(name, value)| format!("{name}: {}", value.as_str()));
        parts.extend(headers.chain(request.body.iter().map(|body| body.as_str().to_owned())));
        let digest = request.proofs.digest.iter();
        parts.extend(digest.map(|one| format!("{}:{}", one.username.as_str(), one.password.as_str())));
    }
    // Nor does it matter here in which order the words of the scope are written.
    let scope = profile.scope().map(|scope| (scope, sorted(scope)));
    let given = secrets.given().map(|value| match &scope {
        Some((written, sorted)) if value == *written => sorted.as_str(),
        _ => value,
    });
    let parts: Vec<&str> = parts.iter().map(String::as_str).chain(given).collect();
    key.keyed_hash(&parts)
}

/// A request's clock and dice, both stopped.
fn still() -> Nonces {
    let drawn = || "0".repeat(64);
    Nonces { now_ms: 0, uuid: drawn(), random: drawn(), random_digits: drawn() }
}

/// What whoever would ask the same again is to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rest {
    AskAgain,
    /// Not to ask; for so many seconds, or for good.
    Spare(Option<u64>),
}

/// Whether the vendor is to be asked again although nothing has changed.
pub(super) fn rest(mark: &Mark, profile: &Profile, now: &Moment) -> Rest {
    let reuse = match (profile.renews_with(), mark.outcome.refusal()) {
        (RenewsWith::Client, _) => Reuse::Nothing,
        (_, Some(RefusalKind::ClientRejected)) => Reuse::Token,
        _ => Reuse::RefusedToken,
    };
    let Some(pause) = retry::spared_for(reuse, mark.evidence, profile.policy, mark.again) else {
        return Rest::Spare(None);
    };
    // What lies ahead was told by another clock: nobody knows how long ago it was.
    let left = mark.at.age(now).map_or(0, |_| millis(pause) - now.certainly_since(&mark.at));
    match u64::try_from(left) {
        Ok(left) if left > 0 => Rest::Spare(Some(Duration::from_millis(left).as_secs() + 1)),
        _ => Rest::AskAgain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::outcome::Said;
    use crate::credential::secrets::ClientSecret;
    use crate::profile::secret_source::SecretSource;
    use crate::testing::profiles::profile;
    use crate::testing::samples::moment;

    const URL: &str = "token_url = 'https://a.example/t'\n";
    const SECRET: &str = "client_secret = { env = 'S' }\n";

    fn of(keys: &str) -> Profile {
        profile(&format!("dialect = 'oauth2'\n{keys}")).expect(keys)
    }

    /// Each secret is the name of its variable, with `end` after it.
    fn secrets(profile: &Profile, end: &str) -> Secrets {
        let read = |source: &SecretSource| match source {
            SecretSource::Env(name) => Ok(ClientSecret::new(format!("{name}{end}"))),
            _ => Err("no variable".to_owned()),
        };
        profile.secrets_by(read).expect("read")
    }

    fn key(text: &str) -> SealingKey {
        SealingKey::from_base64(text).expect("a key")
    }

    fn one() -> SealingKey {
        key("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
    }

    #[test]
    fn a_mark_is_about_all_that_was_sent_and_about_nothing_else() {
        let about_of = |keys: &str, end: &str| {
            let profile = of(keys);
            about(&profile, &one(), &secrets(&profile, end))
        };
        let base = format!("{URL}client_id = 'c'\n{SECRET}");
        let then = about_of(&base, "-1");
        for (keys, end, holds_still) in [
            (base.clone(), "-1", true),
            (format!("{base}account = 'b'\n"), "-1", true),
            (format!("{base}min_ttl = '5m'\ntimeout = '9s'\n"), "-1", true),
            (format!("{base}scope = 'other'\n"), "-1", false),
            (format!("{base}params = {{ tenant = 'eu' }}\n"), "-1", false),
            (format!("{base}client_auth = 'client_secret_post'\n"), "-1", false),
            (format!("token_url = 'https://a.example/u'\nclient_id = 'c'\n{SECRET}"), "-1", false),
            (format!("token_url = 'https://b.example/t'\nclient_id = 'c'\n{SECRET}"), "-1", false),
            (format!("{URL}client_id = 'd'\n{SECRET}"), "-1", false),
            (base.clone(), "-2", false),
            (format!("{URL}client_id = 'c'\n"), "-1", false),
            (format!("{base}proxy = 'http://p.example'\nproxy_auth = {{ env = 'P' }}\n"), "-1", false),
        ] {
            assert_eq!(about_of(&keys, end) == then, holds_still, "{keys}{end}");
        }
        let ordered = |scope: &str| about_of(&format!("{base}scope = '{scope}'\n"), "-1");
        assert_eq!(ordered("a b"), ordered("b a"));
        assert_ne!(ordered("a b"), ordered("a"));
        let profile = of(&base);
        let other = key("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        assert_ne!(about(&profile, &other, &secrets(&profile, "-1")), then, "another key");
    }

    #[test]
    fn the_client_is_all_but_what_is_asked_for() {
        let of_client = |keys: &str, end: &str| {
            let profile = of(keys);
            client(&profile, &one(), &secrets(&profile, end))
        };
        let base = format!("{URL}client_id = 'c'\n{SECRET}params.pin.env = 'PIN'\nscope = 'a b'\n");
        let then = of_client(&base, "-1");
        for (keys, end, same) in [
            (base.replace("a b", "b a"), "-1", true),
            (format!("{base}params.tenant = 'eu'\n"), "-1", true),
            (base.clone(), "-2", false),
            (base.replace("params.pin.env = 'PIN'\n", ""), "-1", false),
            (format!("{base}client_auth = 'client_secret_post'\n"), "-1", false),
            (base.replace("'c'", "'d'"), "-1", false),
            (base.replace("a.example/t", "a.example/u"), "-1", false),
        ] {
            assert_eq!(of_client(&keys, end) == then, same, "{keys}{end}");
        }
    }

    #[test]
    fn what_it_is_about_cannot_be_put_together_from_other_pieces() {
        let about = |url: &str, id: &str| {
            let profile = of(&format!("token_url = '{url}'\nclient_id = '{id}'\n"));
            about(&profile, &one(), &secrets(&profile, ""))
        };
        assert_ne!(about("https://a.example/tc", "d"), about("https://a.example/t", "cd"));
    }

    fn mark(outcome: Outcome, evidence: Evidence, at: Moment, again: u32) -> Mark {
        let (about, alike, client, audience) = (String::new(), Vec::new(), None, None);
        Mark { outcome, about, alike, client, audience, evidence, at, again, told: false }
    }

    #[test]
    fn the_vendor_is_spared_as_long_as_the_evidence_bears() {
        const MINUTE: i64 = 60;
        const DAY: i64 = 86_400;
        use Evidence::{Status, Words};
        use RefusalKind::{ClientRejected, LoginRequired};
        // How long after each refusal in turn the same is asked again; `None`: never.
        for (rotation, kind, evidence, pauses) in [
            ("strict", LoginRequired, Words, vec![Some(DAY), Some(DAY)]),
            ("none", LoginRequired, Words, vec![Some(DAY), Some(DAY)]),
            ("family", LoginRequired, Words, vec![None]),
            ("unknown", LoginRequired, Words, vec![None]),
            ("commit-on-use", LoginRequired, Words, vec![None]),
            ("family", ClientRejected, Words, vec![Some(DAY), Some(DAY)]),
            ("unknown", LoginRequired, Status, vec![Some(MINUTE), Some(2 * MINUTE), Some(4 * MINUTE), None]),
            (
                "family",
                ClientRejected,
                Status,
                vec![Some(MINUTE), Some(2 * MINUTE), Some(4 * MINUTE), Some(8 * MINUTE)],
            ),
            (
                "strict",
                LoginRequired,
                Status,
                [1, 2, 4, 8, 16, 32, 60, 60].map(|minutes| Some(minutes * MINUTE)).to_vec(),
            ),
        ] {
            let profile = of(&format!("{URL}client_id = 'c'\nrotation = '{rotation}'\n"));
            for (again, pause) in pauses.into_iter().enumerate() {
                let outcome = Outcome::Refused {
                    kind,
                    said: Said { status: 401, words: None },
                    lost_at: None,
                    sent_by: Vec::new(),
                };
                let again = u32::try_from(again).expect("small");
                let mark = mark(outcome, evidence, moment(1_000), again);
                let after = |seconds| rest(&mark, &profile, &moment(1_000 + seconds));
                let told = format!("{rotation} {kind:?} {evidence:?} {again}");
                match pause {
                    None => assert_eq!(after(400 * DAY), Rest::Spare(None), "{told}"),
                    Some(pause) => {
                        assert_eq!(after(pause - 1), Rest::Spare(Some(2)), "{told}");
                        assert_eq!(after(pause), Rest::AskAgain, "{told}");
                    }
                }
            }
        }
        let never = of(&format!("{URL}client_id = 'c'\nrotation = 'strict'\nreplay = 'never'\n"));
        let outcome = Outcome::Refused {
            kind: LoginRequired,
            said: Said { status: 401, words: None },
            lost_at: None,
            sent_by: Vec::new(),
        };
        let mark = mark(outcome, Status, moment(0), 0);
        assert_eq!(rest(&mark, &never, &moment(400 * DAY)), Rest::Spare(None));
    }
}
