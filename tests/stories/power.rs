//! Power cuts. A recorder takes down what a run writes, syncs and renames (by
//! strace); from that follow all states in which a disk may be found after a power
//! cut: what was synced is there, of what was not any part may be missing. Each of
//! them is laid out, and the real binary must find its way from it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::matrix::children_of;
use crate::moments::Moment;
use crate::secret_service::signal;
use crate::sequence::wait_for;
use crate::stand_in::{Fault, Ledger, Options, StandIn, Vendor};
use crate::sweeps::Tally;
use crate::world::{LEGIBLE, On, World, walk};

/// No disk tears a sector; finer, so that more is tried than can happen.
const PIECE: usize = 128;
/// Of more pieces than this not all subsets are tried.
const MOST_PIECES: usize = 6;

#[derive(Clone, Debug)]
enum Step {
    Make(PathBuf),
    Write { to: PathBuf, at: usize, bytes: Vec<u8> },
    Sync(PathBuf),
    Rename(PathBuf, PathBuf),
    SyncDirectory(PathBuf),
    Sent,
}

/// The files of a state directory.
type Disk = BTreeMap<PathBuf, Vec<u8>>;

fn read_disk(state: &Path) -> Disk {
    let mut files = Vec::new();
    walk(state, &mut files);
    files.into_iter().map(|path| (path.clone(), fs::read(path).expect("read"))).collect()
}

/// Directories stay: that they are synced is seen in the recording.
fn lay_out(state: &Path, disk: &Disk) {
    for path in read_disk(state).keys() {
        fs::remove_file(path).expect("removed");
    }
    for (path, bytes) in disk {
        fs::write(path, bytes).expect("written");
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(path, private).expect("mode");
    }
}

/// Runs the command and takes down what it does to the files of its state directory.
/// `meanwhile` runs, if there is one, while it is stopped at the intent.
fn record(world: &World, arguments: &[&str], input: &str, meanwhile: Option<impl FnOnce()>) -> Vec<Step> {
    let file = world.path().join("trace").display().to_string();
    let calls = "trace=openat,pwrite64,write,fdatasync,fsync,rename,renameat,renameat2,writev,sendto,unlink,ftruncate,prctl";
    let stop = format!("inject={}", Moment::Intent.inject("signal=STOP"));
    let mut strace = vec!["-y", "-xx", "-s", "600000", "-e", calls, "-e", LEGIBLE, "-o", &file];
    if meanwhile.is_some() {
        strace.extend(["-e", &stop]);
    }
    let mut command = world.strace(&strace, arguments);
    let mut child = command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("strace is installed (`make test` installs it)");
    std::io::Write::write_all(&mut child.stdin.take().expect("piped"), input.as_bytes()).expect("read");
    if let Some(meanwhile) = meanwhile {
        wait_for(|| fs::read_to_string(&file).unwrap_or_default().contains("--- stopped by SIGSTOP"));
        meanwhile();
        children_of(child.id()).into_iter().for_each(|tokcli| signal(tokcli, "CONT"));
    }
    child.wait().expect("it ends");
    let text = fs::read_to_string(&file).expect("the trace");
    fs::remove_file(&file).expect("removed");
    let mut ends: BTreeMap<PathBuf, usize> = BTreeMap::new();
    text.lines().filter_map(|line| step(line, &world.state(), &mut ends)).collect()
}

