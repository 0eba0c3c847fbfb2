//! Cache lines: threads that write to the same line slow each other down.

use std::sync::OnceLock;

/// A value that does not share a cache line with another one. The type is crossbeam's. Its alignment is fixed at
/// compile time: at least one line (two, if the processor prefetches pairs of lines).
pub use crossbeam_utils::CachePadded;

use crate::Status;

/// The size of a cache line of the running processor in bytes, read once.
///
/// # Platform differences
/// - x86: reported by the processor.
/// - Linux, macOS, Windows: otherwise reported by the system.
/// - 32-bit ARM: a line may be longer than the alignment of [`CachePadded`], 32 bytes: some processors have lines of
///   64.
/// - Otherwise, and if the system does not report it: the alignment of [`CachePadded`], which is at least a line
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
                "skipped: qemu reports the cache line of the processor that it runs on, and the padding is for the \
                    emulated one"
            );
            return;
        }
        assert!(second - first >= line, "{line}, {}", second - first);
        assert_ne!(first / line, second / line);
    }
}
