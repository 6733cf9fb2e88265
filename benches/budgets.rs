//! The budgets: what must hold, what is aimed at, and what sounds impossible.
//!
//! Apart from memory and size each is a ratio to a yardstick of the same run.

/// What a row is about, and its three limits.
pub struct Budget {
    pub what: &'static str,
    pub must: f64,
    pub aim: f64,
    pub impossible: f64,
    pub kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Of times; less is better.
    Time,
    /// Of rates; more is better.
    Rate,
    /// 1,000,000 bytes; less is better.
    Megabytes,
    /// How often something is done; less is better.
    Count,
}

const fn time(what: &'static str, must: f64, aim: f64, impossible: f64) -> Budget {
    Budget { what, must, aim, impossible, kind: Kind::Time }
}

const fn megabytes(what: &'static str, must: f64, aim: f64, impossible: f64) -> Budget {
    Budget { what, must, aim, impossible, kind: Kind::Megabytes }
}

pub const WARM: Budget = time("warm `tokcli token` ÷ `/bin/true`, the ordinary build", 0.9, 0.7, 0.4);
pub const WARM_MUSL: Budget = time("warm `tokcli token` ÷ `/bin/true`, musl", 0.7, 0.5, 0.33);
pub const MANY: Budget = time("warm with 10,000 profiles ÷ warm with 20", 1.1, 1.05, 1.0);
pub const STATUS: Budget = time("the engine for anything, `tokcli status` ÷ `/bin/true`", 6.0, 4.0, 2.5);
pub const VERSION: Budget = time("the engine for anything, `tokcli --version` ÷ `/bin/true`", 6.0, 4.0, 2.5);
pub const HEADER: Budget = time("warm `tokcli header` ÷ `/bin/true`", 2.5, 1.5, 0.8);
pub const SASL: Budget = time("warm `tokcli sasl xoauth2` ÷ `/bin/true`", 2.5, 1.5, 0.8);
pub const GIT: Budget =
    time("warm `tokcli helper git get`, found by its address ÷ `/bin/true`", 2.5, 1.5, 0.8);
pub const KEYRING: Budget =
    time("`tokcli token --no-cache` from the Secret Service ÷ `secret-tool lookup`", 0.35, 0.25, 0.2);
pub const COLD: Budget =
    time("cold `tokcli refresh` over TLS, file store, system CAs ÷ `curl` the same POST", 0.2, 0.15, 0.12);
pub const COLD_KEYRING: Budget =
    time("cold on the keyring store ÷ script of `secret-tool`, `curl`, `jq`, `secret-tool`", 0.2, 0.1, 0.07);
pub const CROWD: Budget = Budget {
    what: "1,000 warm processes at once, rate ÷ `keyctl pipe`",
    must: 1.2,
    aim: 2.0,
    impossible: 4.0,
    kind: Kind::Rate,
};
pub const EXPIRED: Budget = time(
    "1,000 processes on one expired token (1 request, 0 failures), wall ÷ 1,000 × `/bin/true`",
    1.5,
    1.2,
    1.0,
);
pub const ALL: Budget = time(
    "`refresh --all`, 500 profiles, vendor takes 50 ms, file store ÷ `xargs -P 64 curl`",
    0.06,
    0.04,
    0.03,
);
pub const FLEET_WARM: Budget =
    time("warm `tokcli token`, vault store ÷ the same on the file store", 1.1, 1.05, 1.0);
pub const FLEET_COLD_SLOW: Budget = time(
    "cold `tokcli refresh`, vendor takes 50 ms, vault store ÷ the same on the file store",
    1.3,
    1.1,
    1.05,
);
pub const FLEET_COLD: Budget = time(
    "cold `tokcli refresh`, vendor takes no time, vault store ÷ the same on the file store",
    2.5,
    1.6,
    1.3,
);
pub const FLEET_SCRIPT: Budget = Budget {
    what: "script of `bao kv get`, `curl`, `jq`, `bao kv put` ÷ cold `tokcli refresh` on the vault store",
    must: 4.0,
    aim: 8.0,
    impossible: 16.0,
    kind: Kind::Rate,
};
pub const FLEET_READS: Budget = Budget {
    what: "reads at the vault for each of 100 machines a day, tokens of an hour, all ask at once (1 request to the vendor a generation with 1, 10 and 100 machines)",
    must: 240.0,
    aim: 72.0,
    impossible: 24.0,
    kind: Kind::Count,
};
pub const RSS_WARM: Budget = megabytes("peak RSS, warm", 2.5, 1.0, 0.6);
pub const RSS_COLD: Budget = megabytes("peak RSS, cold", 8.0, 6.0, 5.0);
pub const RSS_ALL: Budget = megabytes("peak RSS, `--all` with 500", 24.0, 16.0, 12.0);
pub const SIZE: Budget = megabytes("both programs, stripped", 8.0, 6.0, 4.0);

impl Budget {
    /// The best of the three that holds for the figure as it is printed.
    pub fn verdict(&self, figure: f64) -> &'static str {
        let figure = (figure * 100.0).round() / 100.0;
        let holds = |limit: f64| if self.kind == Kind::Rate { figure >= limit } else { figure <= limit };
        match () {
            () if holds(self.impossible) => "sounds impossible",
            () if holds(self.aim) => "aim",
            () if holds(self.must) => "must",
            () => "misses",
        }
    }

    pub fn limit(&self, limit: f64) -> String {
        match self.kind {
            Kind::Time => format!("≤ {limit}"),
            Kind::Rate => format!("≥ {limit}"),
            Kind::Megabytes => format!("{limit} MB"),
            Kind::Count => format!("≤ {limit}"),
        }
    }
}
