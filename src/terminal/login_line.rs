//! The command line of a login, as hints say it: whoever follows one asks for the same again, or for what the hint adds.

use std::fmt;

use super::arguments::{Global, Login, OF_A_LOGIN};
use super::input;
use crate::base::shell::quoted;

/// In backquotes; each word as a shell takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LoginLine {
    /// The flags that say how, each with its value.
    way: Vec<String>,
    /// All others.
    flags: Vec<String>,
    profile: String,
}

impl LoginLine {
    /// Of a login that nobody has asked for by a command line.
    pub(crate) fn plain(profile: &str) -> LoginLine {
        LoginLine { way: Vec::new(), flags: Vec::new(), profile: profile.to_owned() }
    }

    /// That asks for the same again. A deadline that was too short is not: nobody wants that again.
    pub(crate) fn asked(global: &Global, args: &Login, profile: &str) -> LoginLine {
        let flag = |name: &str, given: bool| given.then(|| name.to_owned());
        let value =
            |name: &str, value: Option<String>| value.map(|value| format!("{name} {}", quoted(&value)));
        let way = [
            value("--grant", args.grant.clone()),
            flag("--device", args.device),
            flag("--paste", args.paste),
            flag("--no-browser", args.no_browser),
            value("--redirect-port", args.redirect_port.map(|port| port.to_string())),
        ];
        let longer = global.deadline.filter(|given| *given > OF_A_LOGIN);
        let flags = [
            value("--url", args.url.clone()),
            value("--issuer", args.issuer.clone()),
            value("--scope", args.scope.clone()),
            flag("--replace", args.replace),
            flag("--yes", args.yes),
            // Without a terminal it decides whether a login that needs a person is taken.
            flag("--json", global.json && !input::can_ask()),
            value("--deadline", longer.map(|given| format!("{}s", given.as_secs()))),
            value("--config", global.config.as_ref().map(|path| path.display().to_string())),
        ];
        LoginLine {
            way: way.into_iter().flatten().collect(),
            flags: flags.into_iter().flatten().collect(),
            profile: profile.to_owned(),
        }
    }

    /// The same and this, as `--replace` or `--redirect-port PORT`.
    pub(crate) fn with(&self, flag: &str) -> LoginLine {
        let mut line = self.without(name(flag));
        line.flags.push(flag.to_owned());
        line
    }

    pub(crate) fn without(&self, flag: &str) -> LoginLine {
        let mut line = self.clone();
        let other = |said: &String| name(said) != flag;
        line.way.retain(other);
        line.flags.retain(other);
        line
    }

    pub(crate) fn says(&self, flag: &str) -> bool {
        self.way.iter().chain(&self.flags).any(|said| name(said) == flag)
    }

    /// By another way than the one that was asked for: any, if it is not said which.
    pub(crate) fn by(&self, way: Option<&str>) -> LoginLine {
        LoginLine { way: way.map(str::to_owned).into_iter().collect(), ..self.clone() }
    }

    /// In front of which a variable is set for this one call.
    pub(crate) fn in_environment(&self, setting: &str) -> String {
        format!("`{setting} {}`", self.words())
    }

    fn words(&self) -> String {
        let flags = self.way.iter().chain(&self.flags).map(|flag| format!("{flag} ")).collect::<String>();
        format!("tokcli login {flags}--profile {}", self.profile)
    }
}

fn name(flag: &str) -> &str {
    flag.split(' ').next().unwrap_or_default()
}

impl fmt::Display for LoginLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.words())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::terminal::arguments::{Cli, Command};

    fn of(line: &str) -> LoginLine {
        let cli = Cli::try_parse_from(shlex::split(line).expect(line)).expect(line);
        let Command::Login(args) = &cli.command else { panic!("{line}") };
        LoginLine::asked(&cli.global, args, "a")
    }

    #[test]
    fn it_asks_for_what_was_asked() {
        for (asked, wanted) in [
            ("tokcli login", "`tokcli login --profile a`"),
            ("tokcli login --device --replace -p a", "`tokcli login --device --replace --profile a`"),
            (
                "tokcli --config '/tmp/a b' login --grant x --paste --scope 'p q' --redirect-port 8457 --yes -q",
                "`tokcli login --grant x --paste --redirect-port 8457 --scope 'p q' --yes --config '/tmp/a b' --profile a`",
            ),
            ("tokcli login --no-browser --deadline 5s", "`tokcli login --no-browser --profile a`"),
            ("tokcli login --deadline 1h", "`tokcli login --deadline 3600s --profile a`"),
        ] {
            let wanted = if cfg!(windows) { wanted.replace('\'', "\"") } else { wanted.to_owned() };
            assert_eq!(of(asked).to_string(), wanted);
            let said = wanted.trim_matches('`');
            assert_eq!(of(said).to_string(), wanted, "it is a command line that asks for the same");
        }
    }

    #[test]
    fn a_flag_is_said_once_and_another_way_takes_the_place_of_the_first() {
        let line = of("tokcli login --device --scope s");
        assert_eq!(line.with("--replace"), of("tokcli login --device --scope s --replace"));
        assert_eq!(line.with("--replace").with("--replace"), line.with("--replace"));
        assert_eq!(line.by(Some("--grant x")), of("tokcli login --grant x --scope s"));
        assert_eq!(line.by(None), of("tokcli login --scope s"));
        assert_eq!(line.without("--device"), line.by(None));
        assert_eq!(line.by(None).in_environment("CI="), "`CI= tokcli login --scope s --profile a`");
        assert_eq!(LoginLine::plain("a").to_string(), "`tokcli login --profile a`");
    }
}
