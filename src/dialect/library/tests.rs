use std::path::Path;

use miniz_oxide::mz_adler32_oxide;

use super::bases::built_in;
use super::*;
use crate::base::packed::pack;
use crate::credential::reading::{Evidence, RefusalKind};
use crate::dialect::extend;
use crate::dialect::schema::Refusal;

#[test]
fn every_built_in_dialect_is_whole() {
    let dialects = UserDialects::default();
    for name in catalog::names() {
        if let Err(fault) = dialects.whole(name).and_then(read) {
            panic!("{name}: {}", dialects.at_fault(name, &fault));
        }
        dialects.load(name).expect("it is in the catalogue").expect("whole");
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it makes the file that it compares")]
fn the_checked_in_merged_catalogue_is_the_current_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/dialect/catalog.merged");
    let dialects = UserDialects::default();
    let packed = |name: &str| {
        let whole = Value::Table(dialects.whole(name).unwrap_or_else(|_| panic!("{name} is not whole")));
        format!("{name} {}\n", pack(&whole).unwrap_or_else(|| panic!("{name} holds a date or a fraction")))
    };
    let text = |name: &str| catalog::file(name).expect("it is there");
    let sum = catalog::names().fold(1, |sum, name| mz_adler32_oxide(sum, text(name).as_bytes()));
    let merged: String = catalog::names().map(packed).collect();
    let current = format!("{sum}\n{merged}");
    if std::env::var_os("TOKCLI_MAKE_CATALOG").is_some() {
        std::fs::write(&path, &current).expect("written");
    }
    let there = std::fs::read_to_string(&path).expect("it is there");
    assert!(there == current, "`make catalog` makes src/dialect/catalog.merged anew");
}

#[test]
fn a_dialect_is_the_same_merged_now_or_when_this_was_built() {
    let dialects = UserDialects::default();
    for name in catalog::names() {
        let text = catalog::merged(name).unwrap_or_else(|| panic!("`make catalog` merges {name}"));
        let built: Dialect = toml_source::from_packed(&text).unwrap_or_else(|_| panic!("{name} is unread"));
        let now = dialects.whole(name).and_then(|whole| toml_source::from_value(Value::Table(whole)));
        let now: Dialect = now.unwrap_or_else(|_| panic!("{name} is not whole"));
        assert_eq!(format!("{built:?}"), format!("{now:?}"), "{name}");
    }
}

/// A built-in dialect may extend one that a user's has taken the name of.
#[test]
fn what_a_built_in_dialect_becomes_by_a_users_is_checked() {
    let base = "[dialects.oauth2]\nextends = \"oauth2\"\nrequest.form.scope = \"{no_such}\"\n";
    let theirs = user(base);
    let heirs = catalog::names().filter(|name| theirs.bases(name).iter().any(|base| base == "oauth2"));
    let refused = heirs.filter(|name| theirs.load(name).expect("known").is_err()).count();
    assert!(refused > 0, "those that say no more about it");
}

/// A gateway can answer with any status: only the vendor can say that one of its own means that much.
#[test]
fn what_a_bare_status_means_is_documented_in_every_built_in_dialect() {
    let mut bare = 0;
    for name in catalog::names() {
        let table = built_in(name, &catalog::source(name).expect("it is there")).expect("it is whole");
        let exchanges = table.get("exchanges").and_then(Value::as_table);
        for (exchange, here) in exchanges.into_iter().flatten() {
            let listed = |key: &str| here.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
            let all = [listed("refusals"), listed(extend::AFTER)].concat();
            let refusals: Vec<Refusal> = Value::Array(all).try_into().expect("refusals");
            let stops = |refusal: &&Refusal| {
                matches!(refusal.verdict, RefusalKind::LoginRequired | RefusalKind::ClientRejected)
            };
            for refusal in refusals.iter().filter(stops).filter(|one| one.evidence() == Evidence::Status) {
                let address = refusal.documentation.as_deref().unwrap_or_default();
                assert!(address.starts_with("https://"), "{name}, {exchange}: {:?}", refusal.status);
                bare += 1;
            }
        }
    }
    assert!(bare > 0, "none was looked at");
}

#[test]
fn a_verdict_that_stops_callers_on_a_bare_status_is_worth_a_remark() {
    let exchange = "exchanges.refresh = { request.url = \"{{ base_url }}/t\", request.form.t = \"{{ refresh_token }}\", answer.access_token = \"/t\"";
    for (refusal, remarks) in [
        ("is = \"client_rejected\", status = [401]", 1),
        ("is = \"login_required\", status = [\"4xx\"]", 1),
        ("is = \"login_required\", status = [400], tests = [{ empty = true }]", 1),
        ("is = \"login_required\", status = [401], documentation = \"https://v.example/errors#401\"", 0),
        ("is = \"login_required\", status = [401], tests = [{ at = \"/e\", equals = 1 }]", 0),
        ("is = \"rate_limited\", status = [420]", 0),
        ("is = \"request_rejected\", status = [403]", 0),
    ] {
        let text = format!("[dialects.acme]\n{exchange}, refusals = [{{ {refusal} }}] }}\n");
        let found = user(&text).remarks(&["acme".to_owned()]);
        assert_eq!(found.len(), remarks, "{refusal}: {found:?}");
        assert!(found.iter().all(|words| words.starts_with("acme: `exchanges.refresh.refusals.1`")));
    }
    // What a built-in documents is documented for whoever extends it.
    let text = "[dialects.acme]\nextends = \"oauth2\"\n";
    assert_eq!(user(text).remarks(&["acme".to_owned(), "oauth2".to_owned()]), [""; 0]);
}

fn user(text: &str) -> UserDialects {
    let mut dialects = UserDialects::default();
    let source = Source::for_tests(text);
    let file: Table = text.parse().expect("TOML");
    let tables = file["dialects"].as_table().expect("table").clone();
    let tables: Vec<_> =
        tables.into_iter().map(|(name, value)| (name, value.as_table().expect("table").clone())).collect();
    assert!(dialects.add(source, tables).is_empty(), "names are good");
    dialects
}

#[test]
fn a_dialect_can_say_only_what_differs() {
    let text = "[dialects.acme]\nextends = \"oauth2\"\n[dialects.acme.exchanges.refresh.request]\nurl = \"{{ base_url }}/t\"\nform.grant_type = \"Refresh\"\n";
    let dialect = user(text).load("acme").expect("known").expect("whole");
    let request = &dialect.refresh().last().exchange.request;
    let names: Vec<_> =
        request.form.as_ref().expect("form").0.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["grant_type", "refresh_token", "scope", "resource"]);
    assert!(dialect.refresh().last().exchange.request.url.uses("base_url"));
}

