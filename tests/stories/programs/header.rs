//! `header`, as people and programs put it into requests.

use std::process::Command;

use super::{ask, current, scene};
use crate::shim::Shim;

#[test]
fn a_header_is_written_as_it_is_asked_for() {
    let (vendor, world) = scene();
    for _ in 0..2 {
        let told = ask(&world, &["header"], "");
        let (token, _) = current(&vendor, &world);
        told.is(0, &format!("Authorization: Bearer {token}\n"), "");
        let object = format!("{{\"Authorization\":\"Bearer {token}\"}}\n");
        ask(&world, &["header", "--as", "object"], "").is(0, &object, "");
        let option = format!("header = \"Authorization: Bearer {token}\"\n");
        ask(&world, &["header", "--as=curl"], "").is(0, &option, "");
        ask(&world, &["header", "--as", "bare"], "").is(0, &format!("{token}\n"), "");
    }
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn curl_reads_it() {
    let (vendor, world) = scene();
    let option = ask(&world, &["header", "--as", "curl"], "").stdout;
    world.write("curl.secret", &option);
    let port = vendor.origin();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}/", listener.local_addr().expect("an address"));
    let curl = Command::new("curl")
        .args(["--silent", "--max-time", "30", "--config"])
        .arg(world.path().join("curl.secret"))
        .arg(address)
        .spawn();
    let Ok(mut curl) = curl else { panic!("curl is installed, unlike {port}") };
    let (mut stream, _) = listener.accept().expect("a call");
    let mut seen = vec![0; 8_192];
    let read = std::io::Read::read(&mut stream, &mut seen).expect("a request");
    let seen = String::from_utf8_lossy(&seen[..read]).into_owned();
    std::io::Write::write_all(&mut stream, b"HTTP/1.1 204 No Content\r\n\r\n").expect("taken");
    drop(stream);
    assert!(curl.wait().expect("it ends").success());
    let header = format!("\r\nAuthorization: Bearer {}\r\n", vendor.current().access_token);
    assert!(seen.contains(&header), "it was sent as it is");
}

#[test]
fn fresh_means_more_than_half_of_a_life() {
    let (vendor, mut world) = scene();
    let shim = Shim::build(&world);
    let fresh = ["header", "--fresh"];
    assert_eq!(ask(&world, &fresh, "").code, Some(0));
    shim.later(&mut world, 3_500);
    assert_eq!(ask(&world, &fresh, "").code, Some(0));
    assert_eq!(vendor.requests().len(), 1);
    shim.later(&mut world, 3_700);
    assert_eq!(ask(&world, &["header"], "").code, Some(0));
    assert_eq!(vendor.requests().len(), 1);
    let told = ask(&world, &fresh, "");
    told.is(0, &format!("Authorization: Bearer {}\n", vendor.current().access_token), "");
    assert_eq!(vendor.requests().len(), 2);
}

#[test]
fn a_failure_prints_nothing() {
    let (vendor, world) = scene();
    vendor.expire_login();
    for words in [&["header"][..], &["header", "--as", "object"], &["header", "--fresh"]] {
        let told = ask(&world, words, "");
        assert_eq!((told.code, &*told.stdout), (Some(4), ""), "{told:?}");
    }
    let told = ask(&world, &["header", "--as", "else"], "");
    assert_eq!((told.code, &*told.stdout), (Some(2), ""), "{told:?}");
}
