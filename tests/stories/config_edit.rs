//! Profiles that are written by command: with a terminal and without, beside whatever stands in the file.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::json;

use crate::sequence::wait_for;
use crate::stand_in::{StandIn, USER, Vendor};
use crate::world::{CANARY, Ended, On, PATIENCE, World, variable};

/// Everything that people put into such a file.
const COMMENTED: &str = "\u{feff}#:schema ./profiles.schema.json\n# mine  \n\ndialect_files = [ ]   # none yet\n\n# --- work ---\n[profiles . \"work\"] # ask Bob\n  dialect   = 'oauth2'\ntoken_url = \"https://sso.example/t\"\t# the whole address\nclient_id = \"a\\u0070p\"\n#client_auth = 'none'\n\n# where it is kept\n[stores.own]\nkind='file'\n\n\n# the end";

fn config(world: &World) -> PathBuf {
    world.path().join("profiles.toml")
}

fn text(world: &World) -> String {
    fs::read_to_string(config(world)).expect("profiles.toml")
}

const FBOX: &[&str] = &[
    "--dialect",
    "fbox",
    "--set",
    "base_url=https://a.example",
    "--set",
    "client_id=c",
    "--set",
    "client_secret.env=X",
];

fn add<'a>(name: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["config", "add", name], FBOX, more].concat()
}

/// What `config add NAME` with those words writes.
fn table(name: &str) -> String {
    format!(
        "[profiles.{name}]\ndialect = \"fbox\"\nbase_url = \"https://a.example\"\nclient_id = \"c\"\nclient_secret = {{ env = \"X\" }}\n"
    )
}

/// Files beside the profiles that no run may leave behind.
fn litter(world: &World) -> Vec<String> {
    let names = fs::read_dir(world.path()).expect("it").flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.contains("tmp") || name.contains("lock") || name.contains("edit-")).collect()
}

#[test]
fn a_profile_is_written_beside_all_that_is_there_and_taken_out_again() {
    for windows in [false, true] {
        let world = World::on(On::File);
        let shown = |text: &str| if windows { text.replace('\n', "\r\n") } else { text.to_owned() };
        let before = shown(COMMENTED);
        world.write("profiles.toml", &before);
        world.run(&add("new", &[])).succeeds().says_nothing_on_stdout().says("wrote the profile `new` into");
        let head = "#client_auth = 'none'\n";
        let wanted = COMMENTED.replace(head, &format!("{head}\n{}", table("new")));
        assert_eq!(text(&world), shown(&wanted));
        world.run(&["config", "check"]).succeeds();
        world.run(&["config", "remove", "new"]).succeeds().says("removed the profile `new` from");
        assert_eq!(text(&world), before);
        // What is above a header may be about more.
        world.run(&["config", "remove", "work"]).succeeds();
        let from = COMMENTED.find("[profiles").expect("it");
        let to = COMMENTED.find("\n# where").expect("it");
        assert_eq!(text(&world), shown(&(COMMENTED[..from].to_owned() + &COMMENTED[to..])));
    }
}

#[test]
fn the_first_profile_makes_the_file_and_its_directory_for_its_user_alone() {
    let mut world = World::on(On::File);
    let path = world.path().join("new/inner/profiles.toml");
    world.set("TOKCLI_CONFIG", path.to_str().expect("UTF-8"));
    world.run(&["token"]).exits(3).says("hint: `tokcli config add NAME` creates it");
    world.run_after("umask 0", &add("one", &[])).succeeds();
    assert_eq!(fs::read_to_string(&path).expect("it"), table("one"));
    let mode = |path: &std::path::Path| fs::metadata(path).expect("it").mode() & 0o7777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().expect("it")), 0o700);
    assert_eq!(mode(&world.path().join("new")), 0o700);
    let object =
        world.run(&[&["--json"], &add("two", &["--default"])[..]].concat()).succeeds().keeps_stderr_empty();
    assert_eq!(object.object(), json!({"version": 1, "profile": "two", "outcome": "added"}));
    let both = format!("default_profile = \"two\"\n\n{}\n{}", table("one"), table("two"));
    assert_eq!(fs::read_to_string(&path).expect("it"), both);
    let object = world.run(&["--json", "config", "remove", "two"]).succeeds().keeps_stderr_empty();
    assert_eq!(object.object(), json!({"version": 1, "profile": "two", "outcome": "removed"}));
    world.run(&["config", "remove", "one"]).succeeds();
    assert_eq!(fs::read_to_string(&path).expect("it"), "");
    let none = world.run(&["--json", "config", "remove", "one"]).exits(3);
    assert_eq!(none.error()["code"], "unknown_profile");
}

