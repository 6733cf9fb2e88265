//! systemd itself, as the first process of a namespace, on a layer over the machine's root that is gone afterwards: the unit
//! of docs/unattended.md runs there as the page has it.

use std::fs;
use std::process::{Command, Stdio};

use crate::sequence::wait_for;
use crate::servers::block;
use crate::stand_in::{StandIn, Vendor};
use crate::world::{On, World};

/// What a boot loader and an initial file system do. Of the world it sees `/mnt`.
const BOOT: &str = r#"set -e
mount -t tmpfs none "$1/layer"
mkdir -p "$1/layer/upper" "$1/layer/work" "$1/layer/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/layer/upper,workdir=$1/layer/work" "$1/layer/root"
cd "$1/layer/root"
mount -t proc proc proc
mount --bind /sys sys
mount -t tmpfs none sys/fs/cgroup
mkdir sys/fs/cgroup/systemd
mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd || exit 77
mount -t tmpfs none dev
for name in null zero full random urandom tty; do touch dev/$name; mount --bind /dev/$name dev/$name; done
mkdir dev/shm dev/pts old
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
touch dev/console
mount -t tmpfs -o mode=755 none run
mkdir run/lock
mount --bind "$1" mnt
pivot_root . old
cd /
sh -eu /mnt/prepare
mount --make-rshared /
umount -l /old
exec env -i container=story PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=story.target --log-target=null
"#;

const PREPARE: &str = r"rm -f /var/lib/systemd/credential.secret
cp /mnt/tokcli /mnt/tokcli-engine /usr/bin
cp /mnt/worker.service /mnt/worker-tokens.service /mnt/worker-tokens.timer /mnt/story.service /mnt/story.target /etc/systemd/system
install -m 755 /mnt/worker /usr/local/bin/worker
";

/// A start is over when the worker has run.
const SCRIPT: &str = r"for start in 1 2 3; do
    rm -f /var/lib/private/worker/worked
    systemctl start worker
    until [ -s /var/lib/private/worker/worked ] || systemctl is-failed -q worker; do sleep 0.1; done
    cp /var/lib/private/worker/worked /mnt/out/token-$start
    systemctl stop worker
done
systemctl start dbus.socket dbus
sh -eu /mnt/look >/mnt/out/status
script -qec 'sh -eu /mnt/look' /dev/null >/mnt/out/at-a-terminal
systemctl enable --now worker-tokens.timer
systemctl is-active worker-tokens.timer >/mnt/out/timer
# Beside the worker, whose user it shares.
systemctl start worker
systemctl start worker-tokens && echo done >/mnt/out/tokens
systemctl is-active worker >>/mnt/out/tokens
stat -c %a /var/lib/private/worker >>/mnt/out/tokens
journalctl -u worker-tokens -o cat --no-pager >>/mnt/out/tokens
systemctl stop worker
journalctl -u worker --no-pager >/mnt/out/journal
";

#[test]
#[ignore = "needs root, and a machine where systemd can be the first of a namespace: `make test-real`"]
fn the_unit_of_the_page_runs_under_systemd() {
    assert!(crate::shim::is_root(), "mounts are root's");
    let vendor = StandIn::start(Vendor::Fbox);
    let world = World::on(On::File);
    let at = |name: &str| world.path().join(name);
    ["layer", "out"].into_iter().for_each(|name| fs::create_dir(at(name)).expect("made"));
    for (program, name) in
        [(env!("CARGO_BIN_EXE_tokcli"), "tokcli"), (env!("CARGO_BIN_EXE_tokcli-engine"), "tokcli-engine")]
    {
        fs::copy(program, at(name)).expect("copied");
    }
    let profiles = block("toml", "[profiles.work]").replace("https://fbox360.com", &vendor.origin());
    let profiles = profiles.replace("dev1", vendor.client_id());
    let encrypt = block("sh", "systemd-creds encrypt")
        .replace(
            "systemd-ask-password --echo=no \"client secret:\"",
            &format!("printf %s '{}'", vendor.client_secret()),
        )
        .replace(
            "systemd-ask-password --echo=no \"refresh token:\"",
            &format!("printf %s '{}'", vendor.login().refresh_token),
        );
    for (name, text) in [
        ("boot", BOOT),
        ("prepare", &format!("{PREPARE}{encrypt}cat >/etc/tokcli/profiles.toml <<'END'\n{profiles}END\n")),
        ("script", SCRIPT),
        ("look", &block("sh", "tokcli status")),
        ("worker.service", &block("ini", "[Service]")),
        ("worker-tokens.service", &block("ini", "Type=oneshot")),
        ("worker-tokens.timer", &block("ini", "[Timer]")),
        (
            "worker",
            "#!/bin/sh\numask 077\nprintf %s \"$API_TOKEN\" >\"$STATE_DIRECTORY/worked\"\nexec sleep 60\n",
        ),
        ("story.target", "[Unit]\nDefaultDependencies=no\nRequires=story.service\n"),
        (
            "story.service",
            "[Unit]\nDefaultDependencies=no\nAfter=systemd-journald.socket\n[Service]\nType=oneshot\n\
             ExecStart=/bin/sh -c 'sh /mnt/script; touch /mnt/out/done'\n",
        ),
    ] {
        fs::write(at(name), text).expect("written");
    }
    let mut boot = Command::new("unshare");
    boot.args(["-m", "-p", "-C", "-i", "-u", "--fork", "--kill-child", "bash"])
        .arg(at("boot"))
        .arg(world.path());
    let mut booted =
        boot.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("unshare runs");
    wait_for(|| at("out/done").exists() || booted.try_wait().expect("ours").is_some());
    let _ = booted.kill();
    booted.wait().expect("ours");
    let read = |name: &str| fs::read_to_string(at(name)).unwrap_or_default();
    let journal = read("out/journal");
    for start in 1..=3 {
        assert!(vendor.accepts(&read(&format!("out/token-{start}"))), "start {start}: {journal}");
    }
    assert!(journal.contains("imported the credential `work` into the store `server`"), "{journal}");
    assert!(!journal.contains("canary"), "{journal}");
    assert!(read("out/status").contains("valid"), "{}", read("out/status"));
    assert!(read("out/at-a-terminal").contains("valid"), "{}", read("out/at-a-terminal"));
    assert_eq!(read("out/timer"), "active\n");
    let tokens = read("out/tokens");
    assert!(tokens.starts_with("done\nactive\n700\n") && tokens.contains("work: not_due"), "{tokens}");
    assert_eq!(vendor.requests().len(), 1, "the state directory keeps what came");
}
