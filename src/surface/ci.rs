//! CI systems in whose jobs a token becomes a variable of the steps that follow: how each is recognised, what masks a value in
//! its log, and which names and values it takes.
//!
//! The rule that matters: a CI that cannot mask a value while a job runs, or not this one, gets none.

use clap::ValueEnum;
use zeroize::Zeroizing;

use crate::base::environment;
use crate::base::error::{Result, refused};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Ci {
    /// GitHub Actions
    Github,
    /// Gitea Actions
    Gitea,
    /// Forgejo Actions
    Forgejo,
    /// Azure Pipelines
    Azure,
    /// Buildkite, for the later phases of a job
    Buildkite,
    /// GitLab, which cannot mask: refused
    Gitlab,
    /// CircleCI, which cannot mask: refused
    Circleci,
    /// Jenkins, which cannot mask: refused
    Jenkins,
    /// Bitbucket Pipelines, which cannot mask: refused
    Bitbucket,
    /// Travis CI, which cannot mask: refused
    Travis,
    /// Woodpecker, which cannot mask: refused
    Woodpecker,
    /// Drone, which cannot mask: refused
    Drone,
    /// TeamCity, which cannot mask: refused
    Teamcity,
    /// AppVeyor, which cannot mask: refused
    Appveyor,
    /// Cirrus CI, which cannot mask: refused
    Cirrus,
}

/// How a job is given a variable, and its log a mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Means {
    /// A command on the log, then lines in the file that [`FILE`] names.
    Actions,
    /// Commands on the log.
    LoggingCommands,
    /// Its agent's program, which is told on standard input.
    Agent,
}

/// What names the file of [`Means::Actions`].
pub(crate) const FILE: &str = "GITHUB_ENV";

/// Variables that each documents, and their values; `None`: any. Some set those of another, too, and stand before it.
#[rustfmt::skip]
const SIGNS: [(Ci, &str, Option<&str>); 15] = [
    (Ci::Forgejo, "FORGEJO_ACTIONS", Some("true")),
    (Ci::Gitea, "GITEA_ACTIONS", Some("true")),
    (Ci::Github, "GITHUB_ACTIONS", Some("true")),
    (Ci::Azure, "TF_BUILD", Some("true")),
    (Ci::Buildkite, "BUILDKITE", Some("true")),
    (Ci::Gitlab, "GITLAB_CI", Some("true")),
    (Ci::Circleci, "CIRCLECI", Some("true")),
    (Ci::Jenkins, "JENKINS_URL", None),
    (Ci::Bitbucket, "BITBUCKET_BUILD_NUMBER", None),
    (Ci::Travis, "TRAVIS", Some("true")),
    (Ci::Woodpecker, "CI", Some("woodpecker")),
    (Ci::Drone, "DRONE", Some("true")),
    (Ci::Teamcity, "TEAMCITY_VERSION", None),
    (Ci::Appveyor, "APPVEYOR", Some("true")),
    (Ci::Cirrus, "CIRRUS_CI", Some("true")),
];

/// Those whose job this looks like: several, if the runner of one is itself in a job of another.
pub(crate) fn here() -> Vec<Ci> {
    recognised(|name| environment::os(name).map(|value| value.to_string_lossy().into_owned()))
}

fn recognised(variable: impl Fn(&str) -> Option<String>) -> Vec<Ci> {
    let is_set = |(_, name, wanted): &(Ci, &str, Option<&str>)| {
        let value = variable(name);
        value.is_some_and(|value| wanted.is_none_or(|wanted| value.eq_ignore_ascii_case(wanted)))
    };
    let mut found: Vec<Ci> = Vec::new();
    for (ci, ..) in SIGNS.iter().filter(|sign| is_set(sign)) {
        if !found.iter().any(|before| before.sets_signs_of(*ci)) {
            found.push(*ci);
        }
    }
    found
}

/// What masks as short as this would blot out of a log, and some are not taken at all.
const SHORTEST: usize = 8;

