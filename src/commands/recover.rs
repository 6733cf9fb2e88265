//! `tokcli recover`: what the journal holds and the store does not, brought back;
//! and what a sealed answer holds that could not be read, by names and lengths.

use std::path::Path;

use serde_json::json;

use super::context::{Context, Failure, Looks};
use crate::base::error::{Result, refused};
use crate::base::shell;
use crate::profile::Profile;
use crate::session::notice::Death;
use crate::session::{owner, unread};
use crate::store::last_resort::SealedText;
use crate::store::unopenable::Discarded;
use crate::store::{Look, Store};
use crate::terminal::arguments::Recover;
use crate::terminal::input;
use crate::terminal::wording::{self, no_credential};

pub(super) fn run(context: &Context<'_>, args: &Recover) -> std::result::Result<u8, Failure> {
    let gives_up = [("--discard-journal", args.discard_journal), ("--discard-answers", args.discard_answers)];
    if let Some((flag, _)) = gives_up.iter().find(|(_, given)| *given && context.global.profile.is_none()) {
        let words = format!("`{flag}` gives nothing up without `--profile`");
        return Err((None, refused(words).hint(format!("`tokcli recover {flag} --profile NAME`"))));
    }
    let one = context.global.profile.is_some() || args.stdin || args.discard_journal || args.discard_answers;
    if one {
        let looks = if args.stdin || args.discard_journal { Looks::Later } else { Looks::AtOnce };
        return context.with_profile(looks, |_, profile| {
            // What cannot be opened here is in the way here.
            if !args.discard_journal {
                owner::check_is_here(profile, words(args))?;
            }
            if args.discard_journal {
                discard(context, profile, args)
            } else if args.discard_answers {
                give_up(context, profile)
            } else if args.stdin {
                from_stdin(context, profile)
            } else {
                report(context, profile, true)
            }
        });
    }
    let profiles = context.profiles().map_err(|error| (None, error))?;
    let mut exit = 0;
    for name in profiles.names() {
        let profile = context.profile(&profiles, name, Looks::Later);
        if let Err(error) = profile.and_then(|profile| of_several(context, &profile)) {
            context.out.error(Some(name), &error);
            exit = exit.max(error.code.exit());
        }
    }
    Ok(exit)
}

/// As it is told where else this is done.
fn words(args: &Recover) -> &'static str {
    match args {
        Recover { stdin: true, .. } => "recover --stdin",
        Recover { discard_answers: true, .. } => "recover --discard-answers",
        _ => "recover",
    }
}

/// Nothing is lost of what another machine gives again.
fn of_several(context: &Context<'_>, profile: &Profile) -> Result<()> {
    let Some(owner) = profile.store.owner() else { return report(context, profile, false) };
    let words = format!(
        "the login is another machine's, the owner behind the store `{}`; nothing to recover here",
        owner.name
    );
    say(context, profile, "nothing", &words, &[])
}

/// `named`: nobody puts a lost record back for all profiles at once.
fn report(context: &Context<'_>, profile: &Profile, named: bool) -> Result<()> {
    let death = Death::default();
    let reported = recovered(context, profile, named, &death);
    // The claim is released.
    death.tell(profile, context.out);
    reported
}

fn recovered(context: &Context<'_>, profile: &Profile, named: bool, death: &Death) -> Result<()> {
    let mut store = Store::open(profile, context.out.json())?;
    let claim = context.claim(&store, profile)?;
    if named {
        store.may_put_back();
    }
    let behind = matches!(store.look_everywhere()?.0, Look::Unsettled(Some(_)));
    let (credential, put_back) = match named {
        true => store.put_back(&claim)?,
        false => (store.load(&claim)?, false),
    };
    if credential.record().is_none() && credential.answers().next().is_none() {
        let words = format!("no credential, nothing to recover{}", wording::login_lost(&credential));
        return say(context, profile, "nothing", &words, &[]);
    }
    let (left, read) = unread::recover(&context.invocation, profile, &mut store, &claim, credential, death)?;
    let sealed = Some(unread::described(&left)).filter(|lines| !lines.is_empty());
    match (read, sealed, behind) {
        (true, _, _) => {
            say(context, profile, "recovered", "an answer that had been left sealed was read and stored", &[])
        }
        (false, Some(found), _) => say(
            context,
            profile,
            "sealed",
            "an answer that could not be read is kept sealed; it holds",
            &found,
        ),
        (false, None, _) if put_back => {
            context.out.warn(format!(
                "if another machine has refreshed later, or its `status` says `uncertain`, run `tokcli recover --profile {}` there, before any machine refreshes",
                profile.name
            ));
            let words = "the store had lost the record; it has the one that this machine knows";
            say(context, profile, "recovered", words, &[])
        }
        (false, None, true) if !profile.store.takes_what_is_new() => say(
            context,
            profile,
            "intact",
            "the journal is ahead of the store, which has no `save`: what it holds stays in the journal",
            &[],
        ),
        (false, None, true) => say(
            context,
            profile,
            "recovered",
            "the journal was ahead of the store; the store has caught up",
            &[],
        ),
        (false, None, false) => say(context, profile, "intact", "journal and store agree", &[]),
    }
}

