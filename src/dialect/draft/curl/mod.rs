//! A pasted curl command and the request that it makes. Options that say how to send it
//! (proxies, retries, output) are passed over.

mod shell_words;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use url::form_urlencoded;

use crate::dialect::draft::word_list::WordList;

#[derive(Default)]
pub(crate) struct CurlCommand {
    pub(crate) method: Option<String>,
    /// As written.
    pub(crate) url: String,
    /// In the order of the command; each name once.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) data: Option<String>,
    /// The data stands in the query.
    get: bool,
    pub(crate) query: Vec<(String, String)>,
    /// `user:password`
    pub(crate) login: Option<String>,
    /// The login is sent as an HTTP digest.
    pub(crate) digest: bool,
    /// A client certificate is presented.
    pub(crate) certificate: bool,
    /// What a dialect does without, for people.
    pub(crate) left_out: Vec<String>,
}

/// `Err` never repeats a word of the command but an option's name.
pub(crate) fn read(text: &str) -> Result<CurlCommand, String> {
    let commands = shell_words::commands(text)?;
    let after_curl = |words: &Vec<String>| {
        let at = words.iter().position(|word| is_curl(word))?;
        Some(words[at + 1..].to_vec())
    };
    let words = commands.iter().find_map(after_curl).ok_or("there is no curl command in it")?;
    let mut call = CurlCommand::default();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        call.word(&word, &mut words)?;
    }
    if call.url.is_empty() {
        return Err("the curl command has no address".into());
    }
    call.settle();
    Ok(call)
}

fn is_curl(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word).to_ascii_lowercase();
    name == "curl" || name == "curl.exe"
}

type Words = std::vec::IntoIter<String>;