#[test]
fn a_link_stays_and_what_it_leads_to_is_written() {
    let mut world = World::on(On::File);
    let (real, link) = (world.path().join("dotfiles"), world.path().join("link.toml"));
    fs::create_dir(&real).expect("made");
    let target = real.join("tokcli.toml");
    fs::write(&target, "# mine\n").expect("written");
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).expect("set");
    symlink("dotfiles/tokcli.toml", &link).expect("linked");
    world.set("TOKCLI_CONFIG", link.to_str().expect("UTF-8"));
    world.run(&add("a", &[])).succeeds();
    assert_eq!(fs::read_to_string(&target).expect("it"), format!("# mine\n\n{}", table("a")));
    assert!(fs::symlink_metadata(&link).expect("it").is_symlink());
    assert_eq!(fs::metadata(&target).expect("it").mode() & 0o7777, 0o640, "its mode stays");
    // One that leads to nothing yet.
    fs::remove_file(&target).expect("removed");
    world.run(&add("b", &[])).succeeds();
    assert_eq!(fs::read_to_string(&target).expect("it"), table("b"));
    // A second name keeps the old text, and somebody should know.
    fs::hard_link(&target, real.join("second.toml")).expect("linked");
    world.run(&add("c", &[])).succeeds().says("had a second name (hard link), which keeps the old text");
}

#[test]
fn a_wrong_file_and_a_taken_name_are_left_alone() {
    let world = World::on(On::File);
    for (before, name, says) in [
        ("profiles = 3\n", "new", "profiles.toml:1:1: `profiles`: expected a table"),
        ("[profiles.a\n", "new", "profiles.toml:1:12: "),
        (
            "[profiles.a]\ndialect = 'fbox'\nclinet_id = 'canary'\n",
            "new",
            "profiles.toml:3:1: `profiles.a.clinet_id`",
        ),
        (
            "[profiles.a]\ndialect = 'fbox'\n",
            "a",
            "there is already a profile `a`\nhint: `tokcli config edit` changes",
        ),
        (
            "[profiles.a]\ndialect = 'fbox'\n",
            "A",
            "`A` differs from the profile `a` only in upper and lower case",
        ),
        ("", "a/b", "a name is 1 to 64 letters"),
    ] {
        world.write("profiles.toml", before);
        world.run(&add(name, &[])).exits(3).says_nothing_on_stdout().says(says);
        assert_eq!(text(&world), before);
    }
    // What is wrong with another profile stops nobody.
    let before = "[profiles.a]\ndialect = 'fbox'\n";
    world.write("profiles.toml", before);
    world.run(&add("new", &[])).succeeds();
    assert_eq!(text(&world), format!("{before}\n{}", table("new")));
    world.run(&["config", "remove", "a"]).succeeds().says("could not be read; whether a credential");
    assert_eq!(litter(&world), [""; 0]);
}

#[test]
fn no_file_is_made_where_it_would_not_be_read() {
    let world = World::on(On::File);
    let open = world.path().join("open");
    fs::create_dir(&open).expect("made");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).expect("set");
    let arguments = [&["--config", "open/p.toml"], &add("a", &[])[..]].concat();
    world
        .run(&arguments)
        .exits(3)
        .says("others can write the directory of open/p.toml")
        .says("hint: chmod o-w open");
    assert_eq!(fs::read_dir(&open).expect("it").count(), 0);
    // A bare name lies where one is.
    world.run(&[&["--config", "p.toml"], &add("a", &["-q"])[..]].concat()).succeeds().keeps_stderr_empty();
    assert_eq!(fs::read_to_string(world.path().join("p.toml")).expect("it"), table("a"));
}

#[test]
fn what_would_not_pass_the_check_is_not_written() {
    let world = World::on(On::File);
    let before = format!("{}store = \"file\"\n", table("a"));
    world.write("profiles.toml", &before);
    let literal = format!("client_secret={CANARY}");
    for (settings, says) in [
        (
            &["base_url=https://b.example", "client_id=c", &literal][..],
            "`client_secret`: a secret is never written here itself",
        ),
        (
            &["base_url=https://canary@b.example", "client_id=c", "client_secret.env=X"],
            "`base_url`: an address must not contain a login",
        ),
        (
            &["base_url=https://b.example", "client_id=c", "client_secret.env=X", "stroe=canary"],
            "the key of `--set` number 4: unknown key, did you mean `store`?",
        ),
        (
            &["base_url=https://b.example", "client_id=c", "client_secret.env=X", "store=canary"],
            "`store`: no such store",
        ),
        (
            &["base_url=https://b.example", "client_id=c", "client_secret.env=X", "account=a", "store=file"],
            "`account`: profile `a` has the same account `a` in the same store",
        ),
        (
            &["base_url=https://b.example", "client_id=c", "client_secret.env=X", "params.x=canary"],
            "`params.x`: the dialect has no such param",
        ),
        (&["canary"], "`--set` number 1 is not KEY=VALUE"),
    ] {
        let settings: Vec<&str> = settings.iter().flat_map(|one| ["--set", one]).collect();
        let arguments = [&["config", "add", "new", "--dialect", "fbox"], &settings[..]].concat();
        world.run(&arguments).exits(3).says(says);
        let error = world.run(&[&["--json"], &arguments[..]].concat()).exits(3).error();
        assert!(error["profile"] == "new" && !error.to_string().contains(CANARY), "{error}");
        assert_eq!(text(&world), before);
    }
}

