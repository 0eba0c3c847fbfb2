//! Text that crosses the contract.

use crate::contract::contract;
use core::marker::PhantomData;
use core::{fmt, slice, str};

contract! {
    /// UTF-8, without a terminator. `data` may be null if `length` is 0.
    ///
    /// # In Rust
    /// Whether the bytes are UTF-8 is checked at each read, because another language may have written them. This type
    /// never grows.
    #[repr(C)]
    #[derive(Clone, Copy)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct Text<'a> as "text" {
        /// Bytes.
        pub(crate) length: u64,
        pub(crate) data: *const u8,
    } + {
        life: PhantomData<&'a ()>,
    }
}

impl<'a> Text<'a> {
    /// The text of length 0.
    pub const EMPTY: Text<'static> = Text::new("");

    /// Borrows `text`.
    pub const fn new(text: &'a str) -> Self {
        Self {
            length: text.len() as u64,
            data: text.as_ptr(),
            life: PhantomData,
        }
    }

    /// The bytes, unchecked.
    pub fn as_bytes(self) -> &'a [u8] {
        if self.length == 0 {
            return &[];
        }
        // SAFETY: a Text is made by `new` from a live `&'a str`, or by the other side of the contract, which promises
        // `length` readable bytes at `data` that nobody changes during 'a; the null of an empty text is excluded above.
        unsafe { slice::from_raw_parts(self.data, self.length as usize) }
    }

    /// The text, or `None` if the bytes are not UTF-8.
    pub fn as_str(self) -> Option<&'a str> {
        str::from_utf8(self.as_bytes()).ok()
    }
}

// SAFETY: a Text is a shared borrow of bytes, like `&[u8]`, and provides no way to change them.
unsafe impl Send for Text<'_> {}
// SAFETY: as for Send.
unsafe impl Sync for Text<'_> {}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_str() {
            Some(text) => fmt::Debug::fmt(text, f),
            None => write!(f, "{:?} (not UTF-8)", self.as_bytes()),
        }
    }
}

/// Splits a list of texts, in which each item ends with a NUL. A last item without a NUL is included.
///
/// ```
/// let names: Vec<&str> = tollgate_abi::texts("year\0activity\0").collect();
/// assert_eq!(names, ["year", "activity"]);
/// ```
pub fn texts(list: &str) -> impl Iterator<Item = &str> {
    list.split_terminator('\0')
}
