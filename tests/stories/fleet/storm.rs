//! Machines of a fleet in a storm: they and their processes are killed, put to sleep and cut off, and the vault's leader dies
//! and comes back. What is left of it is one table.

mod stock;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::link::{Link, Log, Sent, State, locked};
use super::machine::{machine, rotating, spawn};
use super::vault::{Cluster, asked};
use crate::shim::Shim;
use crate::stand_in::StandIn;
use crate::world::World;

/// So long a token of the vendor lives, in seconds.
const LIFE: u64 = 5;
/// 180 s and a margin.
const LONGER_THAN_A_CLAIM: Duration = Duration::from_secs(200);

/// A cut link, a vault that looks for a leader, and the rest of all processes of a machine take no longer together.
const WITH_AN_ANSWER: Duration = Duration::from_secs(90);

struct Storm {
    seconds: u64,
    machines: usize,
    /// Processes of each.
    processes: usize,
    /// Between two calls of one process.
    rest: Duration,
    /// A process sleeps longer than a claim lives.
    long_sleeps: bool,
}

#[test]
fn a_minute_of_storm_loses_nothing() {
    let rest = Duration::from_millis(2_000);
    Storm { seconds: 60, machines: 6, processes: 4, rest, long_sleeps: false }.blow();
}

#[test]
#[ignore = "`make storm` runs it"]
fn ten_minutes_of_storm_lose_nothing() {
    let seconds =
        std::env::var("TOKCLI_STORM_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(600);
    let rest = Duration::from_millis(7_000);
    Storm { seconds, machines: 20, processes: 10, rest, long_sleeps: true }.blow();
}

/// Where they draw from; it is told with the table.
struct Dice(AtomicU64);

impl Dice {
    fn below(&self, limit: u64) -> u64 {
        let seed = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn rest(&self, mean: Duration) -> Duration {
        Duration::from_millis(self.below(2 * millis(mean)))
    }
}

/// A process that runs: it may be killed until it is taken off the list.
struct Running {
    machine: usize,
    id: u32,
    asleep: bool,
}

struct Scene {
    storm: Storm,
    dice: Dice,
    vendor: StandIn,
    machines: Vec<World>,
    links: Vec<Link>,
    log: Log,
    running: Mutex<Vec<Running>>,
    /// Who is to wake up, and when.
    wakes: Mutex<Vec<(u32, Instant)>>,
    /// The storm is over.
    calm: AtomicBool,
    /// Callers are to come home.
    over: AtomicBool,
    /// So is the person.
    at_rest: AtomicBool,
    /// How calls ended: by exit status, or by a signal (-1).
    ended: Mutex<BTreeMap<i32, usize>>,
    /// What failed otherwise than it may.
    wrong: Mutex<Vec<String>>,
    /// The last that was not served after the storm.
    unserved: Mutex<String>,
    /// Somebody was told that a person must log in again.
    dead: AtomicBool,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    killed: AtomicUsize,
    power: AtomicUsize,
    slept: AtomicUsize,
    slept_long: AtomicUsize,
    cut: AtomicUsize,
    leaders: AtomicUsize,
    frozen: AtomicUsize,
    lost: AtomicUsize,
    /// In milliseconds.
    longest: AtomicU64,
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).expect("short")
}

fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Ordering::Relaxed);
}

fn read(counter: &AtomicUsize) -> usize {
    counter.load(Ordering::Relaxed)
}