/// The command that the hint of a failed one gives, with something in the place of each word in capitals.
fn filled_in(hint: &str) -> Vec<String> {
    let line = hint.split('`').nth(1).expect("a command");
    let line =
        line.replace("https://HOST", "https://a.example").replace("VARIABLE", "X").replace("FILE", "f");
    line.split(' ').skip(1).map(|word| word.replace("VALUE", "v")).collect()
}

#[test]
fn without_a_terminal_all_that_is_missing_is_told_with_the_line_that_gives_it() {
    let world = World::on(On::File);
    world.run(&["config", "add", "a"]).exits(3).says("`--dialect` is missing, and cannot be asked for here");
    for (dialect, lacks) in [
        (
            "fbox",
            "`base_url` (scheme and host of the vendor's API, and perhaps a path), `client_id` (the client's name at the vendor), `client_secret` (the client's secret)",
        ),
        ("babelbird", "`base_url` ("),
        ("veeam-azure", "`base_url` ("),
        ("oauth2", "`token_url` (the whole address that tokens are requested from)"),
        ("microsoft-entra-client", "`params.tenant` (a tenant's id or domain)"),
        ("box-client-credentials", "`params.subject_id` (number of the enterprise or user)"),
        ("cohesity", "`params.password`, `params.username`"),
        (
            "google-service-account",
            "`params.key_file` (the JSON key file of the service account), `params.scopes` (scopes, separated by spaces)",
        ),
        ("keycloak", "`params.realm`"),
        ("aws-sso", "`params.region` (as in eu-west-1)"),
        ("openstack-keystone", "`params.password`, `params.project`, `params.user`"),
        ("salesforce-jwt", "`private_key` (the client's private key, PEM)"),
    ] {
        let ended = world.run(&["--json", "config", "add", dialect, "--dialect", dialect]).exits(3);
        let error = ended.error();
        let message = error["message"].as_str().expect("text");
        assert!(
            message.starts_with("the profile lacks `") && message.contains(lacks),
            "{dialect}: {message}"
        );
        let line = filled_in(error["hint"].as_str().expect("text"));
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        world.run(&line).succeeds();
    }
    let checked = world.run(&["config", "check"]).succeeds();
    assert!(checked.stdout.contains("12 profiles, nothing wrong"), "{}", checked.stdout);
    let given = ["config", "add", "x", "--dialect", "fbox", "--set", "client_id=c"];
    world
        .run(&given)
        .exits(3)
        .says("hint: add `--set base_url=https://HOST --set client_secret.env=VARIABLE`");
}

/// Without a secret a client is known by its name alone, and only whoever has none says so.
#[test]
fn a_client_of_which_nothing_is_said_is_asked_for_and_warned_of() {
    let world = World::on(On::File);
    let warnings = || {
        let told = world.run(&["config", "check", "--json"]).succeeds().object();
        told["warnings"].as_array().cloned().expect("a list")
    };
    for dialect in ["google", "spotify", "etsy"] {
        let error = world.run(&["--json", "config", "add", dialect, "--dialect", dialect]).exits(3).error();
        let message = error["message"].as_str().expect("text");
        assert!(message.contains("`client_id` (the client's name at the vendor)"), "{message}");
        let hint = error["hint"].as_str().expect("text");
        assert!(hint.contains("`--set client_auth=none`"), "{hint}");
        world.run(&filled_in(hint).iter().map(String::as_str).collect::<Vec<_>>()).succeeds();
    }
    world.run(&["config", "add", "nameless", "--dialect", "google", "--set", "client_auth=none"]).succeeds();
    assert_eq!(warnings(), [""; 0]);
    let silent = "[profiles.a]\ndialect = \"google\"\nstore = \"file\"\n";
    for (more, warned) in [("", true), ("client_id = \"c\"\n", false), ("client_auth = \"none\"\n", false)] {
        world.write("profiles.toml", &format!("{silent}{more}"));
        let told = world.run(&["config", "check"]).succeeds();
        let words = ["warning: `profiles.a.client_id`: missing", "`client_auth = \"none\"`"];
        assert!(words.iter().all(|words| told.stderr.contains(words) == warned), "{more}: {}", told.stderr);
        assert_eq!(warnings().len(), usize::from(warned), "{more}");
    }
    // At a terminal it is asked for, and may stay away.
    for (typed, wanted) in [("c", "client_id = \"c\"\n"), ("", "client_auth = \"none\"\n")] {
        world.write("profiles.toml", "");
        let mut screen = Screen::of(&world, "config add a --dialect google --set store=file");
        screen.sees("authenticate").types("public\r").sees("client_id:").types(&format!("{typed}\r"));
        if !typed.is_empty() {
            screen.sees("log in now?").types("n\r");
        }
        let (code, shown) = screen.ends();
        assert!(code == Some(0) && text(&world).contains(wanted), "{shown}\n{}", text(&world));
        assert_eq!(warnings(), [""; 0]);
    }
    let mut screen = Screen::of(&world, "config add b --dialect etsy --set store=file");
    screen.sees("client_id:").types("c\r").sees("log in now?").types("n\r");
    assert_eq!(screen.ends().0, Some(0));
}

