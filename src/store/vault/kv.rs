//! KV version 2: one secret, by versions. Each write carries a mark of its own, so that one whose answer was lost is recognised.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::cluster::{Answered, Cluster, Question, mark};
use crate::base::error::{Error, Result, unavailable};

/// What is there.
#[derive(Clone)]
pub(in crate::store) struct Seen {
    /// 0: nothing ever was.
    pub(in crate::store) version: u64,
    /// Since this version was written, by the server's clocks.
    /// In milliseconds, by the server's clocks; negative: written at a time that is yet to come.
    pub(in crate::store) age_ms: i64,
    pub(in crate::store) what: What,
}

#[derive(Clone)]
pub(in crate::store) enum What {
    Nothing,
    Data(Map<String, Value>),
    /// The newest version was deleted, or destroyed.
    Deleted {
        destroyed: bool,
    },
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Written {
    At(u64),
    /// Somebody else has written.
    Overtaken,
}

/// In each version: by which write it came.
const MARK: &str = "write";
/// A node that is behind knows no better for so long.
const BEHIND: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(50);

/// One secret of a vault.
pub(in crate::store) struct Secret {
    cluster: Cluster,
    mount: String,
    path: String,
    /// The mount was seen to be there, or nobody lets us see it.
    mount_checked: bool,
}

impl Secret {
    pub(in crate::store) fn of(cluster: Cluster, mount: &str, path: String) -> Secret {
        Secret { cluster, mount: mount.to_owned(), path, mount_checked: false }
    }

    pub(in crate::store) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// As a person knows the place.
    pub(in crate::store) fn words(&self) -> String {
        format!("`{}/{}` in the vault of the store `{}`", self.mount, self.path, self.cluster.name())
    }

    fn question(&self, version: Option<u64>) -> Question<'static> {
        let version = version.map(|version| format!("?version={version}")).unwrap_or_default();
        Question { method: "GET", path: format!("{}/data/{}{version}", self.mount, self.path), body: None }
    }

    pub(in crate::store) fn read(&mut self, until: Instant) -> Result<Seen> {
        let seen = self.read_version(None, until)?;
        if seen.version == 0 {
            // A place that cannot have anything looks like one where nothing is.
            self.check_mount(until)?;
        }
        Ok(seen)
    }

    fn read_version(&mut self, version: Option<u64>, until: Instant) -> Result<Seen> {
        let question = self.question(version);
        let (status, date, json) = match self.cluster.ask(&question, until)? {
            Answered::Reply { status, date, json } => (status, date, json),
            Answered::Lost(error) => return Err(error),
        };
        match status {
            200 | 404 => self.seen(status, date.as_deref(), &json),
            _ => Err(self.strange(status, &json)),
        }
    }

    fn seen(&self, status: u16, date: Option<&str>, json: &Value) -> Result<Seen> {
        let data = &json["data"];
        let metadata = &data["metadata"];
        let Some(version) = number(&metadata["version"]) else {
            return match status {
                404 if is_bare(json) => Ok(Seen { version: 0, age_ms: 0, what: What::Nothing }),
                404 if names_no_mount(json) => Err(self.without_mount()),
                404 => Err(self.strange(status, json)),
                _ => Err(self.foreign(json)),
            };
        };
        let age_ms = age_ms(date, metadata["created_time"].as_str());
        let what = match (&data["data"], metadata["destroyed"].as_bool()) {
            (Value::Object(data), _) => What::Data(data.clone()),
            (data, _) if !data.is_null() => return Err(self.strange(status, json)),
            (_, destroyed) => What::Deleted { destroyed: destroyed == Some(true) },
        };
        Ok(Seen { version, age_ms, what })
    }

