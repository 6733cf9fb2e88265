//! Which of several copies of a credential is right, and what the others complete.
//!
//! The rule that matters: no token that may be live is lost, whichever copy wins.

use super::record::Record;
use super::secrets::RefreshToken;
use super::state::{AnswerAt, Credential, Open, Seal, State};

/// What a journal and a store together say: the newer copy is right, completed by the other. The journal
/// is that of `journal`: an intent that names it counts only if it holds it, because it is written there
/// last, just before the first byte; otherwise nothing was sent.
pub(crate) fn merged(
    held: Option<&Credential>,
    stored: Option<&Credential>,
    journal: Option<&str>,
) -> Credential {
    let mut right = match (held, stored) {
        (Some(held), Some(stored)) => newest(held, stored),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => return Credential::default(),
    };
    if let Some(held) = held.filter(|held| held.order() == right.order())
        && let (Some(record), Some(fuller)) = (right.record_mut(), held.record())
    {
        record.complete_from(fuller);
    }
    // Most stores hold no answers. What the copy that is right has got since came after them.
    if let Some(held) = held.filter(|held| held.order().epoch == right.order().epoch)
        && right.seals.is_empty()
    {
        right.seals.clone_from(&held.seals);
        if held.order() < right.order() {
            right.follow_seals();
        }
    }
    keep_login_answer(&mut right, held);
    let mut right = match right.open() {
        Some(open) if Some(open.attempt.journal.as_str()) == journal => as_the_journal_has_it(right, held),
        _ => right,
    };
    keep_answer(&mut right, held);
    right
}

/// What is written where others have written meanwhile: nothing of theirs is undone, and no token of ours that may live is lost.
pub(crate) fn joined(present: &Credential, ours: &Credential) -> Credential {
    let mut right = merged(Some(ours), Some(present), None);
    let token = ours
        .refresh_token()
        .filter(|_| ours.order() < right.order() && ours.order().epoch == right.order().epoch);
    if let (Some(token), Some(record)) = (token, right.record_mut())
        && record.refresh_token.as_ref() != Some(token)
        && !record.is_spent(token)
        && !record.candidates.contains(token)
    {
        record.keep_candidate(token.clone());
        right.version.sequence += 1;
    }
    right
}

/// With the attempt that the journal holds, and the answer to it.
fn as_the_journal_has_it(right: Credential, held: Option<&Credential>) -> Credential {
    // What another machine had open when this one looked last is in the record only, as what this one went on from.
    let is_own =
        |open: &&Open| right.open().is_some_and(|there| there.attempt.journal == open.attempt.journal);
    let own = held.and_then(Credential::open).filter(is_own);
    let before = right
        .open()
        .and_then(Open::without_the_last)
        .filter(|_| held.is_some_and(|held| held.open().is_some()));
    // The answer to a login is not that to what lies open beneath it.
    let held = held.filter(|held| held.login().is_none());
    let unread = held.filter(|_| own.is_some()).and_then(Credential::unread).map(|(_, raw)| raw.clone());
    let nonce = |open: &Open| open.attempt.nonce.clone();
    let same = own.map(nonce) == right.open().map(nonce);
    if same && right.is_answered() {
        return right;
    }
    // Its own copy of the attempt may be the later one.
    let open = if same { right.open().cloned() } else { own.cloned().or(before) };
    let state = match (open, unread) {
        (Some(open), Some(raw)) => State::Answered { base: right.base(), open, raw },
        _ if same => return right,
        (open, _) => State::of(right.base(), open),
    };
    right.next(1, state)
}

/// The answer to a login that nobody has looked into outlives a credential that was renewed elsewhere meanwhile. It is read
/// before anything else, unless something is under way that was sent since.
fn keep_login_answer(right: &mut Credential, held: Option<&Credential>) {
    let Some(held) = held.filter(|_| right.login_of(AnswerAt::Unread).is_none()) else { return };
    let newer = held.login_of(AnswerAt::Unread).is_some_and(|(_, login)| login.epoch > right.order().epoch);
    let Some((attempt, raw)) = held.unread().filter(|_| newer) else { return };
    if right.seals.iter().any(|known| known.attempt == attempt.nonce) {
        return;
    }
    if !matches!(right.state, State::Held(_) | State::Empty) {
        return right.seals.push(Seal::new(attempt, raw.clone()));
    }
    let mut open = Open::new(attempt.clone());
    // What was open beneath it went on without it.
    open.attempt.login.iter_mut().for_each(|login| login.over = None);
    *right = right.next(1, State::Answered { base: right.base(), open, raw: raw.clone() });
}