impl Ci {
    /// As `--to` has it.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn sets_signs_of(self, other: Ci) -> bool {
        match self {
            Ci::Forgejo => matches!(other, Ci::Gitea | Ci::Github),
            Ci::Gitea => other == Ci::Github,
            Ci::Woodpecker => other == Ci::Drone,
            _ => false,
        }
    }

    /// `None`: it masks only what it knew before the job began, if anything.
    pub(crate) fn means(self) -> Option<Means> {
        match self {
            Ci::Github | Ci::Gitea | Ci::Forgejo => Some(Means::Actions),
            Ci::Azure => Some(Means::LoggingCommands),
            Ci::Buildkite => Some(Means::Agent),
            Ci::Gitlab
            | Ci::Circleci
            | Ci::Jenkins
            | Ci::Bitbucket
            | Ci::Travis
            | Ci::Woodpecker
            | Ci::Drone
            | Ci::Teamcity
            | Ci::Appveyor
            | Ci::Cirrus => None,
        }
    }

    /// `Err`: the variable is the CI's own, so that it would ignore or refuse what it is given.
    pub(crate) fn check_name(self, name: &str) -> Result<()> {
        let upper = name.to_ascii_uppercase();
        let begins = |heads: &[&str]| heads.iter().any(|head| upper.starts_with(head));
        let own = match self.means() {
            // Tools take their token from this one, which the runner itself does not set.
            Some(Means::Actions) => {
                upper == "CI"
                    || (upper != "GITHUB_TOKEN"
                        && begins(&["GITHUB_", "RUNNER_", "ACTIONS_", "GITEA_", "FORGEJO_"]))
            }
            Some(Means::LoggingCommands) => begins(&[
                "AGENT_",
                "BUILD_",
                "SYSTEM_",
                "RELEASE_",
                "PIPELINE_",
                "ENVIRONMENT_",
                "TF_BUILD",
                "ENDPOINT",
                "INPUT",
                "SECRET",
                "PATH",
                "SECUREFILE",
            ]),
            Some(Means::Agent) => upper == "CI" || begins(&["BUILDKITE"]),
            None => false,
        };
        if own {
            return Err(refused(format!(
                "`{name}` is one of the variables that `{}` keeps to itself",
                self.name()
            )));
        }
        Ok(())
    }

    /// `Err`: its mask would not catch this value.
    pub(crate) fn check_value(self, value: &str) -> Result<()> {
        let refusal = |why: String| Err(refused(format!("the token {why}")));
        if value.len() < SHORTEST {
            return refusal(format!(
                "is shorter than {SHORTEST} characters, which masks in logs are not made for"
            ));
        }
        // So do the traces of shells (`set -x`), and JSON.
        if value.contains(['\'', '"', '\\']) {
            return refusal(
                "contains a quote or a backslash: whatever shows it writes it in a way that no mask catches"
                    .to_owned(),
            );
        }
        // What these read differently, some of their versions do not read at all.
        let unread: &[&str] = match self {
            Ci::Gitea | Ci::Forgejo => &["%", "::"],
            Ci::Azure => &["%"],
            _ => &[],
        };
        match unread.iter().find(|part| value.contains(**part)) {
            Some(part) => {
                refusal(format!("contains `{part}`, with which `{}` would mask another value", self.name()))
            }
            None => Ok(()),
        }
    }

    /// For the log, a command on each line. The first one masks.
    pub(crate) fn commands(self, name: &str, value: &str) -> Zeroizing<String> {
        Zeroizing::new(match self.means() {
            Some(Means::Actions) => format!("::add-mask::{}\n", *escaped(value)),
            // A variable that cannot be set is told with its value: so that is masked before.
            Some(Means::LoggingCommands) => format!(
                "##vso[task.setsecret]{value}\n##vso[task.setvariable variable={name};issecret=true]{value}\n"
            ),
            Some(Means::Agent) | None => String::new(),
        })
    }
}

