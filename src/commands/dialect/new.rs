//! `tokcli dialect new`: a dialect to start from, as an explained whole or made from a
//! pasted curl command and its answer. What it prints, it has checked and replayed.

use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::{catalogue, replay};
use crate::base::error::{Error, Result, config, internal};
use crate::base::secret_text::decoded;
use crate::base::small_file;
use crate::base::suggest;
use crate::base::toml_source::{self, Source};
use crate::commands::context::Context;
use crate::credential::reading::{Reading, Tokens};
use crate::dialect::draft::{self, Draft};
use crate::dialect::examples::Example;
use crate::dialect::schema::Dialect;
use crate::http::message::HttpRequest;
use crate::profile::configuration;
use crate::terminal::input;

pub(super) fn run(
    context: &Context<'_>,
    name: &str,
    curl: Option<&Path>,
    answer: Option<&Path>,
) -> Result<()> {
    suggest::check_name(name).map_err(|why| config(format!("NAME: {why}")))?;
    let is_input = |path: Option<&Path>| path.is_some_and(|path| path.as_os_str() == "-");
    if is_input(curl) && is_input(answer) {
        let words = "`--curl` and `--answer` cannot both be read from standard input";
        return Err(config(words).hint("put one of them into a file"));
    }
    let curl = curl.map(|path| pasted(context, path, "--curl", "curl command")).transpose()?;
    let answer = answer.map(|path| pasted(context, path, "--answer", "answer")).transpose()?;
    let source = if curl.is_none() && answer.is_none() {
        draft::blank(name)
    } else {
        drafted(name, curl.as_ref().map(|text| text.as_str()), answer.as_ref().map(|text| text.as_str()))?
    };
    let dialect = loaded(name, &source)?;
    if !replay::holds(name, &dialect) {
        return Err(ours("its example does not come out as recorded"));
    }
    catalogue::print(context, name, &source)
}

/// What somebody pasted into a file or types here; secrets may be in it.
fn pasted(context: &Context<'_>, path: &Path, option: &str, what: &str) -> Result<Zeroizing<String>> {
    let of_option = |why: &str| config(format!("{option}: {why}"));
    let bytes = if path.as_os_str() == "-" {
        if input::is_terminal() {
            context.out.say(&format!("paste the {what}, then Enter and Ctrl-D"));
        }
        input::all()
    } else {
        small_file::read_small(path, input::LARGEST).map(Zeroizing::new)
    };
    let bytes = bytes.map_err(|why| of_option(&why))?;
    let text = decoded(&bytes).map_err(|why| of_option(&format!("the {what} {why}")))?;
    if text.trim().is_empty() {
        return Err(of_option(&format!("there is no {what} in it")));
    }
    Ok(text)
}

fn drafted(name: &str, curl: Option<&str>, answer: Option<&str>) -> Result<String> {
    let draft = Draft::of(name, curl, answer).map_err(config)?;
    let source = draft.dialect();
    let dialect = loaded(name, &source)?;
    let (built, tokens) = played(name, &dialect, &draft)?;
    let source = source + &draft.recorded(&built, &tokens);
    if draft.shows_secret(&source) {
        return Err(config(
            "a secret of what was pasted stands where it would be shown; replace it by a made-up one first",
        ));
    }
    Ok(source)
}

/// The request that the example makes, and what is read in its answer.
fn played(name: &str, dialect: &Arc<Dialect>, draft: &Draft) -> Result<(HttpRequest, Tokens)> {
    let example: Example =
        toml_source::from_value(draft.example().into()).map_err(|_| ours("its example cannot be read"))?;
    let built = replay::request(name, dialect, &example)
        .map_err(|error| ours(&format!("its request cannot be made: {}", error.message())))?;
    match dialect.refresh().last().open(&example.raw_success(draft.body())).reading() {
        Reading::Granted(tokens) => Ok((built, *tokens)),
        _ => Err(ours("its answer cannot be read")),
    }
}

/// Whole, or it is a defect of ours.
fn loaded(name: &str, source: &str) -> Result<Arc<Dialect>> {
    let dialects =
        configuration::dialects_of(Source::built_in(name, source)).map_err(|error| ours(&error.message()))?;
    if let Some(fault) = dialects.faults(&[name.to_owned()]).into_iter().next() {
        return Err(ours(&fault.message()));
    }
    dialects.load(name).ok_or_else(|| ours("it is not there"))?.map_err(|error| ours(&error.message()))
}

fn ours(why: &str) -> Error {
    internal(format!("the dialect that was made is not right, please report it: {why}"))
}
