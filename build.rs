//! Compiles what is written in C, once, for the library and the command.

fn main() {
    println!("cargo::rerun-if-changed=c-src");
    println!("cargo::rerun-if-changed=crates/abi/include");
    cc::Build::new()
        .file("c-src/contract_layout.c")
        .include("crates/abi/include")
        .std("c11")
        .warnings(true)
        .extra_warnings(true)
        .compile("tollgate_c");
}
