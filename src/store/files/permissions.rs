//! Whose a file is, and who else may use it.

#![expect(clippy::disallowed_methods, reason = "the door opens with these")]

use std::fs;
use std::io;
use std::path::Path;

pub(super) use system::{
    append_options, check_owner, check_owner_of, check_writers, is_empty_and_ours, new_directory,
    new_options, node, node_at, options, restrict, take_after, tighten,
};

/// What tells one file from another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Identity([u64; 2]);

/// What the file system says of a file, under whatever name.
pub(super) struct Node {
    pub(super) identity: Identity,
    /// How many lead to it.
    pub(super) names: u64,
}

impl Identity {
    pub(in crate::store) fn words(self) -> String {
        let [device, number] = self.0;
        format!("{device}:{number}")
    }
}

/// Whether a hint about it would be one to tighten it.
pub(in crate::store) fn is_loose(path: &Path, outer: bool) -> bool {
    let check = if outer { check_writers } else { check_owner };
    let told = fs::symlink_metadata(path).ok().and_then(|facts| check(path, &facts).err());
    told.and_then(|error| error.hint).is_some_and(|hint| hint.starts_with(TIGHTEN))
}

/// Does what such a hint says.
pub(in crate::store) fn take_from_others(path: &Path) -> io::Result<()> {
    system::close_to_others(path)
}

/// How a hint begins that takes others the use of files.
pub(in crate::store) const TIGHTEN: &str =
    if cfg!(windows) { "`tokcli doctor --fix` removes their access" } else { "chmod go= " };

/// Such a hint about files whose names are quoted.
pub(in crate::store) fn tightening(names: &[String]) -> String {
    if cfg!(windows) { TIGHTEN.to_owned() } else { format!("{TIGHTEN}{}", names.join(" ")) }
}

#[cfg(unix)]
mod system {
    use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
    use std::path::Path;

    use super::{Identity, Node, tightening};
    use crate::base::error::{Error, Result, damaged};
    use crate::base::shell::quoted;
    use crate::base::{groups, writers};

    pub(in crate::store::files) fn options(write: bool) -> OpenOptions {
        let mut options = OpenOptions::new();
        // Not blocking, so that a FIFO in our place is seen for what it is.
        let flags = nix::fcntl::OFlag::O_NOFOLLOW | nix::fcntl::OFlag::O_NONBLOCK;
        options.read(true).write(write).mode(0o600).custom_flags(flags.bits());
        options
    }

    /// To make one.
    pub(in crate::store::files) fn new_options() -> OpenOptions {
        let mut options = options(true);
        options.create_new(true);
        options
    }

    /// A mask can only take from its mode.
    pub(in crate::store::files) fn append_options() -> OpenOptions {
        let mut options = options(false);
        options.append(true);
        options
    }

    pub(in crate::store::files) fn new_directory(path: &Path) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(path)?;
        std::fs::set_permissions(path, Permissions::from_mode(0o700))
    }

    /// Whatever the umask left of it.
    pub(in crate::store::files) fn restrict(file: &File) -> io::Result<()> {
        file.set_permissions(Permissions::from_mode(0o600))
    }

    pub(in crate::store::files) fn check_owner(path: &Path, facts: &Metadata) -> Result<()> {
        check_user(path, facts, false)?;
        let mode = facts.mode();
        // A volume that is made fit for a pod gets the pod's own group.
        let pods =
            || mode & 0o007 == 0 && !groups::is_own_by_name(facts.gid()) && groups::is_private(facts.gid());
        if mode & 0o077 == 0 || pods() { Ok(()) } else { Err(loose("may use", path, facts)) }
    }

    /// `facts`: those of the file.
    pub(in crate::store::files) fn check_owner_of(path: &Path, _: &File, facts: &Metadata) -> Result<()> {
        check_owner(path, facts)
    }

    /// That others can look into it does no harm.
    pub(in crate::store::files) fn check_writers(path: &Path, facts: &Metadata) -> Result<()> {
        check_user(path, facts, true)?;
        if writers::others_can_write(path, facts) { Err(loose("may use", path, facts)) } else { Ok(()) }
    }

    fn check_user(path: &Path, facts: &Metadata, or_root: bool) -> Result<()> {
        let (name, owner) = (path.display(), facts.uid());
        if owner == nix::unistd::geteuid().as_raw() || (or_root && owner == 0) {
            return Ok(());
        }
        Err(damaged(format!("{name} belongs to another user (uid {owner})")))
    }

    /// Only its owner can tighten it.
    fn loose(what: &str, path: &Path, facts: &Metadata) -> Error {
        let (name, mode) = (path.display(), facts.mode() & 0o7777);
        let error = damaged(format!("others {what} {name} (mode {mode:04o})"));
        // One that all may put something into is there for others, too, whoever owns it.
        if facts.uid() == nix::unistd::geteuid().as_raw() && mode & 0o1000 == 0 {
            return error.hint(tightening(&[quoted(&name.to_string())]));
        }
        let below = path.join("tokcli");
        error.hint(format!("set `TOKCLI_STATE_DIR` to a separate directory, such as {}", below.display()))
    }

    pub(in crate::store::files) fn is_empty_and_ours(path: &Path, facts: &Metadata) -> bool {
        let ours = facts.uid() == nix::unistd::geteuid().as_raw();
        ours && std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
    }

    /// An empty directory of ours is closed to others; `false`: it is not, or not empty.
    pub(in crate::store::files) fn tighten(path: &Path, facts: &Metadata) -> bool {
        facts.mode() & 0o777 == 0o700 && facts.uid() == nix::unistd::geteuid().as_raw()
            || is_empty_and_ours(path, facts)
                && std::fs::set_permissions(path, Permissions::from_mode(0o700)).is_ok()
    }

    /// Not through a symlink, whatever others put there meanwhile.
    pub(in crate::store::files) fn close_to_others(path: &Path) -> io::Result<()> {
        let file = options(false).open(path)?;
        let mode = file.metadata()?.mode();
        file.set_permissions(Permissions::from_mode(mode & 0o7700))
    }

    /// Its mode, its owner and its group.
    pub(in crate::store::files) fn take_after(file: &File, before: &Metadata) -> io::Result<()> {
        let now = file.metadata()?;
        if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
            std::os::unix::fs::fchown(file, Some(before.uid()), Some(before.gid()))?;
        }
        file.set_permissions(Permissions::from_mode(before.mode() & 0o7777))
    }

    /// `facts`: its own.
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it is asked once more")]
    pub(in crate::store::files) fn node(_: &File, facts: &Metadata) -> io::Result<Node> {
        Ok(of(facts))
    }

    /// Of a symlink itself.
    pub(in crate::store::files) fn node_at(path: &Path) -> io::Result<Node> {
        std::fs::symlink_metadata(path).map(|facts| of(&facts))
    }

    fn of(facts: &Metadata) -> Node {
        Node { identity: Identity([facts.dev(), facts.ino()]), names: facts.nlink() }
    }
}

