//! Where any function can be called by what its arguments are, and not by their exact types.
//!
//! On x86-64 (System V and Windows) and on 64-bit ARM, an integer or a pointer of at most 64 bits that was extended to
//! 64 is passed as a 64-bit one is; the low half of a floating-point register is its 32-bit number; and the rest of a
//! register that is wider than what it holds means nothing. Elsewhere one of these may be wrong: RISC-V extends 32-bit
//! integers by their sign even if they have none and tags 32-bit floats, and 32-bit processors pass 64 bits in two
//! words.

/// Why no function can be called here, or `None` where it can.
pub(crate) const UNSUPPORTED: Option<&str> = if cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
    None
} else {
    Some(
        "`bench --library` supports only x86-64 and 64-bit ARM: it cannot pass arguments by this processor's calling \
         convention",
    )
};
