//! What the figures were measured on. What cannot be found out is "unknown".

use std::fs;
use std::path::Path;
use std::process::Command;

pub struct Machine {
    pub date: String,
    pub commit: String,
    pub processor: String,
    pub processors: usize,
    pub system: String,
    pub kernel: String,
    pub libc: String,
    pub rustc: String,
    /// Runnable processes before the first measurement, over the last minute.
    pub load: String,
}

impl Machine {
    pub fn look() -> Machine {
        Machine {
            date: says("date", &["-u", "+%Y-%m-%d"]),
            commit: says("git", &["describe", "--always", "--abbrev=10"]),
            processor: field("/proc/cpuinfo", "model name"),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            system: field("/etc/os-release", "PRETTY_NAME"),
            kernel: says("uname", &["-sr"]),
            libc: says("getconf", &["GNU_LIBC_VERSION"]),
            rustc: says("rustc", &["-V"]),
            load: first_word("/proc/loadavg"),
        }
    }
}

/// The file system that journals were synced to.
pub fn file_system(path: &Path) -> String {
    says("stat", &["-f", "-c", "%T", &path.display().to_string()])
}

fn says(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().ok().filter(|it| it.status.success());
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.unwrap_or_else(|| "unknown".to_owned())
}

fn field(file: &str, name: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let value = text.lines().find_map(|line| line.strip_prefix(name));
    let value = value.map(|rest| rest.trim_matches([' ', '\t', ':', '=', '"']).to_owned());
    value.unwrap_or_else(|| "unknown".to_owned())
}

fn first_word(file: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}
