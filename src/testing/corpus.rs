//! Whatever fuzzing found worth keeping is asked again, without a fuzzer.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use super::fuzzing;

fn replay(target: &str, run: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = fs::read_dir(&corpus).unwrap_or_else(|why| panic!("{}: {why}", corpus.display()));
    let files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    assert!(!files.is_empty(), "{} is empty", corpus.display());
    for file in files {
        let bytes = fs::read(&file).expect("readable");
        assert!(catch_unwind(|| run(&bytes)).is_ok(), "`{target}` fails on {}", file.display());
    }
}

#[test]
fn every_answer_of_the_corpus_is_read_and_settled() {
    replay("answers", fuzzing::answers);
}

#[test]
fn every_record_of_the_corpus_is_refused_or_sound() {
    replay("records", fuzzing::records);
}

#[test]
fn every_configuration_of_the_corpus_is_refused_or_can_send() {
    replay("profiles", fuzzing::profiles);
}
