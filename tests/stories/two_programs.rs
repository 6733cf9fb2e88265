//! Two programs that behave as one: whatever is wrong with the engine is an error with a word, never silence.
//! Each story lays out copies of both, and spoils one.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::shim::is_root;
use crate::world::{Ended, On, World};

const TOKCLI: &str = env!("CARGO_BIN_EXE_tokcli");
const ENGINE: &str = env!("CARGO_BIN_EXE_tokcli-engine");
const VERSION: &str = concat!("tokcli ", env!("CARGO_PKG_VERSION"), "\n");

/// A directory with both programs in it.
struct Pair {
    world: World,
}

impl Pair {
    fn lay() -> Pair {
        let pair = Pair { world: World::on(On::File).with_the_cache() };
        fs::create_dir(pair.path("")).expect("made");
        copy(Path::new(TOKCLI), &pair.tokcli());
        pair.engine_is_whole();
        pair
    }

    fn path(&self, name: &str) -> PathBuf {
        self.world.path().join("bin").join(name)
    }

    fn tokcli(&self) -> PathBuf {
        self.path("tokcli")
    }

    fn engine(&self) -> PathBuf {
        self.path("tokcli-engine")
    }

    fn engine_is_whole(&self) {
        self.engine_is_gone();
        copy(Path::new(ENGINE), &self.engine());
    }

    fn engine_is_gone(&self) {
        let engine = self.engine();
        let _ = fs::remove_file(&engine).or_else(|_| fs::remove_dir(&engine));
    }

    /// Executable, with these contents.
    fn engine_is(&self, bytes: &[u8]) {
        self.engine_is_gone();
        let draft = self.path("draft");
        fs::write(&draft, bytes).expect("written");
        copy(&draft, &self.engine());
        mode(&self.engine(), 0o755);
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        self.run_as(&self.tokcli(), arguments)
    }

    fn run_as(&self, program: &Path, arguments: &[&str]) -> Ended {
        let program = program.to_str().expect("UTF-8");
        self.world.end(self.world.command_of(program, arguments), arguments, "")
    }

    /// By a shell that first does `setup`.
    fn run_after(&self, setup: &str, arguments: &[&str]) -> Ended {
        let script = format!("cd {}; {setup}", self.path("").display());
        let words = [&["-c", &script, "bash"], arguments].concat();
        self.world.end(self.world.command_of("bash", &words), arguments, "")
    }

    fn run_injected(&self, inject: &str, arguments: &[&str]) -> Ended {
        let (inject, engine, tokcli) = (format!("inject={inject}"), self.engine(), self.tokcli());
        let [engine, tokcli] = [&engine, &tokcli].map(|path| path.to_str().expect("UTF-8"));
        // Of the calls that name the engine alone.
        let options = ["-f", "-qq", "-o", "/dev/null", "-P", engine, "-e", "trace=execve", "-e", &inject];
        let words = [&options[..], &[tokcli], arguments].concat();
        self.world.end(self.world.command_of("strace", &words), arguments, "")
    }

    #[track_caller]
    fn works(&self) {
        self.run(&["--version"]).succeeds().prints(VERSION).keeps_stderr_empty();
    }

    /// Every command is an error, which names the file and the way out.
    #[track_caller]
    fn refuses(&self, why: &str) {
        let engine = self.engine().display().to_string();
        for arguments in [&["--version"][..], &["token"], &["refresh"], &["status"]] {
            self.run(arguments).exits(1).says("cannot start ").says(&engine).says(why).says("\nhint: ");
        }
        let error = self.run(&["status", "--json"]).exits(1).error();
        assert_eq!(error["code"], "internal");
        assert!(error["message"].as_str().expect("text").contains(why), "{error}");
        assert!(error["hint"].is_string(), "{error}");
    }
}

/// By another process: what this one writes, its children may hold open, and then it cannot be run.
#[track_caller]
fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg(from).arg(to).status().expect("cp").success());
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
}

#[track_caller]
fn own(path: &Path, user: u32) {
    std::os::unix::fs::lchown(path, Some(user), None).expect("root may");
}