/// The answer to a refresh that nobody has looked into outlives what another machine, which did not know of it, has come to
/// since: it may hold the token that lives. A refusal that came whole holds none.
fn keep_answer(right: &mut Credential, held: Option<&Credential>) {
    let Some(held) = held.filter(|held| held.login().is_none() && held.order().epoch == right.order().epoch)
    else {
        return;
    };
    let Some((attempt, raw)) = held.unread().filter(|(_, raw)| raw.status < 300 || !raw.complete) else {
        return;
    };
    let is_here = right.unread().is_some_and(|(known, _)| known.nonce == attempt.nonce);
    if is_here || right.is_buried() || right.seals.iter().any(|known| known.attempt == attempt.nonce) {
        return;
    }
    right.seals.push(Seal::new(attempt, raw.clone()));
    right.version.sequence += 1;
    if held.order() < right.order() {
        right.follow_seals();
    }
}

/// The right one of two copies. Of two rotations of one token, in which no version tells, that which was obtained later.
fn newest(left: &Credential, right: &Credential) -> Credential {
    let twins = left.order() == right.order() && left.refresh_token() != right.refresh_token();
    match (left.record(), right.record()) {
        (Some(one), Some(other)) if twins => {
            // The other may yet be the live one.
            let token =
                |record: &Record| record.refresh_token.as_ref().map(|token| token.expose().to_owned());
            let left_is_later = match one.refresh_obtained.since(&other.refresh_obtained) {
                0 => token(one) > token(other),
                later => later > 0,
            };
            if left_is_later { with_twin(left, right) } else { with_twin(right, left) }
        }
        _ if left.version >= right.version => left.clone(),
        _ => right.clone(),
    }
}

