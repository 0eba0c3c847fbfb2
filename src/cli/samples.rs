//! The sample files, which are part of the command: its demo works from any directory.

use super::failure::Failure;
use std::path::{Path, PathBuf};

/// A sample file: its name, what it holds, and its bytes.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    bytes: &'static [u8],
}

macro_rules! samples {
    ($($name:literal: $what:literal,)*) => {
        [$(Sample {
            name: $name,
            what: $what,
            bytes: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/", $name)),
        },)*]
    };
}

pub(crate) static SAMPLES: [Sample; 5] = samples! {
    "sunspots.npy": "yearly sunspot numbers since 1700: two columns of f64",
    "nile.npy": "yearly flow of the Nile at Aswan",
    "co2.npy": "weekly CO2 at Mauna Loa: f32 with gaps (NaN)",
    "ecg.npy": "an electrocardiogram: i32",
    "speech.wav": "synthetic speech: 16-bit samples",
};

/// A directory with the samples.
pub(crate) enum Directory {
    /// One that is there.
    There(PathBuf),
    /// One that this process made, and that is removed at its end.
    Made(tempfile::TempDir),
}

impl Directory {
    /// The directory that the user names; or `samples` in the working directory, if it has all of them; or a new one.
    pub(crate) fn find(named: Option<&Path>) -> Result<Self, Failure> {
        if let Some(directory) = named {
            return match directory.is_dir() {
                true => Ok(Self::There(directory.to_owned())),
                false => Err(Failure::Work {
                    code: "no-samples",
                    message: format!(
                        "sample directory {} not found: leave --samples out",
                        directory.display()
                    ),
                }),
            };
        }
        let here = Path::new("samples");
        if SAMPLES.iter().all(|sample| here.join(sample.name).is_file()) {
            return Ok(Self::There(here.to_owned()));
        }
        let failed = |error| Failure::io("write the sample files to a temporary directory", error);
        let made = tempfile::Builder::new()
            .prefix("tollgate-samples-")
            .tempdir()
            .map_err(failed)?;
        for sample in &SAMPLES {
            std::fs::write(made.path().join(sample.name), sample.bytes).map_err(failed)?;
        }
        Ok(Self::Made(made))
    }

    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::There(path) => path,
            Self::Made(made) => made.path(),
        }
    }
}
