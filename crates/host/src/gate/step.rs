//! The steps between a file and a loaded plugin, by name.

/// What was done last. Between any two steps, another program may change the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The file was opened, and its owner and permissions were checked.
    FileOpened,
    /// Its bytes were read; from here on, they alone count.
    FileRead,
    /// Format, target, segments, symbols, manifest and pin were checked.
    Checked,
    /// It was loaded in a child process, where that is wanted.
    Probed,
    /// The bytes lie in a private directory.
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

/// Is told of each step.
pub(crate) type Steps<'a> = &'a dyn Fn(Step);
