//! `tokcli dialect`, as it is declared.

use std::path::PathBuf;

use clap::Subcommand;

use super::known;

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Subcommand)]
pub(crate) enum DialectCommand {
    /// List the vendors that are known
    List {
        /// Only those whose name, title, keywords or documentation address hold all of these
        words: Vec<String>,
    },
    /// Print a dialect's source
    Show {
        /// A built-in name or one under [dialects]
        #[arg(add = known::dialects())]
        name: String,
    },
    /// Print a starting point for a dialect of your own, from nothing or from what you have at hand
    New {
        /// Its name
        name: String,

        /// Make it from the curl command in this file, `-` for standard input
        #[arg(long, value_name = "FILE")]
        curl: Option<PathBuf>,

        /// Make it from the vendor's answer in this file, `-` for standard input
        #[arg(long, value_name = "FILE")]
        answer: Option<PathBuf>,
    },
    /// Report everything that is wrong with a dialect
    Check {
        /// A file with [dialects], or a name [else all of yours]
        #[arg(value_name = "FILE|NAME", add = known::dialects())]
        what: Option<String>,
    },
    /// Replay a dialect's recorded examples; nothing is sent
    Test {
        /// A file with [dialects], or a name [else all of yours]
        #[arg(value_name = "FILE|NAME", add = known::dialects())]
        what: Option<String>,

        /// Report instead what the dialect reads in the vendor's answer in this file, `-` for standard input
        #[arg(long, value_name = "FILE", requires = "what")]
        answer: Option<PathBuf>,

        /// The exchange whose answer it is [else refresh]
        #[arg(long, value_name = "NAME", requires = "answer")]
        exchange: Option<String>,
    },
    /// Refresh once, and print a recorded example of it, in which every secret is made up
    Record {
        /// The dialect; `--profile` says with which profile, if several use it
        #[arg(add = known::dialects())]
        name: String,
    },
}
