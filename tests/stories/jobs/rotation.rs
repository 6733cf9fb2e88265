//! Jobs at a vendor that rotates strictly, each on a machine that begins with nothing: by the files of docs/unattended.md as
//! they stand there.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::runner::{Kind, Runner};
use crate::stand_in::{Options, StandIn, Vendor};
use crate::world::{On, World};

/// 32 bytes in base64.
const KEY: &str = "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=";

/// The blocks of a section, in their order.
fn blocks(section: &str, kind: &str) -> Vec<String> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/unattended.md"))
        .expect("the page");
    let text = page.split(&format!("### {section}\n")).nth(1).expect("a section");
    let text = text.split("\n### ").next().expect("its end").split("\n## ").next().expect("its end");
    let blocks = text.split("```").skip(1).step_by(2);
    blocks.filter_map(|block| block.strip_prefix(&format!("{kind}\n")).map(str::to_owned)).collect()
}

/// What a CI keeps between jobs.
struct Ci<'v> {
    kind: Kind,
    world: World,
    vendor: &'v StandIn,
    steps: Vec<Step>,
}

#[derive(Clone)]
struct Step {
    line: String,
    /// It runs whatever became of those before it.
    always: bool,
}

impl Step {
    /// Of a file of this CI, in their order.
    fn all(kind: Kind, yaml: &str) -> Vec<Step> {
        let (mut steps, mut after): (Vec<Step>, bool) = (Vec::new(), false);
        for line in yaml.lines() {
            let text = line.trim();
            after |= text == "after_script:";
            let mark = if kind == Kind::Github { "- run: " } else { "- " };
            if let Some(line) = text.strip_prefix(mark) {
                steps.push(Step { line: line.to_owned(), always: after });
            } else if text == "if: always()"
                && let Some(last) = steps.last_mut()
            {
                last.always = true;
            }
        }
        assert!(steps.len() >= 2 && steps.iter().any(|step| step.always), "{yaml}");
        steps
    }
}

/// They take what the documented programs take, keep it where the next job finds it, and say nothing. Where `kill` is, whoever
/// saves for the second time, which is after the vendor's answer, is killed.
fn program(kind: Kind) -> (&'static str, String) {
    let (name, words, token) = match kind {
        Kind::Github => ("gh", "secret set TOKCLI_RECORD --env deploy", "GH_TOKEN"),
        _ => ("glab", "variable update TOKCLI_RECORD --masked", "GITLAB_TOKEN"),
    };
    let script = format!(
        "#!/bin/sh\n[ \"$*\" = '{words}' ] && [ \"${token}\" = canary-writer ] || exit 64\n\
         cd \"$CI_KEEPS\" && cat >new || exit 1\n\
         if [ -e kill ]; then\n\
             [ ! -e once ] || {{ rm kill once; kill -9 $PPID; exit 1; }}\n\
             touch once\n\
         fi\n\
         mv new TOKCLI_RECORD\n"
    );
    (name, script)
}

fn strict() -> StandIn {
    StandIn::start_with(Vendor::OAuth2, Options { reuse_revokes: true, ..Options::default() })
}

impl Ci<'_> {
    fn new<'v>(kind: Kind, section: &str, vendor: &'v StandIn) -> Ci<'v> {
        let text = blocks(section, "toml").remove(0);
        let text = text.replace("https://login.example/token", &vendor.token_url());
        let mut text =
            text.replace("client_id = \"deploy\"", &format!("client_id = {:?}", vendor.client_id()));
        if kind == Kind::Gitlab {
            let github = text.lines().find(|line| line.ends_with("# GitHub")).map(str::to_owned);
            github.into_iter().for_each(|line| text = text.replace(&line, ""));
            text = text.replace("# save", "save");
        }
        let yaml = blocks(section, "yaml");
        let github = |yaml: &&String| yaml.contains("runs-on:") || yaml.contains("steps:");
        let yaml = yaml.iter().find(|yaml| github(yaml) == (kind == Kind::Github)).expect("its file");
        let mut world = World::on(On::File).asking_the_store();
        world.add(&text);
        world.write(
            "deploy.sh",
            "#!/bin/sh\nprintf %s \"$API_TOKEN\" >deployed\nprintf 'deployed, %s\\n' \"${#API_TOKEN}\"\n",
        );
        let deploy = world.path().join("deploy.sh");
        fs::set_permissions(deploy, fs::Permissions::from_mode(0o755)).expect("set");
        fs::create_dir(world.path().join("keeps")).expect("made");
        world.set("CI_KEEPS", world.path().join("keeps").to_str().expect("UTF-8"));
        Ci { kind, steps: Step::all(kind, yaml), world, vendor }
    }

    fn kept(&self, name: &str) -> String {
        fs::read_to_string(self.world.path().join("keeps").join(name)).unwrap_or_default()
    }

    /// One that begins with nothing but what the CI keeps; `line` in the place of the one that works. Whether all went well.
    fn job(&self, seed: &str, line: Option<&str>) -> bool {
        let _ = fs::remove_dir_all(self.world.state());
        let (file, kept) = (self.world.path().join("tokcli.sealed"), self.world.path().join("keeps/cache"));
        let _ = fs::remove_file(&file);
        let _ = fs::copy(&kept, &file);
        let mut runner = Runner::new(self.kind, &self.world);
        let (name, script) = program(self.kind);
        runner.program(name, &script);
        let writer = if self.kind == Kind::Github { "GH_TOKEN" } else { "GITLAB_TOKEN" };
        for (name, value) in [
            ("TOKCLI_KEY", KEY),
            ("TOKCLI_RECORD", &self.kept("TOKCLI_RECORD")),
            ("CLIENT_SECRET", self.vendor.client_secret()),
            ("SEED", seed),
            (writer, "canary-writer"),
        ] {
            runner.secret(name, value);
        }
        let mut good = true;
        for step in &self.steps {
            if !good && !step.always {
                continue;
            }
            let works =
                line.filter(|_| ["tokcli env", "tokcli exec"].iter().any(|asks| step.line.contains(asks)));
            good &= runner.step(works.unwrap_or(&step.line)) == Some(0);
        }
        if file.exists() {
            fs::copy(&file, &kept).expect("copied");
        }
        let token = fs::read_to_string(self.world.path().join("deployed")).unwrap_or_default();
        assert!(good || line.is_some(), "{:?}: {}", self.kind, runner.log());
        for secret in [KEY, seed, token.as_str()].into_iter().filter(|secret| !secret.is_empty()) {
            runner.shows_nothing_of(secret);
        }
        assert!(!runner.log().contains("tokcli-sealed-1:"), "{}", runner.log());
        good
    }

    fn deployed(&self) -> String {
        let token = fs::read_to_string(self.world.path().join("deployed")).expect("it ran");
        assert!(self.vendor.accepts(&token), "{token}");
        token
    }
}