#[test]
fn many_at_once_lose_nothing() {
    let world = World::on(On::File);
    world.write("profiles.toml", COMMENTED);
    let names: Vec<String> = (0..16).map(|n| format!("p{n:02}")).collect();
    let begun = Instant::now();
    let children: Vec<Child> = names.iter().map(|name| world.spawn(&add(name, &[]))).collect();
    for (child, name) in children.into_iter().zip(&names) {
        Ended::of(&format!("config add {name}"), child.wait_with_output().expect("it ends"), begun)
            .succeeds();
    }
    let after = text(&world);
    assert!(names.iter().all(|name| after.matches(&table(name)).count() == 1), "{after}");
    let left = names.iter().fold(after, |text, name| text.replace(&format!("\n{}", table(name)), ""));
    assert_eq!(left, COMMENTED);
    assert_eq!(litter(&world), [""; 0]);
}

#[test]
fn a_directory_that_is_held_is_waited_for_until_the_deadline() {
    let world = World::on(On::File);
    let mut holder = world.command_of("flock", &[world.path().as_os_str(), "sleep".as_ref(), "100".as_ref()]);
    let mut holder = holder.spawn().expect("flock runs (util-linux)");
    wait_for(|| {
        let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
        let inode = format!(":{} ", fs::metadata(world.path()).expect("it").ino());
        locks.lines().any(|line| line.contains("FLOCK") && line.contains(&inode))
    });
    let busy = [&["--deadline", "1s"], &add("a", &[])[..]].concat();
    world.run(&busy).exits(5).says("another run of tokcli is changing").keeps_to(1.0);
    holder.kill().expect("killed");
    holder.wait().expect("it ended");
    assert!(!config(&world).exists());
}

#[test]
fn killed_at_any_system_call_the_file_is_the_old_or_the_new_one() {
    let world = World::on(On::File);
    let arguments = add("new", &[]);
    world.write("profiles.toml", COMMENTED);
    let points: BTreeSet<(String, usize)> =
        world.calls_with(&arguments, "").into_iter().map(|call| (call.name, call.nth)).collect();
    let after = text(&world);
    assert!(after.contains(&table("new")));
    let changing = ["write", "rename", "fsync", "fchmod", "unlink", "flock", "openat"];
    let chosen =
        points.iter().enumerate().filter(|(n, (name, _))| n % 6 == 0 || changing.contains(&name.as_str()));
    let (mut old, mut new) = (0, 0);
    for (_, (name, nth)) in chosen.filter(|(_, (name, _))| !name.starts_with("exit") && name != "execve") {
        world.write("profiles.toml", COMMENTED);
        world.run_injected(&format!("{name}:signal=KILL:when={nth}"), &arguments);
        let is = text(&world);
        old += usize::from(is == COMMENTED);
        new += usize::from(is == after);
        assert!(is == COMMENTED || is == after, "{name} {nth}: {is}");
        // The next run clears away what a killed one left.
        world.write("profiles.toml", COMMENTED);
        world.run(&arguments).succeeds();
        assert_eq!(litter(&world), [""; 0], "{name} {nth}");
    }
    assert!(old > 10 && new > 0, "{old} {new}");
}

#[test]
fn what_cannot_be_written_is_told_and_the_file_stays() {
    let world = World::on(On::File);
    for inject in ["rename:error=EIO:when=1", "fsync:error=ENOSPC:when=1", "fchmod:error=EPERM:when=1"] {
        world.write("profiles.toml", COMMENTED);
        let output = world.run_injected(inject, &add("new", &[]));
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(6), "{inject}: {words}");
        assert!(words.contains("cannot write") && words.contains("profiles.toml"), "{inject}: {words}");
        assert_eq!(text(&world), COMMENTED, "{inject}");
        assert_eq!(litter(&world), [""; 0], "{inject}");
    }
}

/// Root may write everywhere, but not without the capability for it.
#[test]
fn a_directory_that_cannot_be_written_is_told() {
    let world = World::on(On::File);
    let place = world.path().join("closed");
    fs::create_dir(&place).expect("made");
    fs::write(place.join("profiles.toml"), COMMENTED).expect("written");
    fs::set_permissions(place.join("profiles.toml"), fs::Permissions::from_mode(0o600)).expect("set");
    fs::set_permissions(&place, fs::Permissions::from_mode(0o500)).expect("set");
    let root = fs::metadata(world.path()).expect("it").uid() == 0;
    let path = place.join("profiles.toml").display().to_string();
    for words in [&add("new", &[])[..], &["config", "remove", "work"]] {
        let arguments = [&["--config", &path], words].concat();
        let mut all = vec!["--bounding-set", "-dac_override", env!("CARGO_BIN_EXE_tokcli")];
        all.extend(&arguments);
        let (program, rest) = if root { ("setpriv", &all[..]) } else { (all[2], &all[3..]) };
        let ended = world.end(world.command_of(program, rest), &arguments, "");
        ended.exits(6).says("cannot write").says("profiles.toml: permission denied");
        assert_eq!(fs::read_to_string(&path).expect("it"), COMMENTED);
    }
    fs::set_permissions(&place, fs::Permissions::from_mode(0o700)).expect("set");
}

