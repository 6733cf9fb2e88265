//! What of a vault's permissions and settings would lose tokens, or keep them from being renewed.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::cluster::{Answered, Cluster, Question};
use super::kv::{name_another, names_no_mount};
use crate::base::error::Result;
use crate::profile::stores::vault::VaultStore;

pub(crate) struct Trouble {
    pub(crate) words: String,
    /// `None`: it does no harm yet.
    pub(crate) mend: Option<String>,
}

/// The least that a machine of the fleet needs, and that lets it see the settings.
fn policy(store: &VaultStore) -> String {
    let VaultStore { mount, prefix, .. } = store;
    format!(
        "path \"{mount}/data/{prefix}/*\" {{ capabilities = [\"create\", \"read\", \"update\"] }} path \"{mount}/config\" {{ capabilities = [\"read\"] }}"
    )
}

fn absent(store: &VaultStore) -> Trouble {
    let VaultStore { name, mount, .. } = store;
    Trouble {
        words: format!("the vault of the store `{name}` has no mount `{mount}`"),
        mend: Some(name_another(name)),
    }
}

fn refused(store: &VaultStore, path: &str) -> Trouble {
    let name = &store.name;
    Trouble {
        words: format!(
            "the vault of the store `{name}` refuses its token, or does not permit it to read `{path}`"
        ),
        mend: Some(format!(
            "see that [stores.{name}] gives the right `mount` and a valid token, with this policy: {}",
            policy(store)
        )),
    }
}

fn unseen(store: &VaultStore) -> Trouble {
    let VaultStore { name, mount, .. } = store;
    Trouble {
        words: format!(
            "the token of the store `{name}` may not read `{mount}/config`: whether the vault keeps what is written there was not checked; this policy allows the check: {}",
            policy(store)
        ),
        mend: None,
    }
}

/// What a machine of the fleet must be able to do with a record.
const NEEDED: [&str; 3] = ["create", "read", "update"];
/// Each refresh writes three versions.
const VERSIONS: u64 = 20;

/// `Err`: the vault cannot be asked. What it does not let this token see is not told.
pub(crate) fn survey(store: &Arc<VaultStore>, accounts: &[String], silent: bool) -> Result<Vec<Trouble>> {
    let mut cluster = Cluster::of(store, silent);
    let until = Instant::now() + cluster.usual_patience();
    let mut found = Vec::new();
    let data = |account: &str| format!("{}/data/{}/{account}", store.mount, store.prefix);
    let paths: Vec<String> = accounts.iter().map(|account| data(account)).collect();
    let body = Some(Zeroizing::new(json!({ "paths": paths }).to_string()));
    let told = ask(&mut cluster, "POST", "sys/capabilities-self".into(), body, until)?;
    // A policy may keep even that from it, and says nothing of what is there. What counts is whether it can read.
    let path = paths.first().cloned().unwrap_or_default();
    let (status, read) = match cluster.ask_freely(&Question { method: "GET", path, body: None }, until)? {
        Answered::Reply { status, json, .. } => (status, json),
        Answered::Lost(error) => return Err(error),
    };
    if status == 404 && names_no_mount(&read) {
        return Ok(vec![absent(store)]);
    }
    if told.is_none() && status == 403 {
        return Ok(vec![refused(store, &paths[0])]);
    }
    if told.is_none() {
        let words = format!(
            "the token of the store `{}` may not ask `sys/capabilities-self`: it can read, but whether it may write was not checked",
            store.name
        );
        found.push(Trouble { words, mend: None });
    }
    let mount = ask(&mut cluster, "GET", format!("sys/internal/ui/mounts/{}", store.mount), None, until)?;
    if let Some(trouble) = mount.as_ref().and_then(|told| of_mount(store, &told["data"])) {
        return Ok(vec![trouble]);
    }
    found.extend(told.iter().flat_map(|told| lacking(store, &paths, told, mount.is_some())));
    let config = ask(&mut cluster, "GET", format!("{}/config", store.mount), None, until)?;
    found.extend(match &config {
        Some(told) => of_settings(store, &told["data"]),
        None => vec![unseen(store)],
    });
    Ok(found)
}

