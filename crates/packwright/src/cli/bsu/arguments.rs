//! The arguments of the vendor's patch tool, as scripts give them: one dash, `=` between name and value. It reads them and does nothing.

use std::path::PathBuf;

pub const USAGE: &str = "\
usage: packwright bsu -install|-remove -patchlist=ID[,ID…] -prod_dir=DIR [-profile=NAME] [-patch_download_dir=DIR]
                      [-even_withdrawn] [-verbose] [-log=FILE]
       packwright bsu -view -status=applied|downloaded -prod_dir=DIR [-profile=NAME] [-patch_download_dir=DIR] [-verbose]
       packwright bsu -report [-bea_home=DIR] [-product_mask=TEXT] [-release_mask=TEXT] [-profile_mask=TEXT] [-patch_id_mask=TEXT]
                      [-output_format=text|xml]
       each with --json for one JSON value instead of these lines

A name without -profile means the default profile. Exit codes: those of packwright (packwright --help).";

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    pub action: Option<Action>,
    pub patches: Vec<String>,
    pub product_folder: Option<PathBuf>,
    pub profile: Option<String>,
    pub download_folder: Option<PathBuf>,
    pub log: Option<PathBuf>,
    pub verbose: bool,
    /// Patches that their maker took back, too; an option of ours.
    pub even_withdrawn: bool,
    pub json: bool,
    pub status: Option<Status>,
    pub home: Option<PathBuf>,
    pub masks: Masks,
    pub xml: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Install,
    Remove,
    View,
    Report,
    Help,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Applied,
    Downloaded,
}

/// What a report is limited to: a text that the name has in it, whatever its case; `*` and nothing mean all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masks {
    pub product: String,
    pub release: String,
    pub profile: String,
    pub patch: String,
}

impl Masks {
    pub fn lets(mask: &str, name: &str) -> bool {
        let mask = mask.trim_matches('*');
        mask.is_empty() || name.to_ascii_lowercase().contains(&mask.to_ascii_lowercase())
    }
}

/// Reads the arguments behind `bsu`; the error is one sentence.
pub fn read(words: &[String]) -> Result<Arguments, String> {
    let mut found = Arguments::default();
    for word in words {
        let bare = word.trim_start_matches('-');
        if bare.len() == word.len() {
            return Err(format!("{word} is no option: every one begins with a dash"));
        }
        let (name, value) = bare.split_once('=').map_or((bare, None), |(name, value)| (name, Some(value)));
        option(&mut found, &name.to_ascii_lowercase(), value)?;
    }
    check(&found)?;
    Ok(found)
}

fn option(found: &mut Arguments, name: &str, value: Option<&str>) -> Result<(), String> {
    let text = || value.filter(|value| !value.is_empty()).map(str::to_string).ok_or_else(|| format!("-{name} needs a value: -{name}=…"));
    let mut action = |action| match found.action.replace(action) {
        None => Ok(()),
        Some(_) => Err("say one of -install, -remove, -view, -report and -help".to_string()),
    };
    match name {
        "install" => return action(Action::Install),
        "remove" => return action(Action::Remove),
        "view" => return action(Action::View),
        "report" => return action(Action::Report),
        "help" | "h" => return action(Action::Help),
        "gui" => return Err("there are no windows here; packwright patch --help lists what can be done".into()),
        "patchlist" => found.patches = text()?.split(',').map(|id| id.trim().to_ascii_uppercase()).filter(|id| !id.is_empty()).collect(),
        "prod_dir" => found.product_folder = Some(text()?.into()),
        "profile" => found.profile = Some(text()?),
        "patch_download_dir" => found.download_folder = Some(text()?.into()),
        "log" => found.log = Some(text()?.into()),
        "bea_home" => found.home = Some(text()?.into()),
        "verbose" => found.verbose = true,
        "even_withdrawn" => found.even_withdrawn = true,
        "json" => found.json = true,
        "product_mask" => found.masks.product = text()?,
        "release_mask" => found.masks.release = text()?,
        "profile_mask" => found.masks.profile = text()?,
        "patch_id_mask" => found.masks.patch = text()?,
        "status" => found.status = Some(status(&text()?)?),
        "output_format" => found.xml = format(&text()?)?,
        // Its heap settings and proxies have no meaning here, and scripts give them.
        "proxy_host" | "proxy_port" | "proxy_user" | "proxy_password" | "log_priority" | "quiet" => {}
        _ => return Err(format!("-{name} is no option of bsu")),
    }
    Ok(())
}

fn status(text: &str) -> Result<Status, String> {
    match text.to_ascii_lowercase().as_str() {
        "applied" => Ok(Status::Applied),
        "downloaded" => Ok(Status::Downloaded),
        _ => Err(format!("-status={text}: it is applied or downloaded")),
    }
}

fn format(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "xml" => Ok(true),
        "text" => Ok(false),
        _ => Err(format!("-output_format={text}: it is text or xml")),
    }
}

fn check(found: &Arguments) -> Result<(), String> {
    match found.action {
        None => Err("say what to do: -install, -remove, -view, -report or -help".into()),
        Some(Action::Install | Action::Remove) if found.patches.is_empty() => Err("say which patches: -patchlist=ID[,ID…]".into()),
        Some(Action::View) if found.status.is_none() => Err("say which patches: -status=applied or -status=downloaded".into()),
        Some(Action::Install | Action::Remove | Action::View) if found.product_folder.is_none() => {
            Err("say which product: -prod_dir=…/wlserver_…".into())
        }
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(line: &str) -> Result<Arguments, String> {
        read(&line.split_whitespace().map(String::from).collect::<Vec<_>>())
    }

    #[test]
    fn a_line_of_a_script_is_understood() {
        let found =
            given("-install -patchlist=hce9,2LZX -prod_dir=/mw/wlserver_10.3 -profile=Orders -patch_download_dir=/p -verbose -log=/l")
                .unwrap();
        assert_eq!((found.action, found.patches.as_slice()), (Some(Action::Install), ["HCE9".to_string(), "2LZX".to_string()].as_slice()));
        assert_eq!((found.profile.as_deref(), found.verbose, found.json), (Some("Orders"), true, false));
        let found = given("-view -status=Applied -prod_dir=/mw/wlserver_10.3 --json").unwrap();
        assert_eq!((found.status, found.json), (Some(Status::Applied), true));
        assert!(given("-report -output_format=xml").unwrap().xml);
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        for line in [
            "",
            "install",
            "-install -remove",
            "-install -prod_dir=/x",
            "-install -patchlist=A",
            "-view -prod_dir=/x",
            "-view -status=new",
            "-gui",
            "-x",
            "-report -output_format=pdf",
        ] {
            assert!(given(line).is_err(), "{line}");
        }
    }

    #[test]
    fn masks_look_for_a_text() {
        assert!(Masks::lets("*", "x") && Masks::lets("", "x") && Masks::lets("WLS", "wls1036") && Masks::lets("10.*", "10.3.6"));
        assert!(!Masks::lets("ocp", "wls1036"));
    }
}
