//! The tests that `keyring-core` (1.1, `sample/test.rs`, MIT or Apache-2.0) and the stores of its makers share, named as
//! there, over our store and a real gnome-keyring. They are no part of the published crate's library, so they are
//! repeated here. Left out: what is asked of a store that keeps comments, dates and files of its own.

#![expect(clippy::disallowed_methods, reason = "its threads and files are no run's")]

use std::collections::{HashMap, HashSet};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use dbus_secret_service::{EncryptionType, SecretService as Daemon};
use keyring_core::api::CredentialPersistence;
use keyring_core::{CredentialStore, Entry, Error};

use crate::store::keyring::secret_service::SecretServiceStore;
use service::SecretService;

#[allow(
    clippy::disallowed_methods,
    dead_code,
    unreachable_pub,
    reason = "the stories' own, and they use all of it"
)]
#[path = "../../tests/stories/secret_service.rs"]
mod service;

const TESTS: [fn(); 26] = [
    test_vendor_and_id,
    test_empty_service_and_user,
    test_empty_password,
    test_invalid_parameter,
    test_missing_entry,
    test_round_trip_ascii_password,
    test_round_trip_non_ascii_password,
    test_entries_with_same_and_different_specifiers,
    test_round_trip_random_secret,
    test_update,
    test_update_secret,
    test_duplicate_entries,
    test_get_update_attributes,
    test_get_credential_and_specifiers_and_cred,
    test_get_set_after_delete_cred,
    test_credential_and_ambiguous_credential,
    test_create_then_move,
    test_simultaneous_create_then_move,
    test_create_set_then_move,
    test_simultaneous_create_set_then_move,
    test_simultaneous_independent_create_set,
    test_multiple_create_delete_single_thread,
    test_simultaneous_multiple_create_delete_single_thread,
    test_search,
    test_persistence,
    an_exact_item_is_found_among_look_alikes,
];

const INSIDE: &str = "TOKCLI_TEST_SHARED_STORE_TESTS";

/// Runs itself anew beside a keyring: the address of its bus is a variable, which a process with threads cannot set.
#[test]
fn the_shared_tests_of_keyring_core_pass_over_our_store() {
    if std::env::vars_os().any(|(name, _)| name == INSIDE) {
        return TESTS.iter().for_each(|test| test());
    }
    let service = SecretService::start();
    let name = format!("{}::the_shared_tests_of_keyring_core_pass_over_our_store", module_path!());
    let name = name.split_once("::").expect("the crate's own").1;
    let mut inside = Command::new(std::env::current_exe().expect("a test"));
    inside.args(["--exact", name, "--nocapture"]).env(INSIDE, "1").envs(service.environment());
    let ended = inside.output().expect("it runs");
    let said = [ended.stdout, ended.stderr].concat();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&said));
    assert!(String::from_utf8_lossy(&said).contains("1 passed"), "it is the one that ran");
}

fn store() -> Arc<CredentialStore> {
    static STORE: std::sync::OnceLock<Arc<SecretServiceStore>> = std::sync::OnceLock::new();
    STORE.get_or_init(SecretServiceStore::new).clone()
}

fn entry_new(service: &str, user: &str) -> Entry {
    Entry::new_in_store(&store(), service, user).expect("an entry")
}

fn fresh_name() -> String {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    format!("shared-{}", LAST.fetch_add(1, Ordering::Relaxed))
}

/// A second item with exactly these attributes, and what `more` says.
fn copy(service: &str, user: &str, secret: &[u8], more: &[(&'static str, &'static str)]) {
    let daemon = Daemon::connect(EncryptionType::Plain).expect("connected");
    let collection = daemon.get_default_collection().expect("there");
    let attributes = [("service", service), ("username", user)].into_iter().chain(more.iter().copied());
    collection.create_item("copy", attributes.collect(), secret, false, "text/plain").expect("made");
}

#[track_caller]
fn is_missing<T>(result: Result<T, Error>) {
    assert!(matches!(result, Err(Error::NoEntry)));
}

#[track_caller]
fn is_ambiguous<T>(result: Result<T, Error>) -> Vec<Entry> {
    match result {
        Err(Error::Ambiguous(entries)) => entries,
        _ => panic!("not ambiguous"),
    }
}

#[track_caller]
fn round_trip_no_delete(entry: &Entry, password: &str) {
    entry.set_password(password).expect("set");
    assert_eq!(entry.get_password().expect("got"), password);
}

#[track_caller]
fn round_trip(entry: &Entry, password: &str) {
    round_trip_no_delete(entry, password);
    entry.delete_credential().expect("deleted");
    is_missing(entry.get_password());
}

#[track_caller]
fn round_trip_secret(entry: &Entry, secret: &[u8]) {
    entry.set_secret(secret).expect("set");
    assert_eq!(entry.get_secret().expect("got"), secret);
    entry.delete_credential().expect("deleted");
    is_missing(entry.get_secret());
}

