//! From an answer as it came to the state after it: read by the dialect, its words made fit to be
//! shown, applied by `credential::transition`, which knows no dialect and no profile.

use std::time::Duration;

use super::mark::{self, Fingerprint, Rest};
use super::notice;
use crate::base::clock::Moment;
use crate::base::redact;
use crate::credential::audience::Audience;
use crate::credential::dpop;
use crate::credential::expiry::Lifetimes;
use crate::credential::mark::Mark;
use crate::credential::outcome::{HOLDS, Outcome};
use crate::credential::reading::{Evidence, Reading, RefusalKind, Tokens};
use crate::credential::record::Record;
use crate::credential::retry::{Class, Policy};
use crate::credential::secrets::RefreshToken;
use crate::credential::state::{AnswerAt, Beginning, Credential};
use crate::credential::transition::{self, Applied, Described, InFlow, ReadAnswer, Terms};
use crate::dialect::answer;
use crate::dialect::answer::opened::{OpenedAnswer, Sent};
use crate::dialect::digest_auth::{self, DigestChallenge};
use crate::dialect::flow::Step;
use crate::http::message::RawAnswer;
use crate::profile::Profile;
use crate::profile::secrets::Secrets;
use crate::store::seal::SealingKey;

/// What an answer is read with.
pub(crate) struct AnswerReader<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) secrets: &'a Secrets,
    pub(crate) key: &'a SealingKey,
    /// It was this run that asked, and knows all that was sent.
    pub(crate) own: bool,
    /// And no server had asked for more by then: a digest that the request can have was not in it.
    pub(crate) unchallenged: bool,
}

/// Whether the body gives anything new where the dialect looks: then more was looked at than who asks. A header, such as a
/// session's cookie, comes with every answer, and a text by itself says nothing.
pub(super) fn gives_something(step: &Step<'_>, before: &Credential, raw: &RawAnswer) -> bool {
    let kind = |name: &str| name.eq_ignore_ascii_case("content-type");
    let headers = raw.headers.iter().filter(|(name, _)| kind(name)).cloned().collect();
    let bare = RawAnswer { headers, ..raw.clone() };
    let known: Vec<&str> = before.record().into_iter().flat_map(Record::secrets).collect();
    let whole = String::from_utf8_lossy(&raw.body);
    let is_new =
        |found: &String| !found.is_empty() && found != whole.trim() && !known.contains(&found.as_str());
    step.open(&bare).secrets().iter().any(is_new)
}

