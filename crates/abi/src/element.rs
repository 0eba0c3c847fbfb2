//! Element types: an open code, so that a new type needs no new version.

use crate::contract::codes;
use core::fmt;

const UNSIGNED: u32 = 1;
const SIGNED: u32 = 2;
const FLOAT: u32 = 3;
const BOOL: u32 = 4;
const COMPLEX: u32 = 5;
const RECORD: u32 = 6;
const TEXT: u32 = 7;

codes! {
    /// An element type, as an open code: a kind in the top 8 bits, and the size of an element in bytes below.
    ///
    /// # In Rust
    /// A side that does not know a kind still knows its size, and can carry such a block or refuse it by name.
    #[repr(transparent)]
    #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    #[cfg_attr(feature = "stable", derive(abi_stable::StableAbi))]
    pub struct Element(pub u32) {
        /// Unsigned, 8 bits.
        U8 = code(UNSIGNED, 1),
        /// Unsigned, 16 bits.
        U16 = code(UNSIGNED, 2),
        /// Unsigned, 32 bits.
        U32 = code(UNSIGNED, 4),
        /// Unsigned, 64 bits.
        U64 = code(UNSIGNED, 8),
        /// Signed, 8 bits.
        I8 = code(SIGNED, 1),
        /// Signed, 16 bits.
        I16 = code(SIGNED, 2),
        /// Signed, 32 bits.
        I32 = code(SIGNED, 4),
        /// Signed, 64 bits.
        I64 = code(SIGNED, 8),
        /// IEEE 754 binary16.
        F16 = code(FLOAT, 2),
        /// IEEE 754 binary32.
        F32 = code(FLOAT, 4),
        /// IEEE 754 binary64.
        F64 = code(FLOAT, 8),
        /// One byte, 0 or 1.
        BOOL = code(BOOL, 1),
        /// Two binary32: the real part, then the imaginary one.
        C64 = code(COMPLEX, 8),
        /// Two binary64: the real part, then the imaginary one.
        C128 = code(COMPLEX, 16),
        /// A list of texts: a column of texts in a table.
        TEXT = code(TEXT, 1),
    }
}

const fn code(kind: u32, bytes: u32) -> u32 {
    kind << 24 | bytes
}

impl Element {
    /// Every element type that has a name of its own; records are beside them.
    pub const NAMED: &[(Self, &'static str)] = &[
        (Self::U8, "u8"),
        (Self::U16, "u16"),
        (Self::U32, "u32"),
        (Self::U64, "u64"),
        (Self::I8, "i8"),
        (Self::I16, "i16"),
        (Self::I32, "i32"),
        (Self::I64, "i64"),
        (Self::F16, "f16"),
        (Self::F32, "f32"),
        (Self::F64, "f64"),
        (Self::BOOL, "bool"),
        (Self::C64, "c64"),
        (Self::C128, "c128"),
        (Self::TEXT, "text"),
    ];

    /// A structured element of `bytes` bytes, or `None` from 2^24 bytes on.
    pub const fn record(bytes: u32) -> Option<Self> {
        if bytes < 1 << 24 {
            Some(Self(code(RECORD, bytes)))
        } else {
            None
        }
    }

    /// The size of one element in bytes.
    pub const fn bytes(self) -> usize {
        (self.0 & 0xff_ffff) as usize
    }

    /// The alignment in bytes that this element needs on this target, or 1 for records and unknown kinds, whose
    /// alignment the code does not tell.
    pub const fn alignment(self) -> usize {
        match self {
            Self::U16 | Self::I16 | Self::F16 => align_of::<u16>(),
            Self::U32 | Self::I32 => align_of::<u32>(),
            Self::F32 | Self::C64 => align_of::<f32>(),
            Self::U64 => align_of::<u64>(),
            Self::I64 => align_of::<i64>(),
            Self::F64 | Self::C128 => align_of::<f64>(),
            _ => 1,
        }
    }

    /// The element type called `name`, as in [`NAMED`](Self::NAMED).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMED
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(element, _)| *element)
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::NAMED.iter().find(|(element, _)| element == self) {
            Some((_, name)) => f.write_str(name),
            None if self.0 >> 24 == RECORD => write!(f, "record of {} bytes", self.bytes()),
            None => write!(f, "type {:#010x}", self.0),
        }
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A Rust type that is an element type: every bit pattern of it is valid, and it has no padding.
///
/// # Safety
/// The type has exactly `ELEMENT.bytes()` bytes and alignment `ELEMENT.alignment()`, has no padding, and is valid for
/// every bit pattern.
pub unsafe trait Scalar: Copy + Send + Sync + 'static {
    /// The element type.
    const ELEMENT: Element;
}

macro_rules! scalars {
    ($($type:ty => $element:ident),* $(,)?) => {$(
        // SAFETY: a primitive number has no padding and is valid for every bit pattern; size and alignment are compared
        // below.
        unsafe impl Scalar for $type {
            const ELEMENT: Element = Element::$element;
        }
        const _: () = assert!(
            size_of::<$type>() == Element::$element.bytes() && align_of::<$type>() == Element::$element.alignment()
        );
    )*};
}

scalars!(u8 => U8, u16 => U16, u32 => U32, u64 => U64, i8 => I8, i16 => I16, i32 => I32, i64 => I64, f32 => F32, f64 => F64);
