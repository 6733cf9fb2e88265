//! A line of the user's crontab, between two marks. Everything else in it stays byte for byte.
//!
//! What is printed cron mails, so only failures are.

use std::path::PathBuf;

use super::timer::{Change, Found, Job, MARK, Part, Timer, WORDS, any_minute};
use crate::base::error::{Error, Result, refused};
use crate::base::{process, shell};
use crate::commands::tools::{Tools, failed};
use crate::terminal::arguments::keepalive::TimerKind;

pub(super) struct Cron<'a> {
    pub(super) tools: &'a Tools,
}

const BEGIN: &[u8] = b"# tokcli keepalive: begin";
const END: &[u8] = b"# tokcli keepalive: end";

/// What cron gives to every line, beside a home. It names no session: where the bus of one stands, the job says.
const PATH: &str = "/usr/bin:/bin";

fn block(job: &Job, minute: u8) -> Result<String> {
    let set = |(name, value): &(String, String)| shell::quoted(&format!("{name}={value}"));
    // `env`, since the crontab may choose a shell in which assignments look otherwise.
    let mut words = vec!["env".to_owned()];
    words.extend(job.environment.iter().map(set));
    words.push(shell::quoted(&job.program));
    words.extend(WORDS.map(str::to_owned));
    let line = format!("{} | grep ': failed, '", words.join(" "));
    if line.contains('\\') {
        let words =
            "a path cannot be quoted for a crontab without a backslash, which crons read in different ways";
        return Err(refused(words));
    }
    // Behind a bare one cron begins another line.
    let line = line.replace('%', "\\%");
    let (begin, end) = (String::from_utf8_lossy(BEGIN), String::from_utf8_lossy(END));
    Ok(format!("{begin} ({MARK})\n{minute} * * * * {line}\n{end}\n"))
}

/// Where ours stands in a crontab, from its beginning to behind its end.
fn range(crontab: &[u8]) -> Result<Option<std::ops::Range<usize>>> {
    let mut at = 0;
    let (mut begins, mut ends) = (Vec::new(), Vec::new());
    for line in crontab.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(BEGIN) {
            begins.push(at);
        }
        at += line.len();
        if line.starts_with(END) {
            ends.push(at);
        }
    }
    match (begins.as_slice(), ends.as_slice()) {
        ([], []) => Ok(None),
        ([begin], [end]) if begin < end => Ok(Some(*begin..*end)),
        _ => {
            let words = "the marks of `tokcli keepalive` in the crontab do not stand as they were written";
            Err(refused(words).hint("take them out by `crontab -e`, and what stands between them"))
        }
    }
}

/// Where the old one stands, else behind all else.
fn with(crontab: &[u8], block: &str) -> Result<Vec<u8>> {
    let Some(range) = range(crontab)? else {
        let end: &[u8] = if crontab.is_empty() || crontab.ends_with(b"\n") { b"" } else { b"\n" };
        return Ok([crontab, end, block.as_bytes()].concat());
    };
    Ok([&crontab[..range.start], block.as_bytes(), &crontab[range.end..]].concat())
}

/// `None`: there is none.
fn without(crontab: &[u8]) -> Result<Option<Vec<u8>>> {
    Ok(range(crontab)?.map(|range| [&crontab[..range.start], &crontab[range.end..]].concat()))
}

fn own(crontab: &[u8]) -> Result<Option<String>> {
    Ok(range(crontab)?.map(|range| String::from_utf8_lossy(&crontab[range]).into_owned()))
}

/// The minute of the line, and the words behind the times.
fn read(block: &str) -> (Option<u8>, Vec<String>) {
    let line = block.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
    let minute = line.split(' ').next().and_then(|word| word.parse().ok());
    (minute, shlex::split(&line.replace("\\%", "%")).unwrap_or_default())
}

/// What the lines of a crontab set for all others.
fn assignments(crontab: &[u8]) -> Vec<(String, String)> {
    let pair = |line: &str| {
        let (name, value) = line.split_once('=')?;
        let name = name.trim().trim_matches(['"', '\'']);
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let value = value.trim();
        let quoted = ['"', '\''].into_iter().find_map(|q| value.strip_prefix(q)?.strip_suffix(q));
        is_name.then(|| (name.to_owned(), quoted.unwrap_or(value).to_owned()))
    };
    String::from_utf8_lossy(crontab).lines().filter_map(pair).collect()
}