impl AnswerReader<'_> {
    /// What `raw`, an answer to `step` that `before` holds, makes of it.
    pub(crate) fn apply(
        &self,
        before: &Credential,
        source: AnswerAt,
        raw: &RawAnswer,
        step: &Step<'_>,
    ) -> Applied {
        let opened = step.open(raw);
        let new = opened.secrets();
        let secrets = self.known_secrets(before, &new);
        let shown = |words: &str| redact::vendor_words(words, &secrets);
        let reading = self.presentable(before, source, step, &opened, raw, &shown);
        let granted = matches!(reading, Reading::Granted(_));
        let read = ReadAnswer {
            source,
            reading,
            holds_something: opened.holds_something(),
            names_a_secret: &|| {
                let shown = [opened.members(), answer::members(&raw.body)].into_iter().flatten();
                shown.into_iter().any(|members| redact::shows_any(&names(&members), &secrets))
            },
            status: raw.status,
            at: raw.at.clone(),
            date: raw.date(),
            retry_after: if granted { None } else { raw.retry_after().or_else(|| opened.retry_after()) },
            unread: &|| Described {
                looked_for: match opened.missing_part() {
                    Some((name, keep)) if opened.has_doubtful_tokens() => {
                        format!("`{name}` at `{}`, a part of its access token", keep.selector.source())
                    }
                    None if opened.has_doubtful_tokens() => TOKENS.to_owned(),
                    _ => looked_for(step),
                },
                held: shown(&names(&opened.members().unwrap_or_default())),
            },
        };
        let evidence = read.reading.evidence();
        let goes_on =
            source == AnswerAt::Unread && before.unread().is_some_and(|(attempt, _)| attempt.goes_on);
        let terms = self.terms(step, goes_on, asked_for(before, source));
        let mut applied = transition::apply(before, read, &terms);
        self.note_for_proofs(step, raw, &mut applied);
        // Of what an earlier version began nobody noted it.
        if let Some(record) = applied.credential.record_mut() {
            record.name = Some(self.profile.account.clone());
        }
        if step.is_of_a_login() {
            return applied;
        }
        self.marked(applied, &terms.audience, evidence, &raw.at)
    }

    /// What the server wants in the next proof, if it is the server of the credential that is there now.
    fn note_for_proofs(&self, step: &Step<'_>, raw: &RawAnswer, applied: &mut Applied) {
        let its =
            step.exchange.request.dpop && (!step.is_of_a_login() || applied.outcome == Outcome::Granted);
        let record = applied.credential.record_mut().filter(|_| its);
        if let Some(dpop) = record.and_then(|record| record.dpop.as_deref_mut()) {
            dpop.note(&self.profile.proof_server(step), raw);
        }
    }

    /// What the answer means, without anything secret in what is told of it.
    fn presentable(
        &self,
        before: &Credential,
        source: AnswerAt,
        step: &Step<'_>,
        opened: &OpenedAnswer<'_>,
        raw: &RawAnswer,
        shown: &dyn Fn(&str) -> String,
    ) -> Reading {
        // What a login gives is compared with nothing that is there.
        let renewed = before.record().filter(|_| !step.is_of_a_login());
        let login = before.login_of(source);
        let mut reading = self.reading(renewed, opened, login);
        if matches!(reading, Reading::Refused { .. } | Reading::Unknown(_)) {
            let new = reading.new_refresh_token().cloned();
            reading = self.challenged(before, step, opened, raw, new).unwrap_or(reading);
        }
        if let Reading::Refused { words, .. } | Reading::Unreadable { words, .. } = &mut reading {
            // What a person typed then may stand in them, and nobody knows it now.
            let known = self.own || login.is_none();
            *words = words.take().filter(|_| known).map(|words| shown(&words));
        }
        name_what_it_holds(&mut reading, opened, shown);
        if let Reading::Granted(tokens) = &mut reading {
            self.leave_echoes_out(tokens, before);
        }
        reading
    }

    /// What an answer means that only asks who asks. `None`: that it means nothing else.
    fn challenged(
        &self,
        before: &Credential,
        step: &Step<'_>,
        opened: &OpenedAnswer<'_>,
        raw: &RawAnswer,
        new: Option<RefreshToken>,
    ) -> Option<Reading> {
        let request = &step.exchange.request;
        let wants_proof = request.dpop && dpop::is_challenge(raw);
        let wants_digest = request.digest.is_some() && DigestChallenge::of(raw).is_some();
        if (wants_proof || wants_digest) && gives_something(step, before, raw) {
            // What came may be the only copy of it.
            return Some(Reading::Unreadable { refresh_token: new, words: opened.words() });
        }
        // One challenge was obeyed; another says nothing of what was presented either.
        let (verdict, words) = if wants_proof {
            (RefusalKind::Unavailable, opened.words())
        } else {
            let unanswerable = request.digest.as_ref().filter(|_| self.unchallenged);
            let why = unanswerable.and_then(|_| digest_auth::unanswerable(raw))?;
            (RefusalKind::RequestRejected, Some(why))
        };
        Some(Reading::Refused { verdict, evidence: Evidence::Words, words, refresh_token: new })
    }

    /// All that no words of the vendor may show. `new`: what the answer itself gives.
    fn known_secrets<'s>(&'s self, before: &'s Credential, new: &'s [String]) -> Vec<&'s str> {
        let mut secrets = self.secrets.never_shown(self.profile);
        secrets.extend(before.record().into_iter().flat_map(Record::secrets));
        secrets.extend(new.iter().map(String::as_str));
        secrets
    }

    /// What is printed with an access token shows no part of a secret, even if the vendor puts one there.
    fn leave_echoes_out(&self, tokens: &mut Tokens, before: &Credential) {
        let refresh = before.record().into_iter().flat_map(Record::never_printed);
        let new = tokens.refresh_token.iter().map(RefreshToken::expose);
        let all = self.secrets.never_shown(self.profile).into_iter().chain(refresh).chain(new);
        let all: Vec<String> =
            all.map(own_part).filter(|part| part.len() >= SHORTEST).map(str::to_owned).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let echoes = |text: &str| redact::shows_any(text, &all);
        for (what, text) in [
            ("scope", &mut tokens.scope),
            ("token type", &mut tokens.token_type),
            ("account", &mut tokens.account),
        ] {
            if text.as_deref().is_some_and(echoes) {
                *text = None;
                tokens.warnings.push(format!("the answer's {what} holds part of a secret, and is omitted"));
            }
        }
        // Told already, if it is the account.
        tokens.who = tokens.who.take().filter(|who| !echoes(who));
        for (name, kept) in tokens.kept.iter_mut().filter(|(_, kept)| !kept.secret) {
            if echoes(kept.value.expose()) {
                kept.secret = true;
                tokens
                    .warnings
                    .push(format!("the answer's `{name}` holds part of a secret, and is kept as one"));
            }
        }
    }

    /// The same for an answer after which something else was granted; `None`: it still cannot be read.
    pub(crate) fn apply_late(&self, before: &Credential, at: usize, step: &Step<'_>) -> Option<Credential> {
        let opened = step.open(&before.seals.get(at)?.raw);
        transition::apply_late(before, at, self.reading(before.record(), &opened, None))
    }

    /// What it means to whoever knows what was sent, and is not taken in by an echo of it.
    fn reading(
        &self,
        renewed: Option<&Record>,
        opened: &OpenedAnswer<'_>,
        login: Option<(&str, &Beginning)>,
    ) -> Reading {
        let presented = self.secrets.all(self.profile);
        // What a person typed is no token either.
        let was_sent = |text: &str| login.is_some_and(|(nonce, login)| login.has_presented(nonce, text));
        let spent = |token: &str| renewed.is_some_and(|record| record.is_spent(&RefreshToken::new(token)));
        let refresh_token = renewed.and_then(|record| record.refresh_token.as_ref());
        let refresh_token = refresh_token.map(RefreshToken::expose);
        let reading = opened.reading_after(&Sent {
            refresh_token,
            secrets: &presented,
            was_sent: Some(&was_sent),
            is_spent: Some(&spent),
        });
        opened.given_out(reading, self.profile.plain())
    }

    fn terms(&self, step: &Step<'_>, goes_on: bool, audience: Audience) -> Terms {
        // Nothing that a login presents is presented again.
        let once = Policy { class: Class::Unknown, grace: Duration::ZERO, never: true };
        Terms {
            audience,
            policy: if step.is_of_a_login() { once } else { self.profile.policy },
            lifetimes: lifetimes(self.profile),
            renews_with: self.profile.renews_with(),
            needs_access_token: self.profile.needs_access_token(),
            step: InFlow { first: step.is_first() && !goes_on, last: step.is_last(), spends: step.spends() },
            bound: self.profile.binding.clone(),
        }
    }

    /// A refusal for good spares the vendor the same question, for as long as its evidence bears.
    fn marked(&self, mut applied: Applied, audience: &Audience, evidence: Evidence, at: &Moment) -> Applied {
        if let Some(ended) = applied.credential.record_mut().and_then(|record| record.ended_mut(audience))
            && ended.is_about_the_client()
            && ended.at == *at
        {
            ended.client = Some(mark::client(self.profile, self.key, self.secrets));
        }
        let for_good = [RefusalKind::LoginRequired, RefusalKind::ClientRejected];
        let kind = applied.outcome.refusal();
        if kind.is_some_and(|kind| for_good.contains(&kind))
            && let Some(record) = applied.credential.record_mut()
        {
            let fingerprint = Fingerprint::of(self.profile, self.key, self.secrets);
            let is_alike = |last: &&Mark| last.outcome.refusal() == kind && fingerprint.is_refused_by(last);
            let alike = record.marks.iter().find(is_alike);
            let again = alike.map_or(0, |last| last.again.saturating_add(1));
            let told = kind.is_some_and(|kind| notice::is_told(&record.marks, kind, self.profile));
            let mark = fingerprint.mark(audience, applied.outcome.clone(), evidence, at, again);
            let mark = Mark { told, ..mark };
            if let Rest::Spare(wait) = mark::rest(&mark, self.profile, at) {
                applied.retry_after = applied.retry_after.or(wait.map(|wait| wait - 1));
            }
            record.marks.note(mark);
        }
        applied
    }
}

