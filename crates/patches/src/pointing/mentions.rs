//! Finds the profiles that a text names by their places, `…/patch_wls1036/profiles/Orders/…`, whichever way the folders are separated. It knows no
//! scripts and no processes: both name profiles this way.

use crate::names::ProfileName;
use serde::Serialize;

/// A profile as a text names it. Whether there is one is another question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Mention {
    /// `wls1036`; empty where the text names a profile only, as Event Server's option does.
    pub product: String,
    pub profile: ProfileName,
}

impl Mention {
    /// The profile of another text as well, as far as both say.
    pub fn is(&self, other: &Mention) -> bool {
        let of_one_product = self.product == other.product || self.product.is_empty() || other.product.is_empty();
        // Every product's default profile is in effect beside any other.
        of_one_product && (self.profile == other.profile || (self.profile.is_default() && other.profile.is_default()))
    }
}

/// Profiles that a text names, each once, in order.
pub fn mentions(text: &str) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    for (at, _) in text.match_indices("patch_") {
        let parts: Vec<&str> = text[at + "patch_".len()..].splitn(4, ['/', '\\']).collect();
        let [product, folder, name, ..] = parts.as_slice() else { continue };
        let name: String = name.chars().take_while(char::is_ascii_alphanumeric).collect();
        let is_product = !product.is_empty() && product.chars().all(|c| c.is_ascii_alphanumeric());
        if let (true, "profiles", Ok(profile)) = (is_product, *folder, ProfileName::new(name)) {
            let mention = Mention { product: product.to_string(), profile };
            if !found.contains(&mention) {
                found.push(mention);
            }
        }
    }
    found
}

/// The profile that Event Server's option names in a command line: `-DBEAPatchProfile=Orders`.
pub fn event_server_profile(command: &str) -> Option<Mention> {
    let (_, rest) = command.split_once("-DBEAPatchProfile=")?;
    let name: String = rest.trim_start_matches('"').chars().take_while(char::is_ascii_alphanumeric).collect();
    Some(Mention { product: String::new(), profile: ProfileName::new(name).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_found_in_paths_of_both_systems() {
        let text =
            r"/mw/patch_wls1036/profiles/Orders/native:${BEA_HOME}/patch_ocp371/profiles/default/x;%M%\patch_wls1036\profiles\Orders\a";
        let found: Vec<String> = mentions(text).iter().map(|mention| format!("{} {}", mention.product, mention.profile)).collect();
        assert_eq!(found, ["wls1036 Orders", "ocp371 default"]);
        assert!(
            ["", "patch_", "patch_/profiles/x", "patch_a/profiles/", "patch_a/other/x", "patch_a/profiles/$X/y"]
                .iter()
                .all(|text| mentions(text).is_empty())
        );
        assert_eq!(event_server_profile("java -DBEAPatchProfile=Night -jar x").unwrap().profile.as_str(), "Night");
    }
}
