//! Logins at a terminal: what a person sees, copies and pastes.

use super::browser::{Browser, sent_to};
use super::scene::{address_on, lives, server, state, with_a_password, world};
use crate::config_edit::Screen;
use crate::stand_in::{Consent, StandIn, TOTP_SEED, USER, Vendor};
use crate::world::On;

/// The address that a person would copy.
fn address(screen: &mut Screen, vendor: &StandIn) -> String {
    address_on(screen, &(vendor.authorization_url() + "?"))
}

#[test]
fn the_address_that_the_browser_shows_is_pasted_back() {
    let vendor = server();
    let world = world(On::File, &vendor);
    let mut screen = Screen::of(&world, "login --paste");
    let address = address(&mut screen, &vendor);
    let back = sent_to(&address);
    // Something else first, and one of another login: it goes on asking.
    screen.types("http://127.0.0.1/?code=x&state=another\r").sees("paste it again");
    screen.types("nonsense\r").sees("paste it again");
    screen.types(&format!("{back}\r"));
    let (code, shown) = screen.ends();
    assert_eq!(code, Some(0), "{shown}");
    assert_eq!(vendor.codes_spent(), 1);
    lives(&world, &vendor);
}

#[test]
fn an_address_longer_than_a_line_of_a_terminal_can_be_pasted() {
    let vendor = server();
    let world = world(On::File, &vendor);
    let mut screen = Screen::of(&world, "login --paste");
    let address = address(&mut screen, &vendor);
    let back = format!("{}&session_state={}", sent_to(&address), "x".repeat(6_000));
    screen.types(&format!("{back}\r"));
    let (code, shown) = screen.ends();
    assert_eq!(code, Some(0), "{shown}");
    lives(&world, &vendor);
}

#[test]
fn browser_and_paste_wait_side_by_side() {
    let vendor = server();
    let mut world = world(On::File, &vendor);
    world.set("DISPLAY", ":0");
    let browser = Browser::of(&mut world);
    let screen = Screen::of(&world, "login --grant authorization_code");
    browser.follows().is(200);
    let (code, shown) = screen.ends();
    assert_eq!(code, Some(0), "{shown}");
    lives(&world, &vendor);
}

#[test]
fn ctrl_c_leaves_the_terminal_and_the_store_as_they_were() {
    let vendor = server();
    let world = world(On::File, &vendor);
    for line in ["login --paste", "login --grant authorization_code --no-browser", "login --device"] {
        let mut screen = Screen::of(&world, line);
        screen.sees(&vendor.origin()).types("\u{3}");
        let (code, shown) = screen.ends();
        assert_eq!(code, Some(130), "{line}: {shown}");
        assert_eq!(state(&world), "none", "{line}");
    }
}

#[test]
fn a_password_is_typed_unseen_and_tried_once() {
    let vendor = server();
    let world = world(On::File, &vendor);
    for (word, code) in [("wrong-canary".to_owned(), 4), (vendor.password(), 0)] {
        let mut screen = Screen::of(&world, "login --grant password");
        screen.sees("name").types(&format!("{USER}\r"));
        screen.sees("assword").types(&format!("{word}\r"));
        let (ended, shown) = screen.ends();
        assert_eq!(ended, Some(code), "{shown}");
    }
    assert_eq!(vendor.requests().len(), 2);
    lives(&world, &vendor);
}

#[test]
fn a_code_is_asked_for_when_the_vendor_asks_for_it() {
    let vendor = StandIn::start_tls(Vendor::VeeamAzure);
    let mut world = world(On::File, &vendor);
    with_a_password(&mut world, &vendor);
    vendor.demand_mfa();
    let mut screen = Screen::of(&world, "login --grant password");
    screen.sees("code");
    screen.types(&format!("{}\r", crate::stand_in::one_time_code()));
    let (code, shown) = screen.ends();
    assert_eq!(code, Some(0), "{shown}");
    assert!(!TOTP_SEED.is_empty() && vendor.requests().len() == 2);
    vendor.behave();
    lives(&world, &vendor);
}

#[test]
fn whoever_says_no_is_told_so_in_words() {
    let vendor = server();
    let world = world(On::File, &vendor);
    vendor.visitors(&[Consent::Denied]);
    let mut screen = Screen::of(&world, "login --grant authorization_code --no-browser");
    let address = address(&mut screen, &vendor);
    super::browser::wander(&address);
    let (code, shown) = screen.ends();
    assert!(code == Some(4) && shown.contains("not logged in"), "{shown}");
}