    /// If nobody has written since `version`. What became of it is known when this returns, or it is an error.
    pub(in crate::store) fn write(
        &mut self,
        mut data: Map<String, Value>,
        version: u64,
        until: Instant,
    ) -> Result<Written> {
        let mark = mark()?;
        data.insert(MARK.into(), json!(mark));
        let body = Zeroizing::new(json!({ "options": { "cas": version }, "data": data }).to_string());
        let behind = Instant::now() + BEHIND;
        let mut lost = None;
        loop {
            let path = format!("{}/data/{}", self.mount, self.path);
            let question = Question { method: "POST", path, body: Some(body.clone()) };
            match self.cluster.ask(&question, until)? {
                Answered::Reply { status: 200, json, .. } => {
                    return number(&json["data"]["version"])
                        .map(Written::At)
                        .ok_or_else(|| self.foreign(&json));
                }
                Answered::Reply { status: 204, .. } => return Err(self.of_version_1()),
                Answered::Reply { status: 400, json, .. } if speaks_of_versions(&json) => {}
                Answered::Reply { status, json, .. } => return Err(self.strange(status, &json)),
                Answered::Lost(error) => lost = Some(error),
            }
            // Refused, or not heard of: what is there now says whether it was taken, and a node that is behind says nothing.
            let there = self.read_version(Some(version + 1), until)?;
            match there.what {
                What::Data(data) if data.get(MARK).and_then(Value::as_str) == Some(&mark) => {
                    return Ok(Written::At(version + 1));
                }
                What::Data(_) | What::Deleted { .. } => return Ok(Written::Overtaken),
                What::Nothing => {}
            }
            let now = self.read(until)?;
            // Also to a lower number: it was deleted with all its versions, or restored from a backup.
            if now.version != version && now.version != version + 1 {
                return Ok(Written::Overtaken);
            }
            if Instant::now() >= until.min(behind) && lost.is_none() {
                return Ok(Written::Overtaken);
            }
            if Instant::now() >= until {
                return Err(lost.unwrap_or_else(|| unavailable("the vault did not answer in time")));
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// `Err`: it is known that there is no such mount, or that it keeps no versions.
    pub(in crate::store) fn check_mount(&mut self, until: Instant) -> Result<()> {
        if self.mount_checked {
            return Ok(());
        }
        let question =
            Question { method: "GET", path: format!("sys/internal/ui/mounts/{}", self.mount), body: None };
        let answered = self.cluster.ask_freely(&question, until)?;
        if let Answered::Reply { status: 200, json, .. } = answered {
            self.judge_mount(&json["data"])?;
        }
        self.mount_checked = true;
        Ok(())
    }

    fn judge_mount(&self, data: &Value) -> Result<()> {
        // Another one is asked for what lies beneath it.
        if data["path"].as_str().is_some_and(|path| path.trim_matches('/') != self.mount) {
            return Err(self.without_mount());
        }
        match (data["type"].as_str(), data["options"]["version"].as_str()) {
            (Some("kv" | "generic"), Some("2")) | (None, _) => Ok(()),
            (Some("kv" | "generic"), _) => Err(self.of_version_1()),
            (Some(_), _) => Err(unavailable(format!(
                "the mount `{}` of the store `{}` is not a KV engine",
                self.mount,
                self.cluster.name()
            ))
            .hint(name_another(self.cluster.name()))),
        }
    }

    fn without_mount(&self) -> Error {
        let name = self.cluster.name();
        unavailable(format!("the vault of the store `{name}` has no mount `{}`", self.mount))
            .hint(name_another(name))
    }

    fn of_version_1(&self) -> Error {
        let name = self.cluster.name();
        unavailable(format!(
            "the mount `{}` of the store `{name}` is a KV engine of version 1, which keeps no versions and would lose tokens",
            self.mount
        ))
        .hint(format!("`bao kv enable-versioning {}` turns it into version 2, or set `mount` under [stores.{name}] to another one", self.mount))
    }

    fn strange(&self, status: u16, json: &Value) -> Error {
        let errors = json["errors"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let said = errors.collect::<Vec<_>>().join("; ");
        let said = self.cluster.shown(&said);
        unavailable(format!("{} cannot be used: the vault answered {status}{said}", self.words()))
    }

    /// A success of something that is no KV engine, or of one of version 1.
    fn foreign(&self, json: &Value) -> Error {
        if json["data"].is_object() && json["data"]["metadata"].is_null() {
            return self.of_version_1();
        }
        let name = self.cluster.name();
        unavailable(format!("{} cannot be used: what answers there is not a vault", self.words()))
            .hint(format!("see that `address` under [stores.{name}] is where the vault answers"))
    }
}

/// Of a version, as no vault will ever count further.
fn number(json: &Value) -> Option<u64> {
    json.as_u64().filter(|version| *version < 1 << 53)
}

/// What `mount` ought to name.
pub(super) fn name_another(store: &str) -> String {
    format!("set `mount` under [stores.{store}] to a KV engine of version 2")
}

/// Nothing is said about why nothing is there.
fn is_bare(json: &Value) -> bool {
    json["errors"].as_array().is_some_and(Vec::is_empty)
}

/// Nobody answers for the path.
pub(super) fn names_no_mount(json: &Value) -> bool {
    let mut errors = json["errors"].as_array().into_iter().flatten().filter_map(Value::as_str);
    errors.any(|error| error.starts_with("no handler for route"))
}

fn speaks_of_versions(json: &Value) -> bool {
    let errors = json["errors"].as_array().into_iter().flatten().filter_map(Value::as_str);
    errors.into_iter().any(|error| error.contains("check-and-set"))
}

fn age_ms(date: Option<&str>, created: Option<&str>) -> i64 {
    let date = date
        .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
        .map(|date| date.timestamp().as_millisecond());
    let created =
        created.and_then(|at| at.parse::<jiff::Timestamp>().ok()).map(jiff::Timestamp::as_millisecond);
    date.zip(created).map_or(0, |(date, created)| date.saturating_sub(created))
}
