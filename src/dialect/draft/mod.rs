//! Drafts: a first dialect, made from a curl command that somebody has at hand and the
//! answer that came. What was guessed is said; what was pasted is not shown.

mod answer;
mod curl;
pub(crate) mod disguise;
mod looks;
mod meaning;
mod named_values;
mod public;
mod recording;
mod request;
mod tables;
mod toml_line;
mod vocabulary;
mod word_list;

use toml::Table;

use self::answer::DraftedAnswer;
use self::request::DraftedRequest;
use self::toml_line::{Headings, key};
use crate::credential::reading::{RenewsWith, Tokens};
use crate::http::message::HttpRequest;

pub(crate) use self::looks::{is_uuid, looks_random};

/// For who starts from nothing; `NAME` stands for the dialect's.
const BLANK: &str = include_str!("new.toml");

pub(crate) fn blank(name: &str) -> String {
    let mut text = String::new();
    for (at, piece) in BLANK.split("NAME").enumerate() {
        if at > 0 {
            text += &if text.ends_with("dialects.") { key(name) } else { name.to_owned() };
        }
        text += piece;
    }
    text
}

/// A dialect to start from, with an example of it.
pub(crate) struct Draft {
    name: String,
    request: DraftedRequest,
    answer: DraftedAnswer,
}

impl Draft {
    /// Of a curl command, an answer or both. `Err` says what is wrong, and nothing of what was pasted.
    pub(crate) fn of(name: &str, curl: Option<&str>, pasted: Option<&str>) -> Result<Draft, String> {
        let mut request = curl.map_or_else(|| Ok(DraftedRequest::plain()), request::of)?;
        let rotates = request.renews_with == RenewsWith::RefreshToken;
        let mut answer = pasted.map_or_else(|| Ok(answer::standard(rotates)), answer::of)?;
        answer.secrets.iter().for_each(|secret| request.values.hide(secret));
        if !rotates {
            answer.refresh_token = None;
            answer.refresh_expires = None;
        }
        Ok(Draft { name: name.to_owned(), request, answer })
    }

    /// The dialect, without an example.
    pub(crate) fn dialect(&self) -> String {
        let made_from = match (self.request.from_curl, self.answer.was_pasted) {
            (true, true) => "a curl command and its answer",
            (true, false) => "a curl command",
            _ => "an answer",
        };
        let headings = Headings(&self.name);
        let mut text = tables::head(&self.name, &self.request, made_from);
        text += &tables::params(headings, &self.request);
        text += &tables::request(headings, &self.request);
        text += &tables::answer(headings, &self.request, &self.answer);
        text
    }

    /// Whether a secret of what was pasted stands in it.
    pub(crate) fn shows_secret(&self, text: &str) -> bool {
        self.request.values.shows_in(&text.replace(looks::MADE_UP_JWT, ""))
    }

    /// The body of the recorded answer.
    pub(crate) fn body(&self) -> &str {
        &self.answer.body
    }

    /// An example: its profile and credential, with values that are made up.
    pub(crate) fn example(&self) -> Table {
        recording::example(&self.request)
    }