/// What the answer was asked for, perhaps by another profile.
fn asked_for(before: &Credential, source: AnswerAt) -> Audience {
    let noted = match source {
        AnswerAt::Unread => before.unread().and_then(|(attempt, _)| attempt.audience.as_ref()),
        AnswerAt::Seal(at) => before.seals.get(at).and_then(|seal| seal.audience.as_ref()),
    };
    noted.cloned().unwrap_or_else(Audience::unnamed)
}

/// How long this profile's tokens live if nobody says.
pub(crate) fn lifetimes(profile: &Profile) -> Lifetimes {
    let dialect = &profile.dialect;
    Lifetimes {
        access: profile.access_lifetime,
        refresh: dialect.refresh_lifetime.as_ref().map(|span| span.0),
        refresh_kind: dialect.refresh_lifetime_kind,
        margin: dialect.margin.as_ref().map_or(Duration::ZERO, |span| span.0),
    }
}

/// A shorter secret may be a word of the vendor's.
const SHORTEST: usize = 8;

/// Of a signed token the signature: all of one issuer begin alike.
fn own_part(secret: &str) -> &str {
    match secret.split_once('.') {
        Some((head, rest)) if head.starts_with("eyJ") => rest.rsplit('.').next().unwrap_or(rest),
        _ => secret,
    }
}

