//! How much memory the C library's allocator has handed out: what `malloc` and all that stands on it, Rust's default
//! allocator included, has in use.

/// Bytes that are in use in this process, of all threads together; what the allocator keeps in reserve is left out.
///
/// # Platform differences
/// `None` where the C library cannot be asked ([`facilities`](crate::facilities) says so under `heap-in-use`): elsewhere than
/// on Linux with glibc.
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
        // Larger than what other tests' threads come and go with.
        let large = std::hint::black_box(vec![1_u8; 64 << 20]);
        let during = super::in_use().unwrap();
        assert!(during >= before + (48 << 20), "{before} {during}");
        drop(large);
        assert!(super::in_use().unwrap() < during - (48 << 20));
    }
}
