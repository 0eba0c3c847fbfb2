//! The cheapest system call, for those who want to know what entering the system costs.

/// The number of this process's parent, asked of the system each time: no C library answers it from memory, and the
/// system does next to nothing for it. `None` where the platform has no such call.
#[inline]
pub fn parent_id() -> Option<u32> {
    crate::sys::parent_id()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_parent_is_there_where_the_platform_can_tell() {
        if let Some(parent) = super::parent_id() {
            assert_ne!(parent, std::process::id());
        }
    }
}
