//! The owner of a login, asked by a real OpenSSH: machines with networks of their own, each with a key that reaches one
//! profile. The server listens at their links alone, and ends with the story.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::server::free_port;
use crate::owner::pair::profile;
use crate::sequence::wait_for;
use crate::shim::Shim;
use crate::stand_in::{Options, StandIn, Vendor};
use crate::world::{On, World, entry};

/// A network of its own with a link to ours.
struct Link {
    name: String,
    /// At our end.
    address: String,
    /// Keeps the network; it ends with the story.
    holder: Child,
}

fn done(program: &str, words: &[&str]) {
    let status = Command::new(program).args(words).env("PATH", SYSTEM).status().expect(program);
    assert!(status.success(), "{program} {words:?}");
}

const SYSTEM: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

impl Link {
    fn new() -> Link {
        // Nobody else has it now: four addresses are made of it.
        let port = free_port();
        let name = format!("tk{port}");
        let four = |last: u16| {
            format!("10.{}.{}.{}", 200 + (port >> 14), (port >> 6) & 255, ((port & 63) << 2) + last)
        };
        let holder = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--", "unshare", "--net", "sleep", "1000"])
            .stdin(Stdio::null())
            .spawn()
            .expect("unshare runs (util-linux)");
        let pid = holder.id().to_string();
        let own = fs::read_link("/proc/self/ns/net").expect("a network");
        wait_for(|| fs::read_link(format!("/proc/{pid}/ns/net")).is_ok_and(|other| other != own));
        let inside = |words: &[&str]| done("nsenter", &[&["-t", &pid, "--net", "ip"], words].concat());
        done("ip", &["link", "add", &name, "type", "veth", "peer", "name", "eth0", "netns", &pid]);
        done("ip", &["addr", "add", &format!("{}/30", four(1)), "dev", &name]);
        done("ip", &["link", "set", &name, "up"]);
        inside(&["addr", "add", &format!("{}/30", four(2)), "dev", "eth0"]);
        inside(&["link", "set", "eth0", "up"]);
        Link { name, address: four(1), holder }
    }

    fn set(&self, what: &str) {
        done("ip", &["link", "set", &self.name, what]);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// One that asks.
struct Machine {
    world: World,
    link: Link,
    key: PathBuf,
}

impl Machine {
    fn command(&self, arguments: &[&str]) -> Command {
        let pid = self.link.holder.id().to_string();
        let words = ["-t", &pid, "--net", env!("CARGO_BIN_EXE_tokcli")];
        let mut command = self.world.command_of("nsenter", &[&words, arguments].concat());
        command.env("PATH", SYSTEM);
        command
    }

    fn run(&self, arguments: &[&str]) -> crate::world::Ended {
        self.world.end(self.command(arguments), arguments, "")
    }

    fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("tokcli runs")
    }
}

struct Scene {
    owner: World,
    machines: Vec<Machine>,
    server: Child,
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A key without a passphrase.
fn key(path: &Path) {
    done("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", path.to_str().expect("UTF-8")]);
}

impl Scene {
    /// Of three machines: each has a key for `w`.
    fn new(vendor: &StandIn) -> Scene {
        assert!(crate::shim::is_root(), "networks are root's");
        let mut owner = World::on(On::File).asking_the_store();
        owner.give_secrets(vendor);
        for name in ["w", "x"] {
            owner.add(&entry(vendor, name, On::File));
            owner.add("rotation = \"strict\"\n");
            owner.run_with(&["import", "-p", name], &vendor.login().refresh_token).succeeds();
        }
        let links: Vec<Link> = (0..3).map(|_| Link::new()).collect();
        let port = free_port();
        let here = owner.path().to_owned();
        key(&here.join("host"));
        let addresses: String =
            links.iter().map(|link| format!("ListenAddress {}:{port}\n", link.address)).collect();
        // Of a shell that is not the first one no bashrc is read.
        let config = format!(
            "{addresses}HostKey {0}/host\nAuthorizedKeysFile {0}/authorized_keys\nPidFile none\nStrictModes no\nUsePAM no\n\
             PermitRootLogin prohibit-password\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nUseDNS no\n\
             MaxStartups 300\nLogLevel ERROR\nSetEnv SHLVL=9\n",
            here.display()
        );
        fs::write(here.join("sshd_config"), config).expect("written");
        let machines: Vec<Machine> =
            links.into_iter().map(|link| Scene::machine(vendor, &here, link, port)).collect();
        // `restrict` forbids all but the one command.
        let keys = machines.iter().map(|machine| {
            let public = fs::read_to_string(machine.key.with_extension("pub")).expect("made");
            format!("restrict,command=\"{}/serve\" {public}", here.display())
        });
        fs::write(here.join("authorized_keys"), keys.collect::<String>()).expect("written");
        let script = "mount -t tmpfs none /run; mkdir -m 755 /run/sshd; exec /usr/sbin/sshd -D -e -f \"$0\"";
        let server = Command::new("setpriv")
            .args([
                "--pdeathsig",
                "KILL",
                "--",
                "unshare",
                "--mount",
                "--pid",
                "--mount-proc",
                "--fork",
                "--kill-child",
            ])
            .args(["sh", "-euc", script])
            .arg(here.join("sshd_config"))
            .env("PATH", SYSTEM)
            .stdin(Stdio::null())
            .spawn()
            .expect("unshare runs (util-linux)");
        let scene = Scene { owner, machines, server };
        scene.serves("exec");
        let address = format!("{}:{port}", scene.machines[0].link.address);
        wait_for(|| std::net::TcpStream::connect(&address).is_ok());
        scene
    }

