//! One platform, picked here and nowhere else. A platform's file must have exactly these items:
//!
//! | item | what it is |
//! | --- | --- |
//! | `NAME: &str` | the name of the file |
//! | `PAGE_SIZE_STATUS: Status`, `page_size() -> usize` | the size of a memory page |
//! | `DYLIB_STATUS: Status`, `unsafe open(&Path) -> Result<Library, Error>` | opens a shared library, all symbols resolved |
//! | `REMOVABLE_WHILE_OPEN: bool` | an open library's file may be removed |
//! | `PRIVATE_COPY_STATUS: Status` | whether a private copy of a plugin can be kept from others' eyes and hands |
//!
//! To add a platform: write its file, add a line below, and add its column to the tables in the documentation of the
//! public items.

cfg_if::cfg_if! {
    if #[cfg(tollgate_backend = "fallback")] {
        mod fallback;
        pub(crate) use fallback::*;
    } else if #[cfg(any(target_os = "linux", target_os = "android"))] {
        mod unix;
        mod linux;
        pub(crate) use linux::*;
    } else if #[cfg(target_os = "macos")] {
        mod unix;
        mod macos;
        pub(crate) use macos::*;
    } else if #[cfg(windows)] {
        mod windows;
        pub(crate) use windows::*;
    } else {
        mod fallback;
        pub(crate) use fallback::*;
    }
}