#[test]
fn what_a_removed_profile_leaves_behind_is_told() {
    let mut world = World::on(On::File);
    world.add(&format!("{}store = \"file\"\n", table("a")));
    world.add(&format!("{}store = \"file\"\naccount = \"a\"\n", table("b")));
    world.set("X", "s");
    world.run_with(&["import", "-p", "a"], "rt\n").succeeds();
    world
        .run(&["config", "remove", "a"])
        .succeeds()
        .says("tokcli: the credential of the account `a` stays in the store `file`\ntokcli: the profile `b` has the same account");
    world
        .run(&["config", "remove", "b"])
        .succeeds()
        .says("a profile with `account = \"a\"`, `store = \"file\"` and the same dialect");
    world.run(&add("other", &["--set", "account=a", "--set", "store=file"])).succeeds();
    let status = world.run(&["status", "--json"]).succeeds().object();
    assert_ne!(status["profiles"][0]["state"], "none", "the way out leads there");
    world.run(&["logout", "--local", "-p", "other"]).succeeds();
    let last = world.run(&["config", "remove", "other"]).succeeds();
    assert!(!last.stderr.contains("stays"), "{}", last.stderr);
}

/// A terminal of 80 columns with tokcli on it.
pub struct Screen {
    script: Child,
    typing: ChildStdin,
    shown: Arc<Mutex<String>>,
    seen: usize,
}

impl Screen {
    pub fn of(world: &World, line: &str) -> Screen {
        Screen::that(world, &format!("{} {line}", env!("CARGO_BIN_EXE_tokcli")))
    }

    /// Another command of a shell.
    pub fn that(world: &World, command: &str) -> Screen {
        let line = format!("trap : INT; stty cols 80 rows 24; {command}; status=$?; stty -a; exit $status");
        let mut script = world
            .command_of("script", &["-qefc", &line, "/dev/null"])
            .env("TERM", "xterm")
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script runs");
        let (typing, mut output) =
            (script.stdin.take().expect("piped"), script.stdout.take().expect("piped"));
        let shown = Arc::new(Mutex::new(String::new()));
        let shared = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count) = output.read(&mut bytes) {
                if count == 0 {
                    break;
                }
                shared.lock().expect("whole").push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        Screen { script, typing, shown, seen: 0 }
    }

