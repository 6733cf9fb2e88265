//! Journals as they are written, torn, damaged and moved.

use proptest::prelude::*;
use proptest::sample::Index;

use super::slot::{OLD_FORMAT, bound};
use super::*;
use crate::base::error::Code;
use crate::credential::access::{Access, AccessExpiry};
use crate::credential::audience::Audience;
use crate::credential::secrets::{Kept, RefreshToken};
use crate::credential::state::Seal;
use crate::http::message::RawAnswer;
use crate::store::payload::from_payload;
use crate::testing::samples::{Any, access, any_credential, attempt, credential as held, moment, raw};

struct Fixture {
    _directory: tempfile::TempDir,
    path: PathBuf,
    key: SealingKey,
}

fn fixture() -> Fixture {
    let directory = tempfile::tempdir().expect("tempdir");
    let path = directory.path().join("c.jrn");
    Fixture { _directory: directory, path, key: SealingKey::draw().expect("random") }
}

impl Journal {
    fn put(&mut self, credential: &Credential, key: &SealingKey, nonce: &Nonce) -> io::Result<()> {
        self.prepare().map_err(|error| io::Error::other(error.message()))?;
        self.write(credential, key, nonce)
    }
}

impl Fixture {
    fn reopened(&self) -> Journal {
        Journal::open(&self.path, "c", true).expect("opens").expect("is there")
    }

    fn held(&self) -> Credential {
        match self.reopened().unseal(&self.key) {
            Unsealed::Held(credential) => *credential,
            _ => panic!("nothing held"),
        }
    }
}

#[test]
fn heads_are_the_same_until_the_next_write_and_none_beside_a_torn_slot() {
    let f = fixture();
    let read = || JournalVersion::read(&f.path).expect("reads");
    assert!(read().is_none(), "no journal");
    let mut journal = Journal::make(&f.path, "c").expect("made");
    for sequence in 1..=3 {
        let before = journal.version();
        assert!(before.is_some() && before == read() && before == f.reopened().version());
        let nonce = random().expect("random");
        journal.put(&held(1, 1, sequence, "rt"), &f.key, &nonce).expect("written");
        assert!(before != read() && journal.version() == read());
        assert_eq!(read().and_then(|heads| heads.order()), Some(Order { epoch: 1, generation: 1 }));
    }
    let known = read();
    let mut bytes = std::fs::read(&f.path).expect("read");
    bytes[HEAD + 5] ^= 1;
    std::fs::write(&f.path, bytes).expect("written");
    assert!(f.reopened().version().is_none(), "one slot is torn");
    assert!(read() == known, "the heads alone do not tell");
    journal.bury(Order { epoch: 9, generation: 0 }).expect("buried");
    assert!(read() != known && f.reopened().version() == read());
}

#[test]
fn the_newest_write_is_read_back_with_its_raw_answer() {
    let f = fixture();
    let mut journal = Journal::make(&f.path, "c").expect("made");
    assert_eq!(journal.glance(), Glance::Nothing);
    for sequence in 1..=5 {
        let mut answer = raw(200, "");
        answer.body = vec![0, 255, 7];
        let next = held(1, sequence, sequence, "rt").opened(attempt(0), None).answered(answer);
        journal.put(&next, &f.key, &random().expect("random")).expect("written");
    }
    let held = f.held();
    assert_eq!(held.version, Version { order: Order { epoch: 1, generation: 5 }, sequence: 7 });
    assert_eq!(held.unread().expect("an answer").1.body, [0, 255, 7]);
}

