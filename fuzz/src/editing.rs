//! The laws of what is written into start scripts: it goes without a trace, a second time changes nothing, and what was written is found again.

use patches::definitions::{Definitions, Platform, Variable};
use patches::names::{ProfileName, RelPath};
use patches::scripts::cmd;
use patches::scripts::edit::{self, Block, Dialect, Edited, Purpose, ScriptRefusal};
use patches::scripts::sh;

fn profile() -> ProfileName {
    ProfileName::new("Orders").expect("a plain name")
}

fn block(platform: Platform) -> Block {
    let place = |path: &str| RelPath::new(format!("patch_wls1036/profiles/Orders/{path}")).expect("a plain path");
    let (library_path, root) = match platform {
        Platform::Unix => (Variable::PatchLibpath, "/opt/it's mw"),
        Platform::Windows => (Variable::PatchPath, "C:\\100%\\mw"),
    };
    let definitions = Definitions {
        product: "wls1036".into(),
        profile: profile(),
        platform,
        set: vec![
            (Variable::PatchClasspath, vec![place("sys_manifest_classpath/weblogic_patch.jar")]),
            (library_path, vec![place("native")]),
        ],
        unset: vec![Variable::WeblogicExtensionDirs],
        remarks: Vec::new(),
    };
    Block { definitions, root: root.into(), export: false, servers: Vec::new() }
}

pub fn sh_edit(bytes: &[u8]) {
    let plain = block(Platform::Unix);
    let exported = Block { export: true, servers: vec!["one".into(), "it's two".into()], ..plain.clone() };
    for block in [plain, exported] {
        edits(bytes, &sh::DIALECT, &block);
    }
}

pub fn cmd_edit(bytes: &[u8]) {
    edits(bytes, &cmd::DIALECT, &block(Platform::Windows));
}

fn edits(text: &[u8], dialect: &Dialect, block: &Block) {
    // Inserting replaces our blocks and leaves options of java; so the script without any of ours is what must come back.
    let Ok(bare) = edit::remove(text) else {
        assert!(edit::insert(text, dialect, block, &Purpose::default()).is_err(), "a script whose marks are broken was edited");
        return;
    };
    let bare = bare.unwrap_or_else(|| text.to_vec());
    if let Ok(edited) = edit::insert(text, dialect, block, &Purpose::default()) {
        goes_without_a_trace(&edited, &bare);
        let again = edit::insert(&edited.text, dialect, block, &Purpose::default()).expect("what was edited once is edited again");
        assert_eq!(again, edited, "a second time is not as the first");
        is_found(&edited, dialect, block);
    }
    if let Ok(edited) = edit::insert_into_paths(text, dialect, block) {
        goes_without_a_trace(&edited, &bare);
        let again = edit::insert_into_paths(&edited.text, dialect, block).expect("what was edited once is edited again");
        assert_eq!(again, edited, "a second time is not as the first");
    }
}

fn goes_without_a_trace(edited: &Edited, bare: &[u8]) {
    let removed = edit::remove(&edited.text).expect("our own marks");
    assert!(
        removed.as_deref() == Some(bare),
        "taken out again, the script is not what it was: {}",
        edit::diff(bare, &removed.unwrap_or_default())
    );
    assert!(edited.lines.start < edited.lines.end, "a block without lines");
}

fn is_found(edited: &Edited, dialect: &Dialect, block: &Block) {
    let found = edit::find(&edited.text, dialect).expect("our own marks");
    let [one] = found.as_slice() else { panic!("{} blocks instead of one", found.len()) };
    assert!(one.intact && one.lines == edited.lines, "{one:?} is not the block in lines {:?}", edited.lines);
    assert!(one.effective, "what was shown to take effect is found not to: {}", edited.text.escape_ascii());
    assert_eq!((&one.profile, &one.product), (&block.definitions.profile, &block.definitions.product));
}

pub fn sh_java_option(bytes: &[u8]) {
    java_option(bytes, &sh::DIALECT);
}

pub fn cmd_java_option(bytes: &[u8]) {
    java_option(bytes, &cmd::DIALECT);
}

fn java_option(text: &[u8], dialect: &Dialect) {
    let lines = edit::java_options(text);
    assert!(lines.windows(2).all(|pair| pair[0].line <= pair[1].line), "options out of order");
    let profile = profile();
    let edited = match edit::insert_java_option(text, dialect, &profile) {
        Ok(edited) => edited,
        Err(ScriptRefusal::OtherProfile { line, .. } | ScriptRefusal::LongDash { line }) => return assert!(line >= 1),
        Err(_) => return,
    };
    let again = edit::insert_java_option(&edited.text, dialect, &profile).expect("what was edited once is edited again");
    assert!(again.text == edited.text, "a second time is not as the first");
    let options = edit::java_options(&edited.text);
    assert!(
        options.iter().filter(|option| option.ours).all(|option| option.profile == profile.as_str()),
        "an option of ours of another profile"
    );
    // Blocks are of no concern here; where their marks are broken nothing is taken out.
    let (Ok(bare), Ok(removed)) = (edit::remove(text), edit::remove(&edited.text)) else { return };
    let bare = bare.unwrap_or_else(|| text.to_vec());
    let removed = removed.unwrap_or_else(|| edited.text.clone());
    assert!(removed == bare, "taken out again, the script is not what it was: {}", edit::diff(&bare, &removed));
}