    fn machine(vendor: &StandIn, owner: &Path, link: Link, port: u16) -> Machine {
        let mut world = World::on(On::File);
        let path = world.path().to_owned();
        let own = path.join("id");
        key(&own);
        let host = fs::read_to_string(owner.join("host.pub")).expect("made");
        fs::write(path.join("known_hosts"), format!("[{}]:{port} {host}", link.address)).expect("written");
        world.add(&profile(vendor, "w"));
        world.add(&format!(
            "[stores.box]\nkind = \"remote\"\ncommand = [\"ssh\", \"-F\", \"none\", \"-p\", \"{port}\", \"-i\", \"{}\", \"-o\", \"BatchMode=yes\", \
             \"-o\", \"UserKnownHostsFile={}\", \"root@{}\", \"tokcli\"]\n",
            own.display(),
            path.join("known_hosts").display(),
            link.address
        ));
        Machine { world, link, key: own }
    }

    /// What each key runs: `before` comes before the program.
    fn serves(&self, before: &str) {
        let command = self.owner.command(&[] as &[&str]);
        let variables: Vec<String> = command
            .get_envs()
            .filter_map(|(name, value)| Some(format!("{}='{}'", name.to_str()?, value?.to_str()?)))
            .collect();
        let here = self.owner.path().display().to_string();
        let text = format!(
            "#!/bin/sh\ncd {here}\necho \"$SSH_ORIGINAL_COMMAND\" >> connections\n{before} env -i {} {} serve-once --profiles w\n",
            variables.join(" "),
            env!("CARGO_BIN_EXE_tokcli")
        );
        let new = self.owner.path().join("serve.new");
        fs::write(&new, text).expect("written");
        fs::set_permissions(&new, fs::Permissions::from_mode(0o700)).expect("mode");
        fs::rename(&new, self.owner.path().join("serve")).expect("in its place");
    }

