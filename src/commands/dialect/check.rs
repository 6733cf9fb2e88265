//! `tokcli dialect check`: everything that is wrong, in one pass.

use serde_json::json;

use super::chosen::Chosen;
use crate::base::error::{Error, Result, config};
use crate::commands::context::Context;

pub(super) fn run(context: &Context<'_>, chosen: &Chosen) -> Result<()> {
    let faults = chosen.dialects.faults(&chosen.names);
    if let Some((last, others)) = faults.split_last() {
        others.iter().for_each(|error| context.out.error_line(&error.message()));
        let mut error = last.clone();
        if !others.is_empty() && context.out.json() {
            let all: Vec<String> = faults.iter().map(Error::message).collect();
            error = config(all.join("; "));
        }
        return Err(error);
    }
    if context.out.json() {
        return context.out.object(&json!({ "version": 1, "dialects": chosen.names }));
    }
    let what = match &chosen.names[..] {
        [one] => one.clone(),
        all => format!("{} dialects", all.len()),
    };
    context.out.text(&format!("{what}: nothing wrong\n"))
}