impl Storm {
    fn blow(self) {
        let seed = u64::from(std::process::id())
            ^ u64::from(jiff::Timestamp::now().subsec_nanosecond().unsigned_abs());
        let cluster = Cluster::start();
        let vendor = rotating(LIFE);
        let log = Log::default();
        let (aim, aimed) = std::sync::mpsc::channel();
        let links: Vec<Link> = (0..self.machines)
            .map(|n| {
                let aim = Mutex::new(aim.clone());
                let slow = Duration::from_millis(150);
                Link::new(n, &cluster.ports(), &vendor, &log, slow, move |machine| {
                    let _ = locked(&aim).send(machine);
                })
            })
            .collect();
        let machines = (0..self.machines)
            .map(|n| {
                let mut ports = cluster.ports();
                ports.rotate_left(n % 3);
                let mut world = machine(&vendor, n, &ports, &cluster.root, "");
                Shim::build(&world).ways(&mut world, &links[n].ways);
                world
            })
            .collect();
        let scene = Arc::new(Scene {
            storm: self,
            dice: Dice(AtomicU64::new(seed)),
            vendor,
            machines,
            links,
            log,
            running: Mutex::default(),
            wakes: Mutex::default(),
            calm: AtomicBool::new(false),
            over: AtomicBool::new(false),
            at_rest: AtomicBool::new(false),
            ended: Mutex::default(),
            wrong: Mutex::default(),
            unserved: Mutex::default(),
            dead: AtomicBool::new(false),
            counts: Counts::default(),
        });
        scene.vendor.expect_reuse();
        let login = scene.vendor.login().refresh_token;
        scene.machines[0].run_with(&["import"], &login).succeeds();
        let begun = Instant::now();
        let callers: Vec<_> = (0..scene.storm.machines * scene.storm.processes)
            .map(|n| {
                let scene = Arc::clone(&scene);
                thread::spawn(move || scene.call(n % scene.storm.machines))
            })
            .collect();
        let each = |work: fn(&Scene)| {
            let scene = Arc::clone(&scene);
            thread::spawn(move || {
                while !scene.is_calm() {
                    work(&scene);
                }
            })
        };
        let mut winds = vec![each(Scene::strike), each(Scene::wake), each(Scene::cut)];
        winds.push({
            let scene = Arc::clone(&scene);
            thread::spawn(move || scene.cut_power(&aimed))
        });
        let cluster = Arc::new(Mutex::new(cluster));
        let toppler = {
            let (scene, cluster) = (Arc::clone(&scene), Arc::clone(&cluster));
            thread::spawn(move || {
                scene.topple(&cluster);
                // The nodes that it has started end with it.
                while !scene.is_at_rest() {
                    thread::sleep(Duration::from_millis(100));
                }
            })
        };
        let person = {
            let scene = Arc::clone(&scene);
            let (ports, root) = {
                let cluster = locked(&cluster);
                (cluster.ports(), cluster.root.clone())
            };
            thread::spawn(move || scene.look_after(&ports, &root))
        };
        thread::sleep(Duration::from_secs(scene.storm.seconds));
        scene.calm.store(true, Ordering::SeqCst);
        winds.into_iter().for_each(|wind| wind.join().expect("it ends"));
        // Whoever is asleep wakes up.
        locked(&scene.running).iter().for_each(|one| signal(one.id, "CONT"));
        thread::sleep(Duration::from_secs(2 * LIFE));
        scene.over.store(true, Ordering::SeqCst);
        callers.into_iter().for_each(|caller| caller.join().expect("it ends"));
        let settled = scene.settles();
        scene.at_rest.store(true, Ordering::SeqCst);
        person.join().expect("it ends");
        toppler.join().expect("it ends");
        scene.take_stock(seed, begun, settled);
    }
}

impl Scene {
    fn is_calm(&self) -> bool {
        self.calm.load(Ordering::SeqCst)
    }

    fn is_at_rest(&self) -> bool {
        self.at_rest.load(Ordering::SeqCst)
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }

    /// One process of a machine after the other.
    fn call(&self, machine: usize) {
        while !self.is_over() {
            thread::sleep(self.dice.rest(self.storm.rest));
            let arguments = ["token", "--deadline", "20s"];
            let mut child = {
                let mut running = locked(&self.running);
                let child = spawn(self.machines[machine].command(&arguments));
                running.push(Running { machine, id: child.id(), asleep: false });
                child
            };
            let (stdout, stderr) = heard(&mut child);
            let status = {
                // From here on nobody may signal this number.
                locked(&self.running).retain(|one| one.id != child.id());
                child.wait().expect("ours")
            };
            let code = status.code().unwrap_or(-1);
            *locked(&self.ended).entry(code).or_default() += 1;
            let answered = code == 0 && stdout.trim_end().starts_with("at.");
            if code == 4 {
                self.dead.store(true, Ordering::SeqCst);
            }
            if !answered && !matches!(code, -1 | 4 | 5 | 6 | 8) {
                locked(&self.wrong).push(format!("m{machine}: exit {code}: {stderr}"));
            }
            if stderr.contains("panicked") || stderr.contains("internal error") || stderr.contains("canary") {
                locked(&self.wrong).push(format!("m{machine}: {stderr}"));
            }
        }
    }

