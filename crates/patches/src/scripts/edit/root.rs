//! The home's place in the lines of a block: whether it can stand there at all, and the lines without it. Which home it is, is not known here.

/// Stands in a text for the home; no script can hold it.
const HOME: &str = "\0";

/// Why a path cannot be the begin of a class path's entries.
pub(super) fn fit(root: &str) -> Result<(), String> {
    let is_windows_drive = root.as_bytes().get(1) == Some(&b':') && root.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_absolute = root.starts_with('/') || root.starts_with("\\\\") || is_windows_drive;
    let path = if is_windows_drive { &root[2..] } else { root };
    match path.chars().find(|c| c.is_control() || matches!(c, ':' | ';' | '"')) {
        _ if !is_absolute => Err("it is no absolute path".into()),
        Some(unfit) => Err(format!("no class path can hold {unfit:?} in an entry")),
        None => Ok(()),
    }
}

/// A block's lines with nothing in them that tells where the home is; as they are where they name none that could be one.
pub(super) fn taken_out(body: &str) -> String {
    let Some(value) = ["PATCH_CLASSPATH='", "\"PATCH_CLASSPATH="].iter().find_map(|begin| Some(body.split_once(begin)?.1)) else {
        return body.to_string();
    };
    if value.starts_with("%%~fsi") {
        let root = body.split_once(" in (\"").and_then(|(_, rest)| rest.split_once("\") do ")).map(|(root, _)| root);
        let fitting = root.filter(|root| fit(root).is_ok());
        return fitting.map_or_else(|| body.to_string(), |root| body.replace(&format!("(\"{root}\")"), &format!("(\"{HOME}\")")));
    }
    let patch_folder = ["/patch_", "\\patch_"].into_iter().filter_map(|folder| Some((root_before(value, folder)?, folder))).next();
    match patch_folder.filter(|(root, _)| fit(root).is_ok()) {
        Some((root, folder)) => body.replace(&format!("{root}{folder}"), &format!("{HOME}{folder}")),
        None => body.to_string(),
    }
}

/// What a value begins with before the first patch folder that holds profiles.
fn root_before<'v>(value: &'v str, folder: &str) -> Option<&'v str> {
    let slash = &folder[..1];
    let holds_profiles = |at: usize| value[at + 1..].split(slash).nth(1) == Some("profiles");
    value.match_indices(folder).map(|(at, _)| at).find(|at| holds_profiles(*at)).map(|at| &value[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_reads_the_same_wherever_the_home_is() {
        let sh = "PATCH_CLASSPATH='ROOT/patch_wls1036/profiles/Orders/a.jar:ROOT/patch_ocp371/profiles/default/a.jar'\nPATCH_LIBPATH='ROOT/patch_wls1036/profiles/Orders/native'";
        let cmd = "@set \"PATCH_CLASSPATH=ROOT\\patch_wls1036\\profiles\\Orders\\a.jar\"\n@set \"PATCH_PATH=ROOT\\patch_wls1036\\profiles\\Orders\\native\"";
        let short = "@for %%i in (\"ROOT\") do @set \"PATCH_CLASSPATH=%%~fsi\\patch_wls1036\\profiles\\Orders\\a.jar\"";
        for (text, roots) in
            [(sh, ["/u01/mw", "/patch_x/it'\\''s"]), (cmd, ["C:\\mw", "\\\\host\\share\\mw"]), (short, ["C:\\a b", "D:\\c d"])]
        {
            let [one, other] = roots.map(|root| taken_out(&text.replace("ROOT", root)));
            assert_eq!(one, other);
            assert!(!one.contains(roots[0]) && one.contains(HOME), "{one:?}");
        }
        // Something of somebody's own is no home.
        let mine = sh.replace("ROOT", "/mw").replacen('\'', "'/mine:", 1);
        assert_eq!(taken_out(&mine), mine);
    }
}
