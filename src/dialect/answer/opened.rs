//! One answer, parsed once, and what it means. Decides nothing else: names are matched exactly, JSON strictly,
//! and what is not understood is said to be so, because an answer may hold the only copy of a rotated token.

use serde_json::Value;

use super::body::{self, members, members_of};
use super::expiry::ExpiryReader;
use super::lookup::Parts;
use super::{redirect, refusal, salvage};
use crate::credential::reading::{Evidence, Expires, Reading, RefusalKind, Tokens};
use crate::credential::secrets::{AccessToken, RefreshToken};
use crate::dialect::flow::Step;
use crate::dialect::schema::{Answer, ExpiresBy, Format, Selector};
use crate::http::message::RawAnswer;

/// An answer of one step: what came, and its parts.
pub(crate) struct OpenedAnswer<'a> {
    step: Step<'a>,
    raw: &'a RawAnswer,
    parts: Parts<'a>,
}

impl<'a> Step<'a> {
    /// Parses an answer, for all that anybody wants to know of it.
    pub(crate) fn open(&self, raw: &'a RawAnswer) -> OpenedAnswer<'a> {
        let Answer { format, ignore_case, .. } = &self.exchange.answer;
        // A list is of the declared format only if somebody looks into it.
        let list = self.exchange.selectors().any(Selector::is_in_list);
        let body = format.iter().find_map(|format| body::read(*format, &raw.body));
        let body = body.filter(|body| body.is_object() || list);
        OpenedAnswer {
            step: *self,
            raw,
            parts: Parts {
                body,
                headers: &raw.headers,
                ignore_case: *ignore_case,
                empty: raw.body.trim_ascii().is_empty(),
            },
        }
    }
}

impl OpenedAnswer<'_> {
    /// What it means.
    pub(crate) fn reading(&self) -> Reading {
        // A body that is not looked at may break off.
        if !self.raw.complete && (self.raw.status == 0 || self.answer().format != [Format::None]) {
            return self.broken_off();
        }
        let listed = refusal::listed(self.step.exchange, self.raw.status, &self.parts);
        if let Some(tokens) = self.success().filter(|_| listed.is_none() || self.is_proven()) {
            return Reading::Granted(Box::new(tokens));
        }
        let by_status = || Some((refusal::by_status(self.raw.status)?, Evidence::Status));
        match listed.or_else(by_status) {
            Some((RefusalKind::NoAnswer, _)) => Reading::Unknown(format!(
                "the vendor answered with a failure of its own (status {})",
                self.raw.status
            )),
            Some((verdict, evidence)) => Reading::Refused { verdict, evidence, words: self.words() },
            None => self.neither(),
        }
    }

    /// What it gives if a person brings it, and nobody knows its status.
    /// Of one whose age is not known either, only absolute expiries count.
    pub(crate) fn imported(&self, age_known: bool) -> Option<Tokens> {
        let mut expiries = self.expiries(self.answer().expires_by);
        expiries.only_absolute = !age_known;
        let tests = &self.step.exchange.success.tests;
        let good = self.parts.body.is_some() && tests.iter().all(|test| test.holds(&self.parts));
        good.then(|| self.step.tokens(&expiries))?
    }

