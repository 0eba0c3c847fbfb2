//! Lines of the processor's cache, which threads that write into one take from each other.

use std::sync::OnceLock;

/// A value that shares no cache line with another one: crossbeam's, whose alignment is fixed when the program is
/// compiled, at no less than a line (and two where the processor fetches them in pairs).
pub use crossbeam_utils::CachePadded;

use crate::Status;

/// Bytes of a cache line on the running processor, asked once.
///
/// # Platform differences
/// - x86: the processor says it.
/// - Linux, macOS, Windows: else the system says it.
/// - 32-bit ARM: a line may be longer than the alignment of [`CachePadded`], 32 bytes: some processors have lines of
///   64.
/// - Elsewhere, and where the system says nothing: the alignment of [`CachePadded`], which is a line or more
///   ([`facilities`](crate::facilities) says so under `cache-line`).
pub fn line_size() -> usize {
    asked().unwrap_or(align_of::<CachePadded<u8>>())
}

fn asked() -> Option<usize> {
    static LINE: OnceLock<Option<usize>> = OnceLock::new();
    let line = LINE.get_or_init(|| crate::arch::cache_line().or_else(crate::sys::cache_line));
    line.filter(|bytes| bytes.is_power_of_two())
}

pub(crate) fn status() -> Status {
    match asked() {
        Some(_) => Status::Supported,
        None => Status::Degraded(
            "neither the processor nor the system reports the size of a cache line: the size used for padding is shown",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_power_of_two_and_padding_keeps_values_in_lines_of_their_own() {
        let line = line_size();
        assert!(line.is_power_of_two() && (16..=1024).contains(&line), "{line}");
        let pair = [CachePadded::new(1_u8), CachePadded::new(2_u8)];
        let [first, second] = [0, 1].map(|index| std::ptr::from_ref(&*pair[index]).addr());
        if std::env::var("TOLLGATE_RUNNER").is_ok_and(|runner| runner.contains("qemu-")) {
            eprintln!(
                "skipped: qemu reports the cache line of the processor that it runs on, and the padding is for the emulated one"
            );
            return;
        }
        assert!(second - first >= line, "{line}, {}", second - first);
        assert_ne!(first / line, second / line);
    }
}
