//! Compiles the plugin's C source and extracts its manifest.
//!
//! From a cdylib rustc exports the symbols that Rust defines and hides those of C. So C's two symbols are renamed here,
//! and `src/lib.rs` exports the contract's.

use std::path::PathBuf;

const MARK: &str = "MANIFEST_OF_CRC32C";

fn main() {
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=../../crates/abi/include");
    c().file("src/crc32c.c")
        .warnings(true)
        .extra_warnings(true)
        .define("tollgate_entry", "crc32c_tollgate_entry")
        .define("tollgate_manifest", "crc32c_tollgate_manifest")
        .define("TOLLGATE_EXPORT", "")
        .compile("tollgate_crc32c");

    // Only the preprocessor reads this file: it replaces the manifest's definition with the literal between two
    // marks.
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for every build script"));
    let marked = out.join("manifest.c");
    let source = format!(
        "#include \"tollgate.h\"\n#undef TOLLGATE_MANIFEST\n#define TOLLGATE_MANIFEST(literal) {MARK} literal \
            {MARK}\n#include \"crc32c.c\"\n"
    );
    std::fs::write(&marked, source).expect("OUT_DIR can be written to");
    let expanded = c().include("src").file(&marked).expand();
    let expanded = String::from_utf8(expanded).expect("the source is UTF-8");
    let literal = expanded.split(MARK).nth(1).expect("crc32c.c has a TOLLGATE_MANIFEST");
    std::fs::write(out.join("manifest.json"), unquoted(literal)).expect("OUT_DIR can be written to");
}

fn c() -> cc::Build {
    let mut build = cc::Build::new();
    build.std("c11").include("../../crates/abi/include");
    build
}

/// The text of a C string literal in one or more pieces. Only quotes and backslashes are escaped by
/// backslashes.
fn unquoted(literal: &str) -> String {
    let mut text = String::new();
    let mut quoted = false;
    // Between the pieces are white space and the preprocessor's line markers.
    for line in literal.lines().filter(|line| !line.starts_with('#')) {
        let mut characters = line.chars();
        while let Some(character) = characters.next() {
            match character {
                '"' => quoted = !quoted,
                '\\' if quoted => text.extend(characters.next()),
                character if quoted => text.push(character),
                _ => {}
            }
        }
    }
    text
}
