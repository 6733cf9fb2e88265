//! Whether a group is one user's alone: then what it can write, nobody else can. So it is where every user has a group
//! of their own name (and a umask of 002), and with the group that a pod's volumes are given.
//!
//! The rule that matters: what cannot be told counts as a group of others.

use std::collections::BTreeSet;

use super::users::{group, user};

/// The user's first one, as a machine with users lists it: there a mask is a choice, and no mount's doing.
pub(crate) fn is_own_by_name(number: u32) -> bool {
    is_own(number) && !matches!(group(number), Ok(None))
}

/// The effective one.
fn is_own(group: u32) -> bool {
    nix::unistd::getegid().as_raw() == group
}

/// Root's group has other users in it in many containers, whoever is listed.
pub(crate) fn is_private(number: u32) -> bool {
    let own = nix::unistd::geteuid();
    let name = user(own).ok().flatten().map(|user| user.name);
    let listed = group(number);
    let primary = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    number != 0
        && has_us(number)
        && users_of(&primary, number).iter().all(|other| *other == own.as_raw())
        && listed.is_ok_and(|listed| listed.is_none_or(|it| belongs_to(&it.name, &it.mem, name.as_deref())))
}

/// A group that has a name is one user's if the name is theirs: the members of others are not always listed here.
fn belongs_to(group: &str, members: &[String], user: Option<&str>) -> bool {
    user == Some(group) && members.iter().all(|member| member == group)
}

/// Those whose first group it is.
fn users_of(passwd: &str, group: u32) -> BTreeSet<u32> {
    let user = |line: &str| {
        let mut fields = line.split(':').skip(2);
        let (user, first) = (fields.next()?.parse().ok()?, fields.next()?.parse::<u32>().ok()?);
        (first == group).then_some(user)
    };
    passwd.lines().filter_map(user).collect()
}

#[cfg(not(target_os = "macos"))]
fn has_us(group: u32) -> bool {
    is_own(group)
        || nix::unistd::getgroups().is_ok_and(|groups| groups.iter().any(|own| own.as_raw() == group))
}

#[cfg(target_os = "macos")]
fn has_us(group: u32) -> bool {
    is_own(group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_one_users_if_it_bears_their_name_and_nobody_else_is_in_it() {
        let named = |members: &[&str], user| {
            belongs_to("ann", &members.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>(), user)
        };
        assert!(named(&[], Some("ann")) && named(&["ann"], Some("ann")));
        assert!(!named(&["ann", "bob"], Some("ann")) && !named(&[], Some("bob")) && !named(&[], None));
        let passwd = "root:x:0:0::/:/bin/sh\nann:x:1000:1000::/home/ann:\nbob:x:1001:1000::/:\nbroken\n:::\n";
        assert_eq!(users_of(passwd, 1000), BTreeSet::from([1000, 1001]));
        assert_eq!(users_of(passwd, 7), BTreeSet::new());
        assert!(!is_private(0), "root's");
        assert!(!is_private(u32::MAX - 7), "not ours");
    }
}