#[cfg(windows)]
mod system {
    use std::fs::{File, Metadata, OpenOptions};
    use std::io;
    use std::os::windows::fs::OpenOptionsExt as _;
    use std::path::Path;

    use windows_sys::Win32::Foundation::{GENERIC_READ, GENERIC_WRITE};
    use windows_sys::Win32::Storage::FileSystem::{FILE_FLAG_OPEN_REPARSE_POINT, READ_CONTROL, WRITE_DAC};

    use super::{Identity, Node, tightening};
    use crate::base::acl::{self, Access};
    use crate::base::error::{Error, Result, damaged, unavailable};

    /// A link is opened itself, and seen for what it is.
    pub(in crate::store::files) fn options(write: bool) -> OpenOptions {
        let mut options = OpenOptions::new();
        options.read(true).write(write).custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
        options
    }

    /// To make one, and to close it to others.
    pub(in crate::store::files) fn new_options() -> OpenOptions {
        let mut options = options(true);
        options.create_new(true).access_mode(GENERIC_READ | GENERIC_WRITE | WRITE_DAC);
        options
    }

    pub(in crate::store::files) fn append_options() -> OpenOptions {
        let mut options = OpenOptions::new();
        options.append(true).custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
        options
    }

    pub(in crate::store::files) fn new_directory(path: &Path) -> io::Result<()> {
        std::fs::create_dir(path)?;
        close_to_others(path)
    }

    /// Whatever its directory says.
    pub(in crate::store::files) fn restrict(file: &File) -> io::Result<()> {
        acl::close_to_others(file)
    }

    pub(in crate::store::files) fn check_owner(path: &Path, _: &Metadata) -> Result<()> {
        checked(path, looked(path), Access::others_can_use, "may use")
    }

    pub(in crate::store::files) fn check_owner_of(path: &Path, file: &File, _: &Metadata) -> Result<()> {
        checked(path, acl::look(file), Access::others_can_use, "may use")
    }

    /// That others can look into it does no harm.
    pub(in crate::store::files) fn check_writers(path: &Path, _: &Metadata) -> Result<()> {
        checked(path, looked(path), Access::others_can_write, "may write")
    }

    fn looked(path: &Path) -> io::Result<Access> {
        acl::look(&acl::open(path, true, READ_CONTROL)?)
    }

    fn checked(
        path: &Path,
        access: io::Result<Access>,
        others: fn(&Access) -> bool,
        what: &str,
    ) -> Result<()> {
        let name = path.display();
        let access = access
            .map_err(|cause| unavailable(format!("cannot find out who may use {name}")).because(&cause))?;
        if let Some(owner) = access.stranger() {
            return Err(damaged(format!("{name} belongs to another user ({owner})")));
        }
        if others(&access) { Err(loose(what, path)) } else { Ok(()) }
    }

    fn loose(what: &str, path: &Path) -> Error {
        damaged(format!("others {what} {}", path.display())).hint(tightening(&[]))
    }

    pub(in crate::store::files) fn is_empty_and_ours(path: &Path, _: &Metadata) -> bool {
        // What an administrator makes may belong to all of them.
        let ours = looked(path).is_ok_and(|access| access.stranger().is_none());
        ours && std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
    }

    pub(in crate::store::files) fn tighten(path: &Path, facts: &Metadata) -> bool {
        check_owner(path, facts).is_ok() || is_empty_and_ours(path, facts) && close_to_others(path).is_ok()
    }

    pub(in crate::store::files) fn close_to_others(path: &Path) -> io::Result<()> {
        acl::close_to_others(&acl::open(path, true, WRITE_DAC)?)
    }

    /// Its list is that of its directory.
    pub(in crate::store::files) fn take_after(_: &File, _: &Metadata) -> io::Result<()> {
        Ok(())
    }

    pub(in crate::store::files) fn node(file: &File, _: &Metadata) -> io::Result<Node> {
        let facts = winapi_util::file::information(file)?;
        let identity = Identity([facts.volume_serial_number(), facts.file_index()]);
        Ok(Node { identity, names: facts.number_of_links() })
    }

    /// Of a link itself.
    pub(in crate::store::files) fn node_at(path: &Path) -> io::Result<Node> {
        let file = acl::open(path, true, 0)?;
        node(&file, &file.metadata()?)
    }
}
