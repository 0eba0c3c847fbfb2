//! The raw binding of sigkit: `src/sigkit/ffi.rs` from `c-src/sigkit.h`, through bindgen.
//!
//! One file serves every target. The header has only fixed-width types, so bindgen writes the same for all of them,
//! and `codegen` checks that. bindgen's own assertions of sizes and offsets are left out, because they would
//! differ: C aligns a `double` to four bytes on 32-bit x86. A test compares sizes and offsets with those that the
//! C compiler of the build reports (`sigkit_layout`), on the target that the test runs on.

use crate::source::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The generated file.
pub(crate) const FILE: &str = "src/sigkit/ffi.rs";

const HEADER: &str = "c-src/sigkit.h";

/// Tollgate's targets in LLVM's spelling, with 32-bit, big-endian, Windows with both C compilers and WebAssembly
/// among them.
pub(crate) const TARGETS: &[&str] = &[
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "s390x-unknown-linux-gnu",
    "armv7-unknown-linux-gnueabihf",
    "i686-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
    "x86_64-pc-windows-gnu",
    "x86_64-pc-windows-msvc",
    "wasm32-wasip1",
    "aarch64-apple-darwin",
    "x86_64-unknown-freebsd",
];

/// Functions that have no undefined behaviour for any argument: they take numbers by value or nothing, use only defined
/// arithmetic, may run on any thread, and return a number or a pointer that is safe to hold. They are declared `safe`.
///
/// A function that takes a pointer is never here: the pointer is its precondition.
const SAFE: &[&str] = &[
    "sigkit_version",          // a constant
    "sigkit_version_text",     // the address of a static text; only reading it is unsafe
    "sigkit_status_text",      // the same; any number is allowed and has a text
    "sigkit_crc32c_combine",   // defined for all three numbers
    "sigkit_crc32c_available", // any number is allowed: 0 for an unknown backend
    "sigkit_crc32c_chosen",    // its choice is stored atomically
    "sigkit_crc32c_name",      // as sigkit_status_text
    "sigkit_nop",              // does nothing
    "sigkit_identity",         // returns its argument
    "sigkit_add",              // modulo 2^64, in unsigned arithmetic
    "sigkit_vec3_sum",         // 24 bytes by value
    "sigkit_vec3_scale",       // 24 bytes by value, in and out
    "sigkit_layout_count",     // a constant
];

/// The content of [`FILE`].
pub(crate) fn generate(root: &Path) -> Result<String, Error> {
    clang_sys::load().map_err(missing_libclang)?;
    let own_headers = own_headers();
    let (reference, others) = TARGETS.split_first().expect("there are targets");
    let raw = generate_for(root, reference, own_headers.as_deref())?;
    for target in others {
        let other = generate_for(root, target, own_headers.as_deref())?;
        if other != raw {
            return Err(Error::TargetsDiffer {
                target,
                reference,
                difference: crate::difference::between(&format(root, &raw)?, &format(root, &other)?),
            });
        }
    }
    format(root, &with_safe_functions(raw)?)
}

fn missing_libclang(found: String) -> Error {
    Error::Missing {
        tool: "libclang with its own headers",
        purpose: "reads sigkit.h for the raw binding",
        remedy: "install them (Debian: `apt-get install libclang1-19 libclang-common-19-dev`), and where libclang is \
            in \
                 no place that is searched, name its directory in LIBCLANG_PATH (Debian: /usr/lib/llvm-19/lib)",
        found,
    }
}

/// The directory with libclang's own `include/stddef.h`. If another program loads libclang, it searches beside that
/// program and then in directories that differ by target.
fn own_headers() -> Option<PathBuf> {
    let library = clang_sys::get_library()?.path().to_owned();
    let (major, _) = bindgen::clang_version().parsed?;
    let beside = library.parent()?;
    [beside, &beside.join("../lib"), Path::new("/usr/lib")]
        .map(|directory| directory.join(format!("clang/{major}")))
        .into_iter()
        .find(|directory| directory.join("include/stddef.h").is_file())
}

fn generate_for(root: &Path, target: &'static str, own_headers: Option<&Path>) -> Result<String, Error> {
    let header = root.join(HEADER);
    let bindings = bindgen::Builder::default()
        .header(header.to_string_lossy())
        // The target's system headers are not needed: <stddef.h> and <stdint.h> are the compiler's own.
        .clang_args([format!("--target={target}").as_str(), "-ffreestanding"])
        .clang_args(own_headers.map(|directory| format!("-resource-dir={}", directory.display())))
        // bindgen drops functions with hidden visibility, which is WebAssembly's default.
        .clang_arg("-fvisibility=default")
        // It would ask the `clang` in PATH for the machine's include directories.
        .detect_include_paths(false)
        .allowlist_item("(sigkit|SIGKIT)_.*")
        .rust_target(bindgen::RustTarget::stable(95, 0).expect("bindgen knows newer versions than it was made with"))
        .rust_edition(bindgen::RustEdition::Edition2024)
        .use_core()
        .size_t_is_usize(true)
        .prepend_enum_name(false)
        .generate_comments(false)
        .derive_default(false)
        .layout_tests(false)
        .merge_extern_blocks(true)
        .disable_header_comment()
        .formatter(bindgen::Formatter::None)
        .generate()
        .map_err(|error| {
            let reason = error.to_string();
            if reason.contains("'stddef.h' file not found") || reason.contains("'stdint.h' file not found") {
                return missing_libclang(reason);
            }
            Error::Header {
                header: HEADER.into(),
                target,
                reason,
            }
        })?;
    Ok(bindings.to_string())
}

/// bindgen declares every function unsafe to call; those of [`SAFE`] are not.
fn with_safe_functions(mut raw: String) -> Result<String, Error> {
    for function in SAFE {
        let declared = format!("pub fn {function} (");
        let found = raw.matches(&declared).count();
        if found != 1 {
            return Err(Error::SafeList { function, found });
        }
        raw = raw.replace(&declared, &format!("pub safe fn {function} ("));
    }
    Ok(raw)
}

const NOTICE: &str = "\
// Generated from c-src/sigkit.h by `cargo xtask codegen`, through bindgen: change the header and run that, not this
// file. The header documents every item.

";

fn format(root: &Path, raw: &str) -> Result<String, Error> {
    let unavailable = |error: std::io::Error| Error::Missing {
        tool: "rustfmt",
        purpose: "formats the raw binding",
        remedy: "install it (`rustup component add rustfmt`) and add it to PATH",
        found: error.to_string(),
    };
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(root.join("rustfmt.toml"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(unavailable)?;
    let mut input = rustfmt.stdin.take().expect("standard input is a pipe");
    // rustfmt reads everything before it writes, so the pipes cannot deadlock.
    input.write_all(raw.as_bytes()).map_err(unavailable)?;
    drop(input);
    let output = rustfmt.wait_with_output().map_err(unavailable)?;
    if !output.status.success() {
        return Err(Error::Format(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(NOTICE.to_owned() + &String::from_utf8_lossy(&output.stdout))
}
