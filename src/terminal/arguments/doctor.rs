//! `tokcli doctor`, as it is declared.

use clap::Args;

use super::known;

#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args)]
pub(crate) struct Doctor {
    /// Also ask each vendor's server whether it can be reached and what time it is, without any secret
    #[arg(long)]
    pub(crate) online: bool,

    /// Look only at this store
    #[arg(long, value_name = "NAME", conflicts_with_all = ["profile", "mail"], add = known::stores())]
    pub(crate) store: Option<String>,

    /// Ask a mail server which logins with a token it offers: `HOST`, `HOST:PORT` or `imap://HOST:PORT`
    #[arg(long, value_name = "HOST")]
    pub(crate) mail: Option<String>,

    /// Fix what can be fixed safely: files and directories of tokcli that others may use
    #[arg(long)]
    pub(crate) fix: bool,
}
