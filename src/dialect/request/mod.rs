//! From an exchange and the values of a profile and a credential to one request,
//! as plain data. Nothing is sent here, and nothing here knows how.
//!
//! In this order: the address, the client's authentication, the parameters, then those
//! that speak of the request itself: in the body, in the query, in the headers.

mod client;
mod parameters;
mod unmade;

use serde_json::json;
use url::Url;
use zeroize::Zeroizing;

use self::parameters::{
    Pairs, Parameters, Stage, about, add_default_headers, check_headers, encoded, fields, with_query,
};
pub(crate) use self::parameters::{Settings, is_default_header};
pub(crate) use self::unmade::Unmade;
use super::schema::{Authorization, DigestLogin, Exchange, Format, QueryIn, Request};
use super::template::{Filling, Template, Unfit, Values};
use crate::base::address::{Cleartext, checked_url_by};
use crate::http::message::{HttpRequest, NamedPassword, Proofs, Wanted};

/// `Err` says which part cannot be made, never with which value.
pub(crate) fn build(
    exchange: &Exchange,
    settings: &Settings<'_>,
    values: &Values,
) -> Result<HttpRequest, Unmade> {
    let request = &exchange.request;
    let filling = Filling::standing_in(values, settings.stand_ins);
    let url = endpoint(request, settings.address, &filling, settings.cleartext).map_err(in_url)?;
    let client = client::params(request, settings, &filling, &url)?;
    let stage = Stage::first(filling, request)?;
    let first = Parameters::make(request, settings, &client, &stage)?;
    let mut about = first.described(request, &url, &headers(request, &stage)?);
    let stage = stage.speaking_of(&about, request)?;
    let body = Parameters::make(request, settings, &client, &stage)?.body(request, &stage)?;
    about["body"] = body.as_ref().map(|(_, text)| text.as_str()).unwrap_or_default().into();
    let stage = stage.speaking_of(&about, request)?;
    let query = Parameters::make(request, settings, &client, &stage)?.query;
    let mut headers = headers(request, &stage)?;
    let authorization = client::header(request, settings, values);
    headers.extend(authorization.map(|value| ("Authorization".to_owned(), value)));
    let digest = request.digest.as_ref().map(|login| named_password(login, &stage)).transpose()?;
    add_default_headers(&mut headers, body.as_ref().and_then(|(kind, _)| *kind));
    check_headers(&headers)?;
    Ok(HttpRequest {
        method: request.method.clone(),
        url: with_query(url, &query),
        headers,
        body: body.map(|(_, text)| text),
        wanted: Wanted {
            headers: exchange.headers_to_keep(),
            body: exchange.answer.format != [Format::None],
        },
        proofs: Proofs { digest, dpop: request.dpop },
    })
}

fn named_password(login: &DigestLogin, stage: &Stage<'_>) -> Result<NamedPassword, Unmade> {
    let lacks = || "`digest` needs a value that the profile does not give".to_owned();
    let part = |key: &str, template: &Template| {
        let text = stage.text(template)?.ok_or_else(lacks);
        text.map_err(|why| Unmade::from(why).below(key).below("digest"))
    };
    Ok(NamedPassword {
        username: part("username", &login.username)?,
        password: part("password", &login.password)?,
    })
}

fn headers(request: &Request, stage: &Stage<'_>) -> Result<Pairs, Unmade> {
    fields(&request.headers, stage).map_err(|unmade| unmade.below("headers"))
}

/// A value that does not fit is named, and says by its name where it stands.
fn in_url(unfit: Unfit) -> Unmade {
    let is_named = unfit.name.is_some();
    let unmade = Unmade::from(unfit.words());
    if is_named { unmade } else { unmade.below("url") }
}

