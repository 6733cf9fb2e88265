//! What each program needs in files of the user's own so that it asks tokcli: the lines, and where they go.
//!
//! The rule that matters: lines are added to a file, and nothing in it is replaced.

pub(crate) mod edit;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::json;

use crate::base::address::Place;
use crate::base::environment;
use crate::base::unit_word::word;

#[cfg_attr(test, derive(Debug))]
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Git,
    Docker,
    Kubectl,
    Bazel,
    Cargo,
    Terraform,
    Pip,
    Pnpm,
    Google,
    Aws,
    Systemd,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Git => "git",
            Kind::Docker => "docker",
            Kind::Kubectl => "kubectl",
            Kind::Bazel => "bazel",
            Kind::Cargo => "cargo",
            Kind::Terraform => "terraform",
            Kind::Pip => "pip",
            Kind::Pnpm => "pnpm",
            Kind::Google => "google",
            Kind::Aws => "aws",
            Kind::Systemd => "systemd",
        }
    }

    /// Whether there is something on this platform that asks so. pnpm takes no path with a drive in it.
    pub(crate) fn is_here(self) -> bool {
        match self {
            Kind::Systemd => cfg!(target_os = "linux"),
            Kind::Pnpm => !cfg!(windows),
            _ => true,
        }
    }

    /// Whether its lines name the places that a token is for.
    pub(crate) fn names_places(self) -> bool {
        matches!(self, Kind::Git | Kind::Docker | Kind::Bazel | Kind::Pnpm)
    }

    /// Whether the name of its link can say which profile is meant.
    pub(crate) fn links_by_profile(self) -> bool {
        self != Kind::Pip
    }
}

/// What the lines say.
pub(crate) struct Wiring<'a> {
    pub(crate) kind: Kind,
    /// The one that is meant, if it was named.
    pub(crate) profile: Option<&'a str>,
    pub(crate) places: &'a [Place],
    /// The program, or the link that stands for it.
    pub(crate) program: &'a Path,
}

/// Lines for one file.
pub(crate) struct Part {
    /// `None`: only the user knows which.
    pub(crate) file: Option<PathBuf>,
    /// Where they go in the words of a person, if there is no file.
    pub(crate) heading: &'static str,
    pub(crate) text: String,
    pub(crate) how: How,
}