#[test]
fn a_user_may_take_and_extend_a_built_in_name() {
    let text = "[dialects.oauth2]\nextends = \"oauth2\"\nrotation = \"family\"\n";
    let dialect = user(text).load("oauth2").expect("known").expect("whole");
    assert_eq!(dialect.rotation.word(), "family");
}

/// Each mistake, and what its message must say.
#[test]
fn mistakes_are_found_at_load_with_line_and_mend() {
    let head = "[dialects.acme]\nextends = \"oauth2\"\n";
    for (rest, wanted) in [
        (
            "rotaton = \"strict\"\n",
            "test.toml:3:1: `dialects.acme.rotaton`: unknown key, did you mean `rotation`?",
        ),
        ("rotation = \"strickt\"\n", "did you mean `strict`?"),
        ("exchanges.refresh.request.form.x = \"{{ refresh_tokn }}\"\n", "did you mean `refresh_token`?"),
        (
            "exchanges.refresh.request.form.x = \"{{ params.pin }}\"\n",
            "declare it: `params.pin = { optional = true }`",
        ),
        ("exchanges.refresh.request.form.x = \"{{ scope | bas64 }}\"\n", "there is no filter `bas64`"),
        ("exchanges.refresh.request.form.x = \"{% if a %}\"\n", "not statements or comments"),
        ("exchanges.refresh.request.url = \"https://x/{{ refresh_token }}\"\n", "put it in `query`"),
        ("exchanges.refresh.answer.access_token = \"access_token\"\n", "begins with `/`"),
        (
            "exchanges.refresh.answer.access_token = \"/refresh_token\"\n",
            "points to the place of `access_token`",
        ),
        ("exchanges.refresh.answer.access_token = \"/a~b\"\n", "`~0`"),
        ("exchanges.refresh.success.status = [2000]\n", "expected a status"),
        ("exchanges.refresh.success.tests = [{ at = \"/ok\" }]\n", "needs `equals`"),
        (
            "exchanges.refresh.success.tests = [{ at = \"/ok\", empty = true }]\n",
            "`empty` is about the whole body",
        ),
        ("exchanges.refresh.success.tests = [{ equals = 1 }]\n", "a place is one of"),
        (
            "exchanges.refresh.refusals = [{ is = \"login_required\", tests = [{ empty = true }] }]\n",
            "name the `status` that it comes with",
        ),
        ("exchanges.refresh.refusals = [{ is = \"login_required\" }]\n", "needs a `status`"),
        (
            "exchanges.refresh.refusals = [{ is = \"login_required\", status = [401], documentation = \"page 4\" }]\n",
            "`dialects.acme.exchanges.refresh.refusals.1.documentation`: this is not the address of a page",
        ),
        ("exchanges.refresh.request = { form.a = \"b\", json.a = \"b\" }\n", "one body"),
        (
            "exchanges.refresh.request.client_auth = \"client_secret_baisc\"\n",
            "did you mean `client_secret_basic`?",
        ),
        ("exchanges.refrsh.request.url = \"x\"\n", "did you mean `refresh`?"),
        (
            "exchanges.refresh.request.form.sign = \"{{ client_secret | sha256 | hex }}\"\n",
            "form.sign`: the client secret only signs here",
        ),
        (
            "exchanges.refresh.request.form.secret = \"{{ client_secret }}\"\n",
            "form.secret`: `client_auth` already sends the client secret, as `client_secret_basic`; set `client_auth = []`",
        ),
        (
            "exchanges.refresh.request = { method = \"GET\", client_auth = \"none\", extra_params = \"query\" }\n",
            "`dialects.acme.exchanges.refresh.request.method`: a GET has no body",
        ),
        ("grace = \"30s\"\n", "grace-same"),
        // By its place among all refusals and among its own.
        (
            "exchanges.refresh.refusals_after = [{ is = \"login_required\", status = [401] }, { is = \"login_required\" }]\n",
            "`dialects.acme.exchanges.refresh.refusals_after.2`: a refusal needs a `status`",
        ),
        (
            "exchanges.refresh.refusals_after = [{ is = \"login_requird\", status = [401] }]\n",
            "`dialects.acme.exchanges.refresh.refusals_after.1.is`: expected one of",
        ),
    ] {
        let text = format!("{head}{rest}");
        let error = user(&text).load("acme").expect("known").expect_err(rest);
        assert!(error.message().contains(wanted), "{rest}: {error}");
        assert!(error.message().starts_with("test.toml:3:"), "{rest}: {error}");
    }
}

