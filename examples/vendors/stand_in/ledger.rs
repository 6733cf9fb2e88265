//! What a vendor remembers of the logins it gave: families of tokens, which refresh token is spent, which token still lives.
//!
//! The rule: a refresh token is good once. A family is one login and everything that came of it by refreshing.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

/// The access and refresh token of one answer, with all that an answer says about them.
#[derive(Clone)]
pub struct Pair {
    pub refresh: String,
    pub access: String,
    pub issued: Timestamp,
    /// Lives in seconds.
    pub access_lifetime: u64,
    pub refresh_lifetime: u64,
    /// Counts the pairs of this vendor from 1.
    pub number: u64,
    /// False when the same refresh token goes on.
    pub rotated: bool,
    /// What its access token is for.
    pub scope: Option<String>,
}

impl Pair {
    pub fn access_dies(&self) -> Timestamp {
        after(self.issued, self.access_lifetime)
    }

    pub fn refresh_dies(&self) -> Timestamp {
        after(self.issued, self.refresh_lifetime)
    }
}

#[derive(Clone)]
struct Refresh {
    family: usize,
    dies: Timestamp,
    spent: bool,
}

#[derive(Clone)]
struct Access {
    family: usize,
    dies: Timestamp,
    scope: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Live,
    Spent,
    /// Expired or revoked.
    Dead,
    /// Never issued here.
    Unknown,
}

#[derive(Clone, Default)]
pub struct Ledger {
    /// The newest pair of each family.
    current: Vec<Pair>,
    refresh: HashMap<String, Refresh>,
    access: HashMap<String, Access>,
    sends: HashMap<String, usize>,
    reused: Vec<String>,
}

impl Ledger {
    /// Begins a family.
    pub fn begin(&mut self, pair: Pair) {
        let family = self.current.len();
        self.current.push(pair.clone());
        self.enter(family, &pair);
    }

    /// Begins a family that cannot be refreshed.
    pub fn begin_for_once(&mut self, pair: Pair) {
        self.begin(pair.clone());
        self.refresh.remove(&pair.refresh);
    }

    /// Goes on with the family of `old`, a token known to be live.
    pub fn rotate(&mut self, old: &str, pair: Pair) {
        let Some(entry) = self.refresh.get_mut(old) else {
            return;
        };
        entry.spent = true;
        let family = entry.family;
        self.current[family] = pair.clone();
        self.enter(family, &pair);
    }

    fn enter(&mut self, family: usize, pair: &Pair) {
        let refresh = Refresh { family, dies: pair.refresh_dies(), spent: false };
        let access = Access { family, dies: pair.access_dies(), scope: pair.scope.clone() };
        self.refresh.insert(pair.refresh.clone(), refresh);
        self.access.insert(pair.access.clone(), access);
    }

    /// Somebody presented this refresh token, whatever comes of it.
    pub fn present(&mut self, refresh: &str) -> Standing {
        *self.sends.entry(refresh.to_owned()).or_default() += 1;
        let standing = self.standing(refresh);
        if standing == Standing::Spent {
            self.reused.push(refresh.to_owned());
        }
        standing
    }

    fn standing(&self, refresh: &str) -> Standing {
        match self.refresh.get(refresh) {
            None => Standing::Unknown,
            Some(entry) if entry.spent => Standing::Spent,
            Some(entry) if entry.dies <= Timestamp::now() => Standing::Dead,
            Some(_) => Standing::Live,
        }
    }

    pub fn revoke_family(&mut self, refresh: &str) {
        let Some(family) = self.refresh.get(refresh).map(|entry| entry.family) else {
            return;
        };
        let now = Timestamp::now();
        self.refresh.values_mut().filter(|r| r.family == family).for_each(|r| r.dies = now);
        self.access.values_mut().filter(|a| a.family == family).for_each(|a| a.dies = now);
    }

    /// A refresh token dies with all of its login, an access token alone; whatever else is nobody's.
    pub fn revoke(&mut self, token: &str) {
        if let Some(access) = self.access.get_mut(token) {
            access.dies = Timestamp::now();
        }
        self.revoke_family(token);
    }

    /// The login that gave this access token dies.
    pub fn revoke_login_of(&mut self, access: &str) {
        let Some(family) = self.access.get(access).map(|entry| entry.family) else {
            return;
        };
        let now = Timestamp::now();
        self.refresh.values_mut().filter(|r| r.family == family).for_each(|r| r.dies = now);
        self.access.values_mut().filter(|a| a.family == family).for_each(|a| a.dies = now);
    }

    pub fn has_refresh(&self, token: &str) -> bool {
        self.refresh.contains_key(token)
    }

    /// How many logins could be refreshed now.
    pub fn live_logins(&self) -> usize {
        let newest = self.current.iter().map(|pair| pair.refresh.as_str());
        newest.filter(|token| self.standing(token) == Standing::Live).count()
    }

    /// So many seconds pass for all that was given.
    pub fn grow_older(&mut self, seconds: i64) {
        let older = |dies: &mut Timestamp| *dies -= SignedDuration::from_secs(seconds);
        self.refresh.values_mut().for_each(|r| older(&mut r.dies));
        self.access.values_mut().for_each(|a| older(&mut a.dies));
    }

    pub fn expire_refresh(&mut self) {
        let now = Timestamp::now();
        self.refresh.values_mut().for_each(|r| r.dies = now);
    }

    pub fn expire_access(&mut self) {
        let now = Timestamp::now();
        self.access.values_mut().for_each(|a| a.dies = now);
    }

    pub fn accepts(&self, access: &str) -> bool {
        self.access.get(access).is_some_and(|entry| Timestamp::now() < entry.dies)
    }

    pub fn scope_of(&self, access: &str) -> Option<String> {
        self.access.get(access)?.scope.clone()
    }

    pub fn issued(&self, access: &str) -> bool {
        self.access.contains_key(access)
    }

    /// Did the login that gave this refresh token ever give this access token? `None`: the login is unknown.
    pub fn same_login(&self, refresh: &str, access: &str) -> Option<bool> {
        let family = self.refresh.get(refresh)?.family;
        Some(self.access.get(access).is_some_and(|entry| entry.family == family))
    }

    pub fn newest(&self) -> Option<&Pair> {
        self.current.last()
    }

    pub fn sends_of(&self, refresh: &str) -> usize {
        self.sends.get(refresh).copied().unwrap_or_default()
    }

    pub fn reused(&self) -> &[String] {
        &self.reused
    }
}

/// Caps the life at 136 years, which still is an instant that jiff can hold.
fn after(issued: Timestamp, seconds: u64) -> Timestamp {
    issued + SignedDuration::from_secs(u32::try_from(seconds).unwrap_or(u32::MAX).into())
}