/// `PID name(3<path>, "\x41…", 5, 0) = 5`
fn step(line: &str, state: &Path, ends: &mut BTreeMap<PathBuf, usize>) -> Option<Step> {
    let (_, call) = line.split_once(' ')?;
    let (name, rest) = call.trim().split_once('(')?;
    let ours = |path: &PathBuf| path.starts_with(state);
    let failed = rest.contains(") = -1 ");
    assert!(!failed || !matches!(name, "pwrite64" | "fdatasync" | "fsync"), "nothing fails here: {name}");
    let strings: Vec<Vec<u8>> = rest.split('"').skip(1).step_by(2).map(unhex).collect();
    let text =
        |at: usize| strings.get(at).map(|bytes| PathBuf::from(String::from_utf8_lossy(bytes).as_ref()));
    // With `-xx` even the path of a descriptor is in hex.
    let shown = rest.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(path, _)| path);
    let of = shown.map(|path| match path.starts_with("\\x") {
        true => PathBuf::from(String::from_utf8_lossy(&unhex(path)).as_ref()),
        false => PathBuf::from(path),
    });
    match name {
        "openat" if rest.contains("O_CREAT") && !failed => {
            let path = text(0).filter(ours)?;
            // A lock is an empty file whose loss costs nothing.
            path.extension().is_none_or(|end| end != "lock").then_some(Step::Make(path))
        }
        "write" | "pwrite64" => {
            let to = of.filter(ours)?;
            let bytes = strings.first()?.clone();
            let at = match name {
                "write" => ends.get(&to).copied().unwrap_or(0),
                _ => rest.rsplit_once(") = ")?.0.rsplit(", ").next()?.parse().ok()?,
            };
            // A delayed call says so behind its result.
            let done: usize = rest.rsplit_once(") = ")?.1.split(' ').next()?.parse().expect("a length");
            assert_eq!(done, bytes.len(), "no write is short here");
            ends.insert(to.clone(), at + done);
            Some(Step::Write { to, at, bytes })
        }
        "fsync" | "fdatasync" => {
            let path = of?;
            let directory = path.is_dir();
            // Making the state directory itself syncs the one above it.
            match directory {
                true => Some(Step::SyncDirectory(path)),
                false => ours(&path).then_some(Step::Sync(path)),
            }
        }
        "rename" => Some(Step::Rename(text(0).filter(ours)?, text(1)?)),
        "writev" | "sendto" => strings.concat().starts_with(b"POST ").then_some(Step::Sent),
        "unlink" | "ftruncate" | "renameat" | "renameat2" => panic!("the recorder does not know {name}"),
        _ => None,
    }
}

fn unhex(text: &str) -> Vec<u8> {
    text.split("\\x")
        .skip(1)
        .map(|digits| u8::from_str_radix(digits.get(..2).expect("two digits"), 16).expect("hex"))
        .collect()
}

/// Every way in which part of a write may have reached the disk.
fn torn(bytes: &[u8], at: usize) -> Vec<Vec<(usize, Vec<u8>)>> {
    let mut pieces: Vec<(usize, Vec<u8>)> = Vec::new();
    let mut from = 0;
    while from < bytes.len() {
        let to = (from + PIECE - (at + from) % PIECE).min(bytes.len());
        pieces.push((at + from, bytes[from..to].to_vec()));
        from = to;
    }
    let count = pieces.len();
    let mut choices: BTreeSet<Vec<bool>> = BTreeSet::new();
    if count <= MOST_PIECES {
        choices.extend((0..1_u32 << count).map(|set| (0..count).map(|n| set >> n & 1 == 1).collect()));
    } else {
        // The beginning or the end of it, or all but a bit.
        for n in (0..=count).filter(|n| count <= 32 || n % (count / 16) == 0 || *n == count) {
            choices.insert((0..count).map(|i| i < n).collect());
            choices.insert((0..count).map(|i| i >= n).collect());
            choices.insert((0..count).map(|i| i != n).collect());
        }
    }
    let pick = |choice: &Vec<bool>| {
        pieces.iter().zip(choice).filter(|(_, kept)| **kept).map(|(piece, _)| piece.clone()).collect()
    };
    choices.iter().map(pick).collect()
}

/// All disks that a power cut may leave after the first `done` steps.
fn after_a_power_cut(before: &Disk, steps: &[Step], done: usize) -> Vec<Disk> {
    let steps = &steps[..done];
    let synced_later = |at: usize, path: &Path| {
        // By whatever name it goes when it is synced.
        steps[at..].iter().any(|step| matches!(step, Step::Sync(synced) if synced == path))
    };
    let named_later = |at: usize, path: &Path| {
        let above = path.parent().expect("a directory");
        steps[at..].iter().any(|step| matches!(step, Step::SyncDirectory(synced) if synced == above))
    };
    let mut disks = vec![before.clone()];
    for (at, step) in steps.iter().enumerate() {
        disks = disks
            .into_iter()
            .flat_map(|disk| {
                let mut with = disk.clone();
                match step {
                    // A name that is lost here is lost at its rename below, too: it is the last name that counts.
                    Step::Make(path) => {
                        with.entry(path.clone()).or_default();
                        vec![with]
                    }
                    Step::Write { to, at: offset, bytes } => {
                        let states = if synced_later(at, to) {
                            vec![vec![(*offset, bytes.clone())]]
                        } else {
                            torn(bytes, *offset)
                        };
                        let apply = |parts: Vec<(usize, Vec<u8>)>| {
                            let mut with = disk.clone();
                            let file = with.entry(to.clone()).or_default();
                            for (offset, part) in parts {
                                file.resize(file.len().max(offset + part.len()), 0);
                                file[offset..offset + part.len()].copy_from_slice(&part);
                            }
                            with
                        };
                        states.into_iter().map(apply).collect()
                    }
                    Step::Rename(from, to) => {
                        let content = with.remove(from).expect("it was made");
                        with.insert(to.clone(), content);
                        if named_later(at, to) { vec![with] } else { vec![disk, with] }
                    }
                    Step::Sync(_) | Step::SyncDirectory(_) | Step::Sent => vec![disk],
                }
            })
            .collect();
    }
    disks.sort();
    disks.dedup();
    disks
}

