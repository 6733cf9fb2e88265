//! `tokcli dialect test`: replays the recorded examples; nothing is sent.

use serde_json::json;

use super::chosen::Chosen;
use super::replay::Replay;
use crate::base::error::{Result, config};
use crate::commands::context::Context;

pub(super) fn run(context: &Context<'_>, chosen: &Chosen) -> Result<()> {
    let (mut text, mut objects, mut wrong, mut count) = (String::new(), Vec::new(), 0, 0);
    for name in &chosen.names {
        let unknown = || config(chosen.dialects.unknown(name));
        let dialect = chosen.dialects.load(name).ok_or_else(unknown)??;
        let recorded = chosen.dialects.examples(name, &dialect)?;
        if recorded.is_empty() {
            text += &format!("{name}: no examples\n");
        }
        for (index, example) in recorded.iter().enumerate() {
            let replay = Replay::of(name, &dialect, example, index)?;
            count += 1;
            wrong += usize::from(!replay.differences.is_empty());
            text += &replay.text();
            objects.push(replay.object(name));
        }
    }
    if wrong > 0 {
        // Nothing that failed is a result.
        context.out.report(&text);
        let words = format!("{wrong} of {count} recorded examples do not come out as recorded");
        return Err(config(words));
    }
    match context.out.json() {
        true => context.out.object(&json!({ "version": 1, "examples": objects })),
        false => context.out.text(&text),
    }
}
