//! A person with a browser that keeps cookies and knows what a form is: they go where they are sent, fill in what is asked,
//! and press a button. No script runs.

use std::collections::BTreeMap;

use serde_json::Value;
use url::Url;

use crate::login::browser::{Page, form, request};

/// Where a way ended: at a page, or at the door of another server, unopened.
#[derive(Debug)]
pub struct Place {
    pub url: String,
    page: Option<Page>,
}

impl Place {
    #[track_caller]
    pub fn page(&self) -> &Page {
        self.page.as_ref().unwrap_or_else(|| panic!("{} was not opened", self.url))
    }

    /// Where the server sent them that they came from: the redirect address, with all that the server put there.
    #[track_caller]
    pub fn back(self) -> String {
        assert!(self.page.is_none(), "nobody is sent back: {self:?}");
        self.url
    }
}

#[derive(Default)]
pub struct Person {
    cookies: BTreeMap<String, String>,
}

impl Person {
    /// Follows redirects, as long as they stay at this server.
    #[track_caller]
    pub fn goes(&mut self, url: &str) -> Place {
        let page = self.asks("GET", url, None);
        self.follows(url, page)
    }

    /// The form on a page, with what is filled in, or what the button that is pressed adds.
    #[track_caller]
    pub fn fills(&mut self, place: &Place, with: &[(&str, &str)]) -> Place {
        let body = &place.page().body;
        let (tag, inside) = element(body, "<form").unwrap_or_else(|| panic!("no form: {place:?}"));
        let inside = inside.split("</form>").next().unwrap_or_default();
        let action = attribute(tag, "action").unwrap_or_default();
        let url = Url::parse(&place.url).and_then(|at| at.join(&action)).expect("an address").to_string();
        let mut fields: BTreeMap<String, String> = inside
            .split("<input")
            .skip(1)
            .filter_map(|rest| rest.split('>').next())
            .filter(|input| attribute(input, "type").as_deref() != Some("submit"))
            .filter_map(|input| {
                Some((attribute(input, "name")?, attribute(input, "value").unwrap_or_default()))
            })
            .collect();
        fields.extend(with.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        let page = self.asks("POST", &url, Some(("application/x-www-form-urlencoded", form(&fields))));
        self.follows(&url, page)
    }

    /// What the scripts of a page send: the status.
    pub fn sends(&mut self, method: &str, url: &str, json: &Value) -> u16 {
        self.asks(method, url, Some(("application/json", json.to_string()))).status
    }

    #[track_caller]
    fn follows(&mut self, from: &str, page: Page) -> Place {
        let (mut at, mut page) = (Url::parse(from).expect("an address"), page);
        for _ in 0..12 {
            let Some(location) = page.header("location") else {
                return Place { url: at.into(), page: Some(page) };
            };
            let next = at.join(location).expect("an address");
            if next.origin() != at.origin() {
                return Place { url: next.into(), page: None };
            }
            page = self.asks("GET", next.as_str(), None);
            at = next;
        }
        panic!("{from}: sent round and round");
    }

    #[track_caller]
    fn asks(&mut self, method: &str, url: &str, body: Option<(&str, String)>) -> Page {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let mut headers = Vec::new();
        if !cookies.is_empty() {
            headers.push(("Cookie", cookies.as_str()));
        }
        let (kind, body) = body.unwrap_or_default();
        if !kind.is_empty() {
            headers.push(("Content-Type", kind));
        }
        let page = request(method, url, &headers, &body).unwrap_or_else(|error| panic!("{url}: {error}"));
        let set = page.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        for (name, value) in set.filter_map(|(_, cookie)| cookie.split(';').next()?.split_once('=')) {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        // That is how a server takes one back.
        self.cookies.retain(|_, value| !value.is_empty());
        page
    }
}

/// The first of its kind: its tag, and what follows it.
fn element<'a>(html: &'a str, begins: &str) -> Option<(&'a str, &'a str)> {
    html[html.find(begins)?..].split_once('>')
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let begins = format!("{name}=\"");
    let at =
        tag.match_indices(&begins).map(|(at, _)| at).find(|at| tag[..*at].ends_with(char::is_whitespace))?;
    let value = tag[at + begins.len()..].split('"').next()?;
    Some(value.replace("&quot;", "\"").replace("&#x27;", "'").replace("&#39;", "'").replace("&amp;", "&"))
}
