//! How much of its life a token shall still have.

use std::time::Duration;

use clap::Args;

use crate::base::duration;

/// For those who keep it for a while.
#[cfg_attr(test, derive(Debug, PartialEq))]
#[derive(Args, Default)]
pub(crate) struct Life {
    /// Refresh first if it would expire within this time [else the profile's `min_ttl`, else 60s]
    #[arg(long, value_name = "DUR", value_parser = duration::parse_any, conflicts_with = "fresh")]
    pub(crate) min_ttl: Option<Duration>,

    /// Refresh first if more than half of the token's life is over, for what runs long
    #[arg(long)]
    pub(crate) fresh: bool,
}