    /// Waits for words that were not there before, and for the question to be whole.
    #[track_caller]
    pub fn sees(&mut self, words: &str) -> &mut Screen {
        let until = Instant::now() + PATIENCE;
        loop {
            let shown = self.shown.lock().expect("whole").clone();
            if let Some(end) = shown.get(self.seen..).and_then(|rest| end_of(rest, words)) {
                self.seen += end;
                return self;
            }
            assert!(Instant::now() < until, "no `{words}` in {:?}", &shown[self.seen.min(shown.len())..]);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// All that was shown until now.
    pub fn shown(&self) -> String {
        self.shown.lock().expect("whole").clone()
    }

    pub fn types(&mut self, keys: &str) -> &mut Screen {
        self.typing.write_all(keys.as_bytes()).expect("typed");
        self.typing.flush().expect("typed");
        self
    }

    /// The window is closed, or the line cut: whoever runs there is told by SIGHUP.
    pub fn hangs_up(mut self) {
        self.script.kill().expect("ours");
        self.script.wait().expect("it ends");
    }

    /// The exit status, and all that was shown, without the breaks between words. The terminal is as it was.
    #[track_caller]
    pub fn ends(self) -> (Option<i32>, String) {
        let (code, shown) = self.ends_as_it_is();
        (code, unbroken(&shown))
    }

    /// With them.
    #[track_caller]
    pub fn ends_as_it_is(mut self) -> (Option<i32>, String) {
        self.sees(" echoe ");
        let status = self.script.wait().expect("it ends");
        let shown = self.shown.lock().expect("whole").clone();
        let modes: Vec<&str> = shown.split_whitespace().collect();
        for mode in ["isig", "icanon", "echo", "icrnl", "opost"] {
            assert!(modes.iter().any(|word| word.trim_end_matches(';') == mode), "{mode}: {shown}");
        }
        assert!(!shown.contains(CANARY), "{shown}");
        (status.code(), shown)
    }
}

/// Where `words` end in what was shown, wherever the line was broken between them.
fn end_of(shown: &str, words: &str) -> Option<usize> {
    let words: Vec<&str> = words.split(' ').collect();
    let all_of = |from: usize| {
        let mut rest = shown[from..].strip_prefix(words[0])?;
        for word in &words[1..] {
            let next = rest.strip_prefix("\r\n  ").or_else(|| rest.strip_prefix(' '))?;
            rest = next.strip_prefix(word)?;
        }
        Some(shown.len() - rest.len())
    };
    let begins = shown.match_indices(words[0]).map(|(at, _)| at);
    begins.filter(|at| shown.is_char_boundary(*at)).find_map(all_of)
}

/// What was shown, without the breaks between words.
pub fn unbroken(shown: &str) -> String {
    shown.replace("\r\n  ", " ")
}

const DOWN: &str = "\u{1b}[B";

#[test]
fn a_terminal_is_asked_for_what_ten_dialects_need() {
    let secret = "MY_CLIENT_SECRET";
    let store = "of the account `my` in the store `file`";
    let can_log_in = ["fbox", "veeam-azure", "microsoft-entra", "keycloak", "aws-sso"];
    for (dialect, answers, wanted) in [
        (
            "fbox",
            &[("base_url", "ftp://x\r"), ("begins with `https://`", "\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}https://a.example\r"), ("client_id", "c\r"), ("client_secret come from", "env\r"), ("variable", "\r")][..],
            format!("base_url = \"https://a.example\"\nclient_id = \"c\"\nclient_secret = {{ env = \"{secret}\" }}\n"),
        ),
        ("veeam-azure", &[("base_url", "https://a.example\r")], "base_url = \"https://a.example\"\n".to_owned()),
        (
            "oauth2",
            &[("authenticate", "tls_client_auth\r"), ("issuer", "\r"), ("token_url", "https://a.example/t\r"), ("authorization_url", "\r"), ("device_authorization_url", "\r"), ("client_id", "c\r"), ("tls.client_cert", "c.pem\r"), ("tls.client_key", "k.pem\r")],
            "client_auth = \"tls_client_auth\"\ntoken_url = \"https://a.example/t\"\nclient_id = \"c\"\ntls = { client_cert = \"c.pem\", client_key = \"k.pem\" }\n".to_owned(),
        ),
        (
            "google",
            &[("authenticate", "public\r"), ("client_id", "\r")],
            // All that is said of the client.
            "client_auth = \"none\"\n".to_owned(),
        ),
        (
            "microsoft-entra",
            &[("authenticate", "private\r"), ("client_id", "c\r"), ("private_key come from", "\r"), ("Path", "k.pem\r"), ("params.host", DOWN), ("> login.microsoftonline.us", "\r"), ("params.tenant", "\r")],
            "client_id = \"c\"\nprivate_key = { file = \"k.pem\" }\nparams = { host = \"login.microsoftonline.us\" }\n".to_owned(),
        ),
        (
            "cohesity",
            &[("base_url", "https://a.example\r"), ("params.domain", "\r"), ("params.password come from", "\r"), ("params.password: ", "canary-pw\r"), ("params.username", "u\r")],
            "base_url = \"https://a.example\"\nparams = { password = { store = true }, username = \"u\" }\n".to_owned(),
        ),
        (
            "ibm-cloud",
            &[("params.api_key come from", "prints\r"), ("Command", "pass 'show it' \"\r"), ("not closed", "x\"\r")],
            "params = { api_key = { command = [\"pass\", \"show it\", \"x\"] } }\n".to_owned(),
        ),
        (
            "keycloak",
            &[("authenticate", "public\r"), ("client_id", "c\r"), ("base_url", "https://a.example\r"), ("params.realm", "\r"), ("this is required", "r\r")],
            "client_id = \"c\"\nbase_url = \"https://a.example\"\nparams = { realm = \"r\" }\n".to_owned(),
        ),
        (
            "aws-sso",
            &[("client_id", "c\r"), ("client_secret come from", "a file\r"), ("Path", "~/s\r"), ("params.region", "eu-west-1\r")],
            "client_id = \"c\"\nclient_secret = { file = \"~/s\" }\nparams = { region = \"eu-west-1\" }\n".to_owned(),
        ),
        (
            "box-client-credentials",
            &[("client_id", "c\r"), ("client_secret come from", "\r"), ("client_secret: ", "canary-secret\r"), ("params.subject_id", "7\r"), ("params.subject_type", "user\r")],
            "client_id = \"c\"\nclient_secret = { store = true }\nparams = { subject_id = \"7\", subject_type = \"user\" }\n".to_owned(),
        ),
    ] {
        let world = World::on(On::File);
        world.write("profiles.toml", COMMENTED);
        let mut screen = Screen::of(&world, "config add my --set store=file --set account=my");
        screen.sees("Whose tokens?").sees("Esc ends").types(dialect);
        // The list has narrowed.
        screen.sees(&format!("> {dialect}  ")).types("\r");
        for (question, keys) in answers {
            screen.sees(question).types(keys);
        }
        if can_log_in.contains(&dialect) {
            screen.sees("log in now?").types("n\r");
        }
        let (code, shown) = screen.ends();
        assert_eq!(code, Some(0), "{dialect}: {shown}");
        let head = "#client_auth = 'none'\n";
        let added = format!("[profiles.my]\nstore = \"file\"\naccount = \"my\"\ndialect = \"{dialect}\"\n{wanted}");
        assert_eq!(text(&world), COMMENTED.replace(head, &format!("{head}\n{added}")), "{dialect}");
        world.run(&["config", "check"]).succeeds();
        let kept = wanted.contains("store = true");
        assert_eq!(shown.contains(store), kept, "{dialect}: {shown}");
        if kept {
            let listed = world.run(&["secret", "list", "-p", "my", "--json"]).succeeds().object();
            assert_eq!(listed["secrets"][0]["state"], "set", "{listed}");
        }
        world.assert_nothing_in_the_clear();
        let asked = shown.split("speed ").next().unwrap_or_default();
        let wide = asked.split(['\n', '\r']).map(plain).filter(|line| !line.starts_with("tokcli: "));
        let wide = wide.map(|line| line.chars().count()).max();
        assert!(wide.is_some_and(|wide| (20..=80).contains(&wide)), "{wide:?}: {asked}");
    }
}

/// Without what moves the cursor.
fn plain(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part
            .trim_start_matches(|c: char| c.is_ascii_digit() || c == '?' || c == ';')
            .get(1..)
            .unwrap_or_default()
    })
}

