//! CRC-32C compared with an independent implementation: the crate `crc32c`.

use proptest::prelude::*;
use tollgate_cli::sigkit::{Backend, Crc32c, Error, crc32c};

fn available() -> impl Iterator<Item = Backend> {
    Backend::ALL.into_iter().filter(|backend| backend.available())
}

fn with(backend: Backend, data: &[u8]) -> u32 {
    let mut crc = Crc32c::new();
    crc.update_with(backend, data).unwrap();
    crc.value()
}

/// Bytes without a pattern: a 64-bit congruential generator (Knuth, MMIX).
fn noise(length: usize) -> Vec<u8> {
    let mut state: u64 = 0x5EED;
    let next = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 56) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

#[test]
fn each_backend_agrees_at_every_length_and_alignment() {
    let noise = noise(1_000 + 32);
    // The first address in it that is a multiple of 16; alignments count from there.
    let start = noise.as_ptr().align_offset(16);
    assert!(start < 16);
    for alignment in 0..16 {
        let aligned = &noise[start + alignment..];
        assert_eq!(aligned.as_ptr().addr() % 16, alignment);
        for length in 0..=1_000 {
            let data = &aligned[..length];
            let expected = ::crc32c::crc32c(data);
            assert_eq!(crc32c(data), expected, "{length} bytes at {alignment}");
            for backend in available() {
                assert_eq!(
                    with(backend, data),
                    expected,
                    "{length} bytes at {alignment} with {backend}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn each_backend_agrees_on_long_buffers(data in prop::collection::vec(any::<u8>(), 0..40_000)) {
        let expected = ::crc32c::crc32c(&data);
        prop_assert_eq!(crc32c(&data), expected);
        for backend in available() {
            prop_assert_eq!(with(backend, &data), expected, "{}", backend);
        }
    }

    #[test]
    fn consecutive_pieces_give_the_crc_of_the_whole(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..700), 0..8),
    ) {
        let mut crc = Crc32c::new();
        for piece in &pieces {
            crc.update(piece);
        }
        prop_assert_eq!(crc.value(), crc32c(&pieces.concat()));
    }

    #[test]
    fn crcs_of_parts_combine_to_the_crc_of_the_whole(
        first in prop::collection::vec(any::<u8>(), 0..700),
        second in prop::collection::vec(any::<u8>(), 0..700),
    ) {
        let combined = Crc32c::of(&first).followed_by(Crc32c::of(&second), second.len() as u64);
        let mut whole = Crc32c::from_value(Crc32c::of(&first).value());
        whole.update(&second);
        prop_assert_eq!(combined, whole);
    }
}

#[test]
fn the_chosen_backend_is_one_that_runs_here() {
    assert!(Backend::Table.available());
    assert!(Backend::chosen().available());
    assert_eq!(Backend::Sse42.name(), "sse4.2");
}

#[test]
fn a_backend_is_available_if_the_processor_has_its_instructions_and_the_best_one_is_chosen() {
    let variant = tollgate_platform::variant();
    let has = |needed: &[&str]| needed.iter().all(|feature| variant.cpu_features.contains(feature));
    for (backend, arch, needed) in [
        (Backend::Sse42, "x86_64", &["sse4.2", "pclmulqdq"][..]),
        (
            Backend::Avx512,
            "x86_64",
            &["sse4.2", "pclmulqdq", "avx512f", "avx512vl", "vpclmulqdq"],
        ),
        (Backend::Armv8, "aarch64", &["crc"]),
        (Backend::Armv8Pmull, "aarch64", &["crc", "pmull"]),
    ] {
        // GCC cannot keep 512-bit registers on the stack there: crc32c_x86_64.c says why.
        let refused = cfg!(windows) && backend == Backend::Avx512;
        let expected = variant.arch == arch && has(needed) && (backend.available() || !refused);
        assert_eq!(backend.available(), expected, "{backend}");
    }
    let best = Backend::ALL.into_iter().rfind(|backend| backend.available());
    assert_eq!(Some(Backend::chosen()), best);
}

#[test]
fn a_backend_of_another_processor_is_refused_by_name_and_changes_nothing() {
    // No processor has the instructions of both x86-64 and ARM.
    let missing: Vec<Backend> = Backend::ALL
        .into_iter()
        .filter(|backend| !backend.available())
        .collect();
    assert!(missing.len() >= 2, "{missing:?}");
    for backend in missing {
        let mut crc = Crc32c::of(b"before");
        let error = crc.update_with(backend, b"data").unwrap_err();
        assert_eq!(error, Error::Backend { backend });
        assert!(error.to_string().contains(backend.name()), "{error}");
        assert_eq!(crc, Crc32c::of(b"before"));
    }
}
