//! Compiles what is written in C, once, for the library and the command: sigkit, and what the C compiler makes of the
//! contract's header.

use std::path::PathBuf;

fn main() {
    println!("cargo::rerun-if-changed=c-src");
    println!("cargo::rerun-if-changed=crates/abi/include");
    let sources = [
        "status",
        "crc32c",
        "crc32c_table",
        "moments",
        "biquad",
        "histogram",
        "shapes",
        "layout",
    ];
    let processors = ["crc32c_x86_64", "crc32c_aarch64"];
    c().files(sources.map(|name| format!("c-src/{name}.c")))
        .files(processors.map(|name| format!("c-src/arch/{name}.c")))
        .include("c-src")
        // Fused multiply-adds round differently: results would depend on the processor.
        .flag_if_supported("-ffp-contract=off")
        .compile("sigkit");
    c().file("c-src/contract/layout.c")
        .include("crates/abi/include")
        .compile("tollgate_contract");
    link_plugins();
    link_shapes();
}

/// Compiles plugins in C into this program, for `static-c`: their sources as they are, with both symbols renamed.
fn link_plugins() {
    println!("cargo::rerun-if-changed=plugins/crc32c/src/crc32c.c");
    for (name, source) in [
        ("crc32c", "plugins/crc32c/src/crc32c.c"),
        ("probe", "c-src/plugins/probe.c"),
    ] {
        c().file(source)
            .include("crates/abi/include")
            .define("tollgate_entry", format!("{name}_tollgate_entry").as_str())
            .define("tollgate_manifest", format!("{name}_tollgate_manifest").as_str())
            .define("TOLLGATE_EXPORT", "")
            .compile(&format!("tollgate_part_{name}"));
    }
    c().file("c-src/plugins/parts.c").compile("tollgate_parts");
}

fn c() -> cc::Build {
    let mut build = cc::Build::new();
    build.std("c11").warnings(true).extra_warnings(true);
    build
}

/// Links sigkit's call shapes once more, into a shared library of their own, whose bytes become part of the command:
/// `tollgate bench` prices what the same C costs behind a loaded library's symbol. Where that cannot be linked, the bytes
/// are empty, and those rows are left out.
fn link_shapes() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for every build script"));
    let library = out.join("sigkit_shapes.bin");
    let compiler = cc::Build::new().include("c-src").std("c11").pic(true).get_compiler();
    let linked = !compiler.is_like_msvc()
        && compiler
            .to_command()
            .args(["-shared", "-fvisibility=hidden", "-o"])
            .arg(&library)
            .arg("c-src/shapes.c")
            .status()
            .is_ok_and(|status| status.success());
    if !linked {
        std::fs::write(&library, []).expect("OUT_DIR can be written to");
    }
}
