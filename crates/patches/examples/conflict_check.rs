//! Measures how fast patches are checked for classes that they both hold: `make` writes the jars of a profile and of one new patch, `full` compares
//! all with all and knows nothing at the beginning, `one` compares the new patch with a profile that is known. Each in a process of its own, so that
//! its peak of memory is its own; what is made depends on nothing but the sizes.

use engine::failure::{self, Failure};
use patches::classes::{self, Classes, Compared, Indexed, Jar};
use patches::disk;
use patches::names::{Digest, PatchId};
use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const NEW_PATCH_CLASSES: usize = 400;
/// Of the new patch's classes so many are in the profile as well, with other bytes.
const CLASHING: usize = 30;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, default: usize| arguments.get(place).map_or(Ok(default), |text| text.parse());
    let (Some(command), Some(folder)) = (arguments.first(), arguments.get(1).map(PathBuf::from)) else {
        return Err("conflict_check make FOLDER [PATCHES] [CLASSES] | full FOLDER | one FOLDER".into());
    };
    match command.as_str() {
        "make" => make(&folder, number(2, 500)?, number(3, 200_000)?),
        "full" => full(&folder),
        "one" => one(&folder),
        _ => Err(format!("there is no {command}").into()),
    }
}

/// The list of jars is written last: where it is, all of them are.
fn make(folder: &Path, patches: usize, classes: usize) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let each = classes / patches;
    let mut random = Random(1);
    let mut list = String::new();
    for patch in 0..=patches {
        let is_new = patch == patches;
        let path = folder.join(format!("{}.jar", id(patch)));
        let mut writer = ZipWriter::new(File::create(&path)?);
        for class in 0..if is_new { NEW_PATCH_CLASSES } else { each } {
            let of = if is_new && class < CLASHING { class * 7 % patches } else { patch };
            writer.start_file(
                format!("com/example/product{}/orders/part{}/Order{of}Handler{class}.class", of % 20, class % 10),
                SimpleFileOptions::default(),
            )?;
            writer.write_all(&class_file(&mut random))?;
        }
        writer.finish()?;
        list += &format!("{} {}\n", id(patch), Digest::of(&fs::read(&path)?));
    }
    disk::write(&folder.join("list.txt"), list.as_bytes())?;
    Ok(())
}

fn id(patch: usize) -> String {
    format!("P{patch:03}")
}

/// Like a compiled class in size (2.5 kB on average, some far larger) and in how well it packs (a half): names among bytes of no pattern.
fn class_file(random: &mut Random) -> Vec<u8> {
    const WORDS: [&str; 12] = [
        "java/lang/Object",
        "java/lang/String",
        "()V",
        "Code",
        "LineNumberTable",
        "LocalVariableTable",
        "Ljava/util/List;",
        "getOrder",
        "setCustomer",
        "StackMapTable",
        "SourceFile",
        "this",
    ];
    let least = 700 + random.below(1800);
    let bytes = if random.below(20) == 0 { least + random.below(36_000) } else { least };
    let mut file = vec![0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 52];
    while file.len() < bytes {
        file.extend(WORDS[random.below(WORDS.len())].as_bytes());
        file.extend(&random.next().to_be_bytes()[..4]);
    }
    file
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }
}

/// The jars that were made; the new patch's is the last one.
fn jars(folder: &Path) -> Result<Vec<Jar>, Box<dyn Error>> {
    let text = fs::read_to_string(folder.join("list.txt"))?;
    let jar = |line: &str| {
        let (id, digest) = line.split_once(' ').ok_or("a line without a digest")?;
        Ok(Jar { patch: PatchId::new(id)?, file: format!("{id}.jar"), digest: Digest::try_from(digest.to_string())? })
    };
    text.lines().map(jar).collect()
}

fn look_into(folder: &Path, jars: &[Jar]) -> Result<Vec<Indexed>, String> {
    let open = |jar: &Jar| {
        let path = folder.join(&jar.file);
        File::open(&path).map_err(|error| Failure::new(&failure::HOST_FAILED, format!("cannot read {}: {error}", path.display())))
    };
    Classes::open(folder.join("index")).look_into(jars, open).map_err(|failure| failure.message)
}

fn full(folder: &Path) -> Result<(), Box<dyn Error>> {
    let jars = jars(folder)?;
    let index = folder.join("index");
    if index.exists() {
        fs::remove_dir_all(&index)?;
    }
    let begun = Instant::now();
    let indexed = look_into(folder, &jars)?;
    let looked_ms = begun.elapsed().as_millis();
    let compared = classes::clashes(&indexed, &[]);
    tell("full", begun, looked_ms, &indexed, &compared)
}

fn one(folder: &Path) -> Result<(), Box<dyn Error>> {
    let jars = jars(folder)?;
    let (new, present) = jars.split_last().ok_or("no jars")?;
    // The new patch was never seen before.
    let text = folder.join("index").join(new.digest.to_string());
    if text.exists() {
        fs::remove_file(&text)?;
    }
    let begun = Instant::now();
    let new = look_into(folder, std::slice::from_ref(new))?;
    let present = look_into(folder, present)?;
    let looked_ms = begun.elapsed().as_millis();
    let compared = classes::clashes(&new, &present);
    tell("one", begun, looked_ms, &present, &compared)
}

fn tell(what: &str, begun: Instant, looked_ms: u128, indexed: &[Indexed], compared: &Compared) -> Result<(), Box<dyn Error>> {
    let ms = begun.elapsed().as_millis();
    let classes: usize = indexed.iter().map(|indexed| indexed.index.members().len()).sum();
    let found: usize = compared.clashes.iter().map(|clash| clash.count).sum();
    if found != CLASHING {
        return Err(format!("{found} classes clash, and {CLASHING} were made to").into());
    }
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no peak of memory")?;
    let peak_kb: u64 = peak.trim().trim_end_matches(" kB").parse()?;
    let jars = indexed.len();
    println!(
        "{{\"what\":\"{what}\",\"jars\":{jars},\"classes\":{classes},\"looked_ms\":{looked_ms},\"ms\":{ms},\"peak_mb\":{}}}",
        peak_kb / 1024
    );
    Ok(())
}
