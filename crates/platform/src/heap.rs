//! The memory that the C library's allocator has in use: `malloc` and everything built on it, including Rust's default
//! allocator.

/// The number of bytes in use by all threads of this process, without the allocator's reserve.
///
/// # Platform differences
/// `None` if the C library does not report it ([`facilities`](crate::facilities) says so under `heap-in-use`): on all
/// systems but Linux with glibc.
pub fn in_use() -> Option<usize> {
    crate::sys::heap_in_use()
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_allocated_is_in_use_until_it_is_freed() {
        let Some(before) = super::in_use() else {
            let facilities = crate::facilities();
            let heap = facilities.iter().find(|facility| facility.name == "heap-in-use");
            println!("skipped: {}", heap.unwrap().status.reason().unwrap());
            return;
        };
        // Far more than other tests of this program use at the same time, of which one takes 64 MiB. Nothing is written
        // to it.
        let large = std::hint::black_box(Vec::<u8>::with_capacity(512 << 20));
        let during = super::in_use().unwrap();
        assert!(during >= before + (384 << 20), "{before} {during}");
        drop(large);
        let after = super::in_use().unwrap();
        assert!(after < during - (384 << 20), "{during} {after}");
    }
}