fn say(context: &Context<'_>, profile: &Profile, outcome: &str, words: &str, found: &[String]) -> Result<()> {
    if context.out.json() {
        return context
            .out
            .object(&json!({ "version": 1, "profile": profile.name, "outcome": outcome, "found": found }));
    }
    let details: String = found.iter().map(|line| format!("  {line}\n")).collect();
    let colon = if found.is_empty() { "" } else { ":" };
    context.out.text(&format!("{}: {words}{colon}\n{details}", profile.name))
}

/// Whoever gives an answer up may yet log in again; until then the retry rule of the class counts.
fn give_up(context: &Context<'_>, profile: &Profile) -> Result<()> {
    let mut store = Store::open(profile, context.out.json())?;
    let claim = context.claim(&store, profile)?;
    let credential = store.load(&claim)?;
    let found = unread::described(&credential);
    if found.is_empty() {
        return say(context, profile, "nothing", "there is no unreadable answer", &[]);
    }
    let sealed = store.sealed_text(&credential)?;
    store.save(&claim, &credential.given_up())?;
    let name = &profile.name;
    let printed = if context.out.json() {
        context.out.object(&json!({ "version": 1, "profile": name, "outcome": "discarded", "found": found, "sealed": sealed }))
    } else {
        let back = format!("`tokcli recover --stdin --profile {name}` takes it back: sealed:{sealed}");
        let found: Vec<String> = found.into_iter().chain([back]).collect();
        say(context, profile, "discarded", "what could not be read is given up; it held", &found)
    };
    // It is the only copy by now: what stdout did not take stderr gets.
    printed.map_err(|mut error| {
        (error.silent, error.sealed) = (false, Some(sealed.into()));
        error
    })
}

/// It may be the only copy: without `yes` only if nobody can open it.
fn discard(context: &Context<'_>, profile: &Profile, args: &Recover) -> Result<()> {
    let open = if args.secrets { Store::open_secrets } else { Store::open };
    let mut store = open(profile, context.out.json())?;
    let claim = context.claim(&store, profile)?;
    if !args.yes {
        store.check_discardable()?;
    }
    let Some(Discarded { aside, renamed }) = store.discard_journal(&claim)? else {
        return say(context, profile, "nothing", "there is no journal", &[]);
    };
    let Some(aside) = aside else {
        let words = "there is no journal; what this machine knew of the store is forgotten";
        return say(context, profile, "discarded", words, &[]);
    };
    let words = format!("the journal is set aside as {}; this brings it back", aside.display());
    let undo = renamed.iter().map(|(from, to)| format!("mv {} {}", quoted(to), quoted(from)));
    say(context, profile, "discarded", &words, &undo.collect::<Vec<_>>())
}

fn quoted(path: &Path) -> String {
    shell::quoted(&path.display().to_string())
}

fn from_stdin(context: &Context<'_>, profile: &Profile) -> Result<()> {
    let text = input::secret("sealed text", "tokcli recover --stdin")?;
    let sealed = SealedText::read(&text).ok_or_else(|| refused("standard input is not a sealed text"))?;
    let mut store = Store::open(profile, context.out.json())?;
    let claim = context.claim(&store, profile)?;
    let there = store.load(&claim)?;
    // A first login may have left its key alone.
    if there.record().is_none() && store.key().is_err() {
        return Err(no_credential(profile));
    }
    let brought = store
        .open_sealed_text(&sealed)?
        .ok_or_else(|| refused("the sealed text belongs to another credential, or is damaged"))?;
    // An answer that no journal took belongs to the record that is there.
    let answers = brought.order() == there.order()
        && brought.answers().next().is_some()
        && there.answers().next().is_none();
    if !answers && brought.is_copy_of(&there) {
        return say(context, profile, "intact", "the sealed credential is there already", &[]);
    }
    if !answers && brought.order() <= there.order() {
        return Err(refused("the credential at hand is as new as the sealed one, or newer"));
    }
    store.save(&claim, &brought.after(&there))?;
    say(context, profile, "recovered", "the sealed credential is stored", &[])
}