/// They stand where the dialect looks, but they break off, differ, are odd, or are what was sent.
const TOKENS: &str = "tokens that are certain";

/// What an answer holds, which is what a dialect's author needs to see.
fn names(members: &[(String, String)]) -> String {
    members.iter().map(|(at, _)| at.as_str()).collect::<Vec<_>>().join(", ")
}

/// A failure whose words the dialect does not name is told by the names of what it holds.
fn name_what_it_holds(reading: &mut Reading, opened: &OpenedAnswer<'_>, shown: impl Fn(&str) -> String) {
    let holds = || {
        let members = opened.members().filter(|members| !members.is_empty())?;
        Some(format!("{HOLDS}{}", shown(&names(&members))))
    };
    match reading {
        Reading::Refused { words: words @ None, .. } => *words = holds(),
        Reading::Unknown(why) if opened.is_whole_failure() => {
            let told = opened.words().map(|words| shown(&words)).or_else(holds);
            why.extend(told.map(|told| format!(": {told}")));
        }
        _ => {}
    }
}

/// What a success of the step would have to hold, and where.
fn looked_for(step: &Step<'_>) -> String {
    let answer = &step.exchange.answer;
    let kept = answer.keep.iter().filter(|(_, keep)| !keep.optional);
    match (&answer.access_token, step.is_last()) {
        (Some(place), true) => format!("access token at `{}`", place.source()),
        (None, true) => "sign of a success".to_owned(),
        (_, false) => {
            let names: Vec<String> =
                kept.map(|(name, keep)| format!("`{name}` at `{}`", keep.selector.source())).collect();
            if names.is_empty() { "sign of a success".to_owned() } else { names.join(" or no ") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::access::AccessExpiry;
    use crate::credential::outcome::{Outcome, Said};
    use crate::credential::secrets::{ClientSecret, Kept};
    use crate::credential::state::Attempt;
    use crate::testing::profiles::profile;
    use crate::testing::samples::{access, attempt, credential, moment, raw};

    /// First a session, then a token of it.
    const OWN: &str = "dialect = 'own'\nbase_url = 'https://a.example'\nclient_secret = { env = 'S' }\n[dialects.own]\nsteps = ['session', 'refresh']\n\
        exchanges.session.request = { url = '{{ base_url }}/s', form.t = '{{ refresh_token }}', form.s = '{{ client_secret }}' }\n\
        exchanges.session.answer = { words = ['/error'], refresh_token = '/rt', retry_after = [{ at = '/wait', unit = 'seconds' }], keep = { id = '/id', of = { header = 'X-Of' }, hint = { at = '/hint', optional = true } } }\n\
        exchanges.session.refusals = [{ is = 'login_required', status = [401] }, { is = 'client_rejected', status = [403] }, { is = 'rate_limited', status = [429] }, { is = 'unavailable', status = [503] }, { is = 'request_rejected', status = [422] }, { is = 'no_answer', status = [504] }]\n\
        exchanges.refresh.request = { url = '{{ base_url }}/t', form = { i = '{{ kept.id }}', o = '{{ kept.of }}', h = '{{ kept.hint }}' } }\n\
        exchanges.refresh.answer = { access_token = ['/at', '/token'] }\n";

    fn key() -> SealingKey {
        SealingKey::from_base64("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").expect("a key")
    }

    /// With everything in it that must not show: no two have a stretch in common.
    fn before() -> Credential {
        let mut before = credential(1, 2, 3, "rt-0f3a9c71be52");
        let record = before.record_mut().expect("held");
        record.candidates = vec![RefreshToken::new("rt-77d1e0b4a9f6")];
        record.set_access(
            &Audience::default(),
            Some(access("at-5c2288e19d03", moment(1), AccessExpiry::Unknown)),
        );
        record.kept.insert("id".into(), Kept::new("id-e64b0a37c1f9".into(), true));
        record.kept.insert("of".into(), Kept::new("open-to-everybody".into(), false));
        before
    }

    /// What the named step's answer makes of it.
    fn applied(profile: &Profile, before: &Credential, step: &str, raw: &RawAnswer) -> Applied {
        let secrets = profile.secrets_by(|_| Ok(ClientSecret::new("cs-91fa3d6c05b8"))).expect("read");
        let reader = AnswerReader { profile, secrets: &secrets, key: &key(), own: true, unchallenged: false };
        let asked = before.opened(attempt(0), None).answered(raw.clone());
        reader.apply(&asked, AnswerAt::Unread, raw, &profile.dialect.step(step).expect(step))
    }

    #[test]
    fn what_a_success_would_have_to_hold_is_named_with_its_places() {
        let of = |keys: &str, step: &str| {
            let profile = profile(keys).expect(keys);
            looked_for(&profile.dialect.step(step).expect(step))
        };
        let only = OWN.replace(", of = { header = 'X-Of' }", "").replace(", o = '{{ kept.of }}'", "");
        let none = only.replace("keep = { id = '/id', ", "keep = { ").replace("i = '{{ kept.id }}', ", "");
        let stays = OWN.replace("access_token = ['/at', '/token']", "keeps_access_token = true");
        for (keys, step, wanted) in [
            (OWN, "refresh", "access token at `/at, /token`"),
            (OWN, "session", "`id` at `/id` or no `of` at `header x-of`"),
            (&only, "session", "`id` at `/id`"),
            (&none, "session", "sign of a success"),
            (&stays, "refresh", "sign of a success"),
        ] {
            assert_eq!(of(keys, step), wanted, "{keys}");
        }
    }

    #[test]
    fn words_of_a_vendor_that_hold_a_secret_are_withheld() {
        let profile = profile(OWN).expect(OWN);
        let withheld = "(withheld: the vendor's words contain part of a secret)";
        for (words, shown) in [
            ("expired\u{1b}[31m", "expired?[31m"),
            ("open-to-everybody", "open-to-everybody"),
            ("bad rt-0f3a9c71be52", withheld),
            ("bad rt-77d1e0b4a9f6", withheld),
            ("bad at-5c2288e19d03", withheld),
            ("bad id-e64b0a37c1f9", withheld),
            ("bad cs-91fa3d6c05b8", withheld),
        ] {
            let body = serde_json::json!({ "error": words }).to_string();
            for (status, wanted) in [(403, true), (200, false)] {
                let applied = applied(&profile, &before(), "session", &raw(status, &body));
                let said = match &applied.outcome {
                    Outcome::Refused { said, kind: RefusalKind::ClientRejected, .. } if wanted => said,
                    Outcome::Refused { said, kind: RefusalKind::Unavailable, .. } if !wanted => said,
                    other => panic!("{other:?}"),
                };
                assert_eq!(*said, Said { status, words: Some(shown.to_owned()) }, "{words}");
            }
        }
    }

    #[test]
    fn a_token_that_just_came_is_a_secret_too_also_among_the_names_of_members() {
        let profile = profile(OWN).expect(OWN);
        let new = "rt-CANARY-b20e7f";
        for (member, words) in [("x", format!("took {new}")), (new, "took it".into())] {
            let body = serde_json::json!({ "rt": new, "error": words, member: 1 }).to_string();
            let Outcome::Unreadable { held, said, looked_for, .. } =
                applied(&profile, &before(), "session", &raw(200, &body)).outcome
            else {
                panic!("it holds no `id`");
            };
            assert!(!format!("{held} {said:?}").contains("CANARY"), "{held} {said:?}");
            assert_eq!(looked_for, "`id` at `/id` or no `of` at `header x-of`");
            assert_eq!(held.starts_with("(withheld"), member == new, "{held}");
        }
        let applied = applied(&profile, &before(), "session", &raw(200, r#"{"b":{"c":1},"a":2}"#));
        assert!(matches!(applied.outcome, Outcome::Unreadable { held, .. } if held == "/b/c, /a"));
    }

    #[test]
    fn names_are_looked_at_for_secrets_in_every_value_that_may_be_told() {
        let profile = profile(OWN).expect(OWN);
        // The second is what is read, the first what `recover` tells.
        for (body, secret) in [
            (r#"{"cs-91fa3d6c05b8":1} {"rt":" ","error":7}"#, true),
            (r#"{"plain":1} {"rt":" ","error":7}"#, false),
        ] {
            let after = applied(&profile, &before(), "session", &raw(200, body)).credential;
            let seals: Vec<bool> = after.seals.iter().map(|seal| seal.names_a_secret).collect();
            assert_eq!(seals, [secret], "{body}");
        }
    }

    #[test]
    fn tokens_of_one_issuer_begin_alike_and_are_no_echo_of_each_other() {
        assert_eq!(own_part("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"), "c2lnbmF0dXJl");
        assert_eq!(own_part("a.b.c"), "a.b.c");
        let profile = profile(&OWN.replace("id = '/id'", "id = '/id', seen = '/seen'")).expect(OWN);
        let head =
            "eyJhbGciOiJSUzI1NiIsInR5cCIgOiAiSldUIiwia2lkIiA6ICJhIn0.eyJpc3MiOiJodHRwczovL2EuZXhhbXBsZSJ9";
        for (seen, secret) in [("b25lLXNpZ25hdHVyZQ", false), ("c2lnbmF0dXJlLXR3bw", true)] {
            let mut there = before();
            there.record_mut().expect("held").refresh_token =
                Some(RefreshToken::new(format!("{head}.c2lnbmF0dXJlLXR3bw")));
            let body = serde_json::json!({ "id": "i", "seen": format!("{head}.{seen}") }).to_string();
            let mut raw = raw(200, &body);
            raw.headers.push(("x-of".into(), "o".into()));
            let after = applied(&profile, &there, "session", &raw).credential;
            assert_eq!(after.record().expect("held").kept["seen"].secret, secret, "{seen}");
        }
    }

    #[test]
    fn the_first_step_is_presented_again_whichever_step_was_asked_last() {
        let family = OWN.replace("steps = [", "rotation = 'family'\nsteps = [");
        let profile = profile(&family).expect("whole");
        let secrets = profile.secrets_by(|_| Ok(ClientSecret::new("cs-91fa3d6c05b8"))).expect("read");
        let reader = AnswerReader {
            profile: &profile,
            secrets: &secrets,
            key: &key(),
            own: true,
            unchallenged: false,
        };
        let mut there = before();
        there.record_mut().expect("held").candidates.clear();
        let step = profile.dialect.step("session").expect("there");
        let at = |step: &str, replays| Attempt { step: step.into(), ..attempt(replays) };
        let raw = raw(400, "{}");
        for (earlier, used_up) in [(Some("refresh"), true), (Some("session"), true), (None, false)] {
            let earlier = earlier.map(|step| Attempt { nonce: "first".into(), ..at(step, 0) });
            let replays = u32::from(earlier.is_some());
            let asked = there.opened(at("session", replays), earlier).answered(raw.clone());
            let after = reader.apply(&asked, AnswerAt::Unread, &raw, &step).credential;
            assert_eq!(
                after.open().is_some(),
                used_up,
                "{:?}",
                asked.open().map(|open| open.earlier.is_some())
            );
        }
    }

    #[test]
    fn behind_a_step_that_was_taken_this_time_nothing_is_the_first() {
        let keys = "dialect = 'own'\nbase_url = 'https://a.example'\n[dialects.own]\nrotation = 'family'\nrefresh_lifetime = '30d'\nsteps = ['renewal', 'refresh']\n\
            exchanges.renewal = { refresh_expires_within = '7d', request = { url = '{{ base_url }}/r', form.t = '{{ refresh_token }}' }, answer.refresh_token = '/rt' }\n\
            exchanges.refresh = { request = { url = '{{ base_url }}/t', form.t = '{{ refresh_token }}' }, answer.access_token = '/at' }\n";
        let profile = profile(keys).expect("whole");
        let secrets = profile.secrets_by(|_| Ok(ClientSecret::new("cs-91fa3d6c05b8"))).expect("read");
        let key = key();
        let reader =
            AnswerReader { profile: &profile, secrets: &secrets, key: &key, own: false, unchallenged: false };
        let at = |step: &str, goes_on| Attempt { step: step.into(), goes_on, ..attempt(0) };
        let raw = raw(400, "{}");
        let step = profile.dialect.step("refresh").expect("there");
        // It goes on from the renewal, which gave no other token; or repeats it, of which no answer came.
        for (goes_on, left) in [(true, "renewal"), (false, "refresh")] {
            let mut there = before();
            there.record_mut().expect("held").candidates.clear();
            let asked =
                there.opened(at("refresh", goes_on), Some(at("renewal", false))).answered(raw.clone());
            let after = reader.apply(&asked, AnswerAt::Unread, &raw, &step).credential;
            assert_eq!(after.open().map(|open| open.attempt.step.as_str()), Some(left));
        }
    }

    #[test]
    fn only_what_is_refused_for_good_is_marked() {
        use RefusalKind::*;
        let profile = profile(OWN).expect(OWN);
        let mut alone = before();
        alone.record_mut().expect("held").candidates.clear();
        for (status, kind, marked) in [
            (401, Some(LoginRequired), true),
            (403, Some(ClientRejected), true),
            (429, Some(RateLimited), false),
            (503, Some(Unavailable), false),
            (422, Some(RequestRejected), false),
            (504, None, false),
            (200, None, false),
        ] {
            let applied = applied(&profile, &alone, "session", &raw(status, "{}"));
            assert_eq!(applied.outcome.refusal(), kind, "{status}");
            let mark = applied.credential.record().expect("held").marks.newest();
            assert_eq!(mark.map(|mark| &mark.outcome), Some(&applied.outcome).filter(|_| marked), "{status}");
            let secrets = profile.secrets_by(|_| Ok(ClientSecret::new("cs-91fa3d6c05b8"))).expect("read");
            assert!(
                mark.is_none_or(|mark| mark.about == mark::about(&profile, &key(), &secrets)),
                "{status}"
            );
        }
        // Another refresh token is at hand, so nothing is for good.
        let applied = applied(&profile, &before(), "session", &raw(401, "{}"));
        assert_eq!(applied.outcome, Outcome::OtherAtHand);
        assert!(applied.credential.record().is_some_and(|record| record.marks.is_empty()));
    }

    /// What an answer of OAuth 2.0 means: by its status, and by what its body is.
    fn meant(status: u16, body: &str) -> &'static str {
        match (status, body) {
            (200..300, PAIR) => "granted",
            (200..300, "" | PAGE) => "no_answer",
            (200..300 | 400..500, GRANT) => "login_required",
            (200..300 | 400..500, CLIENT) => "client_rejected",
            (200..300, OTHER_ERROR) => "unavailable",
            (200..300, _) => "unreadable_answer",
            (429, _) => "rate_limited",
            (503, _) => "unavailable",
            (408 | ..300 | 500.., _) => "no_answer",
            (_, PAGE) => "unavailable",
            (401, _) => "client_rejected",
            _ => "request_rejected",
        }
    }

    const PAIR: &str = r#"{"access_token":"at-new","refresh_token":"rt-new","expires_in":3600}"#;
    const PAGE: &str = "<!doctype html><title>One moment</title>";
    const GRANT: &str = r#"{"error":"invalid_grant"}"#;
    const CLIENT: &str = r#"{"error":"invalid_client"}"#;
    const OTHER_ERROR: &str = r#"{"error":"overloaded"}"#;

    #[test]
    fn every_status_with_every_body_has_its_verdict_its_mark_and_its_end() {
        let statuses = [
            100, 199, 200, 201, 202, 203, 206, 299, 300, 301, 302, 307, 308, 400, 401, 402, 403, 404, 405,
            408, 409, 410, 418, 422, 425, 429, 451, 499, 500, 501, 502, 503, 504, 520, 599,
        ];
        let bodies =
            ["", PAGE, "{}", PAIR, GRANT, CLIENT, OTHER_ERROR, r#"{"error":""}"#, "no", "[1]", "a=b"];
        for rotation in ["strict", "family", "unknown"] {
            let keys = format!(
                "dialect = 'oauth2'\ntoken_url = 'https://a.example/t'\nclient_id = 'c'\nrotation = '{rotation}'\n"
            );
            let profile = profile(&keys).expect("a profile");
            let secrets = profile.secrets_by(|_| Ok(ClientSecret::new("s"))).expect("read");
            let key = key();
            let reader = AnswerReader {
                profile: &profile,
                secrets: &secrets,
                key: &key,
                own: true,
                unchallenged: false,
            };
            for (status, body, again) in statuses
                .iter()
                .flat_map(|status| bodies.map(|body| [(*status, body, false), (*status, body, true)]))
                .flatten()
            {
                let told = format!("{rotation} {status} {body:?} again: {again}");
                let raw = raw(status, body);
                let earlier = again.then(|| Attempt { nonce: "first".into(), ..attempt(0) });
                let asked = credential(1, 2, 3, "rt-old")
                    .opened(attempt(u32::from(again)), earlier)
                    .answered(raw.clone());
                let applied = reader.apply(&asked, AnswerAt::Unread, &raw, &profile.dialect.refresh().last());
                let wanted = meant(status, body);
                let code = applied.outcome.code().map_or("granted", crate::base::error::Code::word);
                assert_eq!(code, wanted, "{told}");
                let after = &applied.credential;
                let record = after.record().expect("held");
                // Only what is refused for good leaves a mark, and a page never does.
                let marked = ["login_required", "client_rejected"].contains(&wanted);
                assert_eq!(!record.marks.is_empty(), marked, "{told}");
                let by = if status == 401 && ![GRANT, CLIENT].contains(&body) {
                    Evidence::Status
                } else {
                    Evidence::Words
                };
                assert!(record.marks.newest().is_none_or(|mark| mark.evidence == by), "{told}");
                // Nothing is forgotten but what was granted anew.
                let token = record.refresh_token.as_ref().map(RefreshToken::expose);
                let salvaged = body == PAIR && wanted == "no_answer";
                let kept = if salvaged || wanted == "granted" { "rt-new" } else { "rt-old" };
                assert_eq!(token, Some(kept), "{told}");
                let candidates: Vec<&str> = record.candidates.iter().map(RefreshToken::expose).collect();
                let other = match (body == PAIR, wanted) {
                    (false, _) | (_, "granted") => None,
                    (true, "no_answer") => Some("rt-old"),
                    (true, _) => Some("rt-new"),
                };
                assert_eq!(candidates, Vec::from_iter(other), "{told}");
                assert_eq!(after.answers().count(), usize::from(wanted == "unreadable_answer"), "{told}");
                // A second presentation is used up unless the vendor itself said that it did nothing.
                let replays = after.open().map(|open| open.attempt.replays);
                let left = match (wanted, again) {
                    ("granted" | "login_required", _) => None,
                    _ if salvaged => None,
                    ("no_answer" | "unreadable_answer", _) => Some(u32::from(again)),
                    (_, false) => None,
                    ("rate_limited", true) => Some(0),
                    ("unavailable", true) => Some(u32::from(status != 503)),
                    ("client_rejected", true) => Some(u32::from(by == Evidence::Status)),
                    (_, true) => Some(1),
                };
                assert_eq!(replays, left, "{told}");
            }
        }
    }

    #[test]
    fn a_vendor_that_grants_asks_for_no_patience_and_a_header_counts_before_the_body() {
        let profile = profile(OWN).expect(OWN);
        let waits = |status, body: &str, header: Option<&str>| {
            let mut raw = raw(status, body);
            raw.headers.extend(header.map(|value| ("retry-after".to_owned(), value.to_owned())));
            raw.headers.push(("x-of".into(), "o".into()));
            applied(&profile, &before(), "session", &raw).retry_after
        };
        for (status, body, header, wanted) in [
            (429, r#"{"wait":9}"#, None, Some(9)),
            (429, r#"{"wait":9}"#, Some("7"), Some(7)),
            (429, r#"{"wait":9}"#, Some("soon"), Some(9)),
            (200, r#"{"id":"i","wait":9}"#, Some("7"), None),
        ] {
            assert_eq!(waits(status, body, header), wanted, "{status} {body} {header:?}");
        }
    }
}
