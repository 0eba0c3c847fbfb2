//! Shared libraries for the rows: sigkit's call shapes, the same C from the same compiler, called through a symbol; and
//! calls within a library.

#![allow(unsafe_code)]

use super::super::failure::Failure;
use tollgate_platform::dylib::{self, Library};

// Their bytes, made by build.rs; empty if the C compiler could not link one.
const SHAPES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sigkit_shapes.bin"));
const BOUND_BY_PLT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/bound_by_plt.bin"));
const BOUND_BY_GOT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/bound_by_got.bin"));

/// How a library's calls of its own exported functions are bound.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Binding {
    /// Through a stub that jumps by a table, which is filled when the library is opened.
    Plt,
    /// The same, but each entry is filled at the first call.
    LazyPlt,
    /// By the table, without a stub.
    Got,
}

/// The library that binds its calls in this way.
pub(crate) fn bound(binding: Binding) -> Result<Option<&'static Library>, Failure> {
    match binding {
        Binding::Plt => open(BOUND_BY_PLT, "bound_by_plt", false),
        Binding::LazyPlt => open(BOUND_BY_PLT, "bound_lazily", true),
        Binding::Got => open(BOUND_BY_GOT, "bound_by_got", false),
    }
}

/// sigkit's call shapes.
pub(crate) fn library() -> Result<Option<&'static Library>, Failure> {
    open(SHAPES, "sigkit_shapes", false)
}

/// The type of `sigkit_add`.
pub(crate) type Add = unsafe extern "C" fn(i64, i64) -> i64;

/// Writes a library to a private directory and opens it until the process ends. `None` if there is none for this
/// target.
fn open(bytes: &[u8], name: &str, lazily: bool) -> Result<Option<&'static Library>, Failure> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let failed = |error| Failure::io("write the shared library to measure to a temporary directory", error);
    let directory = tempfile::Builder::new().prefix("tollgate-").tempdir().map_err(failed)?;
    let file = directory.path().join(dylib::file_name(name));
    std::fs::write(&file, bytes).map_err(failed)?;
    let opened = match lazily {
        // SAFETY: the library is this program's own C without constructors, and nobody else can change the copy.
        true => unsafe { dylib::open_lazily(&file) },
        // SAFETY: as above.
        false => unsafe { dylib::open(&file) },
    };
    let library = opened.map_err(|error| Failure::Work {
        code: "bench",
        message: format!("cannot open {}, the shared library to measure: {error}", file.display()),
    })?;
    if !dylib::REMOVABLE_WHILE_OPEN {
        let _stays = directory.keep();
    }
    Ok(Some(Box::leak(Box::new(library))))
}

/// The address of its `sigkit_add`.
pub(crate) fn add(library: &'static Library) -> Result<Add, Failure> {
    function(library, "sigkit_add")
}

/// The address of a function that adds.
pub(crate) fn function(library: &'static Library, name: &str) -> Result<Add, Failure> {
    // SAFETY: the library exports the function with this type, and is never closed.
    let symbol = unsafe { library.get::<Add>(name) };
    symbol.map(|symbol| *symbol).map_err(|error| Failure::Work {
        code: "bench",
        message: format!("the shared library to measure lacks {name}: {error}"),
    })
}