/// Each fault of these dialects, without the file.
fn all_told(text: &str) -> Vec<String> {
    let all = user(text);
    let names: Vec<String> = all.names().map(str::to_owned).collect();
    let told = all.faults(&names).into_iter().map(|error| error.message());
    told.map(|words| words.trim_start_matches("test.toml:").to_owned()).collect()
}

#[test]
fn a_mistake_is_told_once_and_where_its_author_made_it() {
    let base = "[dialects.base]\nexchanges.refresh = { request.url = \"{{ bas_url }}/t\", request.form.t = \"{{ refresh_token }}\", answer.access_token = \"/t\" }\n";
    let like = "[dialects.base.revocation]\n[dialects.base.exchanges.revoke]\nlike = \"refresh\"\nrequest.form.t = \"{{ token }}\"\n";
    let child =
        "[dialects.child]\nextends = \"base\"\nexchanges.refresh.request.form.c = \"{{ client_idd }}\"\n";
    let url = "2:31: `dialects.base.exchanges.refresh.request.url`: the template names `bas_url`, which is not known, did you mean `base_url`?";
    let form = |line: u8| {
        format!(
            "{line}:32: `dialects.child.exchanges.refresh.request.form.c`: the template names `client_idd`, which is not known, did you mean `client_id`?"
        )
    };
    assert_eq!(all_told(&format!("{base}{child}")), [url, &form(5)]);
    assert_eq!(all_told(&format!("{base}{like}{child}")), [url, &form(9)]);
    // A run that uses the one which has no mistake of its own names that of the other.
    let other = "[dialects.other]\nextends = \"base\"\n";
    let error = user(&format!("{base}{other}")).load("other").expect("known").expect_err("not whole");
    assert_eq!(error.message(), format!("test.toml:{url}"));
    // What goes wrong only where another exchange has it is told where it stands.
    let code = "[dialects.base]\nexchanges.refresh = { request.url = \"{{ base_url }}/t\", request.form.t = \"{{ refresh_token }}\", request.headers.X = \"{{ access_token }}\", answer.access_token = \"/t\" }\nlogins.password = {}\nexchanges.password = { like = \"refresh\", request.form = { p = \"{{ password }}\" } }\n";
    let told = all_told(code);
    assert!(
        matches!(&told[..], [one] if one.contains("`dialects.base.exchanges.refresh.request.headers.X`: the template names `access_token`, which")),
        "{told:?}"
    );
}