    /// A process is killed, or sleeps for a while.
    fn strike(&self) {
        thread::sleep(self.dice.rest(Duration::from_millis(700)));
        let mut running = locked(&self.running);
        let awake: Vec<usize> = (0..running.len()).filter(|n| !running[*n].asleep).collect();
        if awake.is_empty() {
            return;
        }
        let chosen = awake[usize::try_from(self.dice.below(awake.len() as u64)).expect("small")];
        let (id, machine) = (running[chosen].id, running[chosen].machine);
        if self.dice.below(3) > 0 {
            self.disturbed(machine, || signal(id, "KILL"));
            count(&self.counts.killed);
            return;
        }
        running[chosen].asleep = true;
        self.disturbed(machine, || signal(id, "STOP"));
        count(&self.counts.slept);
        drop(running);
        let long = self.storm.long_sleeps && self.dice.below(40) == 0;
        if long {
            count(&self.counts.slept_long);
            locked(&self.wakes).push((id, Instant::now() + LONGER_THAN_A_CLAIM));
        } else {
            locked(&self.wakes).push((id, Instant::now() + self.dice.rest(Duration::from_secs(3))));
        }
    }

    /// Whose time has come.
    fn wake(&self) {
        thread::sleep(Duration::from_millis(50));
        let mut wakes = locked(&self.wakes);
        let due: Vec<u32> = wakes.iter().filter(|(_, at)| *at <= Instant::now()).map(|(id, _)| *id).collect();
        wakes.retain(|(id, _)| !due.contains(id));
        drop(wakes);
        let mut running = locked(&self.running);
        for one in running.iter_mut().filter(|one| one.asleep && due.contains(&one.id)) {
            one.asleep = false;
            signal(one.id, "CONT");
        }
    }

    /// What it sends before the signal arrives is disturbed, too.
    fn disturbed(&self, machine: usize, signal: impl FnOnce()) {
        self.links[machine].disturb();
        signal();
        self.links[machine].disturb();
    }

    /// One machine loses its link.
    fn cut(&self) {
        thread::sleep(self.dice.rest(Duration::from_secs(4)));
        let link = &self.links[usize::try_from(self.dice.below(self.links.len() as u64)).expect("small")];
        link.set(if self.dice.below(2) == 0 { State::Frozen } else { State::Cut });
        count(&self.counts.cut);
        thread::sleep(self.dice.rest(Duration::from_secs(4)));
        link.disturb();
        link.set(State::Up);
    }

    /// All processes of a machine end at once: now and then just when it has sent.
    fn cut_power(&self, aimed: &std::sync::mpsc::Receiver<usize>) {
        while !self.is_calm() {
            let Ok(machine) = aimed.recv_timeout(Duration::from_millis(500)) else { continue };
            let (machine, now) = match self.dice.below(12) {
                0 => (machine, true),
                1 => (usize::try_from(self.dice.below(self.links.len() as u64)).expect("small"), true),
                _ => (machine, false),
            };
            if !now {
                continue;
            }
            // Before it is answered, or after.
            thread::sleep(Duration::from_millis(self.dice.below(400)));
            let running = locked(&self.running);
            let own = || running.iter().filter(|one| one.machine == machine);
            self.disturbed(machine, || own().for_each(|one| signal(one.id, "KILL")));
            if own().any(|one| one.asleep) {
                self.links[machine].disturb_the_last();
            }
            count(&self.counts.power);
        }
    }

    /// The leader of the vault dies or freezes, and comes back.
    fn topple(&self, cluster: &Mutex<Cluster>) {
        while !self.is_calm() {
            thread::sleep(Duration::from_secs(8) + self.dice.rest(Duration::from_secs(6)));
            if self.is_calm() {
                return;
            }
            let mut cluster = locked(cluster);
            let leader = cluster.leader();
            if self.dice.below(2) == 0 {
                cluster.kill(leader);
                thread::sleep(self.dice.rest(Duration::from_secs(5)));
                cluster.bring_back(leader);
                count(&self.counts.leaders);
            } else {
                cluster.stop(leader);
                thread::sleep(self.dice.rest(Duration::from_secs(5)));
                cluster.go_on(leader);
                count(&self.counts.frozen);
            }
        }
    }