/// The first of `from` is `to`.
fn altered(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|part| part == from).expect("it is in there");
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

#[test]
fn both_in_one_directory_behave_as_one_wherever_they_lie() {
    let pair = Pair::lay();
    pair.works();
    let link = pair.world.path().join("tok");
    symlink(pair.tokcli(), &link).expect("linked");
    pair.run_as(&link, &["--version"]).succeeds().prints(VERSION);
    // The engine may lie elsewhere, if a link says so.
    let elsewhere = pair.world.path().join("elsewhere");
    fs::rename(pair.engine(), &elsewhere).expect("renamed");
    symlink(&elsewhere, pair.engine()).expect("linked");
    pair.works();
}

#[test]
fn b100_an_engine_that_is_no_program_is_an_error_with_a_word() {
    let pair = Pair::lay();
    pair.engine_is_gone();
    pair.refuses("no such file");
    for (bytes, why) in [
        (&b""[..], "it is empty"),
        (b"\n", "it is not a program"),
        (b"tokcli\n", "it is not a program"),
        (b"#!/bin/sh\nexit 0\n", "it is not a program"),
        (&[0; 5_000_000], "it is not a program"),
        (b"\x7fELF", "it is not a program"),
    ] {
        pair.engine_is(bytes);
        pair.refuses(why);
    }
    pair.engine_is_gone();
    fs::create_dir(pair.engine()).expect("made");
    pair.refuses("it is a directory");
    pair.engine_is_gone();
    assert!(Command::new("mkfifo").arg(pair.engine()).status().expect("mkfifo").success());
    pair.refuses("it is not a file");
    pair.engine_is_gone();
    symlink("nowhere", pair.engine()).expect("linked");
    pair.refuses("no such file");
    pair.engine_is_gone();
    symlink("tokcli-engine", pair.engine()).expect("linked");
    pair.refuses("symbolic link");
}

#[test]
fn b100_an_engine_that_is_another_program_is_an_error_with_a_word() {
    let pair = Pair::lay();
    pair.engine_is_gone();
    symlink("/bin/true", pair.engine()).expect("linked");
    pair.refuses("it is another program");
    pair.engine_is(&fs::read("/bin/true").expect("legible"));
    pair.refuses("it is another program");
}

#[test]
fn b100_an_engine_that_was_cut_off_is_an_error_with_a_word() {
    let pair = Pair::lay();
    let whole = fs::read(ENGINE).expect("legible");
    for length in [6, 64, 100, 4_096, whole.len() / 2, whole.len() - 1] {
        pair.engine_is(&whole[..length]);
        pair.refuses("it is cut off");
    }
    pair.engine_is(&whole);
    pair.works();
}

#[test]
fn b100_an_engine_that_the_system_cannot_start_is_an_error_with_a_word() {
    let pair = Pair::lay();
    let whole = fs::read(ENGINE).expect("legible");
    let mut foreign = whole.clone();
    // No machine has this number.
    foreign[18..20].copy_from_slice(&0xFEED_u16.to_ne_bytes());
    pair.engine_is(&foreign);
    pair.refuses("exec format error");
    // A static program names none.
    if whole[..8_192].windows(5).any(|part| part == b"/ld-l") {
        pair.engine_is(&altered(&whole, b"/ld-l", b"/no-l"));
        pair.refuses("the loader that it names is not there");
    }
    pair.engine_is_whole();
    for bits in [0o644, 0o600, 0o444] {
        mode(&pair.engine(), bits);
        pair.refuses("it is not executable");
    }
    mode(&pair.engine(), 0o755);
    for (errno, why) in [
        ("EACCES", "noexec"),
        ("EPERM", "policy"),
        ("ENOEXEC", "for another kind of machine"),
        ("E2BIG", "too long"),
        ("EIO", "input/output error"),
        ("ENOMEM", "try again"),
        ("EAGAIN", "try again"),
        ("ETXTBSY", "being written"),
    ] {
        let inject = format!("execve:error={errno}:when=1+");
        pair.run_injected(&inject, &["--version"]).exits(1).says("cannot start ").says("hint: ").says(why);
    }
}