#[test]
fn whatever_byte_of_the_newest_slot_is_torn_the_other_one_stands() {
    let f = fixture();
    let mut journal = Journal::make(&f.path, "c").expect("made");
    journal.put(&held(1, 1, 1, "old"), &f.key, &[1; NONCE]).expect("written");
    journal.put(&held(1, 2, 2, "new"), &f.key, &[2; NONCE]).expect("written");
    let good = std::fs::read(&f.path).expect("read");
    let slot = usize::try_from(NEW_SLOT).expect("small");
    let length = 64 + journal.slots[1].as_ref().expect("slot").sealed.len() + 32;
    for at in (slot..slot + length).step_by(7) {
        let mut torn = good.clone();
        torn[at] ^= 0x55;
        std::fs::write(&f.path, torn).expect("write");
        assert_eq!(
            f.held().record().and_then(|record| record.refresh_token.clone()),
            Some(RefreshToken::new("old")),
            "byte {at}"
        );
    }
}

#[test]
fn another_key_or_another_credentials_file_does_not_open() {
    let f = fixture();
    let mut journal = Journal::make(&f.path, "c").expect("made");
    journal.put(&held(1, 1, 1, "rt"), &f.key, &[1; NONCE]).expect("written");
    let other = SealingKey::draw().expect("random");
    assert!(matches!(journal.unseal(&other), Unsealed::Unreadable(_)));
    let swapped = Journal::open(&f.path, "d", false).expect("opens").expect("is there");
    assert!(matches!(swapped.unseal(&f.key), Unsealed::Unreadable(_)));
}

#[test]
fn two_writes_leave_no_slot_of_an_older_format() {
    let f = fixture();
    let mut journal = Journal::make(&f.path, "c").expect("made");
    let there = held(1, 1, 1, "rt");
    for nonce in [1, 2] {
        journal.put(&there, &f.key, &[nonce; NONCE]).expect("written");
    }
    let mut bytes = std::fs::read(&f.path).expect("read");
    let half = bytes.len() / 2;
    for at in [0, half] {
        let sealed = u16::from_le_bytes([bytes[at + 56], bytes[at + 57]]);
        let length = HEAD + usize::from(sealed);
        bytes[at + 8..at + 12].copy_from_slice(&OLD_FORMAT.to_le_bytes());
        let sum = Sha256::digest(&bytes[at..at + length]);
        bytes[at + length..at + length + SUM].copy_from_slice(&sum);
    }
    std::fs::write(&f.path, bytes).expect("written");
    let mut journal = f.reopened();
    for (nonce, outdated) in [(3, true), (4, false)] {
        assert!(journal.is_outdated());
        journal.put(&there, &f.key, &[nonce; NONCE]).expect("written");
        assert_eq!(f.reopened().is_outdated(), outdated, "after write {nonce}");
    }
}

#[test]
fn a_tombstone_buries_both_slots() {
    let f = fixture();
    let mut journal = Journal::make(&f.path, "c").expect("made");
    journal.put(&held(5, 1, 1, "rt"), &f.key, &[1; NONCE]).expect("written");
    journal.bury(Order { epoch: 6, generation: 0 }).expect("buried");
    assert_eq!(f.reopened().glance(), Glance::Buried(Order { epoch: 6, generation: 0 }));
    let slots = f.reopened().slots;
    assert!(slots.iter().flatten().all(|slot| slot.sealed.is_empty()), "no sealed part is left");
}

#[test]
fn a_large_record_gets_larger_slots_and_keeps_the_journals_id() {
    let f = fixture();
    let mut journal = Journal::make(&f.path, "c").expect("made");
    journal.put(&held(1, 1, 1, "rt"), &f.key, &[1; NONCE]).expect("written");
    let (id, large) = (journal.id(), held(1, 2, 2, &"r".repeat(40_000)));
    journal.make_room(&large).expect("room");
    assert_eq!((journal.id(), journal.slot_size), (id, 2 * NEW_SLOT));
    assert_eq!(f.held().version.sequence, 1, "what was there is there still");
    journal.put(&large, &f.key, &[3; NONCE]).expect("written");
    assert_eq!(f.held().version.sequence, 2);
}

