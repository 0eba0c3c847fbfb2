//! The steps between a file and a loaded plugin, by name.

/// The last completed step. Between any two steps, another program may change the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The file was opened, and its owner and permissions were checked.
    FileOpened,
    /// Its bytes were read; from here on only they are used.
    FileRead,
    /// Format, target, segments, symbols, manifest and pin were checked.
    Checked,
    /// It was loaded in a child process, if the probe is on.
    Probed,
    /// The bytes were written to a private directory.
    Placed,
    /// The copy is open as a library.
    Opened,
}

impl Step {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Step::FileOpened => "file opened",
            Step::FileRead => "file read",
            Step::Checked => "checked",
            Step::Probed => "probed",
            Step::Placed => "placed",
            Step::Opened => "opened",
        }
    }
}

/// Called with each step.
pub(crate) type Steps<'a> = &'a dyn Fn(Step);