#[test]
fn a_dialect_is_found_by_name_title_and_address() {
    let world = World::on(On::File);
    for (typed, found) in
        [("flexem", "fbox"), ("feishu lark user", "feishu-user"), ("rfc-editor.org 6749 section-6", "oauth2")]
    {
        let mut screen = Screen::of(&world, "config add my");
        screen.sees("Whose tokens?").types(typed).sees(&format!("> {found}  ")).types("\u{3}");
        assert_eq!(screen.ends().0, Some(130), "{typed}");
    }
}

#[test]
fn whoever_ends_the_questions_has_changed_nothing() {
    let world = World::on(On::File);
    world.write("profiles.toml", COMMENTED);
    for key in ["\u{3}", "\u{1b}"] {
        for stage in 0..4 {
            let mut screen = Screen::of(&world, "config add my --default --set store=file");
            screen.sees("Whose tokens?").sees("Esc ends");
            for (question, keys) in
                [("", "fbox\r"), ("base_url", "https://a.example\r"), ("client_id", "c\r")].iter().take(stage)
            {
                screen.sees(question).types(keys);
            }
            screen.sees(["", "base_url", "client_id", "come from"][stage]);
            if stage > 0 {
                screen.sees("]");
            }
            screen.types(key);
            assert_eq!(screen.ends().0, Some(130), "{key:?} {stage}");
            assert_eq!(text(&world), COMMENTED);
        }
    }
    // At the hidden prompt the system sees to it.
    let mut screen = Screen::of(&world, "config add my --dialect ibm-cloud --set store=file");
    screen.sees("come from").sees("]").types("\r").sees("params.api_key: ").types("canary");
    screen.types("\u{3}");
    assert_eq!(screen.ends().0, Some(130));
    assert_eq!((text(&world).as_str(), litter(&world).len()), (COMMENTED, 0));
    world.run(&["--json", "config", "add", "my"]).exits(3);
}

#[test]
fn a_whole_command_line_is_asked_nothing_at_a_terminal_either() {
    let world = World::on(On::File);
    let (code, shown) = Screen::of(&world, &add("a", &[]).join(" ")).ends();
    assert!(code == Some(0) && !shown.contains("? "), "{shown}");
    let whole = "config add b --dialect oauth2 --set token_url=https://a.example/t --set client_id=c";
    let (code, shown) = Screen::of(&world, whole).ends();
    assert!(code == Some(0) && !shown.contains("? "), "{shown}");
    let mut screen = Screen::of(&world, "config add c --dialect oauth2 --set token_url=https://a.example/t");
    screen.sees("How does the client authenticate?").sees("]").types("\u{1b}");
    assert_eq!(screen.ends().0, Some(130));
}

#[test]
fn a_new_profile_is_offered_its_first_login() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    world.give_secrets(&vendor);
    world.set("LOGIN_PASSWORD", &vendor.password());
    let line = format!(
        "config add my --dialect fbox --set store=file --set username={USER} --set password.env=LOGIN_PASSWORD --set client_secret.env={} --set client_id={}",
        variable("fbox"),
        vendor.client_id()
    );
    let mut screen = Screen::of(&world, &line);
    screen.sees("base_url").types(&format!("{}\r", vendor.origin()));
    screen.sees("log in now?").types("\r").sees("logged in");
    let (code, shown) = screen.ends();
    assert_eq!(code, Some(0), "{shown}");
    let token = world.run(&["token", "-p", "my"]).succeeds();
    assert!(vendor.accepts(token.stdout.trim()));
}

/// The process of tokcli in a world.
fn process(world: &World) -> Option<i32> {
    let processes = fs::read_dir("/proc").expect("it").flatten();
    let mut numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    numbers.find(|number| {
        let of = |what: &str| fs::read_link(format!("/proc/{number}/{what}")).ok();
        of("cwd").is_some_and(|path| path == world.path())
            && of("exe").is_some_and(|path| path.ends_with("tokcli-engine"))
    })
}

#[test]
fn a_signal_from_elsewhere_leaves_the_terminal_as_it_was() {
    let world = World::on(On::File);
    let mut screen = Screen::of(&world, "config add my");
    screen.sees("Whose tokens?").sees("Esc ends");
    let number = process(&world).expect("it asks").to_string();
    let killed = std::process::Command::new("kill").args(["-TERM", &number]).status();
    assert!(killed.is_ok_and(|status| status.success()));
    // What reads keys takes every signal for Ctrl-C.
    assert!(matches!(screen.ends().0, Some(130 | 143)));
    assert!(!config(&world).exists());
}