fn with_twin(winner: &Credential, loser: &Credential) -> Credential {
    let mut winner = winner.clone();
    winner.version.sequence = winner.version.sequence.max(loser.version.sequence) + 1;
    let Some(lost) = loser.record() else { return winner };
    if let Some(record) = winner.record_mut() {
        // The twin of what is held is likelier to live than what either kept beside it.
        let own = std::mem::take(&mut record.candidates);
        let others = lost.candidates.iter().filter(|token| !record.is_spent(token)).cloned();
        let twin = lost.refresh_token.iter().filter(|token| !record.is_spent(token)).cloned();
        let likeliest_first: Vec<RefreshToken> = twin.chain(own).chain(others).collect();
        likeliest_first.into_iter().for_each(|token| record.keep_candidate(token));
    }
    winner
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::array::uniform3;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::subsequence;
    use serde_json::Value;

    use super::*;
    use crate::base::digest::sha256_hex;
    use crate::credential::access::AccessExpiry;
    use crate::credential::audience::Audience;
    use crate::credential::state::{Attempt, Order, Version};
    use crate::testing::samples::{Any, access, answered, attempt, credential, moment, raw};

    fn both(one: &Credential, other: &Credential) -> Credential {
        merged(Some(one), Some(other), None)
    }

    #[test]
    fn the_newest_copy_wins_and_a_twin_becomes_a_candidate() {
        let newest = |a: &Credential, b: &Credential| {
            let token = |both: Credential| both.refresh_token().map(|token| token.expose().to_owned());
            assert_eq!(token(both(a, b)), token(both(b, a)), "whichever comes first");
            token(both(a, b)).expect("held")
        };
        assert_eq!(newest(&credential(2, 0, 1, "new login"), &credential(1, 9, 9, "old")), "new login");
        assert_eq!(newest(&credential(1, 2, 1, "rotated"), &credential(1, 1, 9, "old")), "rotated");
        let (a, b) = (credential(1, 2, 3, "a"), credential(1, 2, 4, "b"));
        assert_eq!(newest(&a, &b), "b");
        let twin = both(&a, &b);
        assert_eq!(twin.record().expect("held").candidates, [RefreshToken::new("a")]);
        assert_eq!(twin.version.sequence, 5);
    }

    #[test]
    fn nothing_is_nothing_and_one_copy_is_enough() {
        assert!(matches!(merged(None, None, None).state, State::Empty));
        let one = credential(1, 2, 3, "a");
        assert!(merged(Some(&one), None, None).is_copy_of(&one));
        assert!(merged(None, Some(&one), None).is_copy_of(&one));
    }

    #[test]
    fn what_a_small_item_left_out_comes_from_the_journal_of_the_same_rotation_only() {
        let mut fuller = credential(1, 2, 3, "a");
        fuller
            .record_mut()
            .expect("held")
            .set_access(&Audience::default(), Some(access("at", moment(1), AccessExpiry::Unknown)));
        let mut item = credential(1, 2, 4, "a");
        assert!(both(&fuller, &item).record().expect("held").access(&Audience::default()).is_some());
        item.version.order.generation = 3;
        assert!(
            both(&fuller, &item).record().expect("held").access(&Audience::default()).is_none(),
            "another rotation"
        );
    }

    #[test]
    fn an_intent_counts_only_if_its_own_journal_holds_it() {
        let held = credential(1, 2, 3, "a");
        let intent = held.opened(attempt(0), None);
        let here = merged(Some(&held), Some(&intent), Some("j"));
        assert!(here.open().is_none() && here.version > intent.version, "nothing was sent");
        let there = merged(Some(&held), Some(&intent), Some("another"));
        assert!(there.open().is_some(), "only a run there knows");
        let sent = merged(Some(&intent), Some(&intent), Some("j"));
        assert!(sent.is_copy_of(&intent));
        // An earlier attempt, and its answer, are what is open then.
        let before = answered(&held, 200, "{}");
        let mut later = before.opened(Attempt { nonce: "m".into(), ..attempt(1) }, Some(attempt(0)));
        later.version.sequence += 9;
        let back = merged(Some(&before), Some(&later), Some("j"));
        assert!(back.is_answered() && back.open().is_some_and(|open| open.attempt.nonce == "n"));
    }

    #[test]
    fn an_answer_that_only_the_journal_holds_outlives_a_later_copy_of_the_store() {
        let answered = answered(&credential(1, 2, 3, "a"), 200, "body");
        let stored = answered.changed(|_| ()).without_answers();
        let both = merged(Some(&answered), Some(&stored), Some("j"));
        assert_eq!(both.unread().map(|(_, raw)| raw.body.as_slice()), Some(&b"body"[..]));
        assert!(both.version > stored.version && both.is_answered());
        // Decided meanwhile, it is read.
        let decided = Credential { version: stored.version, ..credential(1, 2, 3, "a") };
        assert!(merged(Some(&answered), Some(&decided), Some("j")).unread().is_none());
    }

    #[test]
    fn an_answer_that_nobody_read_outlives_what_another_machine_came_to() {
        let base = credential(1, 2, 3, "a");
        let answered = answered(&base, 200, "body");
        let elsewhere =
            |order| Credential { version: Version { sequence: 9, order }, ..credential(1, 2, 3, "a") };
        // The other one was refused: the token had been taken by the request that this is the answer to.
        let refused = merged(Some(&answered), Some(&elsewhere(base.order())), Some("j"));
        assert!(refused.last_words().any(|(_, seal)| seal.raw.body == b"body"));
        assert!(refused.version > elsewhere(base.order()).version, "a write of its own");
        let again = merged(Some(&refused), Some(&elsewhere(base.order())), Some("j"));
        assert!(again.is_copy_of(&refused) && again.seals.len() == 1);
        // It was granted another: what this one gave comes after it.
        let order = Order { generation: 3, ..base.order() };
        let granted = merged(Some(&answered), Some(&elsewhere(order)), Some("j"));
        assert!(granted.seals.len() == 1 && granted.last_words().next().is_none());
        for (held, stored) in [
            (both(&base, &base).opened(attempt(0), None).answered(raw(400, "no")), elsewhere(base.order())),
            (
                answered.clone(),
                Credential {
                    version: Version { order: Order { epoch: 2, generation: 0 }, sequence: 1 },
                    ..base
                },
            ),
        ] {
            assert!(merged(Some(&held), Some(&stored), Some("j")).seals.is_empty(), "it brings nothing");
        }
    }

    /// Three of few tokens and two orders, so that copies meet their likes. As in life a
    /// token of an order was obtained once, and one of its copies is as good as another.
    fn three_copies() -> impl Strategy<Value = [Any<Credential>; 3]> {
        const NAMES: [&str; 4] = ["a", "b", "c", "d"];
        let one = (0..3_i64, 1..4_u64, subsequence(&NAMES[..], 0..=2), subsequence(&NAMES[..], 0..=1));
        (vec(one, 8), uniform3((0..2_usize, 0..4_usize))).prop_map(|(world, picks)| {
            picks.map(|(generation, token)| {
                let (obtained, sequence, candidates, spent) = &world[generation * 4 + token];
                let others = |names: &Vec<&'static str>| -> Vec<&'static str> {
                    names.iter().copied().filter(|name| *name != NAMES[token]).collect()
                };
                let mut copy = credential(1, generation as u64, *sequence, NAMES[token]);
                let record = copy.record_mut().expect("held");
                record.refresh_obtained = moment(*obtained);
                record.candidates = others(candidates).into_iter().map(RefreshToken::new).collect();
                record.spent = others(spent).into_iter().map(sha256_hex).collect();
                Any(copy)
            })
        })
    }

    fn names<'a>(tokens: impl IntoIterator<Item = &'a RefreshToken>) -> Vec<&'a str> {
        tokens.into_iter().map(RefreshToken::expose).collect()
    }

    fn json(credential: &Credential) -> Value {
        serde_json::to_value(credential).expect("JSON")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn the_newest_of_copies_is_the_same_in_any_order([Any(a), Any(b), Any(c)] in three_copies()) {
            prop_assert_eq!(json(&both(&a, &b)), json(&both(&b, &a)));
            prop_assert_eq!(json(&both(&a, &a)), json(&a));
            let (left, right) = (both(&both(&a, &b), &c), both(&a, &both(&b, &c)));
            prop_assert_eq!(left.order(), right.order());
            prop_assert_eq!(left.refresh_token(), right.refresh_token());
        }

        #[test]
        fn twins_lose_no_token_that_may_be_live([Any(a), Any(b), _] in three_copies()) {
            prop_assume!(a.order() == b.order() && a.refresh_token() != b.refresh_token());
            let both = both(&a, &b);
            let record = both.record().expect("held");
            prop_assert!(both.version > a.version && both.version > b.version, "a write of its own");
            prop_assert!(!record.candidates.iter().any(|token| Some(token) == record.refresh_token.as_ref()));
            let first = both.refresh_token();
            let (winner, loser) = if first == a.refresh_token() { (&a, &b) } else { (&b, &a) };
            let (won, lost) = (winner.record().expect("held"), loser.record().expect("held"));
            prop_assert!(won.refresh_token.as_ref() == first && won.refresh_obtained.wall_ms >= lost.refresh_obtained.wall_ms);
            // Two beside the first: the loser's own, unless the winner knows it to be spent, then what
            // the winner and the loser kept beside theirs. Nothing else may be lost.
            let live = |token: &&RefreshToken| !won.is_spent(token);
            let twin = lost.refresh_token.iter().filter(live);
            let mut wanted = names(twin.chain(&won.candidates).chain(lost.candidates.iter().filter(live)));
            let mut known: BTreeSet<&str> = names(first).into_iter().collect();
            wanted.retain(|name| known.insert(name));
            wanted.truncate(2);
            prop_assert_eq!(names(&record.candidates), wanted);
            prop_assert_eq!(&record.spent, &won.spent);
        }

        /// Whoever writes first, and however often: no token goes missing, and nothing becomes older.
        #[test]
        fn what_is_joined_loses_no_token_and_never_goes_back([Any(a), Any(b), _] in three_copies()) {
            let right = joined(&a, &b);
            prop_assert!(right.order() == a.order().max(b.order()) && right.version >= a.version);
            prop_assert!(right.version >= b.version || right.order() > b.order());
            let kept = right.record().expect("held");
            let known = names(kept.refresh_token.iter().chain(&kept.candidates));
            for one in [&a, &b] {
                let token = one.refresh_token().expect("held");
                let is_older = one.order() < right.order() && std::ptr::eq(one, &a);
                prop_assert!(known.contains(&token.expose()) || kept.is_spent(token) || known.len() == 3 || is_older);
            }
            prop_assert_eq!(&json(&joined(&right, &b))["state"], &json(&right)["state"], "again");
            let other = joined(&b, &a);
            prop_assert_eq!(right.order(), other.order());
            prop_assert_eq!(right.refresh_token(), other.refresh_token());
        }
    }
}
