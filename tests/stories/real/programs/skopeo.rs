//! skopeo against Debian's docker-registry, which compares the password with one that is set up: the token.

use std::process::{Child, Stdio};

use super::{command, goes_well, run, scene, set_up, vendor};
use crate::sequence::wait_for;

/// Ends with the story.
struct Registry(Child);

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "`make test-real` runs it"]
fn a_registry_gets_its_token_and_another_gets_none() {
    let vendor = vendor();
    let port = crate::real::server::free_port();
    let world = scene(&vendor, &format!("http://127.0.0.1:{port}/*"));
    let token = world.run(&["token"]).succeeds().stdout.trim().to_owned();
    let hash = bcrypt(&world, &token);
    world.write("htpasswd", &format!("oauth2accesstoken:{hash}\n"));
    let root = world.path().join("registry");
    let config = format!(
        "version: 0.1\nlog: {{ level: error }}\nstorage: {{ filesystem: {{ rootdirectory: {} }} }}\nhttp: {{ addr: \"127.0.0.1:{port}\" }}\nauth: {{ htpasswd: {{ realm: x, path: {} }} }}\n",
        root.display(),
        world.path().join("htpasswd").display()
    );
    world.write("registry.yml", &config);
    let mut serve = command(&world, "docker-registry", &["serve", "registry.yml"]);
    let serve = serve.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let _registry = Registry(serve.expect("docker-registry is installed"));
    wait_for(|| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    set_up(&world, &["docker"]);
    let image = format!("docker://127.0.0.1:{port}/team/app:1");
    image_layout(&world);
    let copy = ["--insecure-policy", "copy", "--dest-tls-verify=false", "oci:layout:1", &image];
    goes_well(command(&world, "skopeo", &copy));
    let inspect = ["inspect", "--tls-verify=false", &image];
    assert!(goes_well(command(&world, "skopeo", &inspect)).contains("\"Digest\""));
    assert_eq!(vendor.requests().len(), 1);
    // Whoever is not asked gives nothing.
    world.write(".docker/config.json", "{}\n");
    assert!(!run(command(&world, "skopeo", &inspect)).status.success());
}

fn bcrypt(world: &crate::world::World, password: &str) -> String {
    let script = "import bcrypt, sys; print(bcrypt.hashpw(sys.stdin.buffer.read(), bcrypt.gensalt(4, b'2a')).decode())";
    let mut python = assert_cmd::Command::from_std(command(
        world,
        crate::real::server::installed("venv/bin/python"),
        &["-c", script],
    ));
    let output = python.write_stdin(password).output().expect("it is installed");
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

/// An image of one empty layer.
fn image_layout(world: &crate::world::World) {
    use sha2::{Digest as _, Sha256};
    let layout = world.path().join("layout");
    let blobs = layout.join("blobs/sha256");
    std::fs::create_dir_all(&blobs).expect("made");
    let blob = |bytes: &[u8], kind: &str| {
        let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        std::fs::write(blobs.join(&digest), bytes).expect("written");
        serde_json::json!({
            "mediaType": format!("application/vnd.oci.image.{kind}"), "size": bytes.len(),
            "digest": format!("sha256:{digest}"),
        })
    };
    let layer = vec![0; 1_024];
    let diff: String = Sha256::digest(&layer).iter().map(|byte| format!("{byte:02x}")).collect();
    let config = serde_json::json!({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{diff}")] },
    });
    let manifest = serde_json::json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob(config.to_string().as_bytes(), "config.v1+json"),
        "layers": [blob(&layer, "layer.v1.tar")],
    });
    let mut entry = blob(manifest.to_string().as_bytes(), "manifest.v1+json");
    entry["annotations"] = serde_json::json!({ "org.opencontainers.image.ref.name": "1" });
    let index = serde_json::json!({ "schemaVersion": 2, "manifests": [entry] });
    std::fs::write(layout.join("index.json"), index.to_string()).expect("written");
    std::fs::write(layout.join("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}").expect("written");
}