impl CurlCommand {
    fn word(&mut self, word: &str, rest: &mut Words) -> Result<(), String> {
        if let Some(name) = word.strip_prefix("--").filter(|name| !name.is_empty()) {
            let (name, joined) = match name.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (name, None),
            };
            if !takes_value(name) {
                return self.flag(name);
            }
            let value = joined.or_else(|| rest.next()).ok_or_else(|| lacks(name))?;
            return self.option(name, &value);
        }
        if let Some(letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            return self.letters(letters, rest);
        }
        let is_redirection = word.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with('>');
        if is_redirection { Ok(()) } else { self.address(word) }
    }

    /// `-sSXPOST`
    fn letters(&mut self, letters: &str, rest: &mut Words) -> Result<(), String> {
        for (at, letter) in letters.char_indices() {
            let Some(name) = named_by(letter) else { continue };
            if !takes_value(name) {
                self.flag(name)?;
                continue;
            }
            let joined = &letters[at + letter.len_utf8()..];
            let value = if joined.is_empty() { rest.next() } else { Some(joined.to_owned()) };
            return self.option(name, &value.ok_or_else(|| lacks(name))?);
        }
        Ok(())
    }

    fn flag(&mut self, name: &str) -> Result<(), String> {
        match name {
            "get" => self.get = true,
            "digest" => self.digest = true,
            "anyauth" | "negotiate" | "ntlm" => {
                return Err(format!(
                    "`--{name}` lets curl and the server agree on how to log in; write which it is: `--basic` or `--digest`"
                ));
            }
            "head" => return Err("`--head` asks for no answer that could be read".into()),
            "next" => return Err("`--next` makes several requests; give one command for each".into()),
            _ => {}
        }
        Ok(())
    }

    fn option(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "request" => self.method = Some(value.to_ascii_uppercase()),
            "url" => return self.address(value),
            "header" => self.header(value),
            "user" => self.login = Some(value.to_owned()),
            "oauth2-bearer" => self.put_header("Authorization", &format!("Bearer {value}")),
            "data" | "data-ascii" | "data-binary" if value.starts_with('@') => return Err(a_file(name)),
            "data" | "data-ascii" | "data-binary" | "data-raw" => self.add_data(value),
            "json" if value.starts_with('@') => return Err(a_file(name)),
            "json" => {
                self.put_header("Content-Type", "application/json");
                self.add_data(value);
            }
            "data-urlencode" => {
                let value = urlencoded(value)?;
                self.add_data(&value);
            }
            "url-query" => {
                let value =
                    value.strip_prefix('+').map_or_else(|| urlencoded(value), |bare| Ok(bare.to_owned()))?;
                self.query.extend(pairs(&value));
            }
            "form" | "form-string" => {
                return Err(
                    "`-F` sends multipart/form-data, which no dialect can do; most vendors accept a form (`-d`) as well"
                        .into(),
                );
            }
            "config" | "upload-file" | "variable" => return Err(a_file(name)),
            "aws-sigv4" => self.leave_out("the signature of `--aws-sigv4`"),
            "cookie" => self.leave_out("cookies"),
            "cert" => self.certificate = true,
            _ => {}
        }
        Ok(())
    }

    fn address(&mut self, text: &str) -> Result<(), String> {
        if let Some(method) = METHODS.iter().find(|method| **method == text) {
            return Err(format!(
                "`{method}` is where curl looks for an address; did you mean `-X {method}`?"
            ));
        }
        if !self.url.is_empty() {
            return Err("the curl command has more than one address, or a value without quotes".into());
        }
        text.clone_into(&mut self.url);
        Ok(())
    }

    fn header(&mut self, line: &str) {
        if let Some((name, value)) = line.split_once(':') {
            self.put_header(name.trim(), value.trim());
        }
    }

    /// RFC 9110 section 5.2: several of one name are one list.
    fn put_header(&mut self, name: &str, value: &str) {
        if name.eq_ignore_ascii_case("cookie") {
            return self.leave_out("cookies");
        }
        match self.headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, known)) if name.eq_ignore_ascii_case("content-type") => value.clone_into(known),
            Some((_, known)) => *known = format!("{known}, {value}"),
            None if value.is_empty() => {}
            None => self.headers.push((name.to_owned(), value.to_owned())),
        }
    }

    pub(crate) fn leave_out(&mut self, what: &str) {
        if !self.left_out.iter().any(|known| known == what) {
            self.left_out.push(what.to_owned());
        }
    }

    fn add_data(&mut self, piece: &str) {
        match &mut self.data {
            Some(data) => {
                data.push('&');
                data.push_str(piece);
            }
            None => self.data = Some(piece.to_owned()),
        }
    }

    /// What stands for something else, into its own place.
    fn settle(&mut self) {
        if let Some(data) = self.data.take_if(|_| self.get) {
            self.query.extend(pairs(&data));
        }
        // What has something in it shows by itself what it is.
        if self.data.as_deref() == Some("") && self.content_type().is_none() {
            self.headers.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        }
        let basic = self.headers.iter().position(|(name, value)| {
            name.eq_ignore_ascii_case("authorization") && scheme(value).0.eq_ignore_ascii_case("basic")
        });
        if let Some(at) = basic {
            let (_, value) = self.headers.remove(at);
            let bytes = BASE64_STANDARD.decode(scheme(&value).1).unwrap_or_default();
            self.login = Some(String::from_utf8(bytes).unwrap_or_default());
        }
    }

    pub(crate) fn method(&self) -> &str {
        let otherwise = if self.data.is_some() { "POST" } else { "GET" };
        self.method.as_deref().unwrap_or(otherwise)
    }

    pub(crate) fn content_type(&self) -> Option<&str> {
        let header = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        header.map(|(_, value)| value.as_str())
    }
}

/// `Bearer x` in two; without a scheme the first is empty.
pub(crate) fn scheme(value: &str) -> (&str, &str) {
    let (scheme, rest) = value.split_once(' ').unwrap_or(("", value));
    if !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        (scheme, rest.trim())
    } else {
        ("", value)
    }
}

/// What a dialect may have, and a person may write as a word of its own.
pub(crate) const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"];

pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes()).map(|(name, value)| (name.into(), value.into())).collect()
}

/// As `--data-urlencode` has it: `content`, `=content`, `name=content`.
fn urlencoded(value: &str) -> Result<String, String> {
    let (name, content) = match value.split_once('=') {
        Some((name, content)) => (name, content),
        None if value.contains('@') => return Err(a_file("data-urlencode")),
        None => ("", value),
    };
    let content: String = form_urlencoded::byte_serialize(content.as_bytes()).collect();
    Ok(if name.is_empty() { content } else { format!("{name}={content}") })
}

fn lacks(name: &str) -> String {
    format!("`--{name}` has no value; paste the whole command")
}

fn a_file(name: &str) -> String {
    format!("`--{name}` reads a file; put its contents into the command")
}

/// The long name of a letter.
fn named_by(letter: char) -> Option<&'static str> {
    LETTERS.split(' ').find_map(|pair| pair.strip_prefix(letter)?.strip_prefix(':'))
}

fn takes_value(name: &str) -> bool {
    VALUED.has(name) || name.starts_with("proxy-") && !PROXY_FLAGS.has(name)
}

