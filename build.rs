//! Compiles what is written in C, once, for the library and the command: sigkit, and what the C compiler makes of the
//! contract's header.

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
    cc::Build::new()
        .files(sources.map(|name| format!("c-src/{name}.c")))
        .files(processors.map(|name| format!("c-src/arch/{name}.c")))
        .include("c-src")
        .std("c11")
        .warnings(true)
        .extra_warnings(true)
        // Fused multiply-adds round differently: results would depend on the processor.
        .flag_if_supported("-ffp-contract=off")
        .compile("sigkit");
    cc::Build::new()
        .file("c-src/contract/layout.c")
        .include("crates/abi/include")
        .std("c11")
        .warnings(true)
        .extra_warnings(true)
        .compile("tollgate_contract");
}
