//! A folder as goods: its files by content, and a list of names and hashes that is goods itself.

use engine::failure::{self, Failure};
use engine::step::Context;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// Files that one folder may hold.
const FILES_MAX: usize = 1_000_000;

#[derive(Serialize, Deserialize)]
struct File {
    /// Relative, with `/`.
    path: String,
    hash: String,
}

/// Takes in the files that lie in the named folders below `root` (an empty name is `root` itself); answers the hash of their list.
pub fn put(context: &Context<'_>, root: &Path, names: &[&str]) -> Result<String, Failure> {
    let mut files = Vec::new();
    for name in names {
        collect(context, root, PathBuf::from(name), &mut files)?;
    }
    context.goods.put(&serde_json::to_vec(&files).expect("plain data becomes JSON"))
}

fn collect(context: &Context<'_>, root: &Path, path: PathBuf, files: &mut Vec<File>) -> Result<(), Failure> {
    if files.len() > FILES_MAX {
        return Err(Failure::new(&failure::HOST_FAILED, format!("{} holds more than {FILES_MAX} files", root.display())));
    }
    for entry in context.host.list(&root.join(&path))? {
        // What a killed attempt was just writing begins with a dot.
        if entry.name.starts_with('.') {
            continue;
        }
        let below = path.join(&entry.name);
        if entry.folder {
            collect(context, root, below, files)?;
        } else {
            let hash = context.goods.put_file(&root.join(&below))?;
            files.push(File { path: below.to_string_lossy().into_owned(), hash });
        }
    }
    Ok(())
}

/// The hashes of the files that a list names; `None` where it is no list.
pub fn listed(list: &[u8]) -> Option<Vec<String>> {
    let files: Vec<File> = serde_json::from_slice(list).ok()?;
    Some(files.into_iter().map(|file| file.hash).collect())
}

/// Places the files that were published under a name below `to`; answers how many.
pub fn fetch(context: &Context<'_>, name: &str, to: &Path) -> Result<usize, Failure> {
    let missing = || {
        Failure::new(&failure::GOODS_MISSING, format!("nothing was published as {name}"))
            .hint("order the build anew with `packwright package rebuild`")
    };
    let hash = context.goods.named(name)?.ok_or_else(missing)?;
    let damaged = || Failure::new(&failure::GOODS_MISSING, format!("the list of files published as {name} is damaged"));
    let files: Vec<File> = serde_json::from_slice(&context.goods.get(&hash)?).map_err(|_| damaged())?;
    context.goods.bring(&files.iter().map(|file| file.hash.as_str()).collect::<Vec<_>>());
    let mut made = BTreeSet::new();
    for file in &files {
        let path = Path::new(&file.path);
        if !path.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(damaged());
        }
        let target = to.join(path);
        if let Some(parent) = target.parent()
            && made.insert(parent.to_path_buf())
        {
            context.host.create_folder(parent)?;
        }
        context.goods.place(&file.hash, &target)?;
    }
    context.host.create_folder(to)?;
    Ok(files.len())
}