    /// A person, who logs in again when a claim stands for long that nobody will ever come back for.
    fn look_after(&self, ports: &[u16], root: &str) {
        let mut since: Option<(Value, Instant)> = None;
        while !self.is_at_rest() {
            thread::sleep(Duration::from_millis(300));
            let record = ports.iter().find_map(|port| {
                let (status, record) = asked(*port, root, "GET", super::machine::PATH, &Value::Null);
                (status == 200).then(|| record["data"]["data"]["claim"].clone())
            });
            let Some(claim) = record else { continue };
            if self.dead.swap(false, Ordering::SeqCst) {
                self.log_in_again(&claim);
                since = None;
                continue;
            }
            let stands = claim["phase"] == "sent" || claim["phase"] == "uncertain";
            match &since {
                Some((nonce, at)) if stands && *nonce == claim["nonce"] => {
                    // On a busy machine much time may go by between the claim and the request.
                    let sent = locked(&self.log).last().cloned();
                    let stood =
                        sent.as_ref().map_or(at.elapsed(), |sent| at.elapsed().min(sent.at.elapsed()));
                    let patience = match sent {
                        // The machine has the answer: it brings it when its link and the vault allow.
                        Some(Sent { disturbed: false, answered: Some(_), .. }) => {
                            self.counts.longest.fetch_max(millis(stood), Ordering::Relaxed);
                            WITH_AN_ANSWER
                        }
                        // Before anybody else may ask again.
                        _ if self.may_come_back(&claim) => Duration::from_secs(40),
                        _ => Duration::from_secs(12),
                    };
                    if stood > patience {
                        self.log_in_again(&claim);
                        since = None;
                    }
                }
                _ if stands => since = Some((claim["nonce"].clone(), Instant::now())),
                _ => since = None,
            }
        }
    }

    /// One of its processes is asleep.
    fn may_come_back(&self, claim: &Value) -> bool {
        let holder = claim["holder"].as_str().and_then(|name| name[1..].parse().ok()).unwrap_or(usize::MAX);
        locked(&self.running).iter().any(|one| one.machine == holder && one.asleep)
    }

    fn log_in_again(&self, claim: &Value) {
        // Of the login that is there: whichever of its requests was the last.
        let last = locked(&self.log).last().cloned();
        match last {
            Some(sent) if sent.disturbed => count(&self.counts.lost),
            sent => locked(&self.wrong).push(format!("{claim} stands, and nothing disturbed {sent:?}")),
        }
        for n in 0..self.machines.len() {
            // A new one each time: what failed here may have arrived there.
            let login = self.vendor.login().refresh_token;
            let arguments = ["import", "--replace", "--deadline", "10s"];
            if self.machines[n].run_with(&arguments, &login).code == Some(0) {
                return;
            }
        }
        locked(&self.wrong).push("nobody can log in".to_owned());
    }

    /// All are served, by a token that is good.
    fn settles(&self) -> bool {
        let until = Instant::now() + Duration::from_secs(100);
        let mut left: Vec<usize> = (0..self.machines.len()).collect();
        while Instant::now() < until {
            left.retain(|n| {
                let run = self.machines[*n].run(&["token", "--deadline", "5s"]);
                let served = run.code == Some(0) && self.vendor.accepts(run.stdout.trim_end());
                if !served {
                    *locked(&self.unserved) = format!("m{n}: {run:?}");
                }
                !served
            });
            if left.is_empty() {
                return true;
            }
        }
        false
    }
}

/// All that it says. Whoever is killed says no more.
fn heard(child: &mut Child) -> (String, String) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let _ = child.stdout.take().expect("piped").read_to_end(&mut stdout);
    let _ = child.stderr.take().expect("piped").read_to_end(&mut stderr);
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (text(stdout), text(stderr))
}

/// To one that ours is, dead or alive: it is still on the list.
fn signal(id: u32, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &id.to_string()]).output();
    sent.expect("kill runs");
}
