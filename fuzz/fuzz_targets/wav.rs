//! WAVE under its four names, which the first byte picks.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let [kind, length, rest @ ..] = bytes {
        let name = [b"RIFF", b"RIFX", b"RF64", b"BW64"][usize::from(*kind % 4)];
        let start = [&name[..], &[*length, 0, 0, 0], b"WAVE"].concat();
        tollgate_fuzz::open(&start, rest);
    }
});
