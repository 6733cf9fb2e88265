//! What Linux lists of a process in `/proc`.

use std::fs;

pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) stopped: bool,
    pub(crate) parent: u32,
    /// After the machine, in hundredths of a second, on every platform (proc(5), USER_HZ).
    pub(crate) started: u64,
}

impl Listed {
    pub(crate) fn read(process: u32) -> Option<Listed> {
        Listed::of(&fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
    }

    fn of(line: &str) -> Option<Listed> {
        // The name may hold anything, and stands in parentheses.
        let (name, rest) = line.split_once('(')?.1.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        Some(Listed {
            name: name.to_owned(),
            stopped: matches!(fields.first(), Some(&("T" | "t"))),
            parent: fields.get(1)?.parse().ok()?,
            started: fields.get(19)?.parse().ok()?,
        })
    }
}

/// All that can be seen from here.
pub(crate) fn processes() -> impl Iterator<Item = u32> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_what_parts_the_fields() {
        let line = "7 (a) T (b) T 3 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0";
        let listed = Listed::of(line).expect("as it is written");
        let found = (listed.name.as_str(), listed.stopped, listed.parent, listed.started);
        assert_eq!(found, ("a) T (b", true, 3, 4711));
        assert!(Listed::of("7 (a) S 3").is_none());
        let own = Listed::read(std::process::id()).expect("this process");
        assert_eq!((own.parent, own.stopped), (std::os::unix::process::parent_id(), false));
    }
}
