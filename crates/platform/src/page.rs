//! Memory pages.

use std::sync::OnceLock;

/// The size of a memory page in bytes, asked once.
///
/// # Platform differences
/// Where the platform cannot be asked ([`facilities`](crate::facilities) says so under `page-size`), this is 4096, the
/// size that most processors use.
pub fn size() -> usize {
    static SIZE: OnceLock<usize> = OnceLock::new();
    *SIZE.get_or_init(crate::sys::page_size)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_size_is_a_power_of_two_of_at_least_4096() {
        let size = super::size();
        assert!(size.is_power_of_two() && size >= 4096, "{size}");
    }
}
