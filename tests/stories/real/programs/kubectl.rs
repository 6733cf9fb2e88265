//! kubectl, by a kubeconfig with `exec`. It shows tokens to servers with TLS alone.

use super::resource::Resource;
use super::{command, goes_well, install, run, scene, set_up, vendor};
use crate::real::server::installed;
use crate::stand_in::{Answer, Tls};
use serde_json::json;

fn kubeconfig(server: &str, tokcli: &str, version: &str) -> String {
    format!(
        "apiVersion: v1
kind: Config
current-context: own
contexts:
- name: own
  context: {{ cluster: own, user: own }}
clusters:
- name: own
  cluster: {{ server: \"{server}\", certificate-authority: ca.pem }}
users:
- name: own
  user:
    exec:
      apiVersion: client.authentication.k8s.io/{version}
      command: {tokcli}
      args: [helper, kubectl]
      interactiveMode: Never
      provideClusterInfo: true
"
    )
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_cluster_gets_its_token_and_another_gets_none() {
    let vendor = vendor();
    let answers = |_: &crate::stand_in::Request| Answer::json(200, &json!({ "gitVersion": "v1.0.0" }));
    let server = Resource::start(&vendor, Tls::NamedForLoopback, &[], answers);
    let world = scene(&vendor, &format!("https://{}/*", server.host()));
    let tokcli = install(&world, "tokcli");
    world.write("ca.pem", &server.pem);
    let kubectl = installed("bin/kubectl");
    let get = ["--kubeconfig", "kubeconfig", "get", "--raw", "/version"];
    for version in ["v1", "v1beta1"] {
        world.write("kubeconfig", &kubeconfig(&format!("https://{}", server.host()), &tokcli, version));
        assert!(goes_well(command(&world, &kubectl, &get)).contains("v1.0.0"));
    }
    // And as `helper install` has it written.
    world.write(
        "kubeconfig",
        &kubeconfig(&format!("https://{}", server.host()), &tokcli, "v1")
            .replace("user: own", "user: tokcli"),
    );
    std::fs::create_dir_all(world.path().join(".kube")).expect("made");
    std::fs::rename(world.path().join("kubeconfig"), world.path().join(".kube/config")).expect("moved");
    std::fs::copy(world.path().join("ca.pem"), world.path().join(".kube/ca.pem")).expect("copied");
    set_up(&world, &["kubectl"]);
    set_up(&world, &["kubectl"]);
    assert!(goes_well(command(&world, &kubectl, &get[2..])).contains("v1.0.0"));
    assert!(server.calls().iter().all(|call| call == "200 Bearer GET /version"), "{:?}", server.calls());
    assert_eq!(vendor.requests().len(), 1);
    let other = Resource::start(&vendor, Tls::NamedForLoopback, &[], answers);
    world.write("ca.pem", &other.pem);
    world.write("kubeconfig", &kubeconfig(&format!("https://{}", other.host()), &tokcli, "v1"));
    let output = run(command(&world, &kubectl, &get));
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("no profile is for the cluster's server"), "{said}");
    assert_eq!(other.calls(), [""; 0]);
}
