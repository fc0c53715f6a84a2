//! Which variables a start script has to define so that its servers use a profile. Pure: from what profiles hold to names and places; how a script
//! writes them down is not known here.

use crate::home::{Home, Product};
use crate::names::{ProfileName, RelPath};
use serde::Serialize;

/// Variables by which the installation's `commEnv` takes patches in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Variable {
    PatchClasspath,
    WeblogicExtensionDirs,
    PatchLibpath,
    PatchPath,
}

impl Variable {
    pub const ALL: [Variable; 4] = [Variable::PatchClasspath, Variable::WeblogicExtensionDirs, Variable::PatchLibpath, Variable::PatchPath];

    pub fn name(self) -> &'static str {
        match self {
            Variable::PatchClasspath => "PATCH_CLASSPATH",
            Variable::WeblogicExtensionDirs => "WEBLOGIC_EXTENSION_DIRS",
            Variable::PatchLibpath => "PATCH_LIBPATH",
            Variable::PatchPath => "PATCH_PATH",
        }
    }
}

/// The system that a script is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Platform {
    Unix,
    Windows,
}

/// What kinds of patches a profile holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Contents {
    pub system: bool,
    pub extension: bool,
    pub native: bool,
}

/// What a script must say. Every variable of the platform stands in one of the two lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Definitions {
    /// `wls1036`
    pub product: String,
    pub profile: ProfileName,
    pub platform: Platform,
    /// Files and folders below the home, the profile's own first.
    pub set: Vec<(Variable, Vec<RelPath>)>,
    /// Variables that the profile does not need: they may hold a value of whoever starts the script, which must not count.
    pub unset: Vec<Variable>,
    /// Products whose default profile stays in effect beside this one, as sentences for a person.
    pub remarks: Vec<String>,
}

/// `contents` says what a profile of a product holds. A variable that is not defined takes all products' default profiles, and an empty value counts as
/// not defined. So one that only the product's default profile has something for must be defined too, or that would come in.
pub fn definitions(
    home: &Home,
    product: &Product,
    profile: &ProfileName,
    platform: Platform,
    contents: impl Fn(&Product, &ProfileName) -> Contents,
) -> Definitions {
    let default = ProfileName::default_profile();
    let (own, own_default) = (contents(product, profile), contents(product, &default));
    let others: Vec<(&Product, Contents)> =
        home.products.iter().filter(|other| *other != product).map(|other| (other, contents(other, &default))).collect();
    let library_path = if platform == Platform::Unix { Variable::PatchLibpath } else { Variable::PatchPath };
    let mut found = Definitions {
        product: product.label(),
        profile: profile.clone(),
        platform,
        set: Vec::new(),
        unset: Vec::new(),
        remarks: Vec::new(),
    };
    for variable in [Variable::PatchClasspath, Variable::WeblogicExtensionDirs, library_path] {
        // The classpath is always defined: there is no other way to say "none of the default profile's".
        let needed = variable == Variable::PatchClasspath || holds(own, variable) || holds(own_default, variable);
        if !needed {
            found.unset.push(variable);
            continue;
        }
        let mut places = vec![place(product, profile, variable)];
        let beside: Vec<&&Product> = others.iter().filter(|(_, contents)| holds(*contents, variable)).map(|(other, _)| other).collect();
        places.extend(beside.iter().map(|other| place(other, &default, variable)));
        if !beside.is_empty() {
            let names: Vec<String> = beside.iter().map(|other| other.label()).collect();
            found.remarks.push(format!(
                "{} also names the default profile of {}: without it these servers would lose its patches",
                variable.name(),
                names.join(", ")
            ));
        }
        found.set.push((variable, places));
    }
    found
}

fn holds(contents: Contents, variable: Variable) -> bool {
    match variable {
        Variable::PatchClasspath => contents.system,
        Variable::WeblogicExtensionDirs => contents.extension,
        Variable::PatchLibpath | Variable::PatchPath => contents.native,
    }
}

/// Where a profile has what a variable names.
pub fn place(product: &Product, profile: &ProfileName, variable: Variable) -> RelPath {
    let inside = match variable {
        Variable::PatchClasspath => "sys_manifest_classpath/weblogic_patch.jar",
        // Scripts name the folder: all jars in it count.
        Variable::WeblogicExtensionDirs => "sysext_manifest_classpath",
        Variable::PatchLibpath | Variable::PatchPath => "native",
    };
    product.profile_folder(profile).join(inside).expect("plain names")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn product(label: &str) -> Product {
        let (name, version) = label.split_at(3);
        let patch_folder = RelPath::new(format!("patch_{label}")).unwrap();
        Product { name: name.into(), version: version.into(), patch_folder, release: String::new(), home: None }
    }

    fn told(own: Contents, own_default: Contents, other: Contents) -> (Vec<String>, Vec<&'static str>, usize) {
        let home = Home { root: PathBuf::from("/mw"), products: vec![product("ocp371"), product("wls1036")] };
        let orders = ProfileName::new("Orders").unwrap();
        let contents = |product: &Product, profile: &ProfileName| match (product.name.as_str(), profile.is_default()) {
            ("wls", false) => own,
            ("wls", true) => own_default,
            _ => other,
        };
        let found = definitions(&home, &home.products[1], &orders, Platform::Unix, contents);
        let set = found.set.iter().map(|(variable, places)| {
            let places: Vec<&str> = places.iter().map(|place| place.as_str().trim_start_matches("patch_")).collect();
            format!("{}={}", variable.name(), places.join(":"))
        });
        (set.collect(), found.unset.iter().map(|variable| variable.name()).collect(), found.remarks.len())
    }

    const NOTHING: Contents = Contents { system: false, extension: false, native: false };
    const NATIVE: Contents = Contents { system: false, extension: false, native: true };

    #[test]
    fn the_classpath_is_defined_even_for_a_profile_of_nothing() {
        let classpath = "PATCH_CLASSPATH=wls1036/profiles/Orders/sys_manifest_classpath/weblogic_patch.jar";
        assert_eq!(told(NOTHING, NOTHING, NOTHING), (vec![classpath.into()], vec!["WEBLOGIC_EXTENSION_DIRS", "PATCH_LIBPATH"], 0));
    }

    #[test]
    fn what_only_the_default_profile_has_is_kept_out() {
        assert!(told(NOTHING, NATIVE, NOTHING).0.contains(&"PATCH_LIBPATH=wls1036/profiles/Orders/native".to_string()));
    }

    #[test]
    fn another_products_default_profile_stays() {
        let system = Contents { system: true, ..NOTHING };
        let (set, _, remarks) = told(system, NOTHING, system);
        assert!(set[0].ends_with(":ocp371/profiles/default/sys_manifest_classpath/weblogic_patch.jar"), "{set:?}");
        assert_eq!(remarks, 1);
        // Nothing of ours there: left undefined, the installation itself fills in the other product's.
        assert_eq!(told(NOTHING, NOTHING, NATIVE).1, ["WEBLOGIC_EXTENSION_DIRS", "PATCH_LIBPATH"]);
    }
}