/// What a run that comes after the power is back may find.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Found {
    /// The new token, or what else the answer said: no request.
    Kept,
    /// The attempt, without its outcome: no request before the server has settled.
    Uncertain,
    /// As before the run: a request, which succeeds.
    Untouched,
}

/// An uncertain attempt is to be seen, however long a slow machine takes, and not replayed.
fn without_replays(store: On, vendor: &StandIn) -> World {
    let mut world = World::with(store, vendor);
    world.add("replay = \"never\"");
    world
}

/// One run cut at every moment.
struct Cut {
    vendor: StandIn,
    world: World,
    disk: Disk,
    steps: Vec<Step>,
    /// What the vendor knows before and after the recorded run.
    then: Ledger,
    now: Ledger,
}

impl Cut {
    fn of(vendor: StandIn, world: World, arguments: &[&str], input: &str) -> Cut {
        let (disk, then) = (read_disk(&world.state()), vendor.remember());
        let steps = record(&world, arguments, input, None::<fn()>);
        let now = vendor.remember();
        Cut { vendor, world, disk, steps, then, now }
    }

    fn position(&self, which: impl Fn(&Step) -> bool, nth: usize) -> usize {
        let all = self.steps.iter().enumerate().filter(|(_, step)| which(step));
        all.map(|(at, _)| at).nth(nth).unwrap_or_else(|| panic!("{nth}: {:#?}", self.outline()))
    }

    fn outline(&self) -> Vec<String> {
        self.steps.iter().map(|step| format!("{step:?}").chars().take(80).collect()).collect()
    }

    /// Cuts the power after each number of steps in `range`, and shows every disk that may be left.
    fn each(&self, range: std::ops::RangeInclusive<usize>, check: impl FnMut(&Cut, usize)) -> usize {
        self.one_of(1, range, check)
    }

    /// Of those that a cut may leave after so many steps, the first and every `nth`.
    fn one_of(
        &self,
        nth: usize,
        range: std::ops::RangeInclusive<usize>,
        mut check: impl FnMut(&Cut, usize),
    ) -> usize {
        let mut count = 0;
        for done in range {
            for disk in after_a_power_cut(&self.disk, &self.steps, done).into_iter().step_by(nth) {
                lay_out(&self.world.state(), &disk);
                count += 1;
                check(self, done);
            }
        }
        count
    }

    /// What `token` finds, with the vendor as it was at that moment.
    fn found(&self, done: usize) -> Found {
        let sent = self.position(|step| matches!(step, Step::Sent), 0);
        self.vendor.restore(if done <= sent { &self.then } else { &self.now });
        let before = self.vendor.requests().len();
        let run = self.world.run(&["token", "--json"]);
        match (self.vendor.requests().len() - before, run.code) {
            (0, Some(8)) => {
                assert_eq!(run.error()["code"], "no_answer");
                Found::Uncertain
            }
            (0, _) => Found::Kept,
            (1, Some(0)) => Found::Untouched,
            other => panic!("after {done} steps: {other:?} {run:#?}"),
        }
    }
}

fn is_write(step: &Step) -> bool {
    matches!(step, Step::Write { .. })
}

fn is_sync(step: &Step) -> bool {
    matches!(step, Step::Sync(_))
}

#[test]
fn f10_f11_f12_a_power_cut_at_any_moment_of_a_refresh() {
    on_the_file_store();
}

