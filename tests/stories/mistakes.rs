//! Mistakes that people make in a dialect: for each the place that must be named, and
//! words of the mend. `»` stands before that place and is taken out of the text; no
//! other place may be named, because what only follows from a mistake is noise.

use httpmock::prelude::*;

use crate::world::{On, World};

/// A dialect with nothing wrong; lines of a mistake come after it.
const GOOD: &str = "[dialects.acme]\nextends = \"oauth2\"\n";

/// What is wrong, with the place marked, and words of the mend.
type Mistake = (&'static str, &'static str);

/// The table in which the lines of each list stand.
const LISTS: [(&str, &[Mistake]); 7] = [
    ("[dialects.acme.exchanges.refresh.request.form]\n", TEMPLATES),
    ("[dialects.acme.exchanges.refresh.request]\n", REQUESTS),
    ("[dialects.acme.exchanges.refresh.answer]\n", ANSWERS),
    ("[dialects.acme.exchanges.refresh]\n", EXCHANGES),
    ("", DIALECTS),
    ("[[dialects.acme.examples]]\n", EXAMPLES),
    ("", FILES),
];

const TEMPLATES: &[Mistake] = &[
    (r#"»x = "{{ refresh_tokn }}""#, "did you mean `refresh_token`?"),
    (r#"»x = "{{ tenant }}""#, "known names are refresh_token, access_token, redirect_uri, base_url"),
    (r#"»x = "{{ scope | bas64 }}""#, "did you mean `base64`?"),
    (r#"»x = "{{ scope | frobnicate }}""#, "known filters are base64, base64url, hex"),
    (
        r#"»x = "{{ scope | rsa_oaep_sha512(scope) | hex }}""#,
        "filters of this kind are rsa_oaep_sha1, rsa_oaep_sha256",
    ),
    (r#"»x = "{{ scope | hmac_sha3_256(scope) | hex }}""#, "filters of this kind are hmac_md5, hmac_sha1"),
    (r#"»x = "{{ scope | aes_ecb(scope) | hex }}""#, "did you mean `aes_cbc`?"),
    (r#"»x = "{{ scope | hmac_sha256 | hex }}""#, "write `| hmac_sha256(…)`"),
    (r#"»x = "{{ scope | upper(1) }}""#, "write `| upper`"),
    (r#"»x = "{{ scope | replace('a') }}""#, "write `| replace(…, …)`"),
    (r#"»x = "{{ now | date }}""#, "write `| date(…)`"),
    (r#"»x = "{{ scope | sha256 }}""#, "add `| hex`, `| base64` or `| base64url`"),
    (r#"»x = "{{ scope ~ (scope | sha256) }}""#, "add `| hex`, `| base64` or `| base64url`"),
    (r#"»x = "{{ scope | sha256 | upper }}""#, "add `| hex`, `| base64` or `| base64url` before it"),
    (r#"»x = "x{{ [scope] }}""#, "add `| json`"),
    (r#"»x = "{{ scope | split(',') }}""#, "add `| json`"),
    (r#"»x = "{{ scope | join(',') }}""#, "needs a list or a map, not a text"),
    (r#"»x = "{{ scope""#, "write `}}` where the expression ends"),
    (r#"»x = "{{ scope }""#, "write `}}` where the expression ends"),
    (r#"»x = "{{ scope | }}""#, "one is written `{{ value | filter }}`"),
    (r#"»x = "{scope}""#, "a template is written `{{ scope }}`"),
    (r#"»x = "${scope}""#, "a template is written `{{ scope }}`"),
    (r#"»x = "{% if scope %}{{ scope }}{% endif %}""#, "not statements or comments"),
    (r#"»x = "{# why #}{{ scope }}""#, "not statements or comments"),
    (r#"»x = "{{ upper(scope) }}""#, "a filter is written `value | name`"),
    (r#"»x = "{{ scope.upper() }}""#, "a filter is written `value | name`"),
    (r#"»x = "{{ now * 1000 }}""#, "there are `+`, `-`, `//` and `%`"),
    (r#"»x = "{{ now / 60 }}""#, "write `//`"),
    (r#"»x = "{{ now + 'a' }}""#, "`| int` makes one from a text"),
    (r#"»x = "{{ scope is defined }}""#, "is omitted when a value is missing"),
    (r#"»x = "{{ scope if scope }}""#, "as in `'a' if params.x else 'b'`"),
    (r#"»x = "{{ request.boddy }}""#, "did you mean `request.body`?"),
    (r#"»x = "{{ request.body | md5 | hex }}""#, "write it in `query` or `headers`"),
    (r#"»x = "{{ {'iss': client_id} | jwt('RS265', private_key) }}""#, "did you mean `RS256`?"),
    (r#"»x = "{{ client_id | jwt('RS256', private_key) }}""#, "needs a list or a map"),
    (r#"»x = "{{ request.form | sorted_pairs('=', '&', encoded=true) }}""#, "did you mean `encode`?"),
    (r#"»x = "{{ now | date('YYYY-MM-DD') }}""#, "as in `%Y-%m-%d`"),
    (r#"»x = "{{ now | date('%F', '8') }}""#, "is written `+08:00`"),
    (r#"»x = "{{ params.pin }}""#, "declare it: `params.pin = { optional = true }`"),
    (r#"»x = "{{ kept.ticket }}""#, "an answer must keep it: `answer.keep.ticket = "),
    (r#"x = ["{{ scope }}", »"{{ refresh_tokn }}"]"#, "did you mean `refresh_token`?"),
    (r#"»x = { a = "b" }"#, "expected a string, a number, true, false, or a list of these"),
];

/// Keys of the request of `refresh`.
const REQUESTS: &[Mistake] = &[
    (r#"»url = "{{ base_ulr }}/token""#, "did you mean `base_url`?"),
    (r#"»ulr = "https://x.example""#, "did you mean `url`?"),
    (r#"»url = "x.example/token""#, "one begins with `https://`"),
    (r#"»url = "ftp://x.example/token""#, "an address begins with `https://`"),
    (r#"»url = "http://x.example/token""#, "write `https://`"),
    (r#"»url = "https://x.example/{{ refresh_token }}""#, "put it in `query`"),
    (r#"»url = "https://x.example/{{ request.path }}""#, "write it in `query`, `headers` or the body"),
    (r#"»method = "post""#, "in capitals, such as `POST` or `GET`, did you mean `POST`?"),
    (r#"»method = "HEAD""#, "did you mean `GET`?"),
    (r#"»method = "TRACE""#, "write `POST` or `GET`"),
    (r#"»client_auth = "client_secret_baisc""#, "did you mean `client_secret_basic`?"),
    (r#"client_auth = ["none", »"client_secret_baisc"]"#, "did you mean `client_secret_basic`?"),
    (r#"»extra_params = "fom""#, "did you mean `form`?"),
    (r#"»extra_params = "json""#, "set `extra_params = \"form\"`"),
    (r#"»extra_params = true"#, "expected a string"),
    (r#"client_assertion.»audiance = "x""#, "did you mean `audience`?"),
    (r#"client_assertion.»lifetime = "5""#, "such as `90s`"),
    (r#"»query = "a=1""#, "expected a table"),
    (r#"headers = { X-A = "1", »"X B" = "1" }"#, "as `X-Api-Key`"),
    (r#"headers = { X-A = "1", »Host = "x" }"#, "remove it"),
    (r#"headers = { X-A = "1", »x-a = "2" }"#, "write several values as a list"),
    (r#"headers = { »Authorization = "Basic {{ client_id }}" }"#, "remove one of them"),
    (r#"headers = { »X-A = "a\nb" }"#, "must not contain line breaks"),
    (
        r#"json = { a = "{{ refresh_token }}", b = [{ c = 1, »d = "{{ scope | md5 }}" }] }"#,
        "add `| hex`, `| base64` or `| base64url`",
    ),
    (
        "client_auth = \"client_secret_post\"\n»body = \"{{ refresh_token }}\"",
        "a request has one body: remove this",
    ),
    (
        "»client_auth = \"client_secret_post\"\njson = [\"{{ refresh_token }}\"]",
        "authenticate in another way",
    ),
    ("form.x = \"1\"\n»json.x = \"1\"", "a request has one body: remove `json` or `form`"),
    // What a base has, and what is written beside it.
    (r#"»form_in = "querry""#, "did you mean `query`?"),
    ("json.t = \"{{ refresh_token }}\"\n»form_in = \"query\"", "says where a `form` is sent"),
    (r#"query.»s = "{{ client_secret }}""#, "set `client_auth = []` if it belongs here"),
    (
        "client_auth = \"client_secret_query\"\nheaders = { »X-Key = \"{{ client_secret }}\" }",
        "`client_auth` already sends the client secret, as `client_secret_query`",
    ),
    (
        r#"query = { »sign = "{{ now | hmac_sha256(client_secret) | hex }}" }"#,
        "set `client_auth = []`, or name what the vendor wants besides the signature",
    ),
    (
        r#"query = { »t = "{{ refresh_token }}" }"#,
        "is sent twice, in `query.t` and in `form.refresh_token`; remove one of them",
    ),
    (r#"headers = { »X-T = "{{ refresh_token }}" }"#, "or set `repeats = [\"refresh_token\"]`"),
    (r#"repeats = [»"refresh_tokn"]"#, "this request sends no secret of that name"),
    (r#"»method = "GET""#, "a GET has no body; `form_in = \"query\"` sends these in the address"),
    (
        "»method = \"GET\"\nform = {}\nquery.t = \"{{ refresh_token }}\"",
        "`client_auth = []`, or `form_in = \"query\"`",
    ),
    (
        "form = {}\nquery.t = \"{{ refresh_token }}\"\n»client_auth = \"client_secret_post\"",
        "set `client_auth = \"client_secret_query\"`",
    ),
    (
        "client_auth = []\nform = {}\nquery.t = \"{{ refresh_token }}\"\nheaders = { »Content-Type = \"text/plain\" }",
        "or set `body = \"\"` if the vendor wants it so",
    ),
    (r#"client_assertion.»isuer = "x""#, "did you mean `issuer`?"),
];

/// Keys of the answer to `refresh`.
const ANSWERS: &[Mistake] = &[
    (r#"»acess_token = "/a""#, "did you mean `access_token`?"),
    (r#"»access_token = "access_token""#, "begins with `/`, as in `/access_token`"),
    (r#"»access_token = "/a~b""#, "`~` is written `~0`"),
    (r#"»access_token = []"#, "write a JSON Pointer, such as `/access_token`"),
    (r#"»access_token = 5"#, "a table with `at`, `header` or `cookie`"),
    (r#"access_token = ["/a", »"b"]"#, "begins with `/`"),
    (r#"access_token = ["/a", »["/b"]]"#, "expected a place"),
    (r#"»access_token = { at = "/a", header = "X" }"#, "is one of `{ at = \"/NAME\" }`"),
    (r#"access_token = { »heder = "X-Token" }"#, "did you mean `header`?"),
    (r#"access_token = { »header = "X Token" }"#, "as `X-Api-Key`"),
    (r#"»access_token = "/refresh_token""#, "each needs its own place"),
    (r#"keep = { »a = "/refresh_token" }"#, "each needs its own place"),
    (r#"keep = { »"a-b" = "/x" }"#, "letters, digits and `_`"),
    (r#"keep = { a = { at = "/x", »secrett = true } }"#, "did you mean `secret`?"),
    (r#"»format = "jsno""#, "did you mean `json`?"),
    (r#"»expires_by = "soonest""#, "expected one of first, earliest, latest"),
    (r#"access_expires = { at = "/e", »unit = "date" }"#, "needs a `format`, such as `%d/%m/%Y %H:%M`"),
    (r#"»access_expires = "/e""#, "expected a table"),
    (r#"access_expires = [{ at = "/e", »unit = "second" }]"#, "did you mean `seconds`?"),
    (r#"access_expires = [{ at = "/e", »units = "seconds" }]"#, "did you mean `unit`?"),
    (r#"access_expires = [»{ at = "/e" }]"#, "`unit` is missing"),
    (r#"access_expires = [{ at = "/e", »unit = "date" }]"#, "needs a `format`, such as `%d/%m/%Y %H:%M`"),
    (r#"access_expires = [{ at = "/e", unit = "date", »format = "YYYY-MM-DD" }]"#, "as in `%d/%m/%Y %H:%M`"),
    (r#"access_expires = [{ at = "/e", unit = "seconds", »format = "%Y" }]"#, "remove it"),
    (r#"access_expires = [{ at = "/e", unit = "seconds", »offset = "+08:00" }]"#, "remove it"),
    (r#"access_expires = [{ at = "/e", unit = "iso8601", »offset = "8" }]"#, "is written `+08:00`"),
    (r#"access_expires = [{ at = "/e", unit = "duration", »format = "D:HH:mm" }]"#, "as in `D:HH:MM`"),
    (r#"»words = "message""#, "begins with `/`"),
    (r#"»within = "data""#, "begins with `/`"),
    (r#"»access_token_as = "{{ client_id }}""#, "write `{{ access_token }}` where it belongs"),
    (
        r#"»access_token_as = "{{ client_secret }}:{{ access_token }}""#,
        "`client_secret` cannot be part of an access token",
    ),
    (
        r#"»access_token_as = "{{ kept.user }}:{{ access_token }}""#,
        "`kept.user` cannot be part of an access token",
    ),
    (r#"»access_token_as = "{{ access_token | bas64 }}""#, "did you mean `base64`?"),
    (r#"»access_token_as = "{{ params.x }}:{{ access_token }}""#, "`params.x`"),
    (r#"»access_token_as = "{{ access_token | sha256 }}""#, "add `| hex`"),
    (r#"access_expires = { at = "/e", »unit = "bysize" }"#, "did you mean `by_size`?"),
    (r#"access_expires = { at = "/e", unit = "seconds", »plus = "2h" }"#, "works only with a date"),
    (
        r#"access_expires = { at = "/e", unit = "epoch_seconds", »since = { at = "/i", unit = "epoch_seconds" } }"#,
        "works only with a span",
    ),
    (
        r#"access_expires = { at = "/e", unit = "seconds", since = { at = "/i", »unit = "hours" } }"#,
        "such as `epoch_seconds`",
    ),
    (
        r#"access_expires = { at = "/e", unit = "seconds", »since = { unit = "epoch_seconds" } }"#,
        "is one of `{ at = \"/NAME\" }`",
    ),
    (
        r#"access_expires = [{ at = "/e", unit = "seconds" }, { at = "/i", »unit = "date", plus = "1h" }]"#,
        "needs a `format`",
    ),
    (r#"access_expires = { »time_of_day = "6" }"#, "is written `06:00`"),
    (
        r#"»access_expires = { time_of_day = "06:00", at = "/e", unit = "seconds" }"#,
        "is used alone or with `offset`",
    ),
    (
        r#"words = "/list/*"
keep.»all = "/access_token""#,
        "each needs its own place",
    ),
    (
        r#"within = "/data"
keep.»all = "/refresh_token""#,
        "each needs its own place",
    ),
    (r#"words = { »haeder = "X-Why" }"#, "did you mean `header`?"),
];

/// Keys of the exchange `refresh`.
const EXCHANGES: &[Mistake] = &[
    (r#"»anser.access_token = "/a""#, "did you mean `answer`?"),
    (r#"success.»staus = [200]"#, "did you mean `status`?"),
    (r#"success.»status = 2000"#, "such as `401`"),
    (r#"success.»status = "6xx""#, "a class such as `\"4xx\"`"),
    (r#"success.tests = { at = "/ok", »equal = 0 }"#, "did you mean `equals`?"),
    (r#"refusals = { »is = "invalid_grant", status = 400 }"#, "expected one of login_required"),
    (r#"»refusals = { is = "login_required" }"#, "needs a `status`, `tests` or both"),
    (
        r#"refusals = { is = "login_required", status = 400, »documentation = "their wiki" }"#,
        "as `https://…`",
    ),
    (r#"success.status = [200, »2000]"#, "such as `401`"),
    (r#"success.status = [200, »"6xx"]"#, "a class such as `\"4xx\"`"),
    (r#"success.»status = []"#, "write one, such as `200`"),
    (r#"success.tests = [»{ at = "/ok" }]"#, "a test needs `equals`"),
    (r#"success.tests = [{ at = "/ok", »equal = 0 }]"#, "did you mean `equals`?"),
    (r#"success.tests = [{ at = "/ok", »equals = [] }]"#, "write at least one"),
    (r#"success.tests = { »at = "error", equals = 1 }"#, "begins with `/`"),
    (r#"success.tests = { »at = ["", "/a"], equals = 1 }"#, "is used alone"),
    (r#"success.tests = { »at = [], equals = 1 }"#, "such as `/error`"),
    (r#"success.»tests = { at = "", header = "X", equals = 1 }"#, "write another test for the other"),
    (r#"success.tests = { at = "/ok", »equals = 1, present = false }"#, "so remove one of them"),
    (r#"success.tests = { at = "/ok", »equals = 1, not_equals = [0, 1] }"#, "remove it from one of them"),
    (
        r#"refusals = [{ is = "request_rejected", otherwise = true }, { is = "request_rejected", »otherwise = true }]"#,
        "or give the first a `status`",
    ),
    (r#"answer.»account = "/id_token""#, "point to a separate value"),
    (r#"success.tests = { at = "/ok", present = true, »optional = true }"#, "remove one of them"),
    (
        r#"success.tests = [{ at = "/ok", equals = 1 }, »{ at = "/ok", equals = 2 }]"#,
        "as in `equals = [1, 2]`",
    ),
    (r#"success.»tests = { at = "/access_token", present = false }"#, "`keeps_access_token = true`"),
    (
        r#"refusals = { is = "rate_limited", status = 400, tests = { at = "/a", »equals = 1, present = false } }"#,
        "so remove one of them",
    ),
    (
        r#"refusals = { is = "request_rejected", otherwise = true, »tests = { at = "/a", equals = 1 } }"#,
        "remove the tests or `otherwise`",
    ),
    (r#"»refusals = { is = "request_rejected", otherwise = false }"#, "needs a `status`, `tests` or both"),
    (r#"refusals = [{ »is = "login-required", status = [400] }]"#, "did you mean `login_required`?"),
    (r#"refusals = [{ »is = "invalid_grant", status = [400] }]"#, "expected one of login_required"),
    (r#"refusals = [»{ is = "login_required" }]"#, "needs a `status`, `tests` or both"),
    (r#"refusals = [{ is = "login_required", »statuses = [400] }]"#, "did you mean `status`?"),
    (r#"refusals = [»{ status = [400] }]"#, "`is` is missing"),
];

/// Keys of the dialect itself.
const DIALECTS: &[Mistake] = &[
    (r#"»rotaton = "strict""#, "did you mean `rotation`?"),
    (r#"»rotation = "strickt""#, "did you mean `strict`?"),
    (r#"»rotation = "grace-same""#, "such as `grace = \"30s\"`"),
    (r#"»grace = "30s""#, "works only with the rotation classes `grace-same` and `grace-new`"),
    ("rotation = \"grace-same\"\n»grace = \"30\"", "such as `90s`"),
    ("rotation = \"grace-same\"\n»grace = 30", "in quotes"),
    (r#"»renews_with = "refresh-token""#, "did you mean `refresh_token`?"),
    (r#"»refresh_lifetime_kind = "fixed""#, "expected one of sliding, idle, absolute"),
    (r#"»refresh_lifetime_kind = "absolute""#, "such as `refresh_lifetime = \"30d\"`"),
    (r#"»replay = "always""#, "expected one of never"),
    (r#"»margin = "1y""#, "such as `90s`"),
    (r#"»title = 5"#, "expected a string"),
    (r#"hosts = ["a.example", »"https://b.example/"]"#, "without scheme, port or path"),
    (r#"hosts = [»"*.b.example"]"#, "`*` is not a wildcard here"),
    (r#"»step = ["refresh"]"#, "did you mean `steps`?"),
    (
        "steps = [\"first\", \"refresh\"]\nexchanges.first.request.url = \"https://x.example\"\nexchanges.first.answer.»access_token = \"/t\"",
        "then `{{ kept.token }}`",
    ),
    (
        "params.shop = { optional = true }\nexchanges.refresh.request.»url = \"https://x.example/{{ params.shop }}\"",
        "give it a `default`, or make it required",
    ),
    (r#"»hosts = "https://b.example/""#, "without scheme, port or path"),
    (r#"»steps = "refrehs""#, "did you mean `refresh`?"),
    (r#"»steps = []"#, "the last step must be `refresh`"),
    (r#"steps = [»"refrehs", "refresh"]"#, "did you mean `refresh`?"),
    (r#"steps = [»"session", "refresh"]"#, "add it under `exchanges`"),
    (r#"steps = ["refresh", »"refresh"]"#, "name it once"),
    (r#"exchanges.»session.request.url = "https://x.example""#, "list it in `steps`"),
    (r#"exchanges.»refrsh.request.url = "https://x.example""#, "did you mean `refresh`?"),
    (r#"params.»tenant = {}"#, "a template is written `{{ params.tenant }}`"),
    (r#"params.»tenant = "eu""#, "expected a table"),
    (r#"params.tenant = { »optinal = true }"#, "did you mean `optional`?"),
    (
        "params.tenant = { »default = \"de\", one_of = [\"eu\"] }\nexchanges.refresh.request.form.x = \"{{ params.tenant }}\"",
        "write one of those, or add it there",
    ),
    (
        "params.tenant = { secret = true, »default = \"canary\" }\nexchanges.refresh.request.form.x = \"{{ params.tenant }}\"",
        "remove this",
    ),
    (
        "params.tenant = { »one_of = [] }\nexchanges.refresh.request.form.x = \"{{ params.tenant }}\"",
        "write at least one",
    ),
    (
        "params.tenant = { one_of = [\"eu\", \"us\"] }\nexchanges.refresh.request.form.»x = \"{{ {'eu': 'a'}[params.tenant] }}\"",
        "with `us` for `params.tenant`",
    ),
    (
        "params.tenant = {}\nexchanges.refresh.request.form.»x = \"{{ params.tennant }}\"",
        "did you mean `params.tenant`?",
    ),
    (
        "exchanges.refresh.answer.keep.host = \"/host\"\nexchanges.refresh.request.»url = \"https://{{ kept.host }}/t\"",
        "as in `hosts = [\"api.vendor.example\"]`",
    ),
    (r#"remove = [»"exchanges.refresh.request.form.scop"]"#, "a path is written"),
    (r#"remove = [»5]"#, "a path is written"),
];

/// Whole files.
const FILES: &[Mistake] = &[
    ("[dialects.acme]\n»extends = \"oauht2\"\n", "did you mean `oauth2`?"),
    ("[dialects.acme]\n»extends = \"qqzzqqzz\"\n", "`tokcli dialect list` lists them"),
    ("[dialects.acme]\n»extends = \"acme\"\n", "name another"),
    (
        "[dialects.acme]\n»extends = \"b\"\n[dialects.b]\n»extends = \"acme\"\n",
        "one of them must not extend another",
    ),
    ("[dialects.acme]\n»remove = [\"title\"]\n", "works only with `extends`"),
    ("[dialects.»\"a b\"]\nextends = \"oauth2\"\n", "begins with a letter or digit"),
    ("[dialects.»acme]\ntitle = \"Acme\"\n", "`exchanges` is missing"),
    (
        "[dialects.acme.exchanges.refresh]\n»request.url = \"https://x.example\"\nanswer.access_token = \"/a\"\n",
        "set `renews_with = \"client\"` or `\"access_token\"`",
    ),
    (
        "[dialects.acme.exchanges.»refresh]\nrequest.url = \"https://x.example/{{ client_id }}\"\nrequest.form.r = \"{{ refresh_token }}\"\n",
        "`answer` is missing",
    ),
    (
        "[dialects.acme.exchanges.refresh]\n»request.form.r = \"{{ refresh_token }}\"\nanswer.access_token = \"/a\"\n",
        "`url` is missing",
    ),
    (
        "[dialects.acme.exchanges.refresh]\nrequest.url = \"https://x.example\"\nrequest.form.r = \"{{ refresh_token }}\"\n»answer.scope = \"/s\"\n",
        "`access_token` is missing",
    ),
    (
        "[dialects.acme]\nrenews_with = \"client\"\n[dialects.acme.exchanges.refresh]\nrequest.url = \"https://x.example\"\nrequest.form.»r = \"{{ refresh_token }}\"\nanswer.access_token = \"/a\"\n",
        "remove one of them",
    ),
    (
        "[dialects.acme]\nrenews_with = \"client\"\n[dialects.acme.exchanges.refresh]\nrequest.url = \"https://x.example\"\nanswer.access_token = \"/a\"\nanswer.»refresh_token = \"/r\"\n",
        "remove this",
    ),
    (
        "[dialects.acme]\nrenews_with = \"access_token\"\n[dialects.acme.exchanges.refresh]\n»request.url = \"https://x.example\"\nanswer.access_token = \"/a\"\n",
        "write `{{ access_token }}` where it belongs",
    ),
];

/// Keys of the only recorded example.
const EXAMPLES: &[Mistake] = &[
    ("»exchange = \"refrsh\"\nanswers = [{ is = \"no_answer\" }]", "did you mean `refresh`?"),
    ("»answer = [{ body = \"x\" }]", "did you mean `answers`?"),
    ("answers = [{ is = \"no_answer\" }, »{ is = \"no_answer\", reads = {} }]", "either `reads`"),
    ("answers = [»{ body = \"x\" }]", "or `is`"),
    ("answers = [{ »is = \"refused\" }]", "expected one of login_required"),
    ("answers = [{ »status = 20, is = \"no_answer\" }]", "such as `200`"),
    ("answers = [{ reads = { »acess_token = \"a\" } }]", "did you mean `access_token`?"),
    ("answers = [{ reads = { »expires_at = \"tomorrow\" } }]", "such as `2026-01-01T00:00:00Z`"),
    ("answers = [{ »words = \"a\", reads = {} }]", "works only with `is`"),
    ("»now = \"2026-01-01\"\nanswers = [{ is = \"no_answer\" }]", "such as `2026-01-01T00:00:00Z`"),
    ("request = { url = \"https://x.example\", body = \"a\", »json = {} }", "remove one"),
    ("request = { url = \"https://x.example\", »bdy = \"a\" }", "did you mean `body`?"),
    (
        "credential = { »refresh = \"canary\" }\nanswers = [{ is = \"no_answer\" }]",
        "did you mean `refresh_token`?",
    ),
];

/// A whole file, and the line and column of each mark.
fn marked(text: &str) -> (String, Vec<(usize, usize)>) {
    let mut places = Vec::new();
    let lines = text.lines().enumerate().map(|(index, line)| {
        let marks = line.match_indices('»').enumerate();
        // Each mark moves what comes after it.
        places.extend(marks.map(|(count, (at, _))| (index + 1, line[..at].chars().count() + 1 - count)));
        line.replace('»', "") + "\n"
    });
    (lines.collect(), places)
}

fn whole(list: &str, mistake: &str) -> String {
    if mistake.contains("[dialects.") { mistake.to_owned() } else { format!("{GOOD}{list}{mistake}\n") }
}

/// The errors on stderr, a line each.
fn errors(stderr: &str) -> Vec<&str> {
    stderr.lines().filter_map(|line| line.strip_prefix("tokcli: error: ")).collect()
}

#[test]
fn each_mistake_is_told_with_its_place_and_its_mend_and_nothing_else_is() {
    let world = World::on(On::File);
    let mut wrong = Vec::new();
    for (list, mistakes) in LISTS {
        for (mistake, mend) in mistakes {
            let (text, places) = marked(&whole(list, mistake));
            world.write("acme.toml", &text);
            let ended = world.run(&["dialect", "check", "acme.toml"]).exits(3).says_nothing_on_stdout();
            let told = errors(&ended.stderr);
            let right = |(error, (line, column)): (&&str, &(usize, usize))| {
                error.starts_with(&format!("acme.toml:{line}:{column}: ")) && error.contains(mend)
            };
            if told.len() != places.len() || !told.iter().zip(&places).all(right) {
                wrong.push(format!("{mistake}\n  {places:?} {mend}\n  {}", told.join("\n  ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(LISTS.iter().map(|(_, mistakes)| mistakes.len()).sum::<usize>() >= 50);
}

#[test]
fn with_a_mistake_in_its_dialect_nothing_is_sent() {
    let server = MockServer::start();
    let token = server.mock(|when, then| {
        when.any_request();
        then.status(200).body(r#"{"access_token":"at-1","expires_in":3600}"#);
    });
    let mut world = World::on(On::File);
    world.add("dialect_files = [\"acme.toml\"]\n[profiles.acme]\ndialect = \"acme\"\nclient_id = \"app\"\nstore = \"file\"");
    world.add(&format!("token_url = \"{}\"", server.url("/token")));
    world.write("acme.toml", GOOD);
    world.run_with(&["import"], "rt-canary-1").succeeds();
    // What is recorded counts only where it is replayed.
    for (list, mistakes) in LISTS.into_iter().filter(|(_, mistakes)| *mistakes != EXAMPLES) {
        for (mistake, mend) in mistakes.iter().step_by(8) {
            let (text, places) = marked(&whole(list, mistake));
            world.write("acme.toml", &text);
            world
                .run(&["refresh"])
                .exits(3)
                .says(&format!("acme.toml:{}:{}: ", places[0].0, places[0].1))
                .says(mend);
            world.run(&["config", "check"]).exits(3).says(mend);
        }
    }
    token.assert_calls(0);
    world.write("acme.toml", GOOD);
    world.run(&["refresh"]).succeeds();
    token.assert_calls(1);
}

const TEN: &str = r#"
[dialects.acme]
»titel = "Acme"
»rotation = "strickt"
»margin = "5"
hosts = ["a.example", »"B.example"]
exchanges.refresh.request.»url = "acme.example/token"
exchanges.refresh.request.form = { »a = "{{ refresh_tokn }}", »b = "{{ scope | md5 }}", c = "{{ refresh_token }}" }
exchanges.refresh.answer.»access_token = "token"
exchanges.refresh.success.status = [»20, »"9xx", 200]
exchanges.refresh.refusals = [{ is = "rate_limited", »statuses = [429] }, { »is = "limited", status = [430] }]
[[dialects.acme.examples]]
»anwsers = []
[[dialects.acme.examples]]
answers = [{ »status = "200", is = "no_answer" }]
"#;

#[test]
fn many_mistakes_are_told_in_one_pass_in_the_order_of_the_file() {
    let world = World::on(On::File);
    let (text, places) = marked(TEN);
    assert!(places.len() >= 10);
    world.write("acme.toml", &text);
    let ended = world.run(&["dialect", "check", "acme.toml"]).exits(3);
    let told = errors(&ended.stderr);
    let wanted: Vec<String> =
        places.iter().map(|(line, column)| format!("acme.toml:{line}:{column}: ")).collect();
    let all_there = told.iter().zip(&wanted).all(|(error, place)| error.starts_with(place));
    assert!(told.len() == wanted.len() && all_there, "{wanted:#?} {told:#?}");

    let error = world.run(&["dialect", "check", "acme.toml", "--json"]).exits(3).error();
    let words = error["message"].as_str().expect("words");
    assert_eq!(words.split("; acme.toml:").count(), wanted.len(), "{words}");
    assert!(wanted.iter().all(|place| words.contains(place.as_str())), "{words}");
}
