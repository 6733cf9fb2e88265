//! What came of a storm: a table, and whether anything happened that must not.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::super::link::{Sent, locked};
use super::{LIFE, Scene, read};

/// So long a vendor of this kind is left alone after a request without an answer.
const SETTLED: Duration = Duration::from_secs(60);

impl Scene {
    pub(super) fn take_stock(&self, seed: u64, begun: Instant, settled: bool) {
        let log = locked(&self.log);
        let mut sends: BTreeMap<&str, Vec<&Sent>> = BTreeMap::new();
        log.iter().for_each(|sent| sends.entry(&sent.token).or_default().push(sent));
        let twice: Vec<_> = sends.values().filter(|all| all.len() > 1).collect();
        // Once more, for an answer that something kept from its journal, when the vendor has settled.
        let allowed = |all: &[&Sent]| all.len() == 2 && all[0].disturbed && all[1].at - all[0].at >= SETTLED;
        let bad: Vec<_> = twice.iter().filter(|all| !allowed(all)).collect();
        let ended = locked(&self.ended);
        let wrong = locked(&self.wrong);
        let calls: usize = ended.values().sum();
        let exit = |code: i32| ended.get(&code).copied().unwrap_or_default();
        let counts = &self.counts;
        let rows: Vec<(&str, String)> = vec![
            (
                "length",
                format!(
                    "{} s, and {} s until every machine had a good token",
                    self.storm.seconds,
                    begun.elapsed().as_secs() - self.storm.seconds
                ),
            ),
            ("machines, and processes of each", format!("{}, {}", self.storm.machines, self.storm.processes)),
            ("calls of `token`", calls.to_string()),
            ("answered with a token", exit(0).to_string()),
            (
                "exit 5, 6, 8; exit 4 after a login was lost",
                format!("{}, {}, {}; {}", exit(5), exit(6), exit(8), exit(4)),
            ),
            ("processes killed while they ran", exit(-1).to_string()),
            ("machines that lost power", read(&counts.power).to_string()),
            (
                "processes put to sleep, longer than a claim lives",
                format!("{}, {}", read(&counts.slept), read(&counts.slept_long)),
            ),
            ("machines cut off", read(&counts.cut).to_string()),
            (
                "leaders of the vault killed, frozen",
                format!("{}, {}", read(&counts.leaders), read(&counts.frozen)),
            ),
            ("refresh tokens presented", sends.len().to_string()),
            ("of these, presented more than once", twice.len().to_string()),
            ("of these, presented more often than the retry rule allows", bad.len().to_string()),
            (
                "logins lost because a machine was struck between request and answer",
                read(&counts.lost).to_string(),
            ),
            (
                "longest time until a machine that had an answer wrote it into the vault",
                format!(
                    "{:.1} s",
                    Duration::from_millis(counts.longest.load(Ordering::Relaxed)).as_secs_f32()
                ),
            ),
            (
                "logins lost in any other way",
                wrong.iter().filter(|line| line.contains("stands, and nothing")).count().to_string(),
            ),
        ];
        let mut table = String::from("| what | how often |\n|---|---|\n");
        rows.iter().for_each(|(what, often)| writeln!(table, "| {what} | {often} |").expect("written"));
        println!("seed {seed}\n{table}");
        // What the vendor knows of what was presented again.
        for sent in bad.iter().flat_map(|all| all.iter()) {
            let of_it =
                self.vendor.requests().into_iter().filter(|one| one.presented.as_ref() == Some(&sent.token));
            let seen: Vec<_> = of_it.map(|one| (one.at, one.status)).collect();
            println!("{sent:?}: the vendor saw {seen:?}");
        }
        let shown: Vec<&String> = wrong.iter().take(10).collect();
        assert!(wrong.is_empty(), "{} went wrong: {shown:#?}\n{table}", wrong.len());
        assert!(bad.is_empty(), "presented again: {bad:#?}\n{table}");
        assert!(exit(4) == 0 || read(&counts.lost) > 0, "a login died, and none was lost\n{table}");
        assert!(settled, "not all are served: {}\n{table}", locked(&self.unserved));
        assert!(
            exit(0) > calls / 5 && sends.len() as u64 > self.storm.seconds / (4 * LIFE),
            "it did too little\n{table}"
        );
    }
}