const COMMAND: &str = "Where the rotated token goes back";
const SEALED: &str = "One sealed file";

/// As the page has it, but for the programs that ask: `CI_KEEPS` is the CI's.
fn first_record(ci: &Ci<'_>, seed: &str) {
    let mut import = ci.world.command(&["import", "-p", "deploy"]);
    let directory = ci.world.path().join("bin");
    fs::create_dir_all(&directory).expect("made");
    let (name, script) = program(ci.kind);
    fs::write(directory.join(name), script).expect("written");
    fs::set_permissions(directory.join(name), fs::Permissions::from_mode(0o755)).expect("set");
    import.env("PATH", format!("{}:{}", directory.display(), env!("PATH")));
    import.env("TOKCLI_RECORD", "").env("TOKCLI_KEY", KEY).env("CLIENT_SECRET", "unused");
    import.env("GH_TOKEN", "canary-writer").env("GITLAB_TOKEN", "canary-writer");
    ci.world.end(import, &["import"], seed).succeeds();
}

#[test]
fn two_jobs_on_machines_of_their_own_go_on_where_the_other_was() {
    for kind in [Kind::Github, Kind::Gitlab] {
        for section in [COMMAND, SEALED] {
            let vendor = strict();
            let ci = Ci::new(kind, section, &vendor);
            let seed = vendor.login().refresh_token;
            if section == COMMAND {
                first_record(&ci, &seed);
            }
            let mut tokens = Vec::new();
            for _ in 0..3 {
                ci.job(&seed, None);
                tokens.push(ci.deployed());
                vendor.expire_access();
                // The token at hand would do for an hour.
                ci.job(&seed, Some("tokcli refresh -p deploy >/dev/null"));
            }
            assert_eq!((vendor.requests().len(), vendor.reused().len()), (4, 0), "{kind:?} {section}");
            assert!(ci.kept("TOKCLI_RECORD").starts_with("tokcli-sealed-1:") == (section == COMMAND));
        }
    }
}

/// The step is killed right after the rotation, the job's last step runs.
#[test]
fn a_step_that_is_killed_after_the_answer_loses_nothing() {
    for kind in [Kind::Github, Kind::Gitlab] {
        for section in [COMMAND, SEALED] {
            let vendor = strict();
            let ci = Ci::new(kind, section, &vendor);
            let seed = vendor.login().refresh_token;
            if section == COMMAND {
                first_record(&ci, &seed);
            }
            ci.job(&seed, None);
            assert!(!ci.job(&seed, Some(killed(section))), "{kind:?} {section}: it was to be killed");
            assert_eq!(vendor.requests().len(), 2, "{kind:?} {section}");
            assert!(ci.job(&seed, Some("tokcli refresh -p deploy >/dev/null")), "{kind:?} {section}");
            ci.job(&seed, None);
            assert_eq!((vendor.requests().len(), vendor.reused().len()), (3, 0), "{kind:?} {section}");
        }
    }
}

/// As the page says: nothing else has the answer.
#[test]
fn a_machine_that_is_gone_with_its_answer_takes_the_login_with_it() {
    for (kind, section) in [(Kind::Github, COMMAND), (Kind::Gitlab, COMMAND), (Kind::Gitlab, SEALED)] {
        let vendor = strict();
        if section == SEALED {
            vendor.expect_reuse();
        }
        let mut ci = Ci::new(kind, section, &vendor);
        let seed = vendor.login().refresh_token;
        if section == COMMAND {
            first_record(&ci, &seed);
        }
        ci.job(&seed, None);
        let steps = ci.steps.clone();
        ci.steps.retain(|step| !step.always);
        assert!(!ci.job(&seed, Some(killed(section))), "{kind:?} {section}: it was to be killed");
        assert_eq!(vendor.requests().len(), 2, "{kind:?} {section}");
        ci.steps = steps;
        assert!(!ci.job(&seed, Some("tokcli refresh -p deploy >/dev/null")), "{kind:?} {section}");
        // The record says that a request was under way; the file knows of none.
        assert_eq!(vendor.reused().len(), usize::from(section == SEALED), "{kind:?} {section}");
    }
}

/// After the vendor's answer lies sealed: while it is saved, or at the write that follows.
fn killed(section: &str) -> &'static str {
    if section == COMMAND {
        return "touch \"$CI_KEEPS/kill\"\ntokcli refresh -p deploy >/dev/null";
    }
    "strace -f -qq -o /dev/null -e trace=pwrite64 -e inject=pwrite64:signal=KILL:when=3 tokcli refresh -p deploy >/dev/null"
}
