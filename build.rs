//! Compiles the C sources once, for the library and the command: sigkit, and the layouts that the C compiler gives the
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
    name_the_compiler();
    link_plugins();
    link_libraries();
    compile_apart();
    tell_settings();
}

/// Compiles C plugins into this program, for `static-c`: unchanged sources with both symbols renamed.
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

/// Tells the command the compiler and the flags of the C that it measures.
fn name_the_compiler() {
    let compiler = c().get_compiler();
    let version = match compiler.is_like_msvc() {
        // This compiler prints its version only on a usage error.
        true => None,
        false => compiler.to_command().arg("--version").output().ok(),
    };
    let first_line = version.and_then(|output| {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().next().map(str::to_owned)
    });
    let name = first_line.unwrap_or_else(|| compiler.path().display().to_string());
    // Flags with paths differ between directories and do not change the code.
    let flags = compiler.args().iter().map(|flag| flag.to_string_lossy().into_owned());
    let flags: Vec<String> = flags
        .filter(|flag| flag.starts_with('-') && !flag.contains(['=', '/']) || flag.starts_with("-m"))
        .collect();
    println!("cargo::rustc-env=TOLLGATE_C_COMPILER={name}; {}", flags.join(" "));
}

fn out_directory() -> PathBuf {
    std::env::var_os("OUT_DIR")
        .expect("cargo sets OUT_DIR for every build script")
        .into()
}

fn c() -> cc::Build {
    let mut build = cc::Build::new();
    build.std("c11").warnings(true).extra_warnings(true);
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|processor| processor == "x86")
        && std::env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|environment| environment != "msvc")
    {
        // Like rustc: the x87 unit keeps more digits than a double and rounds differently.
        build.flag("-msse2").flag("-mfpmath=sse");
    }
    build
}

/// Links C into shared libraries whose bytes become part of the command: `tollgate bench` measures what the
/// same C costs behind a loaded library's symbol, and how calls within a library are bound. If one cannot be linked,
/// its bytes are empty and its rows are left out.
fn link_libraries() {
    let out = out_directory();
    let optimised = std::env::var("OPT_LEVEL").is_ok_and(|level| level != "0");
    let compiler = cc::Build::new().include("c-src").std("c11").pic(true).get_compiler();
    for (name, source, flags) in [
        ("sigkit_shapes", "c-src/shapes.c", &["-ffp-contract=off"][..]),
        ("bound_by_plt", "c-src/bound.c", &["-fplt", "-Wl,-z,lazy"]),
        ("bound_by_got", "c-src/bound.c", &["-fno-plt", "-Wl,-z,now"]),
    ] {
        let library = out.join(name).with_extension("bin");
        let linked = !compiler.is_like_msvc()
            && compiler
                .to_command()
                // The system's linker does not accept bitcode.
                .args(["-shared", "-fvisibility=hidden", "-fno-lto"])
                .args(optimised.then_some("-O2"))
                .args(flags)
                .arg("-o")
                .arg(&library)
                .arg(source)
                .status()
                .is_ok_and(|status| status.success());
        if !linked {
            std::fs::write(&library, []).expect("OUT_DIR can be written to");
        }
    }
}

/// Compiles the C without LTO that `bench` compares with in a build whose C is inlined into Rust. `cc` puts flags from the
/// environment last, so this compiler command is built here.
fn compile_apart() {
    let mut build = c();
    let compiler = build.get_compiler();
    if compiler.is_like_msvc() {
        build.file("c-src/apart.c");
    } else {
        let out = out_directory();
        let object = out.join("apart.o");
        let status = compiler
            .to_command()
            .args(["-fno-lto", "-c", "-o"])
            .arg(&object)
            .arg("c-src/apart.c")
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "cannot compile c-src/apart.c"
        );
        build.object(object);
    }
    build.compile("tollgate_apart");
}

/// Tells the command how it was built. It prints that when a claim of link-time optimisation fails.
fn tell_settings() {
    let variable = |name: &str| {
        println!("cargo::rerun-if-env-changed={name}");
        std::env::var(name).unwrap_or_default()
    };
    // Cargo's own flags, separated by the unit separator.
    let rust = variable("CARGO_ENCODED_RUSTFLAGS").replace('\u{1f}', " ");
    println!("cargo::rustc-env=TOLLGATE_RUST_FLAGS={rust}");
    println!("cargo::rustc-env=TOLLGATE_C_FLAGS={}", variable("CFLAGS"));
    println!(
        "cargo::rustc-env=TOLLGATE_LTO={}",
        variable("CARGO_PROFILE_RELEASE_LTO")
    );
}