    /// The example as it is recorded: `built` of it, and read in the answer.
    pub(crate) fn recorded(&self, built: &HttpRequest, tokens: &Tokens) -> String {
        recording::text(Headings(&self.name), &self.request, built, &self.answer.body, tokens)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drafted(curl: &str) -> String {
        match Draft::of("acme", Some(curl), None) {
            Ok(draft) => draft.dialect(),
            Err(why) => panic!("{curl}: {why}"),
        }
    }

    #[test]
    fn each_part_of_a_request_finds_its_place() {
        let form = "curl https://a.example/t -d grant_type=refresh_token -d refresh_token=x";
        for (curl, wanted) in [
            (form, &["extends = \"oauth2\"", "client_auth = \"none\""][..]),
            (&format!("{form} -d client_id=a"), &["client_auth = \"none\"", "#     client_id = "]),
            (&format!("{form} -u a:b"), &["client_auth = \"client_secret_basic\"", "CLIENT_SECRET"]),
            (
                &format!("{form} -u a:b -H 'Authorization: Bearer x1'"),
                &["client_auth = \"none\"", "Bearer {{ access_token }}"],
            ),
            (
                "curl -X POST https://a.example/t -H 'Authorization: Bearer x1' -H 'Content-Type: text/plain'",
                &["body = \"\""],
            ),
            (
                "curl https://a.example/t?refresh_token=x -d ''",
                &["body = \"\"", "Content-Type = \"application/x-www-form-urlencoded\""],
            ),
            (
                "curl -d '' https://a.example/t -H 'Content-Type: text/plain'",
                &["Content-Type = \"text/plain\""],
            ),
            (&format!("{form} -d ''"), &["extends = \"oauth2\""]),
            (&form.replace("-d", "-d '' -d"), &["extends = \"oauth2\""]),
            (
                "curl https://a.example/t -H 'X-Refresh-Token: 77de68daecd823ba' --json '{\"refreshToken\":\"77de68daecd823ba\"}'",
                &["repeats = \"refresh_token\""],
            ),
            (&format!("{form} -u a:b+c"), &["client_auth = \"client_secret_basic_plain\""]),
            (
                "curl https://a.example/login --digest -u a:b",
                &["digest = { username = \"{{ client_id }}\", password = \"{{ client_secret }}\" }"],
            ),
            (
                "curl https://a.example/signin --json '{\"personalAccessTokenName\":\"MYPAT\"}'",
                &["personalAccessTokenName = "],
            ),
            (
                &format!("{form} -d app_id=a -d app_secret=b"),
                &[
                    "client_auth = \"none\"",
                    "app_id = \"{{ client_id }}\"",
                    "app_secret = \"{{ client_secret }}\"",
                ],
            ),
            (
                &format!("{form} -d client_id=a -d client_assertion=b -d client_assertion_type=c"),
                &["\"private_key_jwt\""],
            ),
            (
                &format!("{form} -H 'Authorization: Bearer x1'"),
                &["Authorization = \"Bearer {{ access_token }}\""],
            ),
            (
                "curl -X PATCH https://a.example/t --json '{\"refreshToken\":\"x\",\"n\":null,\"l\":[1,\"{{a}}, b\"]}'",
                &[
                    "method = \"PATCH\"",
                    "refreshToken = \"{{ refresh_token }}\"",
                    "n = \"{{ none }}\"",
                    "l = [1, \"{{ '{' }}{a}}, b\"]",
                ],
            ),
            (
                "curl https://a.example/session/renew -H 'Authorization: Bearer x'",
                &["renews_with = \"access_token\"", "Bearer {{ access_token }}", "method = \"GET\""],
            ),
            (
                "curl https://a.example/login -d user=me -d password=x",
                &[
                    "renews_with = \"client\"",
                    "user = \"{{ params.user }}\"",
                    "password = \"{{ params.password }}\"",
                    "password = { secret = true }",
                ],
            ),
            (
                "curl https://a.example/renew -d token=x",
                &["renews_with = \"access_token\"", "token = \"{{ access_token }}\""],
            ),
            (
                "curl https://a.example/t -d token=x",
                &["renews_with = \"client\"", "token = \"{{ params.token }}\""],
            ),
            ("curl $BASE_URL/t -d refresh_token=x", &["url = \"{{ base_url }}/t\"", "#     base_url = "]),
            (
                "curl 'https://{tenant}.a.example/v1/<region>/t' -d refresh_token=x",
                &["url = \"https://{{ params.tenant }}.a.example/v1/{{ params.region }}/t\""],
            ),
            (
                "curl 'https://{{hostname}}/api/t' -d refresh_token=x",
                &["url = \"https://{{ params.hostname }}/api/t\"", "#     params = { hostname = "],
            ),
            (
                "curl 'https://{{subdomain}}.x.example/t' -d refresh_token=x",
                &["url = \"https://{{ params.subdomain }}.x.example/t\""],
            ),
            (
                "curl 'https://api-{{zone1}}.${corner}.x.example:{{port}}/t' -d refresh_token=x",
                &["api-{{ params.zone1 }}.{{ params.corner }}.x.example:{{ params.port }}/t\""],
            ),
            (
                "curl https://a.example/bot/9f86d081884c7d659a2feaa0c55ad015/t -d refresh_token=x",
                &["/bot/{{ params.bot_key }}/t", "secret_in_url = true"],
            ),
            (
                "curl https://a.example/t -d refresh_token=x -d ts=1767225600 -d nonce=abcdefgh",
                &["ts = \"{{ now }}\"", "nonce = \"{{ random[:8] }}\""],
            ),
            ("curl https://a.example/t -d refresh_token=x -d a=1 -d a=2", &["a = [\"1\", \"2\"]"]),
        ] {
            let text = drafted(curl);
            for wanted in wanted {
                assert!(text.contains(wanted), "{curl}: no `{wanted}` in\n{text}");
            }
        }
    }
}
