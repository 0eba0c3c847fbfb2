//! How much memory the C library's allocator has handed out: what `malloc` and all that stands on it, Rust's default
//! allocator included, has in use.

/// Bytes that are in use in this process, of all threads together; what the allocator keeps in reserve is left out.
///
/// # Platform differences
/// `None` where the C library cannot be asked ([`facilities`](crate::facilities) says so under `heap-in-use`):
/// elsewhere than on Linux with glibc.
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
        // Far more than other tests of this program have at once, of which one takes 64 MiB; nothing is written into
        // it.
        let large = std::hint::black_box(Vec::<u8>::with_capacity(512 << 20));
        let during = super::in_use().unwrap();
        assert!(during >= before + (384 << 20), "{before} {during}");
        drop(large);
        let after = super::in_use().unwrap();
        assert!(after < during - (384 << 20), "{during} {after}");
    }
}