const LETTERS: &str = "\
     A:user-agent b:cookie c:cookie-jar C:continue-at d:data D:dump-header e:referer E:cert F:form \
     G:get H:header I:head K:config m:max-time o:output P:ftp-port Q:quote r:range t:telnet-option \
     T:upload-file u:user U:proxy-user w:write-out x:proxy X:request y:speed-time Y:speed-limit \
     z:time-cond ::next k:insecure s:silent S:show-error L:location i:show-headers v:verbose";

const PROXY_FLAGS: WordList = WordList(
    "proxy-anyauth proxy-basic proxy-digest proxy-negotiate proxy-ntlm proxy-insecure proxy-ca-native \
     proxy-ssl-auto-client-cert",
);

/// The other options of curl 8 take no value.
const VALUED: WordList = WordList(
    "abstract-unix-socket alt-svc aws-sigv4 cacert capath cert cert-type ciphers config connect-timeout \
     connect-to continue-at cookie cookie-jar create-file-mode crlfile curves data data-ascii \
     data-binary data-raw data-urlencode delegation dns-interface dns-ipv4-addr dns-ipv6-addr \
     dns-servers doh-url dump-header ech egd-file engine etag-compare etag-save expect100-timeout form \
     form-string ftp-account ftp-alternative-to-user ftp-method ftp-port happy-eyeballs-timeout-ms \
     haproxy-clientip header hostpubmd5 hostpubsha256 hsts interface ip-tos ipfs-gateway json \
     keepalive-cnt keepalive-time key key-type krb libcurl limit-rate local-port login-options \
     max-filesize max-redirs max-time netrc-file noproxy oauth2-bearer output output-dir parallel-max \
     pass pinnedpubkey preproxy proto proto-default proto-redir proxy proxy1.0 pubkey quote random-file \
     range rate referer request request-target resolve retry retry-delay retry-max-time service-name \
     socks4 socks5 socks5-hostname speed-limit speed-time stderr time-cond tls-max tls13-ciphers trace \
     unix-socket upload-file url url-query user user-agent",
);

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.into(), value.into())
    }

    #[test]
    fn a_request_is_read_however_the_options_are_written() {
        for text in [
            "curl -sSXPOST https://a.example/t -H 'X-A: b' -d a=b --data c=d -uid:pw",
            "$ curl --request=POST --url https://a.example/t --header 'X-A:b' --data-urlencode 'a=b' -d'c=d' --user id:pw",
            "time /usr/bin/curl -k -L --compressed -x proxy:8080 -o out -m 5 https://a.example/t -H 'X-A: b' --data-raw 'a=b&c=d' -H 'Authorization: Basic aWQ6cHc='",
            "curl --retry 3 --proxy-header 'a: b' --proxy-insecure 'https://a.example/t' -H 'x-a: b' -H 'Cookie: a=b' -dMISSING=",
        ] {
            let call = read(text).expect(text);
            assert_eq!((call.method(), call.url.as_str()), ("POST", "https://a.example/t"), "{text}");
            assert_eq!(call.headers[0].1, "b", "{text}");
            if !text.contains("MISSING") {
                assert_eq!(call.data.as_deref(), Some("a=b&c=d"), "{text}");
                assert_eq!(call.login.as_deref(), Some("id:pw"), "{text}");
            }
        }
    }

    #[test]
    fn data_goes_into_the_query_where_curl_puts_it_there() {
        let call = read("curl -G https://a.example -d a=b --data-urlencode 'c=d e&f' --url-query g=h")
            .expect("read");
        assert_eq!((call.method(), &call.data), ("GET", &None));
        assert_eq!(call.query, [pair("g", "h"), pair("a", "b"), pair("c", "d e&f")]);
    }

    #[test]
    fn what_no_dialect_can_say_is_refused() {
        for (text, wanted) in [
            ("wget https://a.example", "no curl command"),
            ("curl -s", "no address"),
            ("curl https://a.example -F a=b", "multipart"),
            ("curl https://a.example -d @body.json", "reads a file"),
            ("curl https://a.example --data-urlencode a@b", "reads a file"),
            ("curl https://a.example -K x", "reads a file"),
            ("curl https://a.example -d", "no value"),
            ("curl POST 'https://a.example/t' -d a=b", "did you mean `-X POST`?"),
            ("curl https://a.example/t PUT", "did you mean `-X PUT`?"),
            ("curl https://a.example https://b.example", "more than one address"),
            ("curl https://a.example --next https://b.example", "several requests"),
            ("curl -I https://a.example", "`--head`"),
        ] {
            assert!(read(text).err().expect(text).contains(wanted), "{text}");
        }
    }
}