fn on_ten_threads(test: impl Fn(usize) + Copy + Send + 'static) {
    let threads: Vec<_> = (0..10).map(|n| thread::spawn(move || test(n))).collect();
    threads.into_iter().for_each(|thread| thread.join().expect("it passes"));
}

fn test_vendor_and_id() {
    let (one, other): (_, Arc<CredentialStore>) = (store(), SecretServiceStore::new());
    assert_eq!((one.vendor(), one.id()), (store().vendor(), store().id()));
    assert_eq!(one.vendor(), other.vendor());
    assert_ne!(one.id(), other.id());
}

fn test_empty_service_and_user() {
    let name = fresh_name();
    for (service, user) in [(name.as_str(), ""), ("", name.as_str()), ("", "")] {
        round_trip(&entry_new(service, user), "it doesn't matter");
    }
}

fn test_empty_password() {
    let name = fresh_name();
    round_trip(&entry_new(&name, &name), "");
}

fn test_invalid_parameter() {
    for modifier in ["target", "label", "anything"] {
        let more = HashMap::from([(modifier, "")]);
        let entry = Entry::new_in_store_with_modifiers(&store(), "service", "user", &more);
        assert!(matches!(entry, Err(Error::NotSupportedByStore(_))));
    }
}

fn test_missing_entry() {
    let name = fresh_name();
    is_missing(entry_new(&name, &name).get_password());
}

fn test_round_trip_ascii_password() {
    let name = fresh_name();
    round_trip(&entry_new(&name, &name), "test ascii password");
}

fn test_round_trip_non_ascii_password() {
    let name = fresh_name();
    round_trip(&entry_new(&name, &name), "このきれいな花は桜です");
}

fn test_entries_with_same_and_different_specifiers() {
    let (name1, name2) = (fresh_name(), fresh_name());
    let (entry1, entry2) = (entry_new(&name1, &name2), entry_new(&name1, &name2));
    let entry3 = entry_new(&name2, &name1);
    entry1.set_password("test password").expect("set");
    assert_eq!(entry2.get_password().expect("got"), "test password");
    is_missing(entry3.get_password());
    entry1.delete_credential().expect("deleted");
    is_missing(entry2.get_password());
    is_missing(entry3.delete_credential());
}

fn test_round_trip_random_secret() {
    let name = fresh_name();
    let secret: [u8; 24] = crate::store::seal::random().expect("random");
    round_trip_secret(&entry_new(&name, &name), &secret);
}

fn test_update() {
    let name = fresh_name();
    let entry = entry_new(&name, &name);
    round_trip_no_delete(&entry, "test ascii password");
    round_trip(&entry, "このきれいな花は桜です");
}

fn test_update_secret() {
    let name = fresh_name();
    let entry = entry_new(&name, &name);
    // 0xFF can never appear in UTF-8, so these secrets are unambiguously binary.
    entry.set_secret(&[1, 2, 0xff]).expect("set");
    round_trip_secret(&entry, &[3, 0xff, 0xff]);
}

fn test_duplicate_entries() {
    let name = fresh_name();
    let (entry1, entry2) = (entry_new(&name, &name), entry_new(&name, &name));
    entry1.set_password("password for entry1").expect("set");
    assert_eq!(entry2.get_password().expect("got"), "password for entry1");
    entry2.set_password("password for entry2").expect("set");
    assert_eq!(entry1.get_password().expect("got"), "password for entry2");
    entry1.delete_credential().expect("deleted");
    is_missing(entry2.delete_credential());
}

fn test_get_update_attributes() {
    let name = fresh_name();
    let entry = entry_new(&name, "somebody");
    is_missing(entry.get_attributes());
    entry.set_password("password").expect("set");
    let attributes = entry.get_attributes().expect("got");
    assert_eq!((&attributes["service"], attributes["username"].as_str()), (&name, "somebody"));
    let update = entry.update_attributes(&HashMap::from([("target", "foo")]));
    assert!(matches!(update, Err(Error::NotSupportedByStore(_))));
    entry.delete_credential().expect("deleted");
}

fn test_get_credential_and_specifiers_and_cred() {
    let name = fresh_name();
    let entry = entry_new(&name, &name);
    is_missing(entry.get_credential());
    entry.set_password("password").expect("set");
    let wrapper = entry.get_credential().expect("there");
    assert_eq!(wrapper.get_specifiers(), Some((name.clone(), name.clone())));
    assert_eq!(wrapper.get_credential().expect("itself").get_password().expect("got"), "password");
    wrapper.delete_credential().expect("deleted");
    is_missing(entry.delete_credential());
    is_missing(wrapper.delete_credential());
    is_missing(wrapper.get_credential());
}

