//! Programs that change their own files: git and kubectl.

use std::path::Path;

use serde_json::Value;

use crate::base::error::{Error, Result, config, refused};
use crate::commands::tools::{Answer, Tools};

/// Calls that add what is not there, in this order.
pub(super) struct Call(Vec<Vec<String>>);

impl Call {
    pub(super) fn run(&self, tools: &Tools) -> Result<()> {
        for words in &self.0 {
            let answer = asked(tools, words)?;
            if !answer.good {
                return Err(failed(words, &answer));
            }
        }
        Ok(())
    }
}

/// What somebody has said there is not ours to change.
pub(super) fn taken(file: &Path, what: &str) -> Error {
    refused(format!("{} says something else already: {what}; nothing was written", file.display()))
        .hint("without `--write` the lines are printed")
}

fn asked(tools: &Tools, words: &[String]) -> Result<Answer> {
    let all: Vec<&str> = words.iter().map(String::as_str).collect();
    tools.ask(&all, None).ok_or_else(|| {
        refused(format!("`{}` cannot be run", words[0])).hint("without `--write` the lines are printed")
    })
}

/// Its own words, which name the file.
fn failed(words: &[String], answer: &Answer) -> Error {
    config(format!("`{}` failed: {}", words[..2.min(words.len())].join(" "), answer.complaint()))
}

fn words(all: &[&str]) -> Vec<String> {
    all.iter().map(|word| (*word).to_owned()).collect()
}

/// They put another file in the place of whatever is there, be it a device.
fn check_file(file: &Path) -> Result<()> {
    match std::fs::metadata(file) {
        Ok(facts) if !facts.is_file() => Err(config(format!("{} is not a file", file.display()))),
        _ => Ok(()),
    }
}

/// `None`: all is there.
pub(super) fn git(tools: &Tools, file: &Path, keys: &[(String, Vec<String>)]) -> Result<Option<Call>> {
    check_file(file)?;
    let mut calls = Vec::new();
    for (key, values) in keys {
        let asks = words(&["git", "config", "--global", "--null", "--get-all", key]);
        let answer = asked(tools, &asks)?;
        // 1: it is not there.
        if !matches!(answer.code, Some(0 | 1)) {
            return Err(failed(&asks, &answer));
        }
        let said = answer.text();
        let said: Vec<&str> = said.split_terminator('\0').collect();
        if said == *values {
            continue;
        }
        if !said.is_empty() {
            return Err(taken(file, &format!("`{key}`")));
        }
        calls.extend(values.iter().map(|value| words(&["git", "config", "--global", "--add", key, value])));
    }
    Ok((!calls.is_empty()).then_some(Call(calls)))
}

/// The same for a user of a kubeconfig.
pub(super) fn kubectl(tools: &Tools, file: &Path, user: &str, args: &[String]) -> Result<Option<Call>> {
    check_file(file)?;
    // Secrets in it are left out of what it says.
    let asks = words(&["kubectl", "config", "view", "--output=json"]);
    let answer = asked(tools, &asks)?;
    if !answer.good {
        return Err(failed(&asks, &answer));
    }
    let said: Value = serde_json::from_slice(&answer.output)
        .map_err(|_| config("`kubectl config view` printed no JSON"))?;
    let known = said["users"].as_array().into_iter().flatten().find(|one| one["name"] == user);
    if let Some(known) = known {
        let exec = &known["user"]["exec"];
        let tells = args.len() > 2 || exec["provideClusterInfo"] == true;
        let same = exec["command"] == "tokcli" && exec["args"] == Value::from(args.to_vec()) && tells;
        return if same { Ok(None) } else { Err(taken(file, &format!("the user `{user}`"))) };
    }
    let mut call = words(&["kubectl", "config", "set-credentials", user, "--exec-command=tokcli"]);
    call.extend(args.iter().map(|word| format!("--exec-arg={word}")));
    call.push("--exec-api-version=client.authentication.k8s.io/v1".to_owned());
    call.push("--exec-interactive-mode=Never".to_owned());
    if args.len() == 2 {
        call.push("--exec-provide-cluster-info=true".to_owned());
    }
    Ok(Some(Call(vec![call])))
}
