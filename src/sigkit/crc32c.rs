//! CRC-32C.

use super::error::{Error, Rule, check};
use super::{ffi, static_text};
use std::fmt;

/// The CRC-32C (Castagnoli) of some bytes, as in iSCSI: RFC 3720, section 12.1 and appendix B.4.
///
/// Uses the fastest backend that the processor has.
///
/// ```
/// assert_eq!(tollgate_cli::sigkit::crc32c(b"123456789"), 0xE306_9283);
/// ```
#[inline]
pub fn crc32c(data: &[u8]) -> u32 {
    let mut crc = Crc32c::new();
    crc.update(data);
    crc.value()
}

/// An incremental CRC-32C: of bytes that come in pieces, or of pieces computed apart.
///
/// ```
/// use tollgate_cli::sigkit::{Crc32c, crc32c};
///
/// let mut crc = Crc32c::new();
/// crc.update(b"12345");
/// crc.update(b"6789");
/// assert_eq!(crc.value(), crc32c(b"123456789"));
///
/// let (first, second) = (Crc32c::of(b"12345"), Crc32c::of(b"6789"));
/// assert_eq!(first.followed_by(second, 4).value(), crc32c(b"123456789"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Crc32c(u32);

impl Crc32c {
    /// The CRC of no bytes, which is 0.
    #[inline]
    pub const fn new() -> Crc32c {
        Crc32c(0)
    }

    /// Continues from a CRC that was computed before.
    #[inline]
    pub const fn from_value(crc: u32) -> Crc32c {
        Crc32c(crc)
    }

    /// The CRC of these bytes.
    #[inline]
    pub fn of(data: &[u8]) -> Crc32c {
        Crc32c(crc32c(data))
    }

    /// Appends bytes.
    #[inline]
    pub fn update(&mut self, data: &[u8]) {
        // SAFETY: the pointer is valid for reading `len` bytes, which a slice guarantees, as it does that they are at
        // most isize::MAX, C's PTRDIFF_MAX; any alignment is allowed.
        self.0 = unsafe { ffi::sigkit_crc32c(self.0, data.as_ptr().cast(), data.len()) };
    }

    /// Like [`update`](Crc32c::update), with a given backend. All give the same value.
    ///
    /// # Errors
    /// [`Error::Backend`] if this build or processor does not have it; then nothing is changed.
    #[inline]
    pub fn update_with(&mut self, backend: Backend, data: &[u8]) -> Result<(), Error> {
        // SAFETY: the data's pointer is valid for reading `len` bytes, which a slice guarantees; `self.0` is borrowed
        // exclusively, so it may be written.
        let status =
            unsafe { ffi::sigkit_crc32c_with(backend as i32, self.0, data.as_ptr().cast(), data.len(), &mut self.0) };
        check(status, "compute a CRC-32C", |rule| {
            (rule == Rule::Unsupported).then_some(Error::Backend { backend })
        })
    }

    /// The CRC of the bytes so far.
    #[inline]
    pub const fn value(self) -> u32 {
        self.0
    }

    /// The CRC of this one's bytes followed by the `bytes` bytes of `next`: for parts that were computed
    /// separately, for example in parallel. It takes a few microseconds at most, for any number of bytes.
    #[inline]
    pub fn followed_by(self, next: Crc32c, bytes: u64) -> Crc32c {
        Crc32c(ffi::sigkit_crc32c_combine(self.0, next.0, bytes))
    }
}

/// A way to compute CRC-32C. All give the same values. All but the table need a processor with their instructions.
///
/// ```
/// use tollgate_cli::sigkit::Backend;
///
/// assert!(Backend::Table.available());
/// assert!(Backend::chosen().available());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(i32)]
pub enum Backend {
    /// Sixteen tables; every processor.
    Table = ffi::SIGKIT_CRC32C_TABLE,
    /// x86-64: SSE4.2 and PCLMULQDQ, three streams.
    Sse42 = ffi::SIGKIT_CRC32C_SSE42,
    /// x86-64: AVX-512 and VPCLMULQDQ, folding.
    Avx512 = ffi::SIGKIT_CRC32C_AVX512,
    /// 64-bit ARM: the CRC extension, one stream.
    Armv8 = ffi::SIGKIT_CRC32C_ARMV8,
    /// 64-bit ARM: the CRC extension and PMULL, three streams.
    Armv8Pmull = ffi::SIGKIT_CRC32C_ARMV8_PMULL,
}

const _: () = {
    assert!(
        Backend::ALL.len() == ffi::SIGKIT_CRC32C_BACKENDS as usize,
        "a backend of sigkit's is missing in Backend"
    );
    let mut index = 0;
    while index < Backend::ALL.len() {
        assert!(
            Backend::ALL[index] as usize == index,
            "Backend::ALL is in the order of sigkit's numbers"
        );
        index += 1;
    }
};

impl Backend {
    /// All backends, whether they run here or not.
    pub const ALL: [Backend; 5] = [
        Backend::Table,
        Backend::Sse42,
        Backend::Avx512,
        Backend::Armv8,
        Backend::Armv8Pmull,
    ];

    /// Whether this build has it and this processor can run it.
    pub fn available(self) -> bool {
        ffi::sigkit_crc32c_available(self as i32) == 1
    }

    /// The one that [`crc32c`] uses on this processor.
    pub fn chosen() -> Backend {
        let chosen = usize::try_from(ffi::sigkit_crc32c_chosen()).ok();
        // The assertions above leave no number without a backend.
        chosen
            .and_then(|index| Backend::ALL.get(index).copied())
            .unwrap_or(Backend::Table)
    }

    /// sigkit's name for it: "table", "sse4.2", "avx512", "armv8", "armv8-pmull".
    pub fn name(self) -> &'static str {
        // SAFETY: the function's contract is a static text that is never NULL, whatever the number.
        unsafe { static_text(ffi::sigkit_crc32c_name(self as i32)) }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
