//! A request as people may see it: names and structure stay, and a mask stands for each value that is a secret.

pub(crate) const MASK: &str = "***";
