//! Links sigkit's call shapes into a shared library, which `calls` loads.

use std::path::PathBuf;

fn main() {
    let source = "../../c-src/shapes.c";
    println!("cargo::rerun-if-changed={source}");
    let library = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("shapes.so");
    let status = cc::Build::new()
        .include("../../c-src")
        .pic(true)
        .get_compiler()
        .to_command()
        .args(["-O2", "-shared", "-ffp-contract=off", "-fvisibility=hidden", "-o"])
        .arg(&library)
        .arg(source)
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "{source} cannot be linked into a shared library"
    );
    println!("cargo::rustc-env=SHAPES={}", library.display());
}
