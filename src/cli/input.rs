//! Opens a user's file. No other module of the command maps files.

#![allow(unsafe_code)]

use super::failure::Failure;
use std::io::IsTerminal;
use std::path::Path;
use tollgate::view::{File, View};

/// The name that stands for standard input.
const STDIN: &str = "-";

/// The most bytes of standard input that are read into memory: 4 GiB.
const LIMIT: u64 = 1 << 32;

#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Read the file into memory instead of mapping it. Use this if another program may change or truncate the file
    #[arg(long)]
    pub(crate) read: bool,
    /// The array to open in an archive (.npz, .safetensors)
    #[arg(long, value_name = "NAME")]
    pub(crate) member: Option<String>,
}

/// A file that was opened.
pub(crate) struct Opened {
    pub(crate) file: File,
    /// The number of bytes that were read into memory, if the file is standard input.
    pub(crate) stdin_bytes: Option<usize>,
}

/// A view of a file, or of a member of it.
pub(crate) struct Input {
    pub(crate) view: View,
    /// As for [`Opened`].
    pub(crate) stdin_bytes: Option<usize>,
}

/// Opens `path` as a memory mapping, or reads it if the user asked for that. `-` is standard input, which is read.
pub(crate) fn file(path: &Path, options: &Options) -> Result<Opened, Failure> {
    if path == Path::new(STDIN) {
        return stdin();
    }
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        return Err(Failure::Work {
            code: "view-refused",
            message: format!(
                "{path}: cannot open it: not a regular file; if it is a pipe, give `-` as the file and redirect \
                    standard input: `- < {path}`",
                path = path.display()
            ),
        });
    }
    let file = if options.read {
        File::read(path)?
    } else {
        // SAFETY: the user ensures that nobody changes the file meanwhile: the help of `--read` asks for it, and
        // `--read` is there for files for which that cannot be ensured. This process itself does not write to a file
        // that it has open as input.
        unsafe { File::map(path) }?
    };
    Ok(Opened {
        file,
        stdin_bytes: None,
    })
}

/// Reads standard input to its end.
fn stdin() -> Result<Opened, Failure> {
    let stdin = std::io::stdin().lock();
    if stdin.is_terminal() {
        return Err(Failure::usage(
            "cannot read a file from standard input: it is a terminal; redirect it from a file or a pipe, as in `zcat \
                data.npy.gz | tollgate view -`",
        ));
    }
    let file = File::from_reader("standard input", stdin, LIMIT)?;
    let stdin_bytes = Some(file.size());
    Ok(Opened { file, stdin_bytes })
}

/// Views `path`, or the member of it that the user named. A compressed member is decoded, unless a copy is refused.
pub(crate) fn open(path: &Path, options: &Options, no_copy: bool) -> Result<Input, Failure> {
    let Opened { file, stdin_bytes } = file(path, options)?;
    let member = options.member.as_deref();
    let view = if no_copy {
        file.view(member)
    } else {
        file.decode(member)
    }?;
    Ok(Input { view, stdin_bytes })
}

/// The line of a heading that says that standard input was read into memory; empty for other files.
pub(crate) fn note(stdin_bytes: Option<usize>) -> String {
    stdin_bytes.map_or_else(String::new, |bytes| {
        format!("  all {bytes} bytes of standard input were read into memory\n")
    })
}
