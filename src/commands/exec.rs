//! `tokcli exec`: tokens for one command, which takes the place of this process.
//!
//! The rule that matters: until every token is at hand nothing is started, and from then on nothing of ours is left.

use zeroize::Zeroizing;

use super::context::{Context, Failure, Looks};
use crate::base::clock::Moment;
use crate::base::error::{Result, refused};
use crate::base::program::Program;
use crate::credential::access::Access;
use crate::credential::issued::Issued;
use crate::session::demand::Demand;
use crate::surface::{Handed, header, variable};
use crate::terminal::arguments::asked_profile;
use crate::terminal::arguments::exec::{Exec, Form, Place, Share};
use crate::terminal::objects::issued_object;

/// It comes back only with what went wrong.
pub(super) fn run(context: &Context<'_>, args: &Exec) -> std::result::Result<u8, Failure> {
    let alone = |error| (None, error);
    check(&args.shares.0).map_err(alone)?;
    let profiles = context.profiles().map_err(alone)?;
    let mut program = Program::new(&args.command);
    for name in profiles.secret_variables().iter() {
        program.hide(name);
    }
    let demand = Demand::of_life(args.life.min_ttl, args.life.fresh);
    for share in &args.shares.0 {
        let asked = asked_profile(share.profile.as_deref()).map_err(alone)?;
        context.with_one(&profiles, asked, Looks::AtOnce, |profile| {
            let access = context.obtain(&profiles, profile, &demand, None)?;
            share.places.iter().try_for_each(|place| give(&mut program, &profile.name, place, &access))
        })?;
    }
    Err((None, program.take_over()))
}

/// Before anything is sent.
fn check(shares: &[Share]) -> Result<()> {
    let mut seen: Vec<&Place> = Vec::new();
    for place in shares.iter().flat_map(|share| &share.places) {
        let is_same = |other: &&Place| match (place, *other) {
            (Place::Variable(name, _), Place::Variable(other, _)) => name.eq_ignore_ascii_case(other),
            (place, other) => place == other,
        };
        if seen.iter().any(is_same) {
            return Err(refused("two tokens for one variable or descriptor"));
        }
        if let Place::Variable(name, _) = place {
            variable::check(name)?;
        }
        seen.push(place);
    }
    Ok(())
}

fn give(program: &mut Program, profile: &str, place: &Place, access: &Access) -> Result<()> {
    match place {
        Place::Variable(name, form) => program.set(name, &written(*form, profile, access)?),
        Place::Descriptor(number) => {
            let line = Zeroizing::new(format!("{}\n", Handed::of(access, &Moment::now())?.token()));
            program.hand(*number, line.as_bytes())?;
        }
    }
    Ok(())
}

fn written(form: Form, profile: &str, access: &Access) -> Result<Zeroizing<String>> {
    Ok(match form {
        Form::Token => Zeroizing::new(Handed::of(access, &Moment::now())?.token().to_owned()),
        Form::Header => {
            let handed = Handed::of(access, &Moment::now())?;
            let line = header::shown(&handed, None, header::Form::Line);
            Zeroizing::new(line.trim_end().to_owned())
        }
        Form::Json => {
            let issued = Issued::at_hand(access.clone());
            Zeroizing::new(issued_object(profile, &issued, Vec::new(), &Moment::now()).to_string())
        }
    })
}