fn test_get_set_after_delete_cred() {
    let name = fresh_name();
    let entry = entry_new(&name, &name);
    entry.set_password("password").expect("set");
    let wrapper = entry.get_credential().expect("there");
    wrapper.delete_credential().expect("deleted");
    is_missing(entry.get_password());
    is_missing(wrapper.set_password("password after delete"));
    round_trip(&entry, "made again");
}

fn test_credential_and_ambiguous_credential() {
    let name = fresh_name();
    let entry = entry_new(&name, &name);
    for secret in ["one", "other"] {
        copy(&name, &name, secret.as_bytes(), &[]);
    }
    is_ambiguous(entry.delete_credential());
    is_ambiguous(entry.set_password("password"));
    let entries = is_ambiguous(entry.get_password());
    let read: HashSet<_> = entries.iter().map(|entry| entry.get_password().expect("got")).collect();
    assert_eq!(read, HashSet::from(["one".to_owned(), "other".to_owned()]));
    entries[0].delete_credential().expect("deleted");
    entry.set_password("second password").expect("set");
    assert_eq!(entries[1].get_password().expect("got"), "second password");
    entry.delete_credential().expect("deleted");
    round_trip(&entry, "made again");
}

fn test_create_then_move() {
    let name = fresh_name();
    let entry = entry_new(&name, &name);
    let test = move || {
        round_trip_no_delete(&entry, "test ascii password");
        round_trip(&entry, "このきれいな花は桜です");
    };
    thread::spawn(test).join().expect("it passes");
}

fn test_simultaneous_create_then_move() {
    let threads: Vec<_> = (0..10)
        .map(|_| fresh_name())
        .map(|name| (entry_new(&name, &name), name))
        .map(|(entry, name)| thread::spawn(move || round_trip(&entry, &name)))
        .collect();
    threads.into_iter().for_each(|thread| thread.join().expect("it passes"));
}

fn test_create_set_then_move() {
    let name = fresh_name();
    let entry = entry_new(&name, &name);
    entry.set_password("test ascii password").expect("set");
    let test = move || {
        assert_eq!(entry.get_password().expect("got"), "test ascii password");
        entry.delete_credential().expect("deleted");
        is_missing(entry.get_password());
    };
    thread::spawn(test).join().expect("it passes");
}

fn test_simultaneous_create_set_then_move() {
    let mut threads = Vec::new();
    for name in (0..10).map(|_| fresh_name()) {
        let entry = entry_new(&name, &name);
        entry.set_password(&name).expect("set");
        threads.push(thread::spawn(move || {
            assert_eq!(entry.get_password().expect("got"), name);
            entry.delete_credential().expect("deleted");
            is_missing(entry.get_password());
        }));
    }
    threads.into_iter().for_each(|thread| thread.join().expect("it passes"));
}

fn test_simultaneous_independent_create_set() {
    on_ten_threads(|n| {
        let name = format!("thread_entry{n}");
        round_trip(&entry_new(&name, &name), &name);
    });
}

fn test_multiple_create_delete_single_thread() {
    let name = fresh_name();
    let entry = entry_new(&name, &name);
    (0..10).for_each(|_| round_trip(&entry, &name));
}

fn test_simultaneous_multiple_create_delete_single_thread() {
    on_ten_threads(|n| {
        let name = format!("many-{n}");
        let entry = entry_new(&name, &name);
        (0..10).for_each(|_| round_trip(&entry, &name));
    });
}

fn test_search() {
    let name = fresh_name();
    let spec = HashMap::from([("service", name.as_str())]);
    let found = || store().search(&spec).expect("searched");
    assert!(found().is_empty());
    let (one, other) = (entry_new(&name, "bar"), entry_new(&name, "bam"));
    one.set_password("e1").expect("set");
    other.set_password("e2").expect("set");
    let users: HashSet<_> = found().iter().map(|entry| entry.get_specifiers().expect("named").1).collect();
    assert_eq!(users, HashSet::from(["bar".to_owned(), "bam".to_owned()]));
    found().iter().for_each(|entry| entry.delete_credential().expect("deleted"));
    is_missing(one.get_password());
}

fn test_persistence() {
    assert!(matches!(store().persistence(), CredentialPersistence::UntilDelete));
}

/// Ours alone: the makers' stores call it ambiguous.
fn an_exact_item_is_found_among_look_alikes() {
    let name = fresh_name();
    copy(&name, &name, b"of somebody else", &[("extra", "1")]);
    copy(&name, &name, b"the item", &[]);
    let entry = entry_new(&name, &name);
    assert_eq!(entry.get_password().expect("got"), "the item");
    entry.set_password("another").expect("set");
    entry.delete_credential().expect("deleted");
    assert_eq!(entry.get_password().expect("got"), "of somebody else");
}
