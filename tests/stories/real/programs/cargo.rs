//! cargo, against a sparse registry that lets nobody in without a token.

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::resource::Resource;
use super::{command, goes_well, install, run, scene, vendor};
use crate::stand_in::{Answer, Request, Tls};
use crate::world::World;

fn package() -> Vec<u8> {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path().join("dep-1.0.0");
    std::fs::create_dir_all(root.join("src")).expect("made");
    std::fs::write(root.join("src/lib.rs"), "").expect("written");
    let manifest = "[package]\nname = \"dep\"\nversion = \"1.0.0\"\nedition = \"2021\"\n";
    std::fs::write(root.join("Cargo.toml"), manifest).expect("written");
    let mut tar = std::process::Command::new("tar");
    let output = tar.args(["-czf", "-", "dep-1.0.0"]).current_dir(directory.path()).output();
    output.expect("tar is installed").stdout
}

/// Where `CARGO_HOME` is another than the usual one.
fn set_up_in(world: &World) {
    let words = ["helper", "install", "cargo", "--write"];
    let mut command = command(world, env!("CARGO_BIN_EXE_tokcli"), &words);
    command.env("CARGO_HOME", world.path().join("cargo-home"));
    goes_well(command);
    let text = std::fs::read_to_string(world.path().join("cargo-home/config.toml")).expect("written");
    assert_eq!(
        text,
        "[registry]\nglobal-credential-providers = [\"cargo:token\", \"cargo-credential-tokcli\"]\n"
    );
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_private_registry_gets_its_token_and_another_gets_none() {
    let vendor = vendor();
    let package = package();
    let sum: String = Sha256::digest(&package).iter().map(|byte| format!("{byte:02x}")).collect();
    let entry =
        json!({ "name": "dep", "vers": "1.0.0", "deps": [], "cksum": sum, "features": {}, "yanked": false });
    let serves = move |request: &Request| match request.path.as_str() {
        "/index/config.json" => {
            let host = request.header("host").expect("a host");
            Answer::json(200, &json!({ "dl": format!("http://{host}/dl"), "auth-required": true }))
        }
        "/index/3/d/dep" => Answer::json(200, &entry),
        "/dl/dep/1.0.0/download" => Answer { body: package.clone(), ..Answer::empty(200) },
        _ => Answer::empty(404),
    };
    let offers = &["Cargo login_url=\"http://127.0.0.1/\""];
    let server = Resource::start(&vendor, Tls::None, offers, serves.clone());
    let world = scene(&vendor, &format!("http://{}/index/*", server.host()));
    install(&world, "cargo-credential-tokcli");
    let project = world.path().join("project");
    std::fs::create_dir_all(project.join("src")).expect("made");
    std::fs::create_dir_all(project.join(".cargo")).expect("made");
    std::fs::write(project.join("src/lib.rs"), "").expect("written");
    let manifest = "[package]\nname = \"p\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\ndep = { version = \"1\", registry = \"own\" }\n";
    std::fs::write(project.join("Cargo.toml"), manifest).expect("written");
    let fetch = |host: &str| {
        let config = format!(
            "[registries.own]\nindex = \"sparse+http://{host}/index/\"\ncredential-provider = [\"cargo-credential-tokcli\"]\n"
        );
        std::fs::write(project.join(".cargo/config.toml"), config).expect("written");
        let _ = std::fs::remove_file(project.join("Cargo.lock"));
        let mut command = command(&world, env!("CARGO"), &["fetch"]);
        // Not by way of rustup, which has no home here.
        let rustc = std::path::Path::new(env!("CARGO")).with_file_name("rustc");
        command.env("RUSTC", rustc);
        command.current_dir(&project).env("CARGO_HOME", world.path().join("cargo-home"));
        command
    };
    goes_well(fetch(&server.host()));
    // The same for all registries, by a file of the user's own.
    let config = format!("[registries.own]\nindex = \"sparse+http://{}/index/\"\n", server.host());
    let again = || {
        let command = fetch(&server.host());
        std::fs::write(project.join(".cargo/config.toml"), &config).expect("written");
        let _ = std::fs::remove_dir_all(world.path().join("cargo-home/registry"));
        command
    };
    assert!(!run(again()).status.success(), "nobody is named");
    set_up_in(&world);
    goes_well(again());
    let calls = server.calls();
    assert!(calls.contains(&"200 Bearer GET /dl/dep/1.0.0/download".to_owned()), "{calls:?}");
    assert_eq!(vendor.requests().len(), 1);
    let other = Resource::start(&vendor, Tls::None, offers, serves);
    assert!(!run(fetch(&other.host())).status.success());
    assert!(other.calls().iter().all(|call| call.starts_with("401 nobody")), "{:?}", other.calls());
}
