//! The cheapest system call, to measure the cost of entering the system.

/// The id of this process's parent, read from the system each time: C libraries do not cache it, and the system does
/// almost no work for it. `None` if the platform has no such call.
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