    /// In whole seconds from the answer: what the vendor says beside the header `Retry-After`.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        match self.expiries(ExpiresBy::First).read(&self.answer().retry_after).expires? {
            Expires::After(span) => Some(span.as_secs().max(1)),
            Expires::At(ms) => u64::try_from((ms - self.raw.vendors_ms() + 999).div_euclid(1_000)).ok(),
        }
    }

    /// Where its values stand and of what kind they are, never the values. `None`: it is not JSON.
    pub(crate) fn members(&self) -> Option<Vec<(String, String)>> {
        // The names of a form or the text of an XML document may be what it is about.
        let is_json =
            self.answer().format.iter().all(|format| [Format::Json, Format::JsonWithin].contains(format));
        match self.parts.body.as_ref().filter(|_| is_json) {
            Some(tree) => Some(members_of(tree)),
            None => members(&self.raw.body),
        }
    }

    /// Why it is no success, for who writes the dialect.
    pub(crate) fn why_not(&self) -> String {
        let (parts, success) = (&self.parts, &self.step.exchange.success);
        let lost = self.answer().keep.iter().find(|(_, keep)| {
            !keep.optional && !self.step.is_last() && keep.selector.scalar(parts).is_none()
        });
        let failed = success.tests.iter().find(|test| !test.holds(parts));
        if parts.body.is_none() {
            return "the body is not of the declared format".into();
        }
        match (success.status.holds(self.raw.status), failed, lost, &self.answer().access_token) {
            (false, ..) => format!("status {} is no success", self.raw.status),
            (true, Some(test), ..) => format!("the test at `{}` does not hold", test.source()),
            (true, None, Some((name, keep)), _) => format!("`{name}` is not at `{}`", keep.selector.source()),
            (true, None, None, Some(selector)) => format!("no access token at `{}`", selector.source()),
            _ => "a value is too long to be kept".into(),
        }
    }

    /// Whether an answer that means nothing is worth keeping: it may yet hold a token.
    pub(crate) fn holds_something(&self) -> bool {
        (200..300).contains(&self.raw.status) && !self.raw.body.iter().all(u8::is_ascii_whitespace)
    }

    fn answer(&self) -> &Answer {
        &self.step.exchange.answer
    }

    fn expiries(&self, by: ExpiresBy) -> ExpiryReader<'_> {
        ExpiryReader { parts: &self.parts, by, at_ms: self.raw.vendors_ms(), only_absolute: false }
    }

    fn success(&self) -> Option<Tokens> {
        let status = self.step.exchange.success.status.holds(self.raw.status);
        status.then(|| self.imported(true))?
    }

    /// A success holds something that no refusal does.
    fn is_proven(&self) -> bool {
        match self.step.is_last() {
            true => !self.answer().keeps_access_token,
            false => self.answer().keep.values().any(|keep| !keep.optional),
        }
    }

    fn broken_off(&self) -> Reading {
        match self.salvaged() {
            Some((refresh_token, access)) => Reading::Salvaged(refresh_token, access),
            None if self.raw.status == 0 => Reading::Unknown("no answer came".into()),
            None => Reading::Unknown("the answer broke off".into()),
        }
    }

    /// A new refresh token that came whole is worth more than the old one.
    fn salvaged(&self) -> Option<(RefreshToken, Option<AccessToken>)> {
        if !self.step.exchange.success.status.holds(self.raw.status) {
            return None;
        }
        // Headers came whole, whatever became of the body.
        let json = self.answer().format.contains(&Format::Json);
        let body: Option<Value> = if json { salvage::mend(&self.raw.body) } else { None };
        let parts = Parts { body, ..self.parts };
        let refresh = self.step.new_refresh_token(&parts, &mut Vec::new())?;
        Some((refresh, self.step.access_token(&parts)))
    }

    fn neither(&self) -> Reading {
        if self.parts.body.is_none() || !(200..300).contains(&self.raw.status) {
            // Also an answer that nothing announced the length of may have been cut.
            return match (self.salvaged(), self.raw.status) {
                (Some((refresh_token, access)), _) => Reading::Salvaged(refresh_token, access),
                (None, status @ 200..300) => {
                    Reading::Unknown(format!("the answer (status {status}) is not of the declared format"))
                }
                (None, status) => Reading::Unknown(format!("the vendor answered with status {status}")),
            };
        }
        let refresh_token = self.step.new_refresh_token(&self.parts, &mut Vec::new());
        Reading::Unreadable { refresh_token, words: self.words() }
    }

    /// Texts and numbers: some vendors speak in codes.
    fn words(&self) -> Option<String> {
        let found: Vec<String> =
            self.answer().words.iter().filter_map(|selector| selector.scalar(&self.parts)).collect();
        (!found.is_empty()).then(|| found.join(": ")).or_else(|| redirect::words(self.raw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::Moment;
    use crate::dialect::schema::Dialect;

    const DIALECT: &str = r#"
        [exchanges.refresh.request]
        url = "https://a.example/t"
        form.refresh_token = "{{ refresh_token }}"
        [exchanges.refresh.answer]
        access_token = "/access_token"
        refresh_token = ["/refresh_token", { header = "X-Refresh" }]
        scope = "/scope"
        access_expires = [{ at = "/expires_in", unit = "seconds" }]
        retry_after = [{ at = "/wait", unit = "seconds" }, { at = "/until", unit = "epoch_seconds" }]
        words = ["/error", "/code"]
        keep.shard = { at = "/shard", optional = true }
        [exchanges.refresh.success]
        tests = [{ at = "/ok", not_equals = false }]
        [[exchanges.refresh.refusals]]
        is = "login_required"
        tests = [{ at = "/error", equals = "invalid_grant" }]
        [[exchanges.refresh.refusals]]
        is = "no_answer"
        status = [504]
    "#;

    fn raw(status: u16, body: &str) -> RawAnswer {
        let at = Moment { wall_ms: 1_000_000, boot_ms: 0, boot: "test".into() };
        RawAnswer { status, headers: Vec::new(), body: body.into(), complete: true, at }
    }

    fn dialect(text: &str) -> Dialect {
        toml::from_str(text).expect("a dialect")
    }

    /// In one line: what it is, and what came with it.
    fn read(dialect: &str, raw: &RawAnswer) -> String {
        let shown = |token: Option<&str>| token.unwrap_or("-").to_owned();
        match self::dialect(dialect).refresh().last().open(raw).reading() {
            Reading::Granted(tokens) => format!(
                "granted {} {}",
                shown(tokens.access_token.as_ref().map(AccessToken::expose)),
                shown(tokens.refresh_token.as_ref().map(RefreshToken::expose))
            ),
            Reading::Refused { verdict, words, .. } => format!("{verdict:?} {}", shown(words.as_deref())),
            Reading::Unreadable { refresh_token, words } => format!(
                "unreadable {} {}",
                shown(refresh_token.as_ref().map(RefreshToken::expose)),
                shown(words.as_deref())
            ),
            Reading::Salvaged(refresh, access) => {
                format!("salvaged {} {}", refresh.expose(), shown(access.as_ref().map(AccessToken::expose)))
            }
            Reading::Unknown(why) => format!("unknown: {why}"),
        }
    }

    #[test]
    fn an_answer_is_a_success_a_refusal_or_neither() {
        let good = r#"{"access_token":"at","refresh_token":"rt"}"#;
        for (status, body, wanted) in [
            (200, good, "granted at rt"),
            (201, r#"{"access_token":"at"}"#, "granted at -"),
            // What grants is no refusal, whatever else it says.
            (200, r#"{"access_token":"at","error":"invalid_grant"}"#, "granted at -"),
            (500, good, "unknown: the vendor answered with status 500"),
            (200, r#"{"ok":false,"access_token":"at","refresh_token":"rt"}"#, "unreadable rt -"),
            (200, r#"{"access_token":" ","code":7}"#, "unreadable - 7"),
            (200, r#"{"error":"invalid_grant","code":"x"}"#, "LoginRequired invalid_grant: x"),
            (400, r#"{"error":"invalid_grant"}"#, "LoginRequired invalid_grant"),
            (400, "{}", "RequestRejected -"),
            (302, "", "RequestRejected -"),
            (429, "<html>", "RateLimited -"),
            (503, "", "Unavailable -"),
            (408, "{}", "unknown: the vendor answered with status 408"),
            (504, "{}", "unknown: the vendor answered with a failure of its own (status 504)"),
            (200, "<html>", "unknown: the answer (status 200) is not of the declared format"),
            (200, "[1]", "unknown: the answer (status 200) is not of the declared format"),
        ] {
            assert_eq!(read(DIALECT, &raw(status, body)), wanted, "{status} {body}");
        }
    }

    #[test]
    fn of_an_answer_that_broke_off_the_new_refresh_token_is_saved() {
        let body = r#"{"refresh_token":"rt","access_token":"at","scope":"#;
        for (status, body, wanted) in [
            (200, body, "salvaged rt at"),
            (200, &body[..24], "salvaged rt -"),
            (200, &body[..19], "unknown: the answer broke off"),
            (500, body, "unknown: the answer broke off"),
            (0, "", "unknown: no answer came"),
            // Whole as it looks, nobody said that it is.
            (200, r#"{"refresh_token":"rt","access_token":"at"}"#, "salvaged rt at"),
        ] {
            let raw = RawAnswer { complete: false, ..raw(status, body) };
            assert_eq!(read(DIALECT, &raw), wanted, "{status} {body}");
        }
        let mut raw = RawAnswer { complete: false, ..raw(200, "{") };
        raw.headers.push(("x-refresh".into(), "rt".into()));
        assert_eq!(read(DIALECT, &raw), "salvaged rt -");
        // Cut where nobody noticed.
        raw.complete = true;
        assert_eq!(read(DIALECT, &raw), "salvaged rt -");
    }

    #[test]
    fn a_step_that_keeps_the_access_token_needs_none() {
        let keeps = DIALECT.replace("scope = ", "keeps_access_token = true\nscope = ");
        assert_eq!(read(&keeps, &raw(200, "{}")), "granted - -");
        // Then a refusal that matches is one.
        assert_eq!(read(&keeps, &raw(200, r#"{"error":"invalid_grant"}"#)), "LoginRequired invalid_grant");
    }

    #[test]
    fn who_renews_with_the_access_token_gets_it_as_the_refresh_token_too() {
        let same = format!("renews_with = \"access_token\"\n{DIALECT}");
        let same = same.replace("refresh_token = [\"/refresh_token\", { header = \"X-Refresh\" }]", "");
        assert_eq!(read(&same, &raw(200, r#"{"access_token":"at"}"#)), "granted at at");
    }

    #[test]
    fn how_long_to_wait_is_in_whole_seconds_from_the_answer() {
        let dialect = dialect(DIALECT);
        for (body, wanted) in [
            (r#"{"wait":7}"#, Some(7)),
            (r#"{"wait":0.2}"#, Some(1)),
            (r#"{"wait":"soon","until":1795888830}"#, Some(30)),
            (r#"{"until":1795888800.5}"#, Some(1)),
            (r#"{"until":1795888700}"#, None),
            ("{}", None),
            ("<html>", None),
        ] {
            let mut raw = raw(429, body);
            raw.at.wall_ms = 1_795_888_800_000;
            assert_eq!(dialect.refresh().last().open(&raw).retry_after(), wanted, "{body}");
        }
    }

    #[test]
    fn an_answer_of_unknown_age_has_only_absolute_expiries() {
        let dialect = dialect(DIALECT);
        let body = raw(500, r#"{"access_token":"at","expires_in":60}"#);
        let opened = dialect.refresh().last().open(&body);
        let expires = |known| opened.imported(known).expect("of any status").access_expires;
        assert_eq!(expires(true), Some(Expires::After(std::time::Duration::from_secs(60))));
        assert_eq!(expires(false), None);
        assert!(dialect.refresh().last().open(&raw(200, r#"{"scope":"s"}"#)).imported(true).is_none());
    }

    #[test]
    fn members_are_named_and_never_shown() {
        let body = r#"{"a/b":{"t":"CANARY"},"l":[1,2],"n":null,"ok":true}"#;
        let members = |text: &str, body: &str| dialect(text).refresh().last().open(&raw(200, body)).members();
        let names = members(DIALECT, body).expect("JSON");
        let wanted = [
            ("/a~1b/t", "string of 6 characters"),
            ("/l", "list of 2"),
            ("/n", "null"),
            ("/ok", "true or false"),
        ];
        assert_eq!(names, wanted.map(|(at, kind)| (at.to_owned(), kind.to_owned())));
        let within = DIALECT.replace("scope = ", "format = [\"json\", \"json_within\"]\nscope = ");
        assert_eq!(members(&within, &format!("f({body});")), Some(names));
        let form = DIALECT.replace("scope = ", "format = \"form\"\nscope = ");
        assert_eq!(members(&form, "CANARY=&b=1"), None);
        assert_eq!(members(DIALECT, "CANARY"), None);
    }

    #[test]
    fn an_author_is_told_why_an_answer_is_no_success() {
        let dialect = dialect(DIALECT);
        for (status, body, wanted) in [
            (200, "<html>", "the body is not of the declared format"),
            (500, "{}", "status 500 is no success"),
            (200, r#"{"ok":false}"#, "the test at `/ok` does not hold"),
            (200, "{}", "no access token at `/access_token`"),
        ] {
            let why = dialect.refresh().last().open(&raw(status, body)).why_not();
            assert_eq!(why, wanted, "{status} {body}");
        }
    }
}
