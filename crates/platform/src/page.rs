//! Memory pages.

use std::sync::OnceLock;

/// The size of a memory page in bytes, read once.
///
/// # Platform differences
/// If the platform cannot report it ([`facilities`](crate::facilities) says so under `page-size`), this is 4096, the
/// size on most processors.
pub fn size() -> usize {
    static SIZE: OnceLock<usize> = OnceLock::new();
    *SIZE.get_or_init(crate::sys::page_size)
}

/// Asks the system to use huge pages for memory that is not in use yet, if it has them and provides them on demand. The
/// physical pages of memory change the price of reading it; fewer and larger pages change it less.
///
/// # Errors
/// The system's error; [`Unsupported`](std::io::ErrorKind::Unsupported) on systems other than Linux. The memory remains
/// usable.
pub fn prefer_huge<T>(memory: &mut [T]) -> std::io::Result<()> {
    crate::sys::prefer_huge_pages(memory)
}

#[cfg(test)]
mod tests {
    #[test]
    fn memory_of_any_size_is_usable_after_the_advice() {
        for size in [0, 1, 100, 4096, 10_000, 8 << 20] {
            let mut bytes: Vec<u8> = Vec::with_capacity(size);
            let advised = super::prefer_huge(bytes.spare_capacity_mut());
            // A kernel may be built without them.
            assert!(
                advised.is_ok()
                    || advised.is_err_and(|error| error.raw_os_error().is_some()
                        || cfg!(not(target_os = "linux"))
                        || cfg!(tollgate_backend = "fallback"))
            );
            bytes.resize(size, 7);
            assert!(bytes.iter().all(|byte| *byte == 7));
        }
    }

    #[test]
    fn the_page_size_is_a_power_of_two_of_at_least_4096() {
        let size = super::size();
        assert!(size.is_power_of_two() && size >= 4096, "{size}");
    }
}