/// How lines are added.
pub(crate) enum How {
    /// By the user.
    ByHand,
    /// By `git config`: keys, each with all its values.
    Git(Vec<(String, Vec<String>)>),
    /// By `kubectl config set-credentials`: the user's name, and the arguments of tokcli.
    Kubectl(String, Vec<String>),
    Ini {
        section: String,
        key: &'static str,
        value: String,
    },
    /// Lines of their own, each with what stands before its `=` and may stand once.
    Lines(Vec<(String, String)>),
    /// Keys of a table in a file of JSON.
    Json(&'static str, Vec<(String, String)>),
    /// Cargo's list of providers, of which the last is asked first.
    Providers(String),
    /// A file of its own.
    Whole,
}

impl Wiring<'_> {
    /// As the programs look for their files, whose own variables count.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let in_home = |path: &str| environment::home().map(|home| home.join(path));
        let by = |name: &str, below: &str, otherwise: &str| {
            let named = environment::os(name).map(PathBuf::from);
            let named = named.map(|named| if below.is_empty() { named } else { named.join(below) });
            named.or_else(|| in_home(otherwise))
        };
        let part = |file: Option<PathBuf>, text: String, how: How| Part { file, heading: "", text, how };
        match self.kind {
            Kind::Git => vec![self.git()],
            Kind::Docker => {
                let entries: Vec<(String, String)> =
                    self.places.iter().map(|place| (place.authority(), self.suffix())).collect();
                let table: serde_json::Map<_, _> =
                    entries.iter().map(|(host, name)| (host.clone(), json!(name))).collect();
                let text = format!("{}\n", edit::pretty(&json!({ "credHelpers": table }), "\t"));
                let file = by("DOCKER_CONFIG", "config.json", ".docker/config.json");
                vec![part(file, text, How::Json("credHelpers", entries))]
            }
            Kind::Kubectl => vec![self.kubectl()],
            Kind::Bazel => {
                // A backslash would begin an escape there.
                let link = self.program.display().to_string();
                let link = if cfg!(windows) { link.replace('\\', "/") } else { link };
                let line = |place: &Place| {
                    let words = format!("--credential_helper={}={link}", place.host);
                    let quote = if words.contains(' ') { "\"" } else { "" };
                    let key = format!("common {quote}--credential_helper={}", place.host);
                    (key, format!("common {quote}{words}{quote}"))
                };
                let lines: Vec<(String, String)> = self.places.iter().map(line).collect();
                vec![part(in_home(".bazelrc"), joined(&lines), How::Lines(lines))]
            }
            Kind::Cargo => {
                let name = self.program.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let text =
                    format!("[registry]\nglobal-credential-providers = [\"cargo:token\", \"{name}\"]\n");
                let file = by("CARGO_HOME", "config.toml", ".cargo/config.toml");
                vec![part(file, text, How::Providers(name))]
            }
            Kind::Pip => {
                let named = environment::os("PIP_CONFIG_FILE").map(PathBuf::from);
                let of_windows = environment::os("APPDATA").filter(|_| cfg!(windows));
                let named = named.or_else(|| Some(PathBuf::from(of_windows?).join("pip").join("pip.ini")));
                let file = named.or_else(|| by("XDG_CONFIG_HOME", "pip/pip.conf", ".config/pip/pip.conf"));
                vec![ini(file, "global", "keyring-provider", "subprocess".to_owned())]
            }
            Kind::Pnpm => {
                let line = |place: &Place| {
                    let key = format!("//{}{}:tokenHelper", place.authority(), place.path);
                    (key.clone(), format!("{key}={}", self.program.display()))
                };
                let lines: Vec<(String, String)> = self.places.iter().map(line).collect();
                vec![part(in_home(".npmrc"), joined(&lines), How::Lines(lines))]
            }
            Kind::Aws => {
                let words = [quoted(self.program), self.words("aws").join(" ")].join(" ");
                let section = format!("profile {}", self.profile.unwrap_or("tokcli"));
                vec![ini(by("AWS_CONFIG_FILE", "", ".aws/config"), &section, "credential_process", words)]
            }
            Kind::Terraform => {
                let words = [vec!["tokcli".to_owned()], self.words("terraform")].concat();
                let text = format!("data \"external\" \"token\" {{\n  program = {}\n}}\n", json!(words));
                vec![by_hand("a file of your module, such as token.tf", text)]
            }
            Kind::Google => {
                let command = [quoted(self.program), self.words("google").join(" ")].join(" ");
                let source = json!({ "executable": { "command": command, "timeout_millis": 10_000 } });
                let text = format!("\"credential_source\": {}\n", edit::pretty(&source, "  "));
                vec![by_hand("the configuration of type `external_account`", text)]
            }
            Kind::Systemd => self.units(),
        }
    }

    fn git(&self) -> Part {
        let (mut text, mut all) = (String::new(), Vec::new());
        for (at, place) in self.places.iter().enumerate() {
            let origin = place.origin();
            if self.places[..at].iter().any(|earlier| earlier.origin() == origin) {
                continue;
            }
            // The empty one ends what stands before: a helper that stores would keep the token, and answer with it once it is over.
            text += &format!("[credential \"{origin}\"]\n\thelper =\n\thelper = {}\n", self.suffix());
            all.push((format!("credential.{origin}.helper"), vec![String::new(), self.suffix()]));
            if self.places.iter().any(|place| place.origin() == origin && place.path != "/") {
                text += "\tuseHttpPath = true\n";
                all.push((format!("credential.{origin}.useHttpPath"), vec!["true".to_owned()]));
            }
        }
        let home = environment::home();
        let plain = home.as_ref().map(|home| home.join(".gitconfig"));
        let above = environment::os("XDG_CONFIG_HOME").map(PathBuf::from);
        let other = above.or_else(|| home.map(|home| home.join(".config"))).map(|dir| dir.join("git/config"));
        let named = environment::os("GIT_CONFIG_GLOBAL").map(PathBuf::from);
        // As git chooses the file that it writes.
        let other = other.filter(|file| file.exists() && plain.as_ref().is_none_or(|plain| !plain.exists()));
        Part { file: named.or(other).or(plain), heading: "", text, how: How::Git(all) }
    }

    fn kubectl(&self) -> Part {
        let user = self.profile.unwrap_or("tokcli");
        let words = self.words("kubectl");
        let text = format!(
            "users:\n- name: {user}\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: tokcli\n      args: [{}]\n      interactiveMode: Never\n      provideClusterInfo: {}\n",
            words.join(", "),
            self.profile.is_none()
        );
        // As kubectl chooses the one that it writes.
        let listed =
            environment::os("KUBECONFIG").map(|list| std::env::split_paths(&list).collect::<Vec<_>>());
        let listed = listed.and_then(|list| list.iter().find(|file| file.exists()).or(list.last()).cloned());
        let file = listed.or_else(|| environment::home().map(|home| home.join(".kube/config")));
        Part { file, heading: "", text, how: How::Kubectl(user.to_owned(), words) }
    }

    fn units(&self) -> Vec<Part> {
        let name = format!("tokcli-{}", self.profile.unwrap_or("token"));
        let above = environment::os("XDG_CONFIG_HOME").map(PathBuf::from);
        let above = above.or_else(|| environment::home().map(|home| home.join(".config")));
        // What is behind the program are words of ours and the plain name of a profile.
        let words = [word(&self.program.display().to_string()), self.words("systemd").join(" ")].join(" ");
        let socket = format!(
            "[Unit]\nDescription=Access tokens of tokcli\n\n[Socket]\nListenStream=%t/{name}.sock\nSocketMode=0600\nAccept=yes\n\n[Install]\nWantedBy=sockets.target\n"
        );
        let service = format!(
            "[Unit]\nDescription=One access token of tokcli\nCollectMode=inactive-or-failed\n\n[Service]\nExecStart={words}\nStandardInput=socket\nStandardOutput=journal\nStandardError=journal\n"
        );
        [(format!("{name}.socket"), socket), (format!("{name}@.service"), service)]
            .into_iter()
            .map(|(file, text)| Part {
                file: above.as_ref().map(|above| above.join("systemd/user").join(file)),
                heading: "",
                text,
                how: How::Whole,
            })
            .collect()
    }

    fn words(&self, helper: &str) -> Vec<String> {
        let profile = self.profile.map(|name| ["-p".to_owned(), name.to_owned()]);
        ["helper".to_owned(), helper.to_owned()].into_iter().chain(profile.into_iter().flatten()).collect()
    }

    /// By which git and docker make the program's name.
    fn suffix(&self) -> String {
        self.profile.map_or("tokcli".to_owned(), |profile| format!("tokcli-{profile}"))
    }
}

fn ini(file: Option<PathBuf>, section: &str, key: &'static str, value: String) -> Part {
    let text = format!("[{section}]\n{key} = {value}\n");
    Part { file, heading: "", text, how: How::Ini { section: section.to_owned(), key, value } }
}

fn by_hand(heading: &'static str, text: String) -> Part {
    Part { file: None, heading, text, how: How::ByHand }
}

fn joined(lines: &[(String, String)]) -> String {
    lines.iter().map(|(_, line)| format!("{line}\n")).collect()
}

/// For those that split a line into words.
fn quoted(program: &Path) -> String {
    let path = program.display().to_string();
    if path.contains([' ', '"', '\\']) {
        format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        path
    }
}