impl Cron<'_> {
    pub(super) fn is_there(&self) -> bool {
        self.tools.ask(&["crontab", "-l"], None).is_some()
    }

    fn crontab(&self) -> Result<Vec<u8>> {
        let Some(answer) = self.tools.ask(&["crontab", "-l"], None) else {
            return Err(refused("there is no cron here: `crontab` cannot be run"));
        };
        // The one of busybox looks for a file. Whatever else fails says nothing of what is there.
        let file = ["can't open", "No such file"].iter().all(|words| answer.said.contains(words));
        let none = answer.output.is_empty() && (answer.said.contains("no crontab") || file);
        match (answer.good, none) {
            (true, _) => Ok(answer.output.to_vec()),
            (false, true) => Ok(Vec::new()),
            (false, false) => Err(failed(&["crontab", "-l"], &answer)),
        }
    }

    fn put(&self, crontab: &[u8]) -> Result<()> {
        match crontab.is_empty() {
            true => self.tools.call(&["crontab", "-r"], None).map(drop),
            false => self.tools.call(&["crontab", "-"], Some(crontab)).map(drop),
        }
    }

    /// One call puts it in place whole; it is read again all the same, because some crontabs take what they do not keep.
    fn change(&self, before: &[u8], after: &[u8]) -> Result<()> {
        self.put(after)?;
        let now = self.crontab()?;
        if now == after {
            return Ok(());
        }
        // What came of it is not what this run knows: only what is its own is taken away again.
        if now != before
            && let Some(rest) = without(&now)?
        {
            Cron { tools: &self.tools.for_undoing() }.put(&rest)?;
        }
        Err(refused("the crontab that was written does not read back, and this run leaves no line in it"))
    }
}

impl Timer for Cron<'_> {
    fn kind(&self) -> TimerKind {
        TimerKind::Cron
    }

    fn parts(&self, job: &Job, minute: u8) -> Result<Vec<Part>> {
        Ok(vec![Part { place: PathBuf::from("crontab"), text: block(job, minute)? }])
    }

    fn variables(&self) -> Option<Vec<(String, String)>> {
        let mut all = vec![("PATH".to_owned(), PATH.to_owned()), ("SHELL".to_owned(), "/bin/sh".to_owned())];
        all.extend(process::passwd_home().map(|home| ("HOME".to_owned(), home.display().to_string())));
        all.extend(assignments(&self.crontab().unwrap_or_default()));
        Some(all)
    }

    fn install(&self, job: &Job) -> Result<Change> {
        let before = self.crontab()?;
        let old = own(&before)?;
        let minute = old.as_deref().and_then(|block| read(block).0).unwrap_or_else(any_minute);
        let after = with(&before, &block(job, minute)?)?;
        if after == before {
            return Ok(Change::Unchanged);
        }
        self.change(&before, &after)?;
        Ok(if old.is_some() { Change::Updated } else { Change::Installed })
    }

    fn remove(&self) -> Result<bool> {
        if !self.is_there() {
            return Ok(false);
        }
        let before = self.crontab()?;
        let Some(after) = without(&before)? else { return Ok(false) };
        match after.is_empty() {
            true => self.put(&after)?,
            false => self.change(&before, &after)?,
        }
        Ok(true)
    }

    fn found(&self) -> Result<Option<Found>> {
        if !self.is_there() {
            return Ok(None);
        }
        let Some(block) = own(&self.crontab()?)? else { return Ok(None) };
        let words = read(&block).1;
        let part = Part { place: PathBuf::from("crontab"), text: block };
        let mut found = Found::new(self.kind(), vec![part], &words);
        found.trouble.extend(trouble().map(|error| error.in_one_line()));
        Ok(Some(found))
    }
}

/// `None`: cron runs, or nobody can tell.
pub(super) fn trouble() -> Option<Error> {
    (runs() == Some(false)).then(|| refused("no cron runs on this machine, so that nobody reads the crontab"))
}

