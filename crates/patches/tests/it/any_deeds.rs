//! Changes of profiles in any order.

use crate::changing::{DEFAULT, Ground, ORDERS_XML, ids, name, native, system, wide};
use crate::make::Make;
use patches::change::{Options, Start, apply, create, delete, remove, rollback};
use patches::names::PatchId;
use patches::profiles::{Keep, gc, list, show};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Deed {
    Apply(usize, usize),
    Remove(usize, usize),
    Create(usize, Option<usize>),
    Delete(usize),
    Back(Option<usize>, u32),
    Clear(usize),
}

const PROFILES: [&str; 3] = [DEFAULT, "Orders", "Billing"];
const PATCHES: [&str; 5] = ["SYS1", "SYS2", "NAT1", "WID1", "MIX1"];

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let profile = 0..PROFILES.len();
    let deed = prop_oneof![
        4 => (profile.clone(), 0..PATCHES.len()).prop_map(|(profile, patch)| Deed::Apply(profile, patch)),
        3 => (profile.clone(), 0..PATCHES.len()).prop_map(|(profile, patch)| Deed::Remove(profile, patch)),
        2 => (profile.clone(), prop::option::of(profile.clone())).prop_map(|(name, from)| Deed::Create(name, from)),
        1 => profile.clone().prop_map(Deed::Delete),
        2 => (prop::option::of(profile), 0..12_u32).prop_map(|(profile, to)| Deed::Back(profile, to)),
        1 => (0..4_usize).prop_map(Deed::Clear),
    ];
    prop::collection::vec(deed, 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is done, the home is as its records say; and when all is taken back, as it was found.
    #[test]
    fn any_deeds_keep_the_home_true_and_can_be_taken_back(deeds in deeds()) {
        let mixed = Make::new().id("MIX1").jar("mixed.jar", &[("com/example/Mixed.class", b"m")]).native("libmixed.so", "", b"m")
            .file("$WLS_INSTALL_DIR$/server/lib/mixed.xml", b"<mixed/>").after("WID1");
        let second = system("SYS2").native("libSYS2.so", "", b"s").after("NAT1");
        let ground = Ground::new(&[system("SYS1"), second, native("NAT1"), wide("WID1", ORDERS_XML), mixed]);
        let before = ground.snapshot();
        let (home, product, options) = (&ground.home, ground.product(), Options::default());
        for deed in deeds {
            // What makes no sense at the moment is refused; that must change nothing either.
            let state = ground.snapshot();
            let outcome = match deed {
                Deed::Apply(profile, patch) => apply(home, product, &name(PROFILES[profile]), &ids(&[PATCHES[patch]]), &options).map(|_| ()),
                Deed::Remove(profile, patch) => remove(home, product, &name(PROFILES[profile]), &ids(&[PATCHES[patch]]), &options).map(|_| ()),
                Deed::Create(profile, from) => {
                    let start = from.map_or(Start::Empty, |from| Start::Clone(name(PROFILES[from])));
                    create(home, product, &name(PROFILES[profile]), &start, &[], &options).map(|_| ())
                }
                Deed::Delete(profile) => delete(home, product, &name(PROFILES[profile]), &options).map(|_| ()),
                Deed::Back(profile, to) => {
                    rollback(home, product, profile.map(|profile| name(PROFILES[profile])).as_ref(), Some(to), &options).map(|_| ())
                }
                Deed::Clear(count) => gc(home, Keep { count, made_since: None }, false).map(|_| ()),
            };
            if let Err(failure) = outcome {
                prop_assert!(["unknown-name", "bad-request", "patch-conflict"].contains(&failure.code.as_str()), "{failure:?}");
                prop_assert_eq!(ground.snapshot(), state);
            }
            prop_assert_eq!(ground.is_clean(), Ok(()));
        }
        for listed in list(home, product).unwrap() {
            let applied: Vec<PatchId> = show(home, product, &listed.profile).unwrap().patches.into_iter().map(|patch| patch.id).collect();
            if !applied.is_empty() {
                remove(home, product, &listed.profile, &applied, &options).unwrap();
            }
            if !listed.profile.is_default() {
                delete(home, product, &listed.profile, &options).unwrap();
            }
        }
        gc(home, Keep::default(), false).unwrap();
        prop_assert_eq!(ground.snapshot(), before);
    }
}