/// The address that a browser visits; it holds no secret.
pub(crate) fn authorization(
    authorization: &Authorization,
    values: &Values,
    more: &[(String, String)],
    cleartext: Cleartext,
) -> Result<Url, Unmade> {
    let filling = Filling::new(values);
    let url = address(&authorization.url, &filling, cleartext)?;
    let query = |stage: &Stage<'_>| -> Result<Pairs, Unmade> {
        let mut query = fields(&authorization.query, stage).map_err(|unmade| unmade.below("query"))?;
        // What the profile adds takes the place of what the dialect says.
        query.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        query.extend(more.iter().map(|(name, value)| (name.clone(), Zeroizing::new(value.clone()))));
        Ok(query)
    };
    let no_body = json!({ "headers": {}, "form": {}, "json": {}, "body": "" });
    let stage = Stage::of_a_visit(filling.clone());
    let about = about("GET", &url, &query(&stage)?, no_body);
    let query = query(&stage.seeing(&about))?;
    let fragment = authorization.fragment.as_ref().map(|fragment| whole(fragment, &filling)).transpose()?;
    Ok(match authorization.query_in {
        QueryIn::Query => with_fragment(with_query(url, &query), fragment.as_ref().map(|text| text.as_str())),
        QueryIn::Fragment => {
            let fragment = fragment.unwrap_or_default();
            let sign = if fragment.contains('?') { '&' } else { '?' };
            with_fragment(url, Some(&format!("{}{sign}{}", fragment.as_str(), encoded(&query).as_str())))
        }
    })
}

fn with_fragment(mut url: Url, fragment: Option<&str>) -> Url {
    url.set_fragment(fragment);
    url
}

/// The address where whoever decides on another device types the code.
pub(crate) fn verification(address: &Template, values: &Values, cleartext: Cleartext) -> Result<Url, String> {
    self::address(address, &Filling::new(values), cleartext)
}

/// Part of an address that a person visits, with all that it names.
fn whole(template: &Template, filling: &Filling<'_>) -> Result<Zeroizing<String>, String> {
    let rendered = template.render(filling)?;
    rendered.ok_or_else(|| "the authorization address needs a value that the profile does not give".into())
}

/// An address that a person visits.
fn address(template: &Template, filling: &Filling<'_>, cleartext: Cleartext) -> Result<Url, String> {
    let text = template.address(filling, cleartext).map_err(Unfit::words)?;
    let text = text.ok_or("the authorization address needs a value that the profile does not give")?;
    checked_url_by(&text, cleartext)
}

