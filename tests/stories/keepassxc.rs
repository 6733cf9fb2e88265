//! Another real Secret Service: KeePassXC, without a screen. It acknowledges a
//! write before it saves it.

use std::fs;
use std::io::Write as _;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use crate::permits::Permit;
use crate::secret_service::{self as bus, end};
use crate::sequence::wait_for;

const ALIAS: &str = "/org/freedesktop/secrets/aliases/default";
const PASSWORD: &[u8] = b"password\n";

/// A group that is offered to other programs: KeePassXC knows it by the database's own data.
const DATABASE: &str = "<KeePassFile><Meta><CustomData><Item><Key>FDO_SECRETS_EXPOSED_GROUP</Key>\
    <Value>{01010101-0101-0101-0101-010101010101}</Value></Item></CustomData></Meta>\
    <Root><Group><UUID>AQEBAQEBAQEBAQEBAQEBAQ==</UUID><Name>offered</Name></Group></Root></KeePassFile>";
const SETTINGS: &str = "[General]\nConfigVersion=2\nUpdateCheckMessageShown=true\n\
    [FdoSecrets]\nEnabled=true\nShowNotification=false\nConfirmAccessItem=false\nConfirmDeleteItem=false\n\
    [GUI]\nCheckForUpdates=false\nShowTrayIcon=false\n";

pub struct KeePassXc {
    home: TempDir,
    bus: Child,
    program: Child,
    _permit: Permit,
}

impl KeePassXc {
    pub fn start() -> KeePassXc {
        let _permit = Permit::of_a_daemon();
        let home = bus::make_home();
        fs::write(home.path().join("settings.ini"), SETTINGS).expect("written");
        fs::write(home.path().join("database.xml"), DATABASE).expect("written");
        let mut import = Command::new("keepassxc-cli");
        bus::environment(&mut import, home.path());
        import.args(["import", "-q", "-p", "-t", "100", "database.xml", "database.kdbx"]);
        feed(import.current_dir(home.path()), &PASSWORD.repeat(2)).wait().expect("it ends");
        let bus = bus::start_bus(home.path());
        let program = start_program(&home);
        let started = KeePassXc { home, bus, program, _permit };
        started.wait_until_ready();
        started
    }

    pub fn environment(&self) -> Vec<(String, String)> {
        vec![("DBUS_SESSION_BUS_ADDRESS".into(), bus::address(self.home.path()))]
    }

    /// From now on it acknowledges what it cannot save. Gives the database as it was saved last.
    pub fn disk_full(&self) -> Vec<u8> {
        let pid = self.program.id().to_string();
        let limited = Command::new("prlimit").args(["--pid", &pid, "--fsize=0:"]).status();
        assert!(limited.expect("prlimit runs").success());
        self.database()
    }

    /// kill -9 before it has saved anything new, and a new one over the database as it was `saved`.
    pub fn kill_and_restart(&mut self, saved: &[u8]) {
        end(&mut self.program);
        // After several vain tries it writes in place, and leaves nothing.
        fs::write(self.home.path().join("database.kdbx"), saved).expect("written");
        self.program = start_program(&self.home);
        self.wait_until_ready();
    }

    /// `None`: there is no item.
    pub fn lookup(&self, account: &str) -> Option<String> {
        let found = self.output("secret-tool", &["lookup", "service", "tokcli", "username", account]);
        found.status.success().then(|| String::from_utf8(found.stdout).expect("ASCII"))
    }

    /// Until the database is on the disk as it was last changed, as far as one can see.
    pub fn wait_until_saved(&self, before: &[u8]) {
        wait_for(|| self.database() != before);
    }

    pub fn database(&self) -> Vec<u8> {
        fs::read(self.home.path().join("database.kdbx")).unwrap_or_default()
    }

    fn output(&self, program: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(program);
        bus::environment(&mut command, self.home.path());
        command.args(arguments).output().expect("it runs")
    }

    fn wait_until_ready(&self) {
        let default = ["call", "--session", "-d", "org.freedesktop.secrets", "-o", ALIAS, "-m"];
        let locked = ["org.freedesktop.DBus.Properties.Get", "org.freedesktop.Secret.Collection", "Locked"];
        wait_for(|| {
            let read = self.output("gdbus", &[&default[..], &locked].concat());
            String::from_utf8_lossy(&read.stdout).contains("false")
        });
    }
}

impl Drop for KeePassXc {
    fn drop(&mut self) {
        end(&mut self.program);
        end(&mut self.bus);
    }
}

fn start_program(home: &TempDir) -> Child {
    let mut command = Command::new("env");
    bus::environment(&mut command, home.path());
    // A limit on the size of its files is to be an error, and no death.
    command.args(["--ignore-signal=XFSZ", "keepassxc"]);
    command.env("QT_QPA_PLATFORM", "offscreen").env("TMPDIR", home.path().join("run"));
    command.args(["--config", "settings.ini", "--localconfig", "local.ini", "--pw-stdin", "database.kdbx"]);
    feed(command.current_dir(home.path()), PASSWORD)
}

fn feed(command: &mut Command, input: &[u8]) -> Child {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("KeePassXC is installed (`make test` installs it)");
    child.stdin.take().expect("piped").write_all(input).expect("it reads its password");
    child
}
