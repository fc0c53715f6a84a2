//! Real C of a third party: all of zlib, as its authors wrote it, as objects of a library of business functions. An object's name is that of its
//! files, so zlib's `deflate.c` and `deflate.h` are object DEFLATE, and no include line changes.

use crate::enterprise::Enterprise;
use crate::objects::Objects;
use flate2::Compression;
use flate2::read::{DeflateEncoder, ZlibDecoder};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Sources that read and write files themselves want to be told on the command line that there is unistd.h; a package has one set of flags, so
/// they are told in their first line.
const TOLD: [&str; 3] = ["gzlib.c", "gzread.c", "gzwrite.c"];

/// Where the registry's package of zlib lies, as cargo tells it.
fn zlib_sources() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version", "1", "--offline", "--filter-platform", &platform, "--manifest-path", manifest]);
    let told = command.output().expect("cargo runs");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let told: Value = serde_json::from_slice(&told.stdout).expect("cargo tells JSON");
    let packages = told["packages"].as_array().expect("there are packages");
    let zlib = packages.iter().find(|package| package["name"] == "libz-sys").expect("zlib is a dependency");
    Path::new(zlib["manifest_path"].as_str().expect("a package has a manifest")).parent().expect("it lies in a folder").join("src/zlib")
}

/// Writes zlib as objects of library CZLIB; answers how many files.
fn write_zlib(objects: &Objects) -> usize {
    let mut texts: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for entry in fs::read_dir(zlib_sources()).expect("zlib's sources are there").map(Result::unwrap) {
        let file = entry.file_name().into_string().expect("zlib's names are plain");
        if let Some((stem, "c" | "h")) = file.rsplit_once('.') {
            let text = fs::read_to_string(entry.path()).expect("zlib's sources are text");
            let text = if TOLD.contains(&file.as_str()) { format!("#define HAVE_UNISTD_H 1\n{text}") } else { text };
            texts.entry(stem.to_uppercase()).or_default().push((file, text));
        }
    }
    for (object, files) in &texts {
        for (file, text) in files {
            if file.ends_with(".c") { objects.source(object, "CZLIB", None, text) } else { objects.header(object, "CZLIB", text) }
        }
    }
    texts.values().map(Vec::len).sum()
}

/// CRC-32 of a text in UTF-8, as a number.
const CRC: &str = r#"#include <jde.h>
#include <b5500001.h>
#include "zlib.h"

ID F55Crc32(LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500001 lpDS)
{
   static ZCHAR szBytes[4 * 20000 + 1];
   uLong        nCrc = crc32(0L, Z_NULL, 0);

   jdeFromUnicode(szBytes, lpDS->szText, (int) sizeof(szBytes), "UTF-8");
   nCrc = crc32(nCrc, (const Bytef *) szBytes, (uInt) jdeZStrlen(szBytes));
   LongToMathNumeric((long) nCrc, &lpDS->mnCrc);
   return ER_SUCCESS;
}
"#;

/// Compresses a text repeated, tells the bytes in hexadecimal and both sizes, and takes them apart again.
const SQUEEZE: &str = r#"#include <jde.h>
#include <d5500002.h>
#include "zlib.h"

ID F55Squeeze(LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500002 lpDS)
{
   static ZCHAR szBytes[4 * 20000 + 1];
   int          nTimes = 0, nEach = 0, i = 0;
   uLongf       nPacked = 0, nPlain = 0;
   Bytef       *pPlain = NULL, *pPacked = NULL, *pAgain = NULL;
   ID           idResult = ER_ERROR;

   jdeFromUnicode(szBytes, lpDS->szText, (int) sizeof(szBytes), "UTF-8");
   MathNumericToInt(&lpDS->mnTimes, &nTimes);
   nEach   = (int) jdeZStrlen(szBytes);
   nPlain  = (uLongf) nEach * (uLongf) nTimes;
   nPacked = compressBound(nPlain);
   pPlain  = (Bytef *) jdeAlloc(COMMON_POOL, nPlain + 1, MEM_ZEROINIT);
   pPacked = (Bytef *) jdeAlloc(COMMON_POOL, nPacked, MEM_ZEROINIT);
   pAgain  = (Bytef *) jdeAlloc(COMMON_POOL, nPlain + 1, MEM_ZEROINIT);
   for (i = 0; i < nTimes; i++)
   {
      memcpy(pPlain + (size_t) i * (size_t) nEach, szBytes, (size_t) nEach);
   }
   if (compress2(pPacked, &nPacked, pPlain, nPlain, 9) == Z_OK && nPacked * 2 < DIM(lpDS->szPacked))
   {
      uLongf nAgain = nPlain;

      for (i = 0; i < (int) nPacked; i++)
      {
         jdeSprintf(lpDS->szPacked + 2 * i, _J("%02x"), (int) pPacked[i]);
      }
      LongToMathNumeric((long) nPlain, &lpDS->mnPlain);
      LongToMathNumeric((long) nPacked, &lpDS->mnPacked);
      if (uncompress(pAgain, &nAgain, pPacked, nPacked) == Z_OK && nAgain == nPlain && memcmp(pAgain, pPlain, nPlain) == 0)
      {
         IntToMathNumeric(1, &lpDS->mnEqual);
         idResult = ER_SUCCESS;
      }
   }
   jdeFree(pPlain);
   jdeFree(pPacked);
   jdeFree(pAgain);
   return idResult;
}
"#;