#[test]
fn b100_what_passes_in_a_moment_is_waited_for() {
    let pair = Pair::lay();
    for errno in ["ETXTBSY", "EAGAIN", "ENOMEM", "ENOENT"] {
        let inject = format!("execve:error={errno}:when=1..2");
        pair.run_injected(&inject, &["--version"]).succeeds().prints(VERSION).keeps_stderr_empty();
    }
    // As `install` makes it: gone, then empty, then written bit by bit.
    let child = {
        pair.engine_is_gone();
        let mut command = pair.world.command_of(pair.tokcli().to_str().expect("UTF-8"), &["--version"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("tokcli runs")
    };
    // Hard-linked in one step, so that it is there however slow the machine is.
    let draft = pair.path("draft");
    symlink(ENGINE, &draft).expect("linked");
    fs::rename(&draft, pair.engine()).expect("renamed");
    let begun = Instant::now();
    Ended::of("--version", child.wait_with_output().expect("it ends"), begun).succeeds().prints(VERSION);
}

#[test]
fn b101_an_engine_that_others_could_have_put_there_or_change_is_refused() {
    let pair = Pair::lay();
    for (bits, why) in [
        (0o777, "others can write it (mode 0777)"),
        (0o757, "others can write it"),
        (0o775, "others can write it"),
        (0o4755, "rights of another user"),
        (0o2755, "rights of another user"),
    ] {
        mode(&pair.engine(), bits);
        pair.refuses(why);
    }
    mode(&pair.engine(), 0o775);
    pair.run(&["--version"]).exits(1).says(&format!("\nhint: chmod go-w {}", pair.engine().display()));
    // With a umask of 002 both are so, and whoever may write the one may write the other.
    mode(&pair.tokcli(), 0o775);
    pair.works();
    mode(&pair.engine(), 0o755);
    let directory = pair.path("");
    mode(&directory, 0o777);
    pair.refuses("others can write its directory");
    for bits in [0o1777, 0o775, 0o755] {
        mode(&directory, bits);
        pair.works();
    }
    for bits in [0o555, 0o711, 0o700] {
        mode(&pair.engine(), bits);
        pair.works();
    }
}

#[test]
fn b101_an_engine_of_another_user_is_refused_unless_tokcli_is_theirs_too() {
    if !is_root() {
        // Only root can give files away.
        return;
    }
    let (one, other) = (40_001, 40_002);
    let pair = Pair::lay();
    mode(&pair.path(""), 0o1777);
    mode(pair.world.path(), 0o755);
    own(&pair.engine(), one);
    pair.refuses("it belongs to another user (uid 40001)");
    own(&pair.tokcli(), one);
    pair.works();
    own(&pair.tokcli(), other);
    pair.refuses("it belongs to another user");
    own(&pair.engine(), 0);
    pair.works();
    // A link is as good as the place that it leads to.
    pair.engine_is_gone();
    symlink(ENGINE, pair.engine()).expect("linked");
    own(&pair.engine(), one);
    own(&pair.tokcli(), 0);
    pair.refuses("it belongs to another user");
}

/// In a sandbox everybody who has no number there is the same nobody.
#[test]
fn b101_in_a_user_namespace_an_engine_of_nobody_counts_only_where_nobody_else_makes_files() {
    let possible = Command::new("unshare").args(["-U", "true"]).status().is_ok_and(|status| status.success());
    if !possible {
        return;
    }
    let pair = Pair::lay();
    mode(&pair.path(""), 0o755);
    mode(pair.world.path(), 0o755);
    pair.run_after("exec unshare -U ./tokcli \"$@\"", &["--version"]).succeeds().prints(VERSION);
    mode(&pair.path(""), 0o1777);
    pair.run_after("exec unshare -U ./tokcli \"$@\"", &["--version"])
        .exits(1)
        .says("it belongs to another user (uid 65534)");
}

/// Where root has no number, a package's engine is nobody's; only `/proc` says that `tokcli` is, too.
#[test]
fn b101_in_a_user_namespace_without_root_and_proc_the_hint_names_proc() {
    if !is_root() {
        return;
    }
    let pair = Pair::lay();
    mode(&pair.path(""), 0o755);
    mode(pair.world.path(), 0o755);
    let user = "exec setpriv --reuid=40001 --regid=40001 --clear-groups";
    let inside = "unshare -U --map-user=40001 --map-group=40001";
    pair.run_after(&format!("{user} {inside} ./tokcli \"$@\""), &["--version"]).succeeds().prints(VERSION);
    let hidden = "mount -t tmpfs none /proc && exec ./tokcli \"$@\"";
    pair.run_after(&format!("{user} {inside} -m --keep-caps bash -c '{hidden}' bash \"$@\""), &["--version"])
        .exits(1)
        .says("it belongs to another user (uid 65534)")
        .says("hint: mount `/proc`");
}

#[test]
fn b102_an_engine_that_is_tokcli_itself_is_no_endless_loop() {
    let pair = Pair::lay();
    pair.engine_is_gone();
    symlink("tokcli", pair.engine()).expect("linked");
    pair.refuses("it is `tokcli` itself");
    pair.engine_is_gone();
    fs::hard_link(pair.tokcli(), pair.engine()).expect("linked");
    pair.refuses("it is `tokcli` itself");
    pair.run_as(&pair.engine(), &["status"]).exits(1).says("it is `tokcli` itself");
    pair.engine_is_gone();
    copy(&pair.tokcli(), &pair.engine());
    for arguments in [&["--version"][..], &["token"], &["status"]] {
        let ended =
            pair.run(arguments).exits(1).says("was started as the engine of `tokcli`, which it is not");
        ended.says(&pair.engine().display().to_string()).says("\nhint: ");
    }
    pair.run_as(&pair.engine(), &["status"]).exits(1).says("it is `tokcli` itself");
    // By name and in a shell, which knows other ways to get there.
    pair.engine_is(format!("#!/bin/sh\nexec {} \"$@\"\n", pair.tokcli().display()).as_bytes());
    pair.refuses("it is not a program");
}

#[test]
fn b102_an_engine_that_calls_tokcli_is_no_endless_loop() {
    let pair = Pair::lay();
    let source = format!(
        "#include <unistd.h>\nstatic char room[2 << 20] = {{1}};\n\
         int main(int c, char **v) {{ execv(\"{}\", v); return room[c]; }}\n",
        pair.tokcli().display()
    );
    pair.engine_is(&fs::read(compiled(&pair, &source)).expect("legible"));
    pair.run(&["--version"]).exits(1).says("was started as the engine of `tokcli`, which it is not");
}

/// Where it is set, programs without an index of their unwind tables must not look for a trace.
#[test]
fn b62_an_error_with_a_cause_is_told_where_backtraces_are_asked_for() {
    let mut pair = Pair::lay();
    for value in ["1", "full"] {
        pair.world.set("RUST_BACKTRACE", value);
        let state = pair.world.path().join("profiles.toml/state");
        pair.world.write("profiles.toml", "[profiles.a]\ndialect = \"oauth2\"\ntoken_url = \"https://v.invalid/\"\nclient_id = \"c\"\nstore = \"file\"\n");
        pair.world.set("TOKCLI_STATE_DIR", state.to_str().expect("UTF-8"));
        pair.run(&["-v", "logout", "--local"]).exits(6).says("cannot make").says("not a directory");
    }
    pair.engine_is_gone();
    pair.refuses("no such file");
}

/// The C compiler is one that the build needs anyway.
fn compiled(pair: &Pair, source: &str) -> PathBuf {
    let (from, to) = (pair.world.path().join("c.c"), pair.world.path().join("c"));
    fs::write(&from, source).expect("written");
    assert!(Command::new("cc").arg(&from).arg("-o").arg(&to).status().expect("a C compiler").success());
    to
}

#[test]
fn b103_without_proc_they_find_each_other_by_name() {
    let pair = Pair::lay();
    let inject = "-P /proc/self/exe -e inject=readlink,readlinkat:error=ENOENT";
    let strace = format!("strace -f -qq -o /dev/null {inject}");
    for (setup, works) in [
        (format!("exec {strace} {}/tokcli \"$@\"", pair.path("").display()), true),
        (format!("exec {strace} ./tokcli \"$@\""), true),
        (format!("PATH=$PWD:$PATH; exec {strace} tokcli \"$@\""), true),
        // Never in the present directory alone, unless the caller said so.
        (format!("exec {strace} bash -c 'exec -a tokcli ./tokcli \"$@\"' bash \"$@\""), false),
        (format!("PATH=.:$PATH; exec {strace} bash -c 'exec -a tokcli ./tokcli \"$@\"' bash \"$@\""), false),
        (format!("PATH=$PWD:$PATH; exec {strace} bash -c 'exec -a \"\" tokcli \"$@\"' bash \"$@\""), true),
        (format!("PATH=$PWD:$PATH; exec {strace} bash -c 'exec -a nobody tokcli \"$@\"' bash \"$@\""), false),
    ] {
        let ended = pair.run_after(&setup, &["--version"]);
        if works {
            ended.succeeds().prints(VERSION);
        } else {
            ended.exits(1).says("cannot find out where `tokcli` is").says("hint: mount `/proc`");
        }
    }
    // Whose it is cannot be seen then: of nobody but root and this user.
    if is_root() {
        own(&pair.tokcli(), 40_001);
        own(&pair.engine(), 40_001);
        pair.works();
        pair.run_after(&format!("exec {strace} ./tokcli \"$@\""), &["--version"])
            .exits(1)
            .says("it belongs to another user");
    }
}

#[test]
fn b103_in_a_world_without_proc_they_find_each_other_too() {
    let hide = "mount -t tmpfs none /proc";
    let possible = Command::new("unshare").args(["-m", "sh", "-c", hide]).stderr(Stdio::null()).status();
    if !possible.is_ok_and(|status| status.success()) {
        return;
    }
    let pair = Pair::lay();
    for call in ["exec ./tokcli \"$@\"", "PATH=$PWD:$PATH; exec tokcli \"$@\""] {
        let setup = format!("exec unshare -m bash -c '{hide} && {call}' bash \"$@\"");
        pair.run_after(&setup, &["--version"]).succeeds().prints(VERSION).keeps_stderr_empty();
    }
}

#[test]
fn b103_a_tokcli_that_was_replaced_while_it_ran_finds_the_engine_that_is_there_now() {
    let pair = Pair::lay();
    // The shell holds the old file, and starts it when its name is gone.
    let replaced = |gone: &str, call: &str| {
        let old = pair.path("old");
        let _ = fs::create_dir(&old);
        copy(&pair.tokcli(), &old.join("tokcli"));
        let setup = format!("exec 9<old/tokcli; {gone}; PATH=$PWD:$PATH; exec {call} /proc/self/fd/9 \"$@\"");
        pair.run_after(&setup, &["--version"])
    };
    replaced("cp tokcli-engine old; rm old/tokcli", "-a x").succeeds().prints(VERSION).keeps_stderr_empty();
    replaced("rm -r old", "-a tokcli").succeeds().prints(VERSION).keeps_stderr_empty();
    replaced("rm -r old", "-a \"$PWD/tokcli\"").succeeds().prints(VERSION).keeps_stderr_empty();
    replaced("rm -r old", "-a nobody").exits(1).says("cannot start").says("hint: ");
}

/// Then it is the loader that runs, by what `/proc` says.
#[test]
fn b103_started_by_its_loader_it_finds_the_engine() {
    let head = fs::read(TOKCLI).expect("legible");
    let Some(at) = head[..8_192].windows(5).position(|part| part == b"/ld-l") else {
        // A static program has none.
        return;
    };
    let (from, to) = (head[..at].iter().rposition(|b| *b == 0).expect("a start") + 1, at + 5);
    let to = to + head[to..].iter().position(|b| *b == 0).expect("an end");
    let loader = String::from_utf8_lossy(&head[from..to]).into_owned();
    let pair = Pair::lay();
    for call in ["./tokcli", "$PWD/tokcli"] {
        let setup = format!("exec {loader} {call} \"$@\"");
        pair.run_after(&setup, &["--version"]).succeeds().prints(VERSION).keeps_stderr_empty();
    }
}

/// While both are being replaced, for a moment the one is older.
#[test]
fn b103_programs_of_different_versions_get_along_and_say_so() {
    let world = World::on(On::File);
    let engine = |arguments: &[&str]| world.end(world.command_of(ENGINE, arguments), arguments, "");
    engine(&["9.9.9:1:1", "--version"]).succeeds().prints(VERSION).keeps_stderr_empty();
    world.write("profiles.toml", "");
    engine(&["9.9.9:1:1", "status"])
        .succeeds()
        .says("`tokcli` is version 9.9.9 and `tokcli-engine`")
        .says("install the same version of both");
    engine(&[concat!(env!("CARGO_PKG_VERSION"), ":1:1"), "status"]).succeeds().keeps_stderr_empty();
    // A later `tokcli` as it would be.
    let pair = Pair::lay();
    let version = env!("CARGO_PKG_VERSION").as_bytes();
    let later = [&version[..version.len() - 1], b"9"].concat();
    let mut front = fs::read(TOKCLI).expect("legible");
    while let Some(at) = front.windows(version.len()).position(|part| part == version) {
        front[at..at + version.len()].copy_from_slice(&later);
    }
    let draft = pair.path("draft");
    fs::write(&draft, front).expect("written");
    fs::remove_file(pair.tokcli()).expect("removed");
    copy(&draft, &pair.tokcli());
    mode(&pair.tokcli(), 0o755);
    pair.world.write("profiles.toml", "");
    pair.run(&["status"])
        .succeeds()
        .says(&format!("`tokcli` is version {}", String::from_utf8_lossy(&later)));
}

#[test]
fn b101_tokcli_with_the_rights_of_another_user_starts_nothing() {
    if !is_root() {
        return;
    }
    let pair = Pair::lay();
    mode(pair.world.path(), 0o755);
    mode(&pair.tokcli(), 0o4755);
    let call = "exec setpriv --reuid 40001 --clear-groups ./tokcli \"$@\"";
    pair.run_after(call, &["--version"])
        .exits(1)
        .says("rights of a user other than")
        .says("hint: remove its");
    mode(&pair.tokcli(), 0o755);
    pair.run_after(call, &["--version"]).succeeds().prints(VERSION);
}

#[test]
fn what_the_caller_gives_reaches_the_engine_whatever_it_is() {
    let pair = Pair::lay();
    // No name at all, as only another program can call it.
    let source = format!(
        "#include <unistd.h>\nint main(void) {{ char *none[] = {{0}}; return execv(\"{}\", none); }}\n",
        pair.tokcli().display()
    );
    let nameless = compiled(&pair, &source);
    let ended = pair.run_as(&nameless, &[]);
    assert_eq!((ended.code, ended.stderr), (Some(2), pair.run(&[]).stderr));
    // Bytes that are no text, in words and in the environment.
    let odd = std::ffi::OsStr::from_bytes(b"odd-\xff");
    let mut command = pair.world.command_of(pair.tokcli().to_str().expect("UTF-8"), &["-p"]);
    command.arg(odd).arg("status");
    pair.world.end(command, &["status"], "").exits(2);
    let vendor = crate::stand_in::StandIn::start(crate::stand_in::Vendor::OAuth2);
    let mut world = World::with(On::File, &vendor);
    let before = "[\"cat\", \"oauth2.secret\"]";
    world.change(before, "[\"sh\", \"-c\", \"printf %s \\\"$ODD\\\" >odd; cat oauth2.secret\"]");
    let mut command = world.command(&["refresh"]);
    command.env("ODD", odd);
    world.end(command, &["refresh"], "").succeeds();
    assert_eq!(fs::read(world.path().join("odd")).expect("written"), odd.as_bytes());
    // A signal that the caller holds off or ignores, and what stands on standard input.
    world.run_with(&["import", "--replace", "-p", "oauth2"], "rt-canary-x\n").succeeds();
}