#[test]
fn whatever_the_largest_answer_becomes_has_room_in_a_journal_of_any_size() {
    let sealed = |there: Credential| {
        let mut answer = raw(200, "");
        answer.body = vec![b'{'; LARGEST_ANSWER];
        there.opened(attempt(0), None).answered(answer)
    };
    let base = |tokens: usize| {
        let mut there = held(1, 1, 1, &"r".repeat(tokens));
        let access = access(&"a".repeat(tokens), moment(1), AccessExpiry::Unknown);
        there.record_mut().expect("held").set_access(&Audience::default(), Some(access));
        there
    };
    for slot_size in [SLOT, NEW_SLOT] {
        for tokens in [10, 12_000, 32_000] {
            let f = fixture();
            let empty = image(&Head::clear(Kind::Empty, [7; 16], Version::default()).encode(), &[]);
            let slots = [empty.clone(), empty];
            let mut journal = Journal::make_sized(&f.path, "c", slots, slot_size).expect("made");
            journal.make_room(&base(tokens).opened(attempt(0), None)).expect("room");
            let room = journal.slot_size;
            // As it came; read, with what is kept twice; and unread, with the new refresh token found in it.
            let mut read = base(tokens);
            let kept = Kept::new("k".repeat(16_384), false);
            let record = read.record_mut().expect("held");
            record.set_access(
                &Audience::default(),
                Some(access(&"a".repeat(LARGEST_ANSWER), moment(1), AccessExpiry::Unknown)),
            );
            record.kept.insert("k".into(), kept);
            let extra = record.extra();
            let kept = record.access(&Audience::default()).cloned().expect("set");
            record.set_access(&Audience::default(), Some(Access { extra, ..kept }));
            // The same for an audience that had none, with all that it had for others.
            let mut another = read.clone();
            let record = another.record_mut().expect("held");
            let there = record.access(&Audience::default()).cloned();
            record.set_access(&Audience::of([("scope", "another")]), there);
            let own = access(&"a".repeat(tokens), moment(1), AccessExpiry::Unknown);
            record.set_access(&Audience::default(), Some(own));
            let mut unread = sealed(base(tokens));
            let new = RefreshToken::new("n".repeat(LARGEST_ANSWER - 500));
            unread.record_mut().expect("held").keep_candidate(new);
            for after in [sealed(base(tokens)), read, another, unread] {
                journal.put(&after, &f.key, &random().expect("random")).expect("written");
                assert!(journal.slot_size == room && f.reopened().slot_size == room, "{slot_size} {tokens}");
            }
        }
    }
}

#[test]
fn answers_that_are_kept_unread_are_counted_and_too_many_are_refused_beforehand() {
    let f = fixture();
    let mut journal = Journal::make(&f.path, "c").expect("made");
    let mut there = held(1, 1, 1, "rt").opened(attempt(0), None);
    let mut last = journal.slot_size;
    for more in [1, 3, 30] {
        there.seals.extend((0..more).map(|_| Seal {
            attempt: "n".into(),
            step: "refresh".into(),
            audience: None,
            login: None,
            raw: RawAnswer { body: vec![0; LARGEST_ANSWER], ..raw(200, "") },
            followed_by: None,
            names_a_secret: false,
        }));
        journal.make_room(&there).expect("room");
        assert!(journal.slot_size > last, "{more}");
        last = journal.slot_size;
    }
    let whole = there.seals.clone();
    (0..6).for_each(|_| there.seals.extend(whole.clone()));
    let error = journal.make_room(&there).expect_err("too many");
    assert!(error.code == Code::StoreUnavailable && journal.slot_size == last, "{error}");
}

#[test]
fn a_write_of_its_own_grows_only_by_what_is_written() {
    let f = fixture();
    let mut journal = Journal::make(&f.path, "c").expect("made");
    let large = held(1, 1, 1, &"r".repeat(140_000));
    assert!(journal.put(&large, &f.key, &[1; NONCE]).is_err());
    assert_eq!(journal.glance(), Glance::Nothing);
    journal.fit(&large).expect("room");
    journal.put(&large, &f.key, &[1; NONCE]).expect("written");
    assert_eq!(f.held().version.sequence, 1);
}