/// The address alone, without query: for binding, before any secret is at hand.
pub(crate) fn endpoint(
    request: &Request,
    address: Option<&Url>,
    filling: &Filling<'_>,
    cleartext: Cleartext,
) -> Result<Url, Unfit> {
    if let Some(whole) = address {
        return Ok(whole.clone());
    }
    let text = request.url.address(filling, cleartext)?;
    let text =
        text.ok_or_else(|| "the request's address needs a value that the profile does not give".to_owned())?;
    Ok(checked_url_by(&text, cleartext)?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::credential::jwt;
    use crate::dialect::schema::{ClientAuth, Dialect};
    use crate::dialect::template::StandIns;

    const VALUES: [(&str, &str); 8] = [
        ("refresh_token", "rt+1"),
        ("client_id", "a:b"),
        ("client_secret", "s/ö"),
        ("now", "1000"),
        ("uuid", "u-1"),
        ("params.tenant", "eu"),
        ("params.line", "a\nb"),
        ("params.port", "8443"),
    ];

    fn settings(client_auth: ClientAuth) -> Settings<'static> {
        let cleartext = Cleartext::Here;
        let stand_ins = StandIns::Nothing;
        Settings { address: None, client_auth, signing_alg: None, extra: Vec::new(), stand_ins, cleartext }
    }

    /// Of the lines of a request's table.
    fn request(lines: &str, settings: &Settings<'_>) -> Result<HttpRequest, String> {
        let text = format!("exchanges.refresh.answer = {{}}\n[exchanges.refresh.request]\n{lines}");
        let dialect: Dialect = toml::from_str(&text).expect(lines);
        let values = VALUES.map(|(name, value)| (name.to_owned(), value.to_owned().into()));
        build(dialect.refresh().last().exchange, settings, &values.into()).map_err(Unmade::words)
    }

    /// Method and address, each header, the body.
    fn lines(request: &HttpRequest) -> String {
        let mut text = format!("{} {}", request.method.word(), request.url);
        for (name, value) in &request.headers {
            text += &format!("\n{name}: {}", value.as_str());
        }
        text + &request.body.as_ref().map_or(String::new(), |body| format!("\n\n{}", body.as_str()))
    }

    fn built(lines_of_table: &str, client_auth: ClientAuth) -> String {
        lines(&request(lines_of_table, &settings(client_auth)).unwrap_or_else(|why| panic!("{why}")))
    }

    #[test]
    fn what_a_browser_visits_may_end_with_a_fragment_and_carry_a_signature() {
        let of = |lines: &str, more: &[(String, String)]| {
            let visit: Authorization = toml::from_str(lines).expect(lines);
            let values = VALUES.map(|(name, value)| (name.to_owned(), value.to_owned().into()));
            authorization(&visit, &values.into(), more, Cleartext::Here).map(|url| url.to_string())
        };
        let head =
            "url = 'https://a.example/auth'\nquery = { c = '{{ client_id }}', x = '{{ scope }}', n = 1 }\n";
        let plain = "https://a.example/auth?c=a%3Ab&n=1";
        for (lines, wanted) in [
            (head.to_owned(), plain.to_owned()),
            (format!("{head}fragment = 'app_redirect'"), format!("{plain}#app_redirect")),
            (format!("{head}fragment = '/{{{{ params.tenant }}}}'"), format!("{plain}#/eu")),
            (
                format!("{head}fragment = '/route'\nquery_in = 'fragment'"),
                "https://a.example/auth#/route?c=a%3Ab&n=1".to_owned(),
            ),
            (
                format!("{head}fragment = '/route?own=1'\nquery_in = 'fragment'"),
                "https://a.example/auth#/route?own=1&c=a%3Ab&n=1".to_owned(),
            ),
            (
                "url = 'https://a.example/auth'\nquery = { c = 'x', s = \"{{ request.method ~ request.host ~ request.path ~ (request.query | sorted_pairs('=', '&')) }}\" }".to_owned(),
                "https://a.example/auth?c=x&s=GETa.example%2Fauthc%3Dx".to_owned(),
            ),
        ] {
            assert_eq!(of(&lines, &[]), Ok(wanted), "{lines}");
        }
        // What the profile adds is signed too, and what takes the dialect's place.
        let signed = "url = 'https://a.example/auth'\nquery = { c = 'x', s = \"{{ request.query | sorted_pairs('', '') }}\" }";
        let more = [("c".to_owned(), "y".to_owned()), ("p".to_owned(), "z".to_owned())];
        assert_eq!(of(signed, &more), Ok("https://a.example/auth?s=cypz&c=y&p=z".to_owned()));
        let lacking = of("url = 'https://a.example/auth'\nfragment = '{{ scope }}'", &[]);
        assert!(
            lacking.is_err_and(|unmade| unmade.why.contains("needs a value that the profile does not give"))
        );
    }

    #[test]
    fn what_the_dialect_says_of_the_client_is_not_said_again() {
        let table = "url = 'https://a.example/t'\nclient_auth = 'client_secret_post'\nform = { client_id = '{{ client_id }}', b = 'c' }";
        let wanted = format!("POST https://a.example/t{FORM}client_id=a%3Ab&b=c&client_secret=s%2F%C3%B6");
        assert_eq!(built(table, ClientAuth::ClientSecretPost), wanted);
    }

    const ACCEPT: &str = "\nAccept: application/json";
    const FORM: &str = "\nAccept: application/json\nContent-Type: application/x-www-form-urlencoded\n\n";
    const JSON: &str = "\nAccept: application/json\nContent-Type: application/json\n\n";

    #[test]
    fn each_part_of_a_request_stands_where_it_belongs() {
        let url = "url = 'https://a.example/t'\n";
        for (table, wanted) in [
            (url.to_owned(), format!("POST https://a.example/t{ACCEPT}")),
            (
                "method = 'GET'\nurl = 'https://{{ params.tenant }}.a.example/t?own=1'\nquery.t = '{{ refresh_token }}'".to_owned(),
                format!("GET https://eu.a.example/t?own=1&t=rt%2B1{ACCEPT}"),
            ),
            // In the order in which it is written, without what is not there.
            (
                format!("{url}form.z = '{{{{ refresh_token }}}}'\nform.scope = '{{{{ scope }}}}'\nform.a = [1, 'x y']"),
                format!("POST https://a.example/t{FORM}z=rt%2B1&a=1&a=x+y"),
            ),
            (
                format!("{url}json = {{ z = '{{{{ refresh_token }}}}', s = '{{{{ scope }}}}', n = '{{{{ now }}}}', l = ['{{{{ params.port | int }}}}', '{{{{ scope }}}}', true] }}"),
                format!("POST https://a.example/t{JSON}{{\"z\":\"rt+1\",\"n\":1000,\"l\":[8443,true]}}"),
            ),
            (
                format!("{url}body = '<t>{{{{ refresh_token }}}}</t>'\nheaders.Content-Type = 'text/xml'\nheaders.accept = 'text/xml'"),
                "POST https://a.example/t\nContent-Type: text/xml\naccept: text/xml\n\n<t>rt+1</t>".to_owned(),
            ),
            (format!("{url}body = 'as it is'"), format!("POST https://a.example/t{ACCEPT}\n\nas it is")),
        ] {
            assert_eq!(built(&table, ClientAuth::None), wanted, "{table}");
        }
    }

    #[test]
    fn a_client_authenticates_in_its_own_place() {
        use ClientAuth::*;
        let form = "url = 'https://a.example'\nclient_auth = 'none'\nform.a = '1'";
        let json = "url = 'https://a.example'\nclient_auth = 'none'\njson.a = '1'";
        let empty = "url = 'https://a.example'\nclient_auth = 'none'";
        let body = "url = 'https://a.example'\nclient_auth = 'none'\nbody = 'x'";
        let unasked = "url = 'https://a.example'\nform.a = '1'";
        for (table, client_auth, wanted) in [
            (form, ClientSecretPost, format!("{FORM}a=1&client_id=a%3Ab&client_secret=s%2F%C3%B6")),
            (
                json,
                ClientSecretPost,
                format!("{JSON}{{\"a\":\"1\",\"client_id\":\"a:b\",\"client_secret\":\"s/ö\"}}"),
            ),
            (empty, ClientSecretPost, format!("{FORM}client_id=a%3Ab&client_secret=s%2F%C3%B6")),
            (form, TlsClientAuth, format!("{FORM}a=1&client_id=a%3Ab")),
            (form, SelfSignedTlsClientAuth, format!("{FORM}a=1&client_id=a%3Ab")),
            (form, None, format!("{FORM}a=1&client_id=a%3Ab")),
            (body, None, format!("{ACCEPT}\n\nx")),
            // `a%3Ab:s%2F%C3%B6`, and `a:b:s/ö` without RFC 6749's encoding.
            (empty, ClientSecretBasic, format!("\nAuthorization: Basic YSUzQWI6cyUyRiVDMyVCNg=={ACCEPT}")),
            (empty, ClientSecretBasicPlain, format!("\nAuthorization: Basic YTpiOnMvw7Y={ACCEPT}")),
            (unasked, ClientSecretPost, format!("{FORM}a=1")),
            (unasked, ClientSecretBasic, format!("{FORM}a=1")),
        ] {
            let wanted = format!("POST https://a.example/{wanted}");
            assert_eq!(built(table, client_auth), wanted, "{client_auth:?}: {table}");
        }
    }

    #[test]
    fn a_form_is_sent_where_the_dialect_says() {
        use ClientAuth::*;
        let url = "url = 'https://a.example/t?own=1'\nquery.q = '0'\n";
        let form = "form = { z = '{{ refresh_token }}', s = '{{ scope }}', l = [1, 'x y'] }\n";
        let query = "POST https://a.example/t?own=1&q=0";
        for (table, client_auth, wanted) in [
            (
                "form_in = 'query'\nclient_auth = 'none'",
                None,
                format!("{query}&z=rt%2B1&l=1&l=x+y&client_id=a%3Ab{ACCEPT}"),
            ),
            (
                "form_in = 'query'\nclient_auth = 'client_secret_post'",
                ClientSecretPost,
                format!("{query}&z=rt%2B1&l=1&l=x+y&client_id=a%3Ab&client_secret=s%2F%C3%B6{ACCEPT}"),
            ),
            (
                "form_in = 'query'\nclient_auth = 'client_secret_query'",
                ClientSecretQuery,
                format!("{query}&z=rt%2B1&l=1&l=x+y&client_id=a%3Ab&client_secret=s%2F%C3%B6{ACCEPT}"),
            ),
            (
                "form_in = 'json'\nclient_auth = 'client_secret_post'",
                ClientSecretPost,
                format!(
                    "{query}{JSON}{{\"z\":\"rt+1\",\"l\":[\"1\",\"x y\"],\"client_id\":\"a:b\",\"client_secret\":\"s/ö\"}}"
                ),
            ),
            (
                "client_auth = 'client_secret_query'",
                ClientSecretQuery,
                format!("{query}&client_id=a%3Ab&client_secret=s%2F%C3%B6{FORM}z=rt%2B1&l=1&l=x+y"),
            ),
        ] {
            assert_eq!(built(&format!("{url}{form}{table}"), client_auth), wanted, "{table}");
        }
        // What the profile adds goes along, and takes the place of what is there.
        let settings = Settings { extra: vec![("x", "1 2"), ("z", "own")], ..settings(None) };
        for (table, wanted) in [
            ("form_in = 'query'\nextra_params = 'form'", format!("{query}&z=own&l=1&l=x+y&x=1+2{ACCEPT}")),
            (
                "form_in = 'query'\nextra_params = 'query'",
                format!("{query}&x=1+2&z=own&z=rt%2B1&l=1&l=x+y{ACCEPT}"),
            ),
            (
                "form_in = 'json'\nextra_params = 'json'",
                format!("{query}{JSON}{{\"z\":\"own\",\"l\":[\"1\",\"x y\"],\"x\":\"1 2\"}}"),
            ),
        ] {
            assert_eq!(
                lines(&request(&format!("{url}{form}{table}"), &settings).expect(table)),
                wanted,
                "{table}"
            );
        }
    }

    #[test]
    fn a_form_whose_members_are_all_left_out_is_a_form_all_the_same() {
        let url = "url = 'https://a.example/t'\n";
        let left_out = "form.s = '{{ scope }}'";
        let basic = "client_auth = 'client_secret_basic'";
        let login = "\nAuthorization: Basic YSUzQWI6cyUyRiVDMyVCNg==";
        for (table, client_auth, wanted) in [
            (left_out.to_owned(), ClientAuth::None, FORM.to_owned()),
            (format!("{left_out}\n{basic}"), ClientAuth::ClientSecretBasic, format!("{login}{FORM}")),
            (format!("{left_out}\nextra_params = 'form'"), ClientAuth::None, FORM.to_owned()),
            (format!("{left_out}\nform_in = 'json'"), ClientAuth::None, format!("{JSON}{{}}")),
            ("json.s = '{{ scope }}'".to_owned(), ClientAuth::None, format!("{JSON}{{}}")),
            (format!("{left_out}\nform_in = 'query'"), ClientAuth::None, ACCEPT.to_owned()),
            // Nothing was written that could be left out: the base's is dropped, and nothing takes its place.
            ("form = {}".to_owned(), ClientAuth::None, ACCEPT.to_owned()),
            ("form = {}\nform_in = 'json'".to_owned(), ClientAuth::None, ACCEPT.to_owned()),
            ("form = {}\nextra_params = 'form'".to_owned(), ClientAuth::None, ACCEPT.to_owned()),
            ("extra_params = 'form'".to_owned(), ClientAuth::None, ACCEPT.to_owned()),
        ] {
            let wanted = format!("POST https://a.example/t{wanted}");
            assert_eq!(built(&format!("{url}{table}"), client_auth), wanted, "{table}");
        }
        // What a template sees of the request is what is sent.
        let sees = format!("{url}{left_out}\nheaders.X = \"{{{{ request.headers['content-type'] }}}}\"");
        assert!(built(&sees, ClientAuth::None).contains("\nX: application/x-www-form-urlencoded"));
    }

    #[test]
    fn a_client_assertion_is_about_the_client_and_this_request() {
        let table = "url = 'https://a.example/t'\nclient_auth = 'client_secret_jwt'\nform.a = '1'\n";
        for (more, issuer, subject, audience, expiry) in [
            ("", "a:b", "a:b", "https://a.example/t", 1300),
            (
                "client_assertion = { audience = 'https://{{ params.tenant }}', lifetime = '60s' }",
                "a:b",
                "a:b",
                "https://eu",
                1060,
            ),
            (
                "client_assertion = { issuer = '{{ params.tenant }}:{{ client_id }}', subject = 'svc' }",
                "eu:a:b",
                "svc",
                "https://a.example/t",
                1300,
            ),
        ] {
            let built =
                request(&format!("{table}{more}"), &settings(ClientAuth::ClientSecretJwt)).expect("whole");
            let body = built.body.expect("a form");
            let pairs: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).collect();
            let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_ref()).collect();
            assert_eq!(names, ["a", "client_id", "client_assertion_type", "client_assertion"]);
            assert_eq!(pairs[2].1, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
            let wanted = json!({ "iss": issuer, "sub": subject, "aud": audience, "iat": 1000, "exp": expiry, "jti": "u-1" });
            assert_eq!(jwt::claims(&pairs[3].1), Some(wanted), "{more}");
        }
    }

    #[test]
    fn params_of_the_profile_alone_go_where_the_dialect_says() {
        let url = "url = 'https://a.example'\n";
        let settings = Settings { extra: vec![("x", "1 2")], ..settings(ClientAuth::None) };
        for (table, wanted) in [
            ("extra_params = 'query'", format!("POST https://a.example/?x=1+2{ACCEPT}")),
            ("extra_params = 'form'\nform.a = '1'", format!("POST https://a.example/{FORM}a=1&x=1+2")),
            ("extra_params = 'json'", format!("POST https://a.example/{JSON}{{\"x\":\"1 2\"}}")),
            ("form.a = '1'", format!("POST https://a.example/{FORM}a=1")),
            // In the place of the dialect's own.
            (
                "extra_params = 'query'\nquery = { x = '0', y = '2' }",
                format!("POST https://a.example/?x=1+2&y=2{ACCEPT}"),
            ),
            (
                "extra_params = 'form'\nform = { a = '1', x = '0' }",
                format!("POST https://a.example/{FORM}a=1&x=1+2"),
            ),
            (
                "extra_params = 'json'\njson.x = '0'",
                format!("POST https://a.example/{JSON}{{\"x\":\"1 2\"}}"),
            ),
        ] {
            assert_eq!(lines(&request(&format!("{url}{table}"), &settings).expect(table)), wanted, "{table}");
        }
    }

    #[test]
    fn what_speaks_of_the_request_sees_what_is_sent() {
        let table = "url = 'https://a.example/t'\nquery.q = '1'\nform.b = '2'\n\
            query.over = '{{ request.body }}'\nform.about = '{{ request.method }} {{ request.query.q }}'\n\
            headers.X-Of = '{{ request.host }}{{ request.path }} {{ request.form.b }} {{ request.body }}'";
        let built = request(table, &settings(ClientAuth::None)).expect("whole");
        let body = "b=2&about=POST+1";
        assert_eq!(built.body.as_ref().map(|body| body.as_str()), Some(body));
        assert_eq!(built.url.query(), Some("q=1&over=b%3D2%26about%3DPOST%2B1"));
        assert_eq!(built.headers[0].1.as_str(), format!("a.example/t 2 {body}"));
    }

    #[test]
    fn a_token_url_of_the_profile_is_the_whole_address() {
        let own = Url::parse("https://b.example/own").expect("an address");
        let settings = Settings { address: Some(&own), ..settings(ClientAuth::None) };
        let built =
            request("url = 'https://a.example/{{ base_url }}'\nquery.q = '1'", &settings).expect("whole");
        assert_eq!(built.url.as_str(), "https://b.example/own?q=1");
    }

    #[test]
    fn what_cannot_be_made_is_named_without_its_value() {
        let url = "url = 'https://a.example'\n";
        for (table, wanted) in [
            (
                "url = '{{ base_url }}/t'",
                "the request's address needs a value that the profile does not give",
            ),
            ("url = 'http://{{ params.tenant }}.example/'", "http://"),
            ("headers.X-A = '{{ params.line }}'", "the value of header `X-A` contains a control character"),
            (
                "form.a = '{{ refresh_token | int }}'",
                "`form.a`: a value that should be a whole number is not",
            ),
            (
                "json.a.b = '{{ refresh_token | from_json }}'",
                "`json.a.b`: a value that should be JSON is not",
            ),
            (
                "client_auth = 'client_secret_jwt'\nclient_assertion.audience = '{{ token_url }}'",
                "`client_assertion.audience`: needs a value that is not there",
            ),
        ] {
            let table = if table.starts_with("url") { table.to_owned() } else { format!("{url}{table}") };
            let why = request(&table, &settings(ClientAuth::ClientSecretJwt)).err().expect("refused");
            assert!(why.contains(wanted) && !why.contains("rt+1"), "{table}: {why}");
        }
    }

    #[test]
    fn nothing_is_signed_in_a_trial() {
        let table = "url = 'https://a.example'\nclient_auth = 'private_key_jwt'";
        let secret = std::collections::BTreeSet::from(["client_secret".to_owned()]);
        let settings =
            Settings { stand_ins: StandIns::Tried(&secret), ..settings(ClientAuth::ClientSecretJwt) };
        let built = lines(&request(table, &settings).expect("whole"));
        assert!(built.ends_with("&client_assertion=s%2F%C3%B6"), "{built}");
    }

    #[test]
    fn the_headers_that_somebody_will_look_for_are_named() {
        let text = "[exchanges.refresh]\nrequest.url = 'https://a.example'\n\
            answer = { access_token = { header = 'X-Token' }, scope = { cookie = 's' } }";
        let dialect: Dialect = toml::from_str(text).expect("a dialect");
        let built = build(dialect.refresh().last().exchange, &settings(ClientAuth::None), &Values::new());
        let keep = built.expect("whole").wanted.headers;
        assert_eq!(
            keep,
            [
                "age",
                "content-encoding",
                "content-type",
                "date",
                "location",
                "retry-after",
                "set-cookie",
                "x-token"
            ]
        );
    }
}
