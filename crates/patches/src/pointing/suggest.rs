//! Which of a home's profiles would do for a domain. Few profiles are better than many: patches are judged within one profile, and every profile more is
//! script edits more.

use crate::domain::Domain;
use crate::home::Home;
use crate::names::ProfileName;
use engine::failure::Failure;
use serde::Serialize;

/// A profile as a suggestion needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// `wls1036`
    pub product: String,
    pub profile: ProfileName,
    /// How many patches it holds.
    pub patches: usize,
}

/// A profile that would do, best first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    pub product: String,
    pub profile: ProfileName,
    /// One sentence.
    pub why: String,
}

/// Existing profiles that would do for a domain. One that uses a single product of a home with several is best served by a profile of that product.
pub fn suggest(home: &Home, domain: &Domain, candidates: &[Candidate]) -> Result<Vec<Suggestion>, Failure> {
    let used = domain.products_used(home)?;
    let labels: Vec<&str> = used.iter().map(|product| product.label.as_str()).collect();
    let is_single = labels.len() == 1 && home.products.len() > 1;
    let mut fitting: Vec<&Candidate> =
        candidates.iter().filter(|candidate| !candidate.profile.is_default() && labels.contains(&candidate.product.as_str())).collect();
    // Of those that hold more, fewer patches are still to be applied.
    fitting.sort_by(|one, other| other.patches.cmp(&one.patches).then_with(|| one.profile.cmp(&other.profile)));
    let why = |Candidate { product, patches, .. }: &Candidate| {
        let patches = if *patches == 1 { "1 patch".to_string() } else { format!("{patches} patches") };
        match is_single {
            true => format!("the domain uses only {product} of this home, and this profile holds {patches} of it alone"),
            false => format!("it is there already and holds {patches} of {product}"),
        }
    };
    let suggestions = fitting.into_iter().map(|candidate| Suggestion {
        product: candidate.product.clone(),
        profile: candidate.profile.clone(),
        why: why(candidate),
    });
    Ok(suggestions.collect())
}
