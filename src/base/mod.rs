//! What every room stands on: errors, clocks, the environment, addresses, the process itself. Knows nothing of tokens.

#[cfg(any(windows, test))]
pub(crate) mod acl;
pub(crate) mod address;
pub(crate) mod characters;
pub(crate) mod clock;
#[cfg(any(unix, windows))]
pub(crate) mod detached;
pub(crate) mod digest;
pub(crate) mod duration;
pub(crate) mod environment;
pub(crate) mod error;
pub(crate) mod fault;
pub(crate) mod file_stamp;
#[cfg(unix)]
pub(crate) mod groups;
#[cfg(target_os = "linux")]
pub(crate) mod listed;
pub(crate) mod machine;
pub(crate) mod mutex;
pub(crate) mod network;
pub(crate) mod order;
pub(crate) mod packed;
pub(crate) mod peer;
pub(crate) mod poll;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod redact;
pub(crate) mod room;
pub(crate) mod runner;
pub(crate) mod secret_text;
pub(crate) mod sends;
pub(crate) mod shell;
pub(crate) mod signals;
pub(crate) mod small_file;
pub(crate) mod spoken;
pub(crate) mod stdout;
pub(crate) mod suggest;
pub(crate) mod toml_outline;
pub(crate) mod toml_source;
mod toml_value;
pub(crate) mod unit_word;
pub(crate) mod users;
pub(crate) mod waiting;
pub(crate) mod writers;
