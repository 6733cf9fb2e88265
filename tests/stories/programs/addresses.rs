//! Addresses that look like one that a token is for, and are not: none of the programs that name one gets a token.

use serde_json::json;

use super::{ask, scene};
use crate::world::World;

/// `match = ["https://git.example.com/*"]`; the port of the vendor stands for `PORT`.
const HOSTILE: &[&str] = &[
    "https://git.example.com@evil.example/",
    "https://git.example.com:443@evil.example/",
    "https://user:pass@git.example.com/",
    "https://@git.example.com/",
    "https://evil.example/https://git.example.com/",
    "https://evil.example\\@git.example.com/",
    "https://git.example.com\\.evil.example/",
    "https:///git.example.com/",
    "https:git.example.com/",
    "https:/git.example.com/",
    "//git.example.com/",
    "https://git.example.com.evil.example/",
    "https://evilgit.example.com/",
    "https://a.git.example.com/",
    "https://example.com/",
    "https://git.example.com./",
    "https://.git.example.com/",
    "https://git..example.com/",
    "https://git.example.com:444/",
    "https://git.example.com:80/",
    "https://git.example.com:0/",
    "https://git.example.com:443x/",
    "https://git.example.com:99999/",
    "http://git.example.com/",
    "http://git.example.com:443/",
    "ftp://git.example.com/",
    "file://git.example.com/",
    "javascript://git.example.com/",
    "https://git.example.com/../",
    "https://git.example.com/a/../b",
    "https://git.example.com/a/./b",
    "https://git.example.com/%2e%2e/b",
    "https://git.example.com/.%2E/b",
    "https://git.example.com/%252e%252e/b",
    "https://git.example.com/..;x/b",
    "https://git.example.com/a%2fb",
    "https://git.example.com/a%5Cb",
    "https://git.example.com/a\\b",
    "https://git.example.com/a%00b",
    "https://git.example.com/a%0ab",
    "https://git.example.com/a%0d%0ab",
    "https://git.example.com/a%zz",
    "https://git.example.com/\u{1b}[2J",
    "https://git.example.com/a b",
    "https://git.example.com\u{0}.evil.example/",
    "https://git.example.com\t/",
    "https://git%2eexample.com/",
    "https://git.example.com%2f.evil.example/",
    "https://*.example.com/",
    "https://*/",
    "https://git.example.com/*",
    // Letters of other scripts that look alike, and one that folds into two of ours.
    "https://g\u{456}t.example.com/",
    "https://git.ex\u{430}mple.com/",
    "https://git.example.\u{441}om/",
    "https://xn--gt-jlc.example.com/",
    "https://git\u{2024}example\u{2024}com.evil.example/",
    "https://git.example.com\u{ff0f}.evil.example/",
    "https://git.example.com\u{2100}.evil.example/",
    "https://git.exam\u{ad}ple.com/",
    "https://\u{ff47}it.example.com/",
    "https://git\u{3002}example.com/",
    "https://git.example.com\r/",
    "http://127.1:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://2130706433:PORT/",
    "http://0x7f.0.0.1:PORT/",
    "http://127.0.0.1.:PORT/",
    "https://127.0.0.1:PORT/",
    "http://localhost:PORT/",
    "http://127.0.0.1:1/",
    "http://127.0.0.2:PORT/",
    "http://[::1]:PORT/",
    "http://127.0.0.1:PORT@evil.example/",
    "http://evil.example:PORT/",
];

fn everybody(world: &World, address: &str) {
    // A line break ends what git can say.
    let (scheme, rest) = address.split_once("://").unwrap_or(("https", address));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let git = format!("protocol={scheme}\nhost={host}\npath={path}\n");
    let query = json!({ "url": address }).to_string();
    let cluster = json!({
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "spec": { "interactive": false, "cluster": { "server": address } },
    });
    let cargo = json!({
        "v": 1, "kind": "get", "operation": "read", "args": [],
        "registry": { "index-url": format!("sparse+{address}") },
    });
    ask(world, &["helper", "git", "get"], git).is(0, "", "");
    let docker = ask(world, &["helper", "docker", "get"], address);
    docker.is(1, "credentials not found in native keychain\n", "");
    let cargo = ask(world, &["helper", "cargo", "--cargo-plugin"], format!("{cargo}\n"));
    cargo.is(0, "{\"v\":[1]}\n{\"Err\":{\"kind\":\"url-not-supported\"}}\n", "");
    for (words, input) in [
        (&["helper", "bazel", "get"], json!({ "uri": address }).to_string()),
        (&["helper", "terraform", "--quiet"], query),
    ] {
        let told = ask(world, words, input);
        assert_eq!((told.code, &*told.stdout), (Some(3), ""), "{address:?}: {told:?}");
    }
    let mut command = world.command(&["helper", "kubectl"]);
    command.env("KUBERNETES_EXEC_INFO", cluster.to_string());
    let told = super::end(command, "");
    assert_eq!((told.code, &*told.stdout), (Some(3), ""), "{address:?}: {told:?}");
    // No command line holds a NUL.
    if !address.contains('\0') {
        let words = ["helper", "pip", "--mode=creds", "--output=json", "get", address];
        ask(world, &words, "").is(1, "", "");
    }
}

#[test]
fn hostile_addresses_get_no_token() {
    let (vendor, world) = scene();
    // It is at hand, so that nothing but the address keeps it back.
    world.run(&["token"]).succeeds();
    let said = "protocol=https\nhost=git.example.com\n";
    assert!(ask(&world, &["helper", "git", "get"], said).stdout.contains("password="), "it is for this one");
    let port = vendor.origin().rsplit_once(':').expect("a port").1.to_owned();
    for address in HOSTILE {
        everybody(&world, &address.replace("PORT", &port));
    }
    assert_eq!(vendor.requests().len(), 1);
}

/// git refuses them itself since 2.17.4 (CVE-2020-5260); whoever calls helpers otherwise may not.
#[test]
fn what_is_smuggled_into_a_request_of_git_gets_no_token() {
    let (vendor, world) = scene();
    world.run(&["token"]).succeeds();
    for said in [
        // The last one counts, as for git itself.
        "protocol=https\nhost=git.example.com\nhost=evil.example\n",
        "protocol=https\nhost=git.example.com\nprotocol=http\n",
        "url=https://git.example.com/\nprotocol=https\nhost=evil.example\n",
        "url=https://git.example.com/\n",
        "protocol=https\nhost=evil.example\n\nhost=git.example.com\n",
        "host=git.example.com\n",
        "protocol=https\n",
        "protocol=https\nhost=\npath=git.example.com/\n",
        "protocol=https\nhost=evil.example\npath=x\rhost=git.example.com\n",
        "protocol=https\nhost=git.example.com\rx\n",
        "protocol=https\nHOST=git.example.com\n",
        "protocol=https\n host=git.example.com\n",
        "protocol=https\nhost=git.example.com/a@evil.example\n",
        "protocol=https\nhost=evil.example#git.example.com\n",
        "protocol=https\nhost=evil.example?git.example.com\n",
        "protocol=https://git.example.com/?\nhost=evil.example\n",
    ] {
        let told = ask(&world, &["helper", "git", "get"], said);
        told.got_nothing();
        assert_eq!(told.code, Some(0), "{said:?}: {told:?}");
    }
    assert_eq!(vendor.requests().len(), 1);
}