    fn connections(&self) -> usize {
        let all = fs::read_to_string(self.owner.path().join("connections")).unwrap_or_default();
        assert!(all.lines().all(|line| line == "tokcli serve-once"), "{all}");
        all.lines().count()
    }
}

fn strict(lifetime: u64) -> StandIn {
    let options = Options { reuse_revokes: true, access_lifetime: lifetime, ..Options::default() };
    StandIn::start_with(Vendor::OAuth2, options)
}

#[test]
#[ignore = "`make test-real` runs it"]
fn two_hundred_callers_of_three_machines_are_one_request() {
    let vendor = strict(20);
    let scene = Scene::new(&vendor);
    let first = scene.machines[0].run(&["token"]).succeeds().keeps_stderr_empty().stdout;
    for machine in &scene.machines[1..] {
        machine.run(&["token"]).succeeds().prints(&first);
    }
    assert_eq!((vendor.requests().len(), scene.connections()), (1, 3));
    // It is over for everybody.
    std::thread::sleep(Duration::from_secs(21));
    let latch = vendor.hold(1);
    let ask = |n: usize| scene.machines[n % 3].spawn(&["token", "--no-cache"]);
    let children: Vec<Child> = (0..201).map(ask).collect();
    wait_for(|| vendor.requests().len() == 2);
    // All wait by then, or they would find what has come without waiting.
    wait_for(|| scene.connections() == 6);
    std::thread::sleep(Duration::from_secs(5));
    latch.open();
    let mut printed = Vec::new();
    for child in children {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        printed.push(output.stdout);
    }
    printed.dedup();
    assert_eq!(printed.len(), 1);
    let token = String::from_utf8(printed.remove(0)).expect("UTF-8");
    assert!(token != first && vendor.accepts(token.trim()));
    assert_eq!((vendor.requests().len(), scene.connections()), (2, 6));
    assert_eq!(vendor.reused(), Vec::<String>::new());
}

#[test]
#[ignore = "`make test-real` runs it"]
fn an_owner_that_is_killed_while_it_refreshes_loses_nothing() {
    let vendor = strict(0);
    let mut scene = Scene::new(&vendor);
    let shim = Shim::build(&scene.owner);
    scene.serves("echo $$ > pid; exec");
    let silence = vendor.keep_silent();
    let asking: Vec<Child> = scene.machines.iter().map(|machine| machine.spawn(&["token"])).collect();
    wait_for(|| vendor.requests().len() == 1 && scene.connections() == 3);
    // All of them: those that wait for the first, too. Their numbers are those of another world.
    for process in fs::read_dir("/proc").expect("processes").flatten() {
        let command = fs::read(process.path().join("cmdline")).unwrap_or_default();
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        let ours = String::from_utf8_lossy(&environment).contains(&scene.owner.path().display().to_string());
        if ours && String::from_utf8_lossy(&command).contains("\0serve-once\0") {
            let pid = process.file_name().to_string_lossy().parse().expect("a number");
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
    }
    for child in asking {
        let output = child.wait_with_output().expect("it ends");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(5) && words.contains("gave no answer"), "{words}");
    }
    silence.open();
    // What nobody knows the end of is asked for once more by the owner's own rule, a minute later.
    shim.later(&mut scene.owner, 120);
    scene.serves("exec");
    let token = scene.machines[0].run(&["token"]).succeeds().stdout;
    scene.machines[1].run(&["token"]).succeeds().prints(&token);
    assert!(vendor.accepts(token.trim()));
    assert_eq!((vendor.requests().len(), vendor.reused()), (2, Vec::<String>::new()));
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_link_that_is_cut_costs_the_owner_nothing() {
    let vendor = strict(0);
    let scene = Scene::new(&vendor);
    let latch = vendor.hold(1);
    let here = &scene.machines[0];
    let asking = here.spawn(&["token", "--deadline", "8s"]);
    wait_for(|| vendor.requests().len() == 1);
    here.link.set("down");
    let output = asking.wait_with_output().expect("it ends");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(5) && words.contains("did not end within 8 s"), "{words}");
    // Nobody hears it any more, and it is kept.
    latch.open();
    let token = scene.machines[1].run(&["token"]).succeeds().stdout;
    here.run(&["token", "--deadline", "3s"]).exits(5);
    here.link.set("up");
    here.run(&["token"]).succeeds().prints(&token);
    scene.owner.run(&["token", "-p", "w"]).succeeds().prints(&token);
    assert_eq!((vendor.requests().len(), vendor.reused()), (1, Vec::<String>::new()));
    // Offline a token that was lent is printed still.
    here.link.set("down");
    here.run(&["token"]).succeeds().prints(&token);
    let at_hand = here.run(&["token", "--min-ttl", "45m", "--deadline", "3s"]).succeeds().prints(&token);
    assert!(
        at_hand.stderr.contains("the token at hand") || at_hand.stderr.contains("is cut to half"),
        "{at_hand:?}"
    );
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_slow_server_is_waited_for_as_long_as_the_caller_likes() {
    let vendor = strict(0);
    let scene = Scene::new(&vendor);
    scene.serves("sleep 4; exec");
    let here = &scene.machines[0];
    here.run(&["token", "--deadline", "2s"]).exits(5).says("did not end within 2 s");
    let children: Vec<Child> = (0..20).map(|_| here.spawn(&["token"])).collect();
    for child in children {
        assert!(child.wait_with_output().expect("it ends").status.success());
    }
    assert!(scene.connections() <= 2 && vendor.requests().len() == 1);
}

/// Whatever is asked for in its place, the key runs the one command, for the one profile.
#[test]
#[ignore = "`make test-real` runs it"]
fn a_key_reaches_no_other_profile_and_no_other_command() {
    let vendor = strict(0);
    let mut scene = Scene::new(&vendor);
    scene.machines[0].world.change("store = \"box\"", "store = \"box\"\naccount = \"x\"");
    scene.machines[0].run(&["token"]).exits(3).says("it serves no profile `x` to this machine");
    scene.machines[0].world.change("account = \"x\"", "account = \"nobody\"");
    scene.machines[0].run(&["token"]).exits(3).says("it serves no profile `nobody` to this machine");
    scene.machines[0].world.change("account = \"nobody\"\n", "");
    scene.machines[0].run(&["logout", "--owner"]).exits(3).says("does not log out");
    assert_eq!(vendor.requests().len(), 0);
    scene.machines[0].world.change("\"tokcli\"]", "\"tokcli\", \"token\", \"-p\", \"x\", \"#\"]");
    let connections = scene.owner.path().join("connections");
    fs::remove_file(&connections).expect("it was asked");
    scene.machines[0].run(&["token"]).succeeds();
    let asked = fs::read_to_string(&connections).expect("it was asked");
    assert_eq!(asked, "tokcli token -p x # serve-once\n");
    assert_eq!(vendor.requests().len(), 1);
}
