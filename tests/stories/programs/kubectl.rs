//! kubectl, by client.authentication.k8s.io.

use serde_json::{Value, json};

use super::{Told, another, current, end, rfc3339, scene, unasked};
use crate::world::World;

fn ask(world: &World, words: &[&str], asked: Option<&Value>) -> Told {
    let mut command = world.command(words);
    if let Some(asked) = asked {
        command.env("KUBERNETES_EXEC_INFO", asked.to_string());
    }
    end(command, "")
}

fn asked(version: &str, cluster: Option<&str>) -> Value {
    let mut asked = json!({
        "apiVersion": format!("client.authentication.k8s.io/{version}"),
        "kind": "ExecCredential",
        "spec": { "interactive": false },
    });
    if let Some(server) = cluster {
        asked["spec"]["cluster"] = json!({ "server": server, "config": null });
    }
    asked
}

#[test]
fn the_answer_has_the_version_that_is_asked_for() {
    let (vendor, world) = scene();
    for (info, version) in [
        (Some(asked("v1", None)), "v1"),
        (Some(asked("v1beta1", None)), "v1beta1"),
        (Some(asked("v1", Some("https://git.example.com"))), "v1"),
        (Some(asked("v1", Some("https://git.example.com:443/k8s/clusters/c-1"))), "v1"),
        (None, "v1"),
    ] {
        let told = ask(&world, &["helper", "kubectl"], info.as_ref()).object();
        let (token, expiry) = current(&vendor, &world);
        let wanted = json!({
            "apiVersion": format!("client.authentication.k8s.io/{version}"),
            "kind": "ExecCredential",
            "status": { "token": token, "expirationTimestamp": rfc3339(expiry) },
        });
        assert_eq!(told, wanted);
    }
    assert_eq!(vendor.requests().len(), 1);
}

#[test]
fn an_unknown_cluster_gets_nothing_whoever_is_named() {
    let (vendor, mut world) = scene();
    another(&mut world, "other");
    let elsewhere = asked("v1", Some("https://elsewhere.example:6443"));
    let here = asked("v1", Some("https://git.example.com"));
    for (words, info) in [
        (&["helper", "kubectl"][..], &elsewhere),
        (&["helper", "kubectl", "-p", "fbox"], &elsewhere),
        (&["helper", "kubectl", "-p", "other"], &here),
    ] {
        let told = ask(&world, words, Some(info));
        assert_eq!((told.code, &*told.stdout), (Some(3), ""), "{told:?}");
        assert!(told.stderr.contains("no profile is for the cluster's server"), "{told:?}");
    }
    unasked(&vendor);
}

#[test]
fn what_is_wrong_is_told_on_stderr_alone() {
    let (vendor, world) = scene();
    let mut other = asked("v1", None);
    other["apiVersion"] = json!("apps/v1");
    let told = ask(&world, &["helper", "kubectl"], Some(&other));
    assert_eq!((told.code, &*told.stdout), (Some(3), ""), "{told:?}");
    let mut command = world.command(&["helper", "kubectl"]);
    command.env("KUBERNETES_EXEC_INFO", "{");
    let told = end(command, "");
    assert_eq!((told.code, &*told.stdout), (Some(3), ""), "{told:?}");
    vendor.expire_login();
    let told = ask(&world, &["helper", "kubectl"], Some(&asked("v1", None)));
    assert_eq!((told.code, &*told.stdout), (Some(4), ""), "{told:?}");
    assert!(told.stderr.starts_with("tokcli: error: "), "{told:?}");
}
