//! Records the compiler's version, which goes into every plugin's manifest.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTC");
    let rustc = std::env::var_os("RUSTC").expect("cargo sets RUSTC for every build script");
    let version = Command::new(rustc).arg("--version").output();
    let version = match &version {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout),
        _ => "rustc, version unknown".into(),
    };
    println!("cargo::rustc-env=TOLLGATE_COMPILER={}", version.trim());
}