pub fn on_the_file_store() -> Tally {
    let begun = Instant::now();
    let vendor = StandIn::start(Vendor::Fbox);
    let world = without_replays(On::File, &vendor);
    let cut = Cut::of(vendor, world, &["refresh"], "");
    let [intent, answer, record] = [0, 1, 2].map(|nth| cut.position(is_sync, nth) + 1);
    let sent = cut.position(|step| matches!(step, Step::Sent), 0);
    assert!(intent <= sent && sent < answer, "{:#?}", cut.outline());
    let mut seen = Vec::new();
    let states = cut.each(0..=cut.steps.len(), |cut, done| {
        let found = cut.found(done);
        let wanted: &[Found] = match done {
            _ if done < intent => &[Found::Untouched, Found::Uncertain],
            _ if done < answer => &[Found::Uncertain, Found::Kept],
            _ => &[Found::Kept],
        };
        assert!(wanted.contains(&found), "after {done} steps: {found:?}");
        if found == Found::Kept {
            let token = cut.world.run(&["token"]).succeeds();
            assert!(cut.vendor.accepts(token.stdout.trim()), "after {done} steps");
        }
        seen.push((done, found));
    });
    // The recorder is worth something only if it can tell the moments apart.
    assert!(seen.contains(&(intent - 1, Found::Uncertain)) && seen.contains(&(intent - 1, Found::Untouched)));
    assert!(seen.contains(&(answer - 1, Found::Uncertain)) && seen.contains(&(answer - 1, Found::Kept)));
    assert!(seen.contains(&(record - 1, Found::Kept)));
    assert!(states > 60, "{states}");
    tally("file", states, &cut, begun)
}

fn tally(store: &str, states: usize, cut: &Cut, begun: Instant) -> Tally {
    Tally {
        what: format!("disk after a power cut in `refresh`, {store}"),
        faults: states,
        requests: cut.vendor.requests().len(),
        seconds: begun.elapsed().as_secs_f64(),
        ..Tally::default()
    }
}

/// The keyring's item may be any that it was told so far: a keyring can lose what it acknowledged. Here with one of four
/// disks for each moment; `make torture` takes them all.
#[test]
fn f10_f12_a_power_cut_with_a_keyring_that_lost_what_it_acknowledged() {
    on_the_keyring(4);
}

pub fn on_the_keyring(one_of: usize) -> Tally {
    let (begun, mut all) = (Instant::now(), 0);
    let vendor = StandIn::start(Vendor::Fbox);
    let world = without_replays(On::Keyring, &vendor);
    let item = |world: &World| String::from_utf8(world.service().lookup("fbox").stdout).expect("ASCII");
    let (disk, then, mut items) = (read_disk(&world.state()), vendor.remember(), vec![item(&world)]);
    let take_down = || {
        wait_for(|| item(&world) != items[0]);
        item(&world)
    };
    let mut intent = String::new();
    let steps = record(&world, &["refresh"], "", Some(|| intent = take_down()));
    items.push(intent);
    items.push(item(&world));
    assert!(items[1] != items[2], "intent and new record");
    let cut = Cut { now: vendor.remember(), vendor, world, disk, steps, then };
    let [intent, answer, record] = [0, 1, 2].map(|nth| cut.position(is_sync, nth) + 1);
    for (nth, item) in items.iter().enumerate() {
        // The last one was written after the record was durable.
        let first = if nth == 2 { record } else { 0 };
        let states = cut.one_of(one_of, first..=cut.steps.len(), |cut, done| {
            let tool = ["store", "--label=x", "service", "tokcli", "username", "fbox"];
            assert!(cut.world.service().secret_tool(&tool, item).status.success());
            let found = cut.found(done);
            let wanted: &[Found] = match done {
                _ if nth == 2 => &[Found::Kept],
                _ if done < intent => &[Found::Untouched, Found::Uncertain],
                _ if done < answer => &[Found::Uncertain, Found::Kept],
                _ => &[Found::Kept],
            };
            assert!(wanted.contains(&found), "item {nth}, after {done} steps: {found:?}");
            if found == Found::Kept {
                let token = cut.world.run(&["token"]).succeeds();
                assert!(cut.vendor.accepts(token.stdout.trim()), "item {nth}, after {done} steps");
            }
        });
        assert!(states > cut.steps.len() - first, "item {nth}: {states}");
        all += states;
    }
    tally("keyring", all, &cut, begun)
}