#[test]
fn what_a_dialect_inherits_is_named_by_where_it_comes_from() {
    let told = all_told("[dialects.a]\nextends = \"oauth2\"\nrenews_with = \"client\"\n");
    let inherited = told.iter().filter(|words| words.ends_with("(inherited from `oauth2`)"));
    assert_eq!(inherited.count(), told.len(), "{told:?}");
    assert!(!told.is_empty());
}

#[test]
fn all_that_is_wrong_with_extending_is_told_at_once() {
    let text = "[dialects.a]\nextends = \"oauth3\"\nremove = [\"title\", \"nope\", \"documentation\", \"no.pe\"]\ntitel = \"A\"\n[dialects.b]\nextends = \"a\"\n[dialects.c]\nextends = \"oauth2\"\nexchanges.refresh.request.url = \"https://c.example\"\nlogins.password = {}\nexchanges.password = { like = \"refrsh\", request.form = { p = \"{{ pasword }}\" } }\n";
    let told = all_told(text);
    let places: Vec<&str> = told.iter().filter_map(|words| words.split('`').nth(1)).collect();
    let wanted = [
        "dialects.a.extends",
        "dialects.a.remove.2",
        "dialects.a.remove.4",
        "dialects.a.titel",
        "dialects.c.exchanges.password.like",
        "dialects.c.exchanges.password.request.form.p",
    ];
    assert_eq!(places, wanted, "{told:?}");
}

#[test]
fn extends_must_lead_somewhere_and_not_in_a_circle() {
    let text =
        "[dialects.a]\nextends = \"b\"\n[dialects.b]\nextends = \"a\"\n[dialects.c]\nextends = \"oauth3\"\n";
    let all = user(text);
    assert!(all.load("a").expect("known").expect_err("circle").message().contains("circle"));
    assert!(all.load("c").expect("known").expect_err("unknown").message().contains("did you mean `oauth2`?"));
}

/// However long it is, and whether or not a profile uses one of them.
#[test]
fn each_dialect_of_a_circle_is_told_and_none_that_leads_into_it() {
    for count in [2, 15, 16, 17, 18, 40] {
        let one =
            |index: usize| format!("[dialects.d{index:02}]\nextends = \"d{:02}\"\n", (index + 1) % count);
        let circle: String = (0..count).map(one).collect();
        let told = all_told(&format!("{circle}[dialects.e]\nextends = \"d00\"\n"));
        assert_eq!(told.len(), count, "{told:?}");
        for (index, words) in told.iter().enumerate() {
            let wanted = format!("`dialects.d{index:02}.extends`: this goes round in a circle");
            assert!(words.contains(&wanted), "{words}");
        }
    }
}