/// As its runner takes it apart: these first, so that what stands for the others is not read twice.
fn escaped(value: &str) -> Zeroizing<String> {
    Zeroizing::new(value.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A"))
}

/// The lines of [`FILE`]; `delimiter` is drawn, and stands in no value.
pub(crate) fn lines(name: &str, value: &str, delimiter: &str) -> Zeroizing<String> {
    Zeroizing::new(format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(set: &[(&str, &str)]) -> Vec<String> {
        let variable =
            |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        recognised(variable).into_iter().map(Ci::name).collect()
    }

    #[test]
    fn each_is_recognised_by_what_it_documents() {
        for (set, names) in [
            (&[][..], &[][..]),
            (&[("CI", "true")], &[]),
            (&[("GITHUB_ACTIONS", "true"), ("CI", "true")], &["github"]),
            (&[("GITHUB_ACTIONS", "false")], &[]),
            (&[("GITHUB_ACTIONS", "true"), ("GITEA_ACTIONS", "true")], &["gitea"]),
            (
                &[("GITHUB_ACTIONS", "true"), ("GITEA_ACTIONS", "true"), ("FORGEJO_ACTIONS", "true")],
                &["forgejo"],
            ),
            (&[("TF_BUILD", "True")], &["azure"]),
            (&[("BUILDKITE", "true"), ("CI", "true")], &["buildkite"]),
            (&[("GITLAB_CI", "true"), ("CI", "true")], &["gitlab"]),
            (&[("CIRCLECI", "true"), ("CI", "true")], &["circleci"]),
            (&[("JENKINS_URL", "https://ci.example/")], &["jenkins"]),
            (&[("BITBUCKET_BUILD_NUMBER", "7"), ("CI", "true")], &["bitbucket"]),
            (&[("TRAVIS", "true"), ("CI", "true")], &["travis"]),
            (&[("CI", "woodpecker")], &["woodpecker"]),
            (&[("CI", "woodpecker"), ("DRONE", "true")], &["woodpecker"]),
            (&[("DRONE", "true"), ("CI", "true")], &["drone"]),
            (&[("TEAMCITY_VERSION", "2026.1")], &["teamcity"]),
            (&[("APPVEYOR", "True"), ("CI", "True")], &["appveyor"]),
            (&[("CIRRUS_CI", "true"), ("CI", "true")], &["cirrus"]),
            // A runner within a job of another one.
            (&[("JENKINS_URL", "https://ci.example/"), ("GITHUB_ACTIONS", "true")], &["github", "jenkins"]),
        ] {
            assert_eq!(seen(set), names, "{set:?}");
        }
        for (ci, ..) in SIGNS {
            assert!(Ci::value_variants().contains(&ci));
        }
        assert_eq!(SIGNS.len(), Ci::value_variants().len());
    }

    #[test]
    fn names_and_values_that_it_would_not_take_are_refused() {
        for (ci, name, good) in [
            (Ci::Github, "API_TOKEN", true),
            (Ci::Github, "GITHUB_TOKEN", true),
            (Ci::Github, "GITHUB_OUTPUT", false),
            (Ci::Github, "RUNNER_TOKEN", false),
            (Ci::Forgejo, "ACTIONS_RUNTIME_TOKEN", false),
            (Ci::Github, "CI", false),
            (Ci::Azure, "API_TOKEN", true),
            (Ci::Azure, "SYSTEM_ACCESSTOKEN", false),
            (Ci::Azure, "Secret_Token", false),
            (Ci::Buildkite, "BUILDKITE_AGENT_ACCESS_TOKEN", false),
            (Ci::Buildkite, "GITHUB_OUTPUT", true),
        ] {
            assert_eq!(ci.check_name(name).is_ok(), good, "{ci:?} {name}");
        }
        for (ci, value, good) in [
            (Ci::Github, "1234567", false),
            (Ci::Github, "12345678", true),
            (Ci::Github, "abc%0Adef::ghi", true),
            (Ci::Gitea, "abcdefgh%", false),
            (Ci::Forgejo, "abcd::efgh", false),
            (Ci::Forgejo, "abcd:efgh", true),
            (Ci::Azure, "abcd%3Befgh", false),
            (Ci::Azure, "abcd];efgh##vso[", true),
            (Ci::Buildkite, "abcd%efgh", true),
            (Ci::Buildkite, "abcd'efgh", false),
            (Ci::Github, "abcd\"efgh", false),
            (Ci::Github, "abcd\\efgh", false),
        ] {
            assert_eq!(ci.check_value(value).is_ok(), good, "{ci:?} {value}");
        }
    }

    #[test]
    fn the_mask_comes_first_and_is_escaped() {
        assert_eq!(*Ci::Github.commands("A", "x%0Ay%25z\r\n"), "::add-mask::x%250Ay%2525z%0D%0A\n");
        assert_eq!(
            *Ci::Azure.commands("A", "x;]y"),
            "##vso[task.setsecret]x;]y\n##vso[task.setvariable variable=A;issecret=true]x;]y\n"
        );
        assert_eq!(*Ci::Buildkite.commands("A", "x"), "");
        assert_eq!(*lines("A", "x=<<y", "d"), "A<<d\nx=<<y\nd\n");
    }
}