#[test]
fn a_write_stays_within_the_memory_that_was_there_before() {
    let f = fixture();
    let mut journal = Journal::make(&f.path, "c").expect("made");
    let mut answer = raw(200, "");
    answer.body = vec![0; LARGEST_ANSWER];
    let there = held(1, 1, 1, &"r".repeat(9_000)).opened(attempt(0), None).answered(answer);
    journal.make_room(&there).expect("room");
    journal.prepare().expect("memory");
    let place = |journal: &Journal| {
        let Buffer { image, bound } = &journal.buffer;
        (image.as_ptr(), image.capacity(), bound.as_ptr(), bound.capacity())
    };
    let before = place(&journal);
    assert!(before.1 as u64 >= journal.slot_size, "there is room for whatever a slot takes");
    for nonce in [1, 2, 3] {
        journal.write(&there, &f.key, &[nonce; NONCE]).expect("written");
        // Between an intent and its answer the file may be put back, and a further write is prepared for.
        journal.bring_back().expect("brought back");
        journal.prepare().expect("memory");
        assert!(place(&journal) == before, "nothing was moved");
    }
}

#[test]
fn a_journal_that_is_not_where_it_belongs_is_noticed_and_brought_back() {
    type Harm = fn(&Path);
    let harms: [(&str, Harm); 7] = [
        ("nothing", |_| {}),
        ("deleted", |path| std::fs::remove_file(path).expect("removed")),
        ("moved", |path| std::fs::rename(path, path.with_extension("old")).expect("moved")),
        ("replaced", |path| {
            let bytes = std::fs::read(path).expect("read");
            std::fs::remove_file(path).expect("removed");
            files::put(path, &bytes).expect("put");
        }),
        ("truncated", |path| std::fs::write(path, "").expect("written")),
        ("zeroed", |path| std::fs::write(path, vec![0; 256 << 10]).expect("written")),
        ("named twice", |path| std::fs::hard_link(path, path.with_extension("two")).expect("linked")),
    ];
    for (what, harm) in harms {
        if ["deleted", "replaced"].contains(&what) && !open_files_give_way() {
            continue;
        }
        let f = fixture();
        let mut journal = Journal::make(&f.path, "c").expect("made");
        journal.put(&held(1, 1, 1, "old"), &f.key, &[1; NONCE]).expect("written");
        journal.put(&held(1, 2, 2, "new"), &f.key, &[2; NONCE]).expect("written");
        assert!(journal.is_in_place(), "{what}");
        harm(&f.path);
        assert_eq!(journal.is_in_place(), what == "nothing", "{what}");
        let id = journal.id();
        journal.bring_back().expect(what);
        assert!(journal.is_in_place() && journal.id() == id, "{what}");
        assert_eq!(f.held().version.sequence, 2, "{what}");
    }
}

/// Windows lets nothing take the place of a file that is open, but for newer ones on some file systems.
fn open_files_give_way() -> bool {
    let f = fixture();
    let open = File::create(&f.path).expect("made");
    let gave_way = files::put(&f.path, b"").is_ok();
    drop(open);
    assert!(gave_way || cfg!(windows));
    gave_way
}

#[test]
fn a_newer_journal_in_its_place_stays() {
    if !open_files_give_way() {
        return;
    }
    let f = fixture();
    let mut journal = Journal::make(&f.path, "c").expect("made");
    journal.put(&held(1, 1, 1, "old"), &f.key, &[1; NONCE]).expect("written");
    std::fs::remove_file(&f.path).expect("removed");
    let mut other = Journal::make(&f.path, "c").expect("made");
    other.put(&held(2, 1, 1, "other"), &f.key, &[1; NONCE]).expect("written");
    let error = journal.bring_back().expect_err("newer");
    assert!(error.message().contains("another journal"), "{error}");
    assert_eq!(f.held().version.order.epoch, 2);
    let mut bytes = std::fs::read(&f.path).expect("read");
    let whole =
        usize::try_from(u64::from_le_bytes(bytes[56..64].try_into().expect("8"))).expect("small") + HEAD;
    bytes[8] = 9;
    let sum = Sha256::digest(&bytes[..whole]);
    bytes[whole..whole + SUM].copy_from_slice(&sum);
    std::fs::write(&f.path, bytes).expect("written");
    assert_eq!(journal.bring_back().expect_err("newer").hint.as_deref(), Some(UPDATE));
}