#[test]
fn a_refusal_is_told_once_by_the_number_that_its_author_gave_it() {
    let base = "[dialects.base.exchanges.refresh]\nrequest = { url = \"https://a.example\", form.t = \"{{ refresh_token }}\" }\nanswer.access_token = \"/t\"\nrefusals = [{ is = \"login_required\", status = 401 }, { is = \"login_required\", tests = [{ at = \"/e\", equals = 1, present = false }] }, 7]\nrefusals_after = [{ is = \"login_requird\", tests = [{ at = \"/a\", equals = 1 }] }]\n";
    let child = "[dialects.child]\nextends = \"base\"\nexchanges.refresh.refusals = [{ is = \"login_required\", tests = [{ at = \"/x\", equals = 1 }] }, { is = \"nope\", status = 400 }]\nexchanges.refresh.refusals_after = { is = \"login_required\" }\n";
    let like = "[dialects.like]\nextends = \"base\"\nlogins.password = {}\nexchanges.password = { like = \"refresh\", request.form = { p = \"{{ password }}\" }, refusals = [{ is = \"request_rejected\", status = 403 }, { is = \"nope\" }] }\n";
    let told = all_told(&format!("{base}{child}{like}"));
    let places: Vec<&str> = told.iter().filter_map(|words| words.split('`').nth(1)).collect();
    let wanted = [
        "dialects.base.exchanges.refresh.refusals.2.tests.1.equals",
        "dialects.base.exchanges.refresh.refusals.3",
        "dialects.base.exchanges.refresh.refusals_after.1.is",
        "dialects.child.exchanges.refresh.refusals.2.is",
        "dialects.child.exchanges.refresh.refusals_after",
        "dialects.like.exchanges.password.refusals.2.is",
    ];
    assert_eq!(places, wanted, "{told:#?}");
    // What is wrong only where another dialect has it is told there, and names the base.
    let base = "[dialects.base.exchanges.refresh]\nrequest = { url = \"https://a.example\", form.t = \"{{ refresh_token }}\" }\nanswer = { format = \"none\", access_token = { header = \"X-T\" } }\nrefusals = [{ is = \"login_required\", status = 401 }, { is = \"login_required\", status = 400, tests = [{ header = \"X-E\", equals = 1 }, { empty = true }, { at = \"/e\", equals = 1 }] }]\n";
    let child = "[dialects.child]\nextends = \"base\"\nexchanges.refresh.answer.format = \"json\"\nexchanges.refresh.refusals = { is = \"rate_limited\", status = 420 }\n";
    let told = all_told(&format!("{base}{child}"));
    let note = "(inherited from `base`, there in `refusals.2.tests.3`)";
    assert!(
        matches!(&told[..], [one] if one.contains("`dialects.child.exchanges.refresh`: ") && one.ends_with(note)),
        "{told:?}"
    );
}

#[test]
fn a_remark_names_the_refusal_by_its_own_number() {
    let base = "[dialects.base.exchanges.refresh]\nrequest = { url = \"https://a.example\", form.t = \"{{ refresh_token }}\" }\nanswer.access_token = \"/t\"\nrefusals = [{ is = \"login_required\", tests = [{ at = \"/e\", equals = 1 }] }]\n";
    let child = "[dialects.child]\nextends = \"base\"\nexchanges.refresh.refusals_after = { is = \"login_required\", status = 401 }\nlogins.password = {}\nexchanges.password = { like = \"refresh\", request.form = { p = \"{{ password }}\" } }\n";
    let all = user(&format!("{base}{child}"));
    let found = all.remarks(&["base".to_owned(), "child".to_owned()]);
    assert!(
        matches!(&found[..], [one] if one.starts_with("child: `exchanges.refresh.refusals_after.1` relies on a bare status")),
        "{found:?}"
    );
}
