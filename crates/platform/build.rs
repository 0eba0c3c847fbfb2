//! Tells the crate which target it is built for: only a build script is told the whole triple.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = std::env::var("TARGET").expect("cargo sets TARGET for every build script");
    println!("cargo::rustc-env=TOLLGATE_TARGET={target}");
}