#[test]
fn a_format_that_is_not_known_counts_only_where_the_slot_is_whole() {
    let f = fixture();
    let mut journal = Journal::make(&f.path, "c").expect("made");
    journal.put(&held(1, 1, 1, "old"), &f.key, &[1; NONCE]).expect("written");
    journal.put(&held(1, 2, 2, "new"), &f.key, &[2; NONCE]).expect("written");
    let good = std::fs::read(&f.path).expect("read");
    let half = good.len() / 2;
    for (at, left) in [(0, 2), (half, 1)] {
        for byte in 8..12 {
            let mut bad = good.clone();
            bad[at + byte] = 0xff;
            std::fs::write(&f.path, &bad).expect("written");
            assert_eq!(f.held().version.sequence, left, "a damaged format, byte {byte} at {at}");
            let whole = usize::try_from(u64::from_le_bytes(bad[at + 56..at + 64].try_into().expect("8")));
            let end = at + HEAD + whole.expect("small");
            let sum = Sha256::digest(&bad[at..end]);
            bad[end..end + SUM].copy_from_slice(&sum);
            std::fs::write(&f.path, &bad).expect("written");
            let error = Journal::open(&f.path, "c", false).map(|_| ()).expect_err("newer");
            assert_eq!(error.hint.as_deref(), Some(UPDATE), "{error}");
        }
    }
}

#[test]
fn a_file_that_is_no_journal_is_refused() {
    let f = fixture();
    for bytes in [vec![], vec![0; 100], vec![7; 128 << 10]] {
        let _ = std::fs::remove_file(&f.path);
        files::put(&f.path, &bytes).expect("put");
        assert!(Journal::open(&f.path, "c", false).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_payload_comes_back_whole(Any(there) in any_credential()) {
        let written = payload(&there).expect("written");
        let back = from_payload(&written).expect("read");
        prop_assert!(payload(&back).expect("written") == written);
        prop_assert!(back.is_copy_of(&there));
    }

    #[test]
    fn a_changed_byte_is_a_torn_slot_or_a_broken_seal(Any(there) in any_credential(), at: Index, change in 1..=255_u8, mend: bool) {
        let key = SealingKey::draw().expect("random");
        let payload = payload(&there).expect("written");
        let head = Head { length: payload.len() + NONCE + TAG, ..Head::clear(Kind::Sealed, [7; 16], there.version) };
        let clear = head.encode();
        let sealed = key.seal(&[1; NONCE], &bound(&clear, "c"), payload).expect("sealed");
        let read = |image: &[u8]| {
            let from = |to: &mut [u8], at| {
                to.copy_from_slice(&image[usize::try_from(at).expect("small")..][..to.len()]);
                Ok(())
            };
            read_slot(from, 0, SLOT).expect("read")
        };
        let padded = |mut image: Vec<u8>| { image.resize(usize::try_from(SLOT).expect("small"), 0); image };
        let good = image(&clear, &sealed);
        prop_assert!(read(&padded(good.clone())).and_then(|slot| slot.opened("c", &key)).is_some_and(|back| back.is_copy_of(&there)));
        let mut bad = good.clone();
        bad[at.index(good.len())] ^= change;
        if mend {
            // As one who can write the file, but has no key, would.
            let body = bad.len() - SUM;
            let sum = Sha256::digest(&bad[..body]);
            bad[body..].copy_from_slice(&sum);
        }
        let slot = read(&padded(bad.clone()));
        prop_assert!(mend || slot.is_none(), "the checksum does not see it");
        let opened = slot.and_then(|slot| slot.opened("c", &key));
        prop_assert!(opened.is_none() || bad == good, "another record");
    }
}
