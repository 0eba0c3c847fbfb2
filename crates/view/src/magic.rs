//! The formats, and the first bytes of their files.

/// The longest header that the reference implementation of .safetensors accepts.
pub(crate) const SAFETENSORS_HEADER_LIMIT: u64 = 100_000_000;
/// The first bytes of every `.npy`.
pub(crate) const NPY: &[u8] = b"\x93NUMPY";

/// A file format, whether or not this build supports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Npy,
    Npz,
    Wav,
    Safetensors,
}

impl Format {
    /// Recognises the format by a file's first bytes.
    pub(crate) fn of(file: &[u8]) -> Option<Self> {
        let is_wav = matches!(file.get(..4), Some(b"RIFF" | b"RIFX" | b"RF64" | b"BW64"));
        // An archive, or an empty archive.
        let is_zip = file.starts_with(b"PK\x03\x04") || file.starts_with(b"PK\x05\x06");
        let length = file.first_chunk().map(|length| u64::from_le_bytes(*length));
        Some(match () {
            () if file.starts_with(NPY) => Self::Npy,
            () if is_zip => Self::Npz,
            () if is_wav && file.get(8..12) == Some(b"WAVE") => Self::Wav,
            () if file.get(8) == Some(&b'{') && length.is_some_and(|length| length <= SAFETENSORS_HEADER_LIMIT) => {
                Self::Safetensors
            }
            () => return None,
        })
    }

    /// Its name, which is also the name of its feature.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Npy => "npy",
            Self::Npz => "npz",
            Self::Wav => "wav",
            Self::Safetensors => "safetensors",
        }
    }
}