/// By the names in the list of processes. Where systemd stands in for cron, and where others' processes are hidden, it cannot
/// be told.
#[cfg(target_os = "linux")]
fn runs() -> Option<bool> {
    const NAMES: [&str; 5] = ["cron", "crond", "fcron", "dcron", "bcron-start"];
    let name_of = |process: &std::path::Path| std::fs::read_to_string(process.join("comm")).ok();
    let processes = std::fs::read_dir("/proc").ok()?.flatten().map(|entry| entry.path());
    if processes.filter_map(|process| name_of(&process)).any(|name| NAMES.contains(&name.trim())) {
        return Some(true);
    }
    let all_are_seen = name_of(std::path::Path::new("/proc/1")).is_some();
    let by_systemd = std::path::Path::new("/run/systemd/system").is_dir();
    (all_are_seen && !by_systemd).then_some(false)
}

#[cfg(not(target_os = "linux"))]
fn runs() -> Option<bool> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> Job {
        Job {
            program: "/opt/a b/100%/tokcli".to_owned(),
            environment: vec![("TOKCLI_CONFIG".to_owned(), "/home/it's/p.toml".to_owned())],
        }
    }

    #[test]
    fn a_line_is_quoted_for_the_shell_and_then_for_cron() {
        let text = block(&job(), 7).expect("no backslash");
        let line = text.lines().nth(1).expect("between the marks");
        assert_eq!(
            line,
            "7 * * * * env \"TOKCLI_CONFIG=/home/it's/p.toml\" '/opt/a b/100\\%/tokcli' refresh --all --due -q | grep ': failed, '"
        );
        let (minute, words) = read(&text);
        assert_eq!((minute, words[7].as_str()), (Some(7), "/opt/a b/100%/tokcli"));
        let found = Found::new(TimerKind::Cron, Vec::new(), &words);
        assert_eq!(found.program, Some(PathBuf::from("/opt/a b/100%/tokcli")));
        assert_eq!(found.configuration, Some(PathBuf::from("/home/it's/p.toml")));
        let odd = Job { program: "/a\\b/tokcli".to_owned(), ..job() };
        assert!(block(&odd, 7).is_err(), "what crons read in different ways");
    }

    #[test]
    fn everything_else_in_a_crontab_stays_byte_for_byte() {
        let block = block(&job(), 7).expect("no backslash");
        for rest in [&b""[..], b"# a\n\n0 * * * * true\n", b"X=\xff\xfe\n", b"\n\n", b"a\r\n"] {
            let added = with(rest, &block).expect("no marks");
            assert!(added.starts_with(rest) && added.ends_with(END_LINE));
            assert_eq!(with(&added, &block).expect("one"), added, "again");
            assert_eq!(without(&added).expect("one").as_deref(), Some(rest));
            // Where others have added lines behind it, it stays in its place.
            let more = [&added[..], b"1 * * * * false\n"].concat();
            assert_eq!(with(&more, &block).expect("one"), more);
            assert_eq!(without(&more).expect("one").expect("ours"), [rest, b"1 * * * * false\n"].concat());
            assert_eq!(without(rest).expect("none"), None);
        }
        assert!(with(b"0 0 * * * true", &block).expect("none").starts_with(b"0 0 * * * true\n# tokcli"));
    }

    const END_LINE: &[u8] = b"# tokcli keepalive: end\n";

    #[test]
    fn marks_that_do_not_stand_as_they_were_written_are_nobodys_to_change() {
        let whole = block(&job(), 7).expect("no backslash").into_bytes();
        let half = &whole[..whole.len() - END_LINE.len()];
        for broken in
            [half.to_vec(), END_LINE.to_vec(), [&whole[..], &whole].concat(), [END_LINE, half].concat()]
        {
            assert!(with(&broken, "x\n").is_err() && without(&broken).is_err());
        }
    }

    #[test]
    fn what_a_crontab_sets_is_known() {
        let text = b"MAILTO=\"\"\nA_SECRET = 'x y'\n#B=1\n0 * * * * C=1 true\n\"D\"=4\n";
        let names: Vec<(String, String)> = assignments(text);
        let all: Vec<(&str, &str)> = names.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(all, [("MAILTO", ""), ("A_SECRET", "x y"), ("D", "4")]);
    }
}
