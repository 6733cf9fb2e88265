//! Libraries that are loaded into tokcli to show it another clock, boot, user, passwd or hosts file.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use nix::time::{ClockId, clock_gettime};

use crate::world::World;

/// Another clock and another effective user. The C compiler is one that the build needs anyway.
pub struct Shim {
    library: String,
}

impl Shim {
    pub fn build(world: &World) -> Shim {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/stories/shim.c");
        let library = world.path().join("shim.so").display().to_string();
        let built = Command::new("cc").args(["-shared", "-fPIC", "-o", &library, source]).status();
        assert!(built.expect("a C compiler").success());
        Shim { library }
    }

    pub fn library(&self) -> &str {
        &self.library
    }

    /// Seconds since 1970.
    pub fn at(&self, world: &mut World, seconds: i64) {
        world.set("LD_PRELOAD", &self.library);
        world.set("SHIM_CLOCK", &seconds.to_string());
    }

    /// The machine was started as the boot of this name, and so many seconds ago.
    pub fn booted(&self, world: &mut World, boot: &str, seconds: i64) {
        world.write("boot_id", &format!("{boot}\n"));
        world.set("LD_PRELOAD", &self.library);
        world.set("SHIM_BOOT", &world.path().join("boot_id").display().to_string());
        let up = clock_gettime(ClockId::CLOCK_BOOTTIME).expect("a clock").tv_sec();
        world.set("SHIM_UP_LONGER", &(seconds - up).to_string());
    }

    /// The wall clock is set wrong by so many seconds.
    pub fn ahead(&self, world: &mut World, seconds: i64) {
        world.set("LD_PRELOAD", &self.library);
        world.set("SHIM_AHEAD", &seconds.to_string());
    }

    /// The same boot, by another clock: as in a time namespace, or before the machine was put back to an earlier state.
    pub fn up_longer(&self, world: &mut World, seconds: i64) {
        world.set("LD_PRELOAD", &self.library);
        world.set("SHIM_UP_LONGER", &seconds.to_string());
    }

    /// So many seconds from now, by wall and boot clock.
    pub fn later(&self, world: &mut World, seconds: i64) {
        world.set("LD_PRELOAD", &self.library);
        world.set("SHIM_LATER", &seconds.to_string());
    }

    /// From when this file is there, the machine has slept as many seconds as it says.
    pub fn asleep(&self, world: &mut World) -> PathBuf {
        let path = world.path().join("asleep");
        world.set("LD_PRELOAD", &self.library);
        world.set("SHIM_ASLEEP", &path.display().to_string());
        path
    }

    /// The ports of the first are reached by way of the second.
    pub fn ways(&self, world: &mut World, ways: &[(u16, u16)]) {
        let ways: Vec<String> = ways.iter().map(|(from, by)| format!("{from}>{by}")).collect();
        world.set("LD_PRELOAD", &self.library);
        world.set("SHIM_WAYS", &ways.join(" "));
    }

    pub fn user(&self, world: &mut World, uid: u32) {
        world.set("LD_PRELOAD", &self.library);
        world.set("SHIM_UID", &uid.to_string());
    }
}

/// The passwd file is this; nss_wrapper shows it in place of the machine's.
pub fn passwd(world: &mut World, text: &str) {
    for (name, file, text) in
        [("NSS_WRAPPER_PASSWD", "passwd", text), ("NSS_WRAPPER_GROUP", "group", "all:x:0:\n")]
    {
        fs::write(world.path().join(file), text).expect("written");
        world.set(name, &world.path().join(file).display().to_string());
    }
    world.set("LD_PRELOAD", "libnss_wrapper.so");
}

/// The same for the hosts file.
pub fn hosts(world: &mut World, text: &str) {
    fs::write(world.path().join("hosts"), text).expect("written");
    world.set("NSS_WRAPPER_HOSTS", &world.path().join("hosts").display().to_string());
    world.set("LD_PRELOAD", "libnss_wrapper.so");
}

/// What only root can make: rows that need another owner are for root alone.
pub fn is_root() -> bool {
    own_uid() == 0
}

pub fn own_uid() -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").expect("/proc").uid()
}