/// `None`: it is not this token's to know.
fn ask(
    cluster: &mut Cluster,
    method: &'static str,
    path: String,
    body: Option<Zeroizing<String>>,
    until: Instant,
) -> Result<Option<Value>> {
    match cluster.ask_freely(&Question { method, path, body }, until)? {
        Answered::Reply { status: 200, json, .. } => Ok(Some(json)),
        Answered::Reply { .. } => Ok(None),
        Answered::Lost(error) => Err(error),
    }
}

/// `mounted`: the mount was seen.
fn lacking(store: &VaultStore, paths: &[String], told: &Value, mounted: bool) -> Option<Trouble> {
    let may = |path: &String, what: &str| {
        let of_path = told.get(path).or_else(|| told["data"].get(path));
        let given = of_path.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        given.into_iter().any(|given| given == what || given == "root")
    };
    let lacking: Vec<&str> =
        NEEDED.into_iter().filter(|what| !paths.iter().all(|path| may(path, what))).collect();
    if lacking.is_empty() {
        return None;
    }
    let VaultStore { name, mount, prefix, .. } = store;
    let perhaps = if mounted { "" } else { "see that `mount` is right, and " };
    Some(Trouble {
        words: format!(
            "the token of the store `{name}` lacks {} on `{mount}/data/{prefix}/`",
            lacking.join(", ")
        ),
        mend: Some(format!("{perhaps}give it this policy: {}", policy(store))),
    })
}

fn of_mount(store: &VaultStore, data: &Value) -> Option<Trouble> {
    if data["path"].as_str().is_some_and(|path| path.trim_matches('/') != store.mount) {
        return Some(absent(store));
    }
    let (kind, version) = (data["type"].as_str()?, data["options"]["version"].as_str());
    if kind != "kv" && kind != "generic" {
        let words = format!(
            "the mount `{}` of the store `{}` is of type `{kind}`, not `kv`",
            store.mount, store.name
        );
        return Some(Trouble { words, mend: Some(name_another(&store.name)) });
    }
    (version != Some("2")).then(|| Trouble {
        words: format!(
            "the mount `{}` of the store `{}` is a KV engine of version 1, which keeps no versions",
            store.mount, store.name
        ),
        mend: Some(format!("`bao kv enable-versioning {}`", store.mount)),
    })
}

fn of_settings(store: &VaultStore, data: &Value) -> Vec<Trouble> {
    let VaultStore { name, mount, .. } = store;
    let mut found = Vec::new();
    if data["delete_version_after"]
        .as_str()
        .is_some_and(|after| !after.starts_with("0s") && !after.is_empty())
    {
        found.push(Trouble {
            words: format!("the mount `{mount}` of the store `{name}` deletes each version after a while (`delete_version_after`): the login would vanish with it"),
            mend: Some(format!("`bao write {mount}/config delete_version_after=0s`")),
        });
    }
    if data["cas_required"] == false {
        found.push(Trouble {
            words: format!("the mount `{mount}` of the store `{name}` accepts writes without check-and-set (`cas_required`), with which others could undo a refresh; `bao write {mount}/config cas_required=true` prevents them"),
            mend: None,
        });
    }
    // 0 is the engine's own choice, which is ten.
    let versions = data["max_versions"].as_u64().map(|most| if most == 0 { 10 } else { most });
    if versions.is_some_and(|most| most < VERSIONS) {
        found.push(Trouble {
            words: format!("the mount `{mount}` of the store `{name}` keeps fewer than {VERSIONS} versions (`max_versions`), which is the history of six refreshes; `bao write {mount}/config max_versions={VERSIONS}` keeps more"),
            mend: None,
        });
    }
    found
}