/// An editor that does what a script says to the file.
fn editor(world: &mut World, script: &str) {
    world.write("editor.sh", &format!("#!/bin/sh\n{script}\n"));
    let path = world.path().join("editor.sh");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("set");
    world.set("EDITOR", &format!("'{}' --wait", path.display()));
}

#[test]
fn an_edited_copy_replaces_the_file_once_it_is_right() {
    let mut world = World::on(On::File);
    world.run(&["config", "edit"]).exits(3).says("no editor can be opened here");
    world.set("VISUAL", "");
    // A new file begins with a template, and who leaves that as it is has no file.
    editor(&mut world, "test \"$1\" = --wait && grep -q 'tokcli config add NAME' \"$2\"");
    let screen = Screen::of(&world, "config edit");
    let (code, shown) = screen.ends();
    assert!(code == Some(0) && shown.contains("nothing was changed"), "{shown}");
    assert!(!config(&world).exists());

    world.write("profiles.toml", COMMENTED);
    editor(&mut world, "stat -c %a \"$2\" >mode; printf '\\n[stores.b]\\nkind = \"file\"\\n' >>\"$2\"");
    let (code, shown) = Screen::of(&world, "config edit").ends();
    assert!(code == Some(0) && shown.contains("wrote "), "{shown}");
    assert_eq!(fs::read_to_string(world.path().join("mode")).expect("it"), "600\n");
    assert_eq!(text(&world), format!("{COMMENTED}\n[stores.b]\nkind = \"file\"\n"));
    assert_eq!(litter(&world), [""; 0]);
}

#[test]
fn all_that_is_wrong_with_a_copy_is_told_and_it_is_kept() {
    let mut world = World::on(On::File);
    world.write("profiles.toml", COMMENTED);
    let two = "[profiles.x]\\ndialect = \"fbxo\"\\n[profiles.y]\\ndialect = \"fbox\"\\nbase_url = \"https://canary@a.example\"\\n";
    editor(
        &mut world,
        &format!(
            "if [ -e once ]; then sed -i '/^.profiles.x/,$d' \"$2\"; printf '# done\\n' >>\"$2\"; else touch once; printf '\\n{two}' >>\"$2\"; fi"
        ),
    );
    let mut screen = Screen::of(&world, "config edit");
    screen.sees("profiles.toml:20:1: `profiles.x.dialect`: no such dialect, did you mean `fbox`?");
    screen.sees("profiles.toml:23:1: `profiles.y.base_url`: an address must not contain a login");
    screen.sees("edit it again? [Y/n]").types("\r");
    let (code, shown) = screen.ends();
    assert_eq!(code, Some(0), "{shown}");
    assert_eq!(text(&world), format!("{COMMENTED}\n# done\n"));

    // Who gives up has it still, and so has whose file was changed by others meanwhile, or whose editor failed.
    let before = text(&world);
    let give_up = "printf '[profiles.x]\\n' >>\"$2\"";
    let other = "printf '# theirs\\n' >>profiles.toml; printf '# mine\\n' >>\"$2\"";
    for (script, answer, says) in [
        (give_up, "n\r", "has mistakes and was not put in place"),
        (other, "", "was changed meanwhile; nothing was written"),
        ("printf '# mine\\n' >>\"$2\"; exit 3", "", "the editor failed"),
    ] {
        world.write("profiles.toml", &before);
        editor(&mut world, script);
        let mut screen = Screen::of(&world, "config edit");
        if !answer.is_empty() {
            screen.sees("[Y/n]").types(answer);
        }
        screen.sees(says).sees("; what you wrote is in ");
        let (code, shown) = screen.ends();
        assert_eq!(code, Some(3), "{shown}");
        let theirs = if script == other { "# theirs\n" } else { "" };
        assert_eq!(text(&world), format!("{before}{theirs}"));
        let kept = litter(&world);
        assert_eq!(kept.len(), 1, "{kept:?}");
        assert!(shown.contains(&kept[0]), "{shown}");
        fs::remove_file(world.path().join(&kept[0])).expect("removed");
    }
}

/// Ctrl-C is the editor's while it runs.
#[test]
fn an_interrupt_while_the_editor_runs_ends_nothing() {
    let mut world = World::on(On::File);
    world.write("profiles.toml", COMMENTED);
    editor(
        &mut world,
        "trap : INT; touch begun; while ! [ -e go ]; do sleep 0.05; done; printf '\\n# done\\n' >>\"$2\"",
    );
    let mut screen = Screen::of(&world, "config edit");
    wait_for(|| world.path().join("begun").exists());
    screen.types("\u{3}").sees("^C");
    world.write("go", "");
    let (code, shown) = screen.ends();
    assert_eq!(code, Some(0), "{shown}");
    assert_eq!(text(&world), format!("{COMMENTED}\n# done\n"));
}
