//! pnpm's `tokenHelper`.

use super::{another, ask, current, end, link, scene};

#[test]
fn it_gets_the_header_on_one_line() {
    let (vendor, world) = scene();
    let told = ask(&world, &["helper", "pnpm"], "");
    let (token, _) = current(&vendor, &world);
    told.is(0, &format!("Bearer {token}\n"), "");
}

#[test]
fn a_link_names_the_profile_since_nothing_else_can() {
    let (vendor, mut world) = scene();
    another(&mut world, "other");
    let asked = |name: &str| {
        let link = link(&world, name);
        end(world.command_of(link.to_str().expect("UTF-8"), &[""; 0]), "")
    };
    let token = || vendor.current().access_token;
    let told = asked("pnpm-token-tokcli-fbox");
    told.is(0, &format!("Bearer {}\n", token()), "");
    let told = asked("pnpm-token-tokcli-other");
    assert_eq!((told.code, &*told.stdout), (Some(4), ""), "{told:?}");
    // Several are there, and none is named.
    let told = asked("pnpm-token-tokcli");
    assert_eq!((told.code, &*told.stdout), (Some(3), ""), "{told:?}");
}
