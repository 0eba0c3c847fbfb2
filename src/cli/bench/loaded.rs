//! sigkit's call shapes once more, as a shared library: the same C, compiled by the same compiler, behind a symbol.

#![allow(unsafe_code)]

use super::super::failure::Failure;
use tollgate::platform::dylib::{self, Library};

/// The library's bytes, which build.rs made; empty where the C compiler could not link one.
const BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sigkit_shapes.bin"));

/// The type of `sigkit_add`.
pub(crate) type Add = unsafe extern "C" fn(i64, i64) -> i64;

/// Writes the library to a directory of this process's own and opens it, for the life of the process. `None` where there
/// is none for this target.
pub(crate) fn library() -> Result<Option<&'static Library>, Failure> {
    if BYTES.is_empty() {
        return Ok(None);
    }
    let failed = |error| {
        Failure::io(
            "write the shared library that is measured to a temporary directory",
            error,
        )
    };
    let directory = tempfile::Builder::new().prefix("tollgate-").tempdir().map_err(failed)?;
    let file = directory.path().join(dylib::file_name("sigkit_shapes"));
    std::fs::write(&file, BYTES).map_err(failed)?;
    // SAFETY: the library is this program's own C without constructors, and nobody else can change the copy.
    let library = unsafe { dylib::open(&file) }.map_err(|error| Failure::Work {
        code: "bench",
        message: format!(
            "cannot open {}, the shared library that is measured: {error}",
            file.display()
        ),
    })?;
    if !dylib::REMOVABLE_WHILE_OPEN {
        let _stays = directory.keep();
    }
    Ok(Some(Box::leak(Box::new(library))))
}

/// The address of its `sigkit_add`.
pub(crate) fn add(library: &'static Library) -> Result<Add, Failure> {
    // SAFETY: the library exports the function with this type, and is never closed.
    let symbol = unsafe { library.get::<Add>("sigkit_add") };
    symbol.map(|symbol| *symbol).map_err(|error| Failure::Work {
        code: "bench",
        message: format!("the shared library that is measured lacks sigkit_add: {error}"),
    })
}
