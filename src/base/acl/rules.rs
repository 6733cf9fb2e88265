//! Only this user, the system and its administrators may use a file.

/// Security identifiers (SIDs) in their usual spelling.
const SYSTEM: &str = "S-1-5-18";
const ADMINISTRATORS: &str = "S-1-5-32-544";
/// Who installs Windows and its parts.
const TRUSTED_INSTALLER: &str = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";
/// The owner, whoever that is: it is looked at by itself.
const OWNER_RIGHTS: &str = "S-1-3-4";

/// Rights of a file or a directory, as bits of an access mask.
const READ: u32 = 0x8000_0000 | 0x1000_0000 | 0x1;
/// What is in it, what lies below it, whether it is there, and who may use it.
const WRITE: u32 = 0x4000_0000 | 0x1000_0000 | 0x000D_0000 | 0x40 | 0x4 | 0x2;

/// What Windows says of one file.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    /// Whom this program runs for.
    pub(crate) user: String,
    pub(crate) owner: String,
    /// Who may do what. `None`: there is no list, so everybody may do everything.
    pub(crate) allowed: Option<Vec<(String, u32)>>,
}

impl Access {
    /// That it belongs to somebody else, who could change whatever the list says: to whom.
    pub(crate) fn stranger(&self) -> Option<&str> {
        (!self.is_trusted(&self.owner)).then_some(self.owner.as_str())
    }

    /// Whether others can write it.
    pub(crate) fn others_can_write(&self) -> bool {
        self.others_can(WRITE)
    }

    /// Whether others can read or write it.
    pub(crate) fn others_can_use(&self) -> bool {
        self.others_can(READ | WRITE)
    }

    /// Somebody who is allowed something may be forbidden it all the same; that is not looked into.
    fn others_can(&self, rights: u32) -> bool {
        let Some(allowed) = &self.allowed else { return true };
        allowed.iter().any(|(who, may)| may & rights != 0 && !self.is_trusted(who))
    }

    fn is_trusted(&self, who: &str) -> bool {
        who == self.user || [SYSTEM, ADMINISTRATORS, TRUSTED_INSTALLER, OWNER_RIGHTS].contains(&who)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "S-1-5-21-1-2-3-1001";
    const EVERYONE: &str = "S-1-1-0";
    const FULL: u32 = 0x001F_01FF;
    const READ_AND_EXECUTE: u32 = 0x0012_00A9;
    const MODIFY: u32 = 0x0013_01BF;

    fn access(owner: &str, allowed: &[(&str, u32)]) -> Access {
        let allowed = allowed.iter().map(|(who, may)| ((*who).to_owned(), *may)).collect();
        Access { user: USER.into(), owner: owner.into(), allowed: Some(allowed) }
    }

    #[test]
    fn the_user_the_system_and_administrators_are_trusted_and_nobody_else() {
        let private = access(USER, &[(SYSTEM, FULL), (ADMINISTRATORS, FULL), (USER, FULL)]);
        assert!(private.stranger().is_none() && !private.others_can_use());
        // What an administrator makes may belong to all of them.
        assert!(access(ADMINISTRATORS, &[(OWNER_RIGHTS, FULL)]).stranger().is_none());
        for (may, writes, uses) in [
            (FULL, true, true),
            (MODIFY, true, true),
            (READ_AND_EXECUTE, false, true),
            (0x2, true, true),
            // Only its attributes.
            (0x80, false, false),
            (0x0004_0000, true, true),
            (0x4000_0000, true, true),
            (0x8000_0000, false, true),
        ] {
            for who in [EVERYONE, "S-1-5-32-545", "S-1-5-21-1-2-3-1002"] {
                let open = access(USER, &[(USER, FULL), (who, may)]);
                assert_eq!((open.others_can_write(), open.others_can_use()), (writes, uses), "{who} {may:x}");
            }
        }
        let strange = access("S-1-5-21-1-2-3-1002", &[(USER, FULL)]);
        assert_eq!(strange.stranger(), Some("S-1-5-21-1-2-3-1002"));
        let listless = Access { allowed: None, ..private };
        assert!(listless.others_can_write() && listless.others_can_use());
        let nobodys = access(USER, &[]);
        assert!(!nobodys.others_can_use(), "an empty list lets nobody in");
    }
}