#[test]
fn f11b_a_power_cut_while_a_refusal_or_an_old_refresh_token_is_recorded() {
    for refused in [true, false] {
        let options = Options { rotates: refused, ..Options::default() };
        let vendor = StandIn::start_with(Vendor::Fbox, options);
        let world = World::with(On::File, &vendor);
        if refused {
            let headers = vec![("Retry-After".to_owned(), "3600".to_owned())];
            vendor.misbehave(Fault::Answer { status: 429, headers, body: b"{}".to_vec() });
        }
        let cut = Cut::of(vendor, world, &["refresh"], "");
        let answer = cut.position(is_sync, 1) + 1;
        let states = cut.each(answer..=cut.steps.len(), |cut, done| {
            assert_eq!(cut.found(done), Found::Kept, "after {done} steps");
            let code = cut.world.run(&["token"]).code;
            assert_eq!(code, Some(if refused { 5 } else { 0 }), "after {done} steps");
            // The refresh token is there, and goes out with the next request.
            cut.world.run(&["refresh", "--dry-run"]).succeeds();
            if !refused {
                cut.world.run(&["refresh"]).succeeds();
            }
        });
        assert!(states > 10, "{states}");
    }
}

#[test]
fn a_power_cut_in_a_first_import_leaves_no_credential_or_a_whole_one() {
    let vendor = StandIn::start(Vendor::Fbox);
    let mut world = World::on(On::File);
    world.profile(&vendor);
    let login = vendor.login().refresh_token;
    let cut = Cut::of(vendor, world, &["import"], &login);
    assert!(cut.steps.iter().filter(|step| matches!(step, Step::Rename(..))).count() >= 2, "key and journal");
    // The directories that were made are durable before anything in them counts.
    for below in ["", "journal"] {
        let above = cut.world.state().join(below).parent().expect("above").to_owned();
        let synced = cut.position(|step| matches!(step, Step::SyncDirectory(path) if *path == above), 0);
        assert!(synced < cut.position(is_write, 0), "{:#?}", cut.outline());
    }
    let (mut without, mut with) = (0, 0);
    cut.each(0..=cut.steps.len(), |cut, done| {
        cut.vendor.restore(&cut.then);
        let run = cut.world.run(&["token"]);
        match run.code {
            Some(0) => with += 1,
            Some(4) if done < cut.steps.len() => {
                without += 1;
                cut.world.run_with(&["import"], &login).succeeds();
                cut.world.run(&["token"]).succeeds();
            }
            _ => panic!("after {done} steps: {run:#?}"),
        }
    });
    eprintln!("{without} disks without a credential, {with} with one");
    assert!(without > 20 && with > 0);
}

#[test]
fn a_power_cut_while_a_credential_is_replaced_or_forgotten() {
    for arguments in [&["import", "--replace"][..], &["logout", "--local"]] {
        let vendor = StandIn::start(Vendor::Fbox);
        let world = World::with(On::File, &vendor);
        world.run(&["token"]).succeeds();
        let new = vendor.login().refresh_token;
        let cut = Cut::of(vendor, world, arguments, &new);
        let replaces = arguments[0] == "import";
        let states = cut.each(0..=cut.steps.len(), |cut, done| {
            cut.vendor.restore(&cut.then);
            let run = cut.world.run(&["token"]);
            let whole = done == cut.steps.len();
            match run.code {
                Some(0) if replaces || !whole => {
                    let replaced = cut.vendor.sends_of(&new) == 1;
                    assert!(replaced || !whole, "after {done} steps the new login counts");
                }
                Some(4) if !replaces => {
                    cut.world.run(&["refresh"]).exits(4);
                }
                _ => panic!("{arguments:?} after {done} steps: {run:#?}"),
            }
        });
        assert!(states >= 5, "{states}");
    }
}

#[test]
fn a_power_cut_while_a_journal_grows() {
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::with(On::File, &vendor);
    vendor.misbehave(Fault::edit(|mut answer| {
        answer["access_token"] = serde_json::json!(format!("at-canary-{}", "a".repeat(20_000)));
        answer
    }));
    world.run(&["token"]).succeeds();
    let cut = Cut::of(vendor, world, &["refresh"], "");
    let grown = cut.position(|step| matches!(step, Step::Rename(..)), 0);
    let intent = cut.position(is_sync, 1);
    assert!(grown < intent, "{:#?}", cut.outline());
    let states = cut.each(0..=intent, |cut, done| {
        cut.vendor.restore(&cut.then);
        let before = cut.vendor.requests().len();
        cut.world.run(&["token"]).succeeds();
        assert_eq!(cut.vendor.requests().len(), before, "after {done} steps the old token is there");
    });
    assert!(states > 10, "{states}");
}
