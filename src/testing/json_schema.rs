//! The JSON Schema of profiles.toml, made of the types that read it, for editors.
//!
//! Only tests know this module: the program carries what it made, which a test
//! compares. Types that are read by hand are described here as they are written.

#![expect(dead_code, reason = "these types are only described")]

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize as _;
use serde_json::{Map, Value, json};

use crate::base::duration::Span;
use crate::credential::fleet::Recovery;
use crate::profile::stores::key::WrittenKey;
use crate::profile::stores::written::{WrittenAppRole, WrittenJwt, WrittenKubernetes};
use crate::profile::tls::WrittenTls;

const FILE: &str = "docs/profiles.schema.json";

/// A whole number and a unit: `90s`, `15m`, `2h`, `30d`.
#[derive(JsonSchema)]
#[schemars(extend("examples" = ["90s", "15m", "2h", "30d"]))]
pub(crate) struct Duration(#[schemars(regex(pattern = r"^0*[1-9][0-9]*[smhd]$"))] String);

/// Text with `{{ expression }}` in it: names such as `refresh_token`, `client_id`, `params.NAME`,
/// and filters, `{{ (client_id ~ ':' ~ client_secret) | base64 }}`.
#[derive(JsonSchema)]
#[schemars(extend("not" = { "pattern": "\\{[%#]" }))]
pub(crate) struct TemplateText(#[schemars(length(max = 2000))] String);

/// A JSON Pointer (RFC 6901): `/data/access_token`, `/tokens/0`.
#[derive(JsonSchema)]
#[schemars(extend("examples" = ["/access_token"]))]
pub(crate) struct JsonPointer(#[schemars(regex(pattern = r"^/([^~]|~[01])*$"))] String);

/// A JSON Pointer (RFC 6901), or `""`: the body itself.
#[derive(JsonSchema)]
pub(crate) struct Root(#[schemars(regex(pattern = r"^(/([^~]|~[01])*)?$"))] String);

/// A time of day, `06:00`.
#[derive(JsonSchema)]
pub(crate) struct ClockTime(
    #[schemars(regex(pattern = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"))] String,
);

/// The name of a header, in any case.
#[derive(JsonSchema)]
pub(crate) struct Header(#[schemars(regex(pattern = r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"))] String);

/// An offset from UTC, such as `+08:00`.
#[derive(JsonSchema)]
pub(crate) struct OffsetFromUtc(
    #[schemars(regex(pattern = r"^(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])$"))] String,
);

/// A method of HTTP, in capitals.
#[derive(JsonSchema)]
#[schemars(extend("examples" = ["POST", "GET", "PUT"], "not" = { "enum": ["CONNECT", "TRACE", "HEAD"] }))]
pub(crate) struct HttpMethod(#[schemars(regex(pattern = r"^[A-Z]{1,20}$"))] String);

/// 1 to 64 letters, digits, `.`, `_` or `-`, beginning with a letter or digit.
#[derive(JsonSchema)]
pub(crate) struct Name(#[schemars(regex(pattern = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"))] String);

/// The name that a systemd unit gives to a credential; no path.
#[derive(JsonSchema)]
pub(crate) struct Credential(
    #[schemars(length(max = 255), regex(pattern = r"^(?!\.{1,2}$)[ -.0-9;-~]+$"))] String,
);

/// `https://…`; `http://` for this machine only.
#[derive(JsonSchema)]
pub(crate) struct Address(
    #[schemars(regex(
        pattern = r"^([Hh][Tt][Tt][Pp][Ss]://|[Hh][Tt][Tt][Pp]://([Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]|127\.|\[))[^\s#]+$"
    ))]
    String,
);

/// `none`, or an address without a login.
#[derive(JsonSchema)]
pub(crate) struct ProxyAddress(
    #[schemars(regex(pattern = r"^(none|(https?|socks5h?)://[^@]+)$"))]
    String,
);

/// Where a value stands in an answer; of several the first that is there.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Places {
    One(Site),
    Several(#[schemars(length(min = 1))] Vec<Site>),
}

/// A JSON Pointer into the body, several, or the text of the whole body.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Sought {
    /// The text of the whole body as it came.
    Whole(#[schemars(extend("const" = ""))] String),
    One(JsonPointer),
    Several(#[schemars(length(min = 1))] Vec<JsonPointer>),
}

/// A JSON Pointer into the body, or a table.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Site {
    Pointer(JsonPointer),
    Table(crate::dialect::schema::selector::SelectorTable),
}

/// Where a value that is kept stands.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Kept<T> {
    Pointer(JsonPointer),
    Table(T),
    Several(#[schemars(length(min = 1))] Vec<Site>),
}

/// `true`, `false`, or the algorithm.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Proven {
    Truth(bool),
    Word(ProofAlg),
}

#[derive(JsonSchema)]
#[schemars(inline)]
pub(crate) enum ProofAlg {
    #[serde(rename = "ES256")]
    Es256,
}

#[derive(JsonSchema)]
#[schemars(untagged, inline)]
pub(crate) enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

/// A template, a number or a boolean.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Scalar {
    Text(TemplateText),
    Number(f64),
    Truth(bool),
}

/// A JSON body; strings in it are templates.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Tree {
    Text(TemplateText),
    Number(f64),
    Truth(bool),
    List(Vec<Tree>),
    Object(BTreeMap<String, Tree>),
}

/// Statuses and classes.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Statuses {
    One(Status),
    Several(#[schemars(length(min = 1))] Vec<Status>),
}

#[derive(JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Status {
    /// A status, such as `401`.
    One(#[schemars(range(min = 100, max = 599))] u16),
    /// A class, such as `4xx`.
    Class(#[schemars(regex(pattern = r"^[1-5]xx$"))] String),
}

/// A value, or a list of which one must be it.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Values {
    Many(#[schemars(length(min = 1))] Vec<Value>),
    One(#[schemars(extend("not" = { "type": "array" }))] Value),
}

/// A text, or a list of which one must be contained.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Texts {
    Many(#[schemars(length(min = 1))] Vec<String>),
    One(String),
}

pub(crate) type Any = Value;
pub(crate) type Table = Map<String, Value>;

/// Where a secret comes from; it never stands here itself.
#[derive(JsonSchema)]
#[schemars(untagged, deny_unknown_fields)]
pub(crate) enum Secret {
    /// From an environment variable.
    Env {
        /// The name of the variable, not its value.
        #[schemars(regex(pattern = r"^[A-Za-z_][A-Za-z0-9_]*$"))]
        env: String,
    },
    /// From a file.
    File {
        /// Relative to this one; `~/` is the home.
        #[schemars(length(min = 1))]
        file: String,
    },
    /// From what a program prints.
    Command {
        /// The program and its arguments; there is no shell.
        #[schemars(length(min = 1))]
        command: Vec<String>,
    },
    /// From systemd, which gives it to the unit.
    Credential {
        /// By the name that it has there.
        credential: Credential,
    },
    /// Sealed in the profile's store: `tokcli secret set` puts it there.
    Store {
        /// `true`.
        #[schemars(extend("const" = true))]
        store: bool,
    },
    /// An OpenID token of the CI job that this runs in, from its runner: for `subject_token` alone.
    ActionsIdToken {
        /// The audience that the token is for, as the vendor expects it.
        #[schemars(length(min = 1))]
        actions_id_token: String,
    },
}

/// A place where credentials are kept: each kind has keys of its own.
#[derive(JsonSchema)]
#[schemars(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[expect(clippy::large_enum_variant, reason = "nobody makes one")]
pub(crate) enum Store {
    /// Sealed files in the state directory.
    File {
        /// Where its sealing key lies; beside the state if it is not given.
        key: Option<WrittenKey>,
    },
    /// The platform's keyring.
    Keyring {},
    /// Wherever programs of the user bring a sealed record.
    Command {
        /// Where its sealing key lies: where every machine has it.
        key: WrittenKey,
        /// Prints the record that was saved last, or nothing where there is none. `{account}` is the account.
        #[schemars(length(min = 1))]
        load: Vec<String>,
        /// Takes the record on standard input. It is believed if it ends with status 0.
        #[schemars(length(min = 1))]
        save: Option<Vec<String>>,
        /// Removes the record, after a logout.
        #[schemars(length(min = 1))]
        remove: Option<Vec<String>>,
        /// One job at a time uses it. A refresh token that rotates needs that.
        #[schemars(default)]
        exclusive: bool,
    },
    /// A KV version 2 engine of OpenBao or HashiCorp Vault that several machines share.
    Vault {
        /// Where it answers, or one address for each node of a cluster, such as `https://vault.example:8200`.
        address: OneOrMany<String>,
        /// The namespace that all paths are in.
        namespace: Option<String>,
        /// Where the engine is mounted.
        #[schemars(extend("default" = "secret"))]
        mount: Option<String>,
        /// What the records' names begin with.
        #[schemars(extend("default" = "tokcli"))]
        prefix: Option<String>,
        /// The CA or the pins that prove the vault, and more of that kind.
        tls: Option<WrittenTls>,
        /// A token of the vault.
        token: Option<Secret>,
        /// Logs in by AppRole.
        approle: Option<WrittenAppRole>,
        /// Logs in by a JWT.
        jwt: Option<WrittenJwt>,
        /// Logs in by the service account of a Kubernetes pod.
        kubernetes: Option<WrittenKubernetes>,
        /// A key of 32 bytes, as Base64 or hex, under which the records are sealed.
        seal: Option<Secret>,
        /// What this machine is called in claims; its host name if it is not given.
        #[schemars(length(min = 1, max = 64))]
        machine: Option<String>,
        /// Whether this machine's state directory outlives a job; `none` on a CI runner if it is not given.
        recovery: Option<Recovery>,
        /// So long after a request that nobody heard of again, another machine may repeat it.
        takeover_after: Option<Span>,
        /// Where the sealing key of this machine's journal is; beside the state if it is not given.
        key: Option<WrittenKey>,
    },
    /// Another machine, the owner of the refresh token, that is asked for access tokens.
    Remote {
        /// Starts `tokcli` on the owner, such as `["ssh", "-o", "BatchMode=yes", "box", "tokcli"]`.
        #[schemars(length(min = 1))]
        command: Vec<String>,
        /// Where the sealing key of what is cached here lies; beside the state if it is not given.
        key: Option<WrittenKey>,
    },
}

/// Whether to log in by itself, and by which login.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Relogin {
    /// By the only login that needs nobody.
    Yes(bool),
    /// By the login of this name.
    By(#[schemars(length(min = 1))] String),
}

/// A value for a template: as it stands, or from a secret source.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Given {
    Text(String),
    Number(i64),
    Truth(bool),
    Secret(Secret),
}

/// For tables whose keys are names of profiles, stores and dialects.
pub(crate) fn names(schema: &mut Schema) {
    schema.insert("propertyNames".into(), json!({ "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" }));
}

/// For tables whose keys templates must be able to name.
pub(crate) fn identifiers(schema: &mut Schema) {
    schema.insert("propertyNames".into(), json!({ "pattern": "^[A-Za-z][A-Za-z0-9_]*$" }));
}

/// A dialect that extends another says only what differs.
pub(crate) fn nothing_required(schema: &mut Schema) {
    schema.remove("required");
}

pub(crate) fn extends_or_whole(schema: &mut Schema) {
    schema.remove("required");
    let whole = json!({
        "additionalProperties": {
            "if": { "not": { "anyOf": [{ "required": ["like"] }, { "required": ["makes"] }] } },
            "then": {
                "required": ["request", "answer"],
                "properties": { "request": { "required": ["url"] } },
            },
        },
        "required": ["refresh"],
    });
    schema.insert("if".into(), json!({ "not": { "required": ["extends"] } }));
    let absent = json!({ "remove": false, "exchanges": whole });
    schema.insert("then".into(), json!({ "required": ["exchanges"], "properties": absent }));
}

/// One of these keys and no other of them.
fn one_of(schema: &mut Schema, keys: &[&str]) {
    let choices: Vec<Value> = keys.iter().map(|key| json!({ "required": [key] })).collect();
    schema.insert("oneOf".into(), choices.into());
}

fn any_of(schema: &mut Schema, keys: &[&str]) {
    let choices: Vec<Value> = keys.iter().map(|key| json!({ "required": [key] })).collect();
    schema.insert("anyOf".into(), choices.into());
}

pub(crate) fn one_site(schema: &mut Schema) {
    one_of(schema, &["at", "header", "cookie"]);
}

pub(crate) fn one_key(schema: &mut Schema) {
    one_of(schema, &["env", "file", "command", "credential", "keyring"]);
}

pub(crate) fn reads_or_is(schema: &mut Schema) {
    one_of(schema, &["reads", "is"]);
}

pub(crate) fn some_test(schema: &mut Schema) {
    let required = |keys: &[&str]| keys.iter().map(|key| json!({ "required": [key] })).collect::<Vec<_>>();
    let sites = required(&["at", "header", "cookie"]);
    let conditions = required(&["equals", "not_equals", "contains", "present"]);
    let placed = json!({ "oneOf": sites, "anyOf": conditions, "not": { "required": ["empty"] } });
    let text = required(&["equals", "contains"]);
    let absent = json!({ "properties": { "present": { "const": false } }, "required": ["present"] });
    schema.insert(
        "allOf".into(),
        json!([
            { "if": { "required": ["optional"] }, "then": { "anyOf": text, "not": { "required": ["present"] } } },
            { "if": absent, "then": { "not": { "anyOf": text } } },
        ]),
    );
    let bare = json!({ "required": ["empty"], "maxProperties": 1 });
    schema.insert("oneOf".into(), json!([placed, bare]));
}

pub(crate) fn some_condition(schema: &mut Schema) {
    let otherwise = json!({
        "required": ["otherwise"],
        "properties": { "otherwise": { "const": true }, "tests": false },
    });
    let listed = |key: &str| json!({ "required": [key], "not": { "required": ["otherwise"] } });
    schema.insert("anyOf".into(), json!([listed("status"), listed("tests"), otherwise]));
}

pub(crate) fn one_body(schema: &mut Schema) {
    let pairs = [["form", "json"], ["form", "body"], ["json", "body"]];
    let pairs: Vec<Value> = pairs.iter().map(|pair| json!({ "required": pair })).collect();
    schema.insert("not".into(), json!({ "anyOf": pairs }));
}

/// Which keys go together.
pub(crate) fn expiry(schema: &mut Schema) {
    let unit = |words: Value| json!({ "properties": { "unit": { "enum": words } } });
    let is_date = json!({ "properties": { "unit": { "const": "date" } }, "required": ["unit"] });
    let sites: Vec<Value> =
        ["at", "header", "cookie"].iter().map(|key| json!({ "required": [key] })).collect();
    let placed = json!({ "required": ["unit"], "oneOf": sites, "properties": { "time_of_day": false } });
    let others = ["at", "header", "cookie", "strip", "unit", "format", "since", "plus"];
    let others: Map<String, Value> = others.iter().map(|key| ((*key).to_owned(), json!(false))).collect();
    let bare = json!({ "required": ["time_of_day"], "properties": others });
    schema.insert("oneOf".into(), json!([placed, bare]));
    schema.insert(
        "allOf".into(),
        json!([
            { "if": is_date, "then": { "required": ["format"] } },
            { "if": { "required": ["format"] }, "then": unit(json!(["date", "duration"])) },
            { "if": { "required": ["offset"] }, "then": unit(json!(["date", "iso8601"])) },
            { "if": { "required": ["since"] }, "then": unit(SPANS.into()) },
            { "if": { "required": ["plus"] }, "then": unit(DATES.into()) },
        ]),
    );
}

const SPANS: [&str; 6] = ["seconds", "milliseconds", "minutes", "hours", "days", "duration"];
const DATES: [&str; 6] =
    ["epoch_seconds", "epoch_milliseconds", "epoch_microseconds", "iso8601", "date", "http_date"];

/// Which units an issue has.
pub(crate) fn issue(schema: &mut Schema) {
    let unit = json!({ "properties": { "unit": { "enum": DATES } } });
    let is_date = json!({ "properties": { "unit": { "const": "date" } }, "required": ["unit"] });
    schema.insert("allOf".into(), json!([unit, { "if": is_date, "then": { "required": ["format"] } }]));
}

/// TOML has no null, and no width of numbers.
fn plain(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(Value::Array(kinds)) = members.get_mut("type") {
                kinds.retain(|kind| kind != "null");
                if let [one] = &kinds[..] {
                    let one = one.clone();
                    members.insert("type".into(), one);
                }
            }
            if let Some(Value::Array(choices)) = members.get_mut("anyOf") {
                choices.retain(|choice| *choice != json!({ "type": "null" }));
                if let [one] = &choices[..] {
                    let one = one.as_object().cloned().unwrap_or_default();
                    members.remove("anyOf");
                    for (key, inner) in one {
                        members.entry(key).or_insert(inner);
                    }
                }
            }
            members.retain(|key, value| !(key == "default" && value.is_null()));
            members.retain(|key, value| !(key == "format" && value.is_string()));
            members.values_mut().for_each(plain);
        }
        Value::Array(items) => items.iter_mut().for_each(plain),
        _ => {}
    }
}

fn made() -> String {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<crate::profile::file::File>().to_value();
    plain(&mut schema);
    // One space: the programs carry it.
    let mut text = Vec::new();
    let pretty = serde_json::ser::PrettyFormatter::with_indent(b" ");
    schema.serialize(&mut serde_json::Serializer::with_formatter(&mut text, pretty)).expect("JSON");
    String::from_utf8(text).expect("UTF-8") + "\n"
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads and writes the repository")]
fn the_checked_in_schema_is_the_current_one() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let current = made();
    if std::env::var_os("TOKCLI_MAKE_SCHEMA").is_some() {
        std::fs::write(&path, &current).expect("written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == current, "{FILE} is stale: run `make schema`");
}