const HEADER: &str = "#ifndef B5500001_H\n#define B5500001_H\n#include <d5500001.h>\nID F55Crc32(LPBHVRCOM lpBhvrCom, LPVOID lpVoid, LPDSD5500001 lpDS);\n#endif\n";

fn write_functions(objects: &Objects) {
    objects.structure("D5500001", &[("szText", "LONG"), ("mnCrc", "NUMB")]);
    objects.structure(
        "D5500002",
        &[("szText", "LONG"), ("mnTimes", "NUMB"), ("mnPlain", "NUMB"), ("mnPacked", "NUMB"), ("mnEqual", "NUMB"), ("szPacked", "LONG")],
    );
    objects.source("B5500001", "CZLIB", Some(("F55Crc32", "D5500001")), CRC);
    objects.write("BSFN", "B5500001", "b5500001.h", HEADER);
    objects.source("B5500002", "CZLIB", Some(("F55Squeeze", "D5500002")), SQUEEZE);
}

const TEXTS: [&str; 4] = ["", "123456789", "Größe: 4711 € für 12 Stück", "The quick brown fox jumps over the lazy dog"];

/// A text of 5,600 letters that does not repeat itself soon.
fn long_text() -> String {
    (0..700_u32).map(|number| format!("{:08x}", number.wrapping_mul(2_654_435_761))).collect()
}

#[test]
fn zlib_is_built_as_business_functions_and_agrees_with_others() {
    let enterprise = Enterprise::new();
    let objects = Objects::new(enterprise.beside("objects"));
    assert_eq!(write_zlib(&objects), 26, "all of zlib's files");
    write_functions(&objects);
    enterprise.check_in(objects.path()).succeeded();
    enterprise.build("DV920FA", "ENT1,ENT2");
    enterprise.run("deploy DV920FA").succeeded();
    let long = long_text();
    for server in ["ENT1", "ENT2"] {
        for text in TEXTS.into_iter().chain([long.as_str()]) {
            let crc = enterprise.call("F55Crc32", server, &[&format!("szText={text}")])["values"]["mnCrc"].as_u64();
            assert_eq!(crc, Some(u64::from(crc32fast::hash(text.as_bytes()))), "{text} on {server}");
        }
        for (text, times) in [("abc", 1), ("Größe ", 5_000), (long.as_str(), 40)] {
            squeezes(&enterprise, server, text, times);
        }
    }
}

/// What zlib packed, another program unpacks to the same text, and no larger than that program would pack it, give or take.
fn squeezes(enterprise: &Enterprise, server: &str, text: &str, times: usize) {
    let answer = enterprise.call("F55Squeeze", server, &[&format!("szText={text}"), &format!("mnTimes={times}")]);
    let values = &answer["values"];
    let plain = text.repeat(times);
    assert_eq!(
        (answer["result"].as_i64(), values["mnEqual"].as_i64()),
        (Some(0), Some(1)),
        "{times} times {} bytes on {server}",
        text.len()
    );
    assert_eq!(values["mnPlain"].as_u64(), Some(plain.len() as u64));
    let hexadecimal = values["szPacked"].as_str().expect("the bytes are told");
    let packed: Vec<u8> =
        (0..hexadecimal.len() / 2).map(|byte| u8::from_str_radix(&hexadecimal[2 * byte..2 * byte + 2], 16).unwrap()).collect();
    assert_eq!(values["mnPacked"].as_u64(), Some(packed.len() as u64));
    let mut unpacked = String::new();
    ZlibDecoder::new(packed.as_slice()).read_to_string(&mut unpacked).expect("it is zlib's format");
    assert!(unpacked == plain, "{times} times {} bytes on {server}", text.len());
    let mut other = Vec::new();
    DeflateEncoder::new(plain.as_bytes(), Compression::best()).read_to_end(&mut other).unwrap();
    assert!(packed.len() < 2 * other.len() + 64, "{} bytes, where another has {}", packed.len(), other.len());
}
