//! Why an operation failed.

use std::fmt;
use std::panic::Location;
use tollgate_abi::{BlockError, Status};

/// The result of operations.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an operation failed: a sentence for the user, and the position in the plugin's source.
///
/// Every type that implements `std::error::Error` converts to it through `?`.
///
/// It is one pointer wide, so that a `Result` with it stays in a register on the success path.
pub struct Error(Box<Content>);

struct Content {
    status: Status,
    message: String,
    place: &'static Location<'static>,
    /// Whether the status came from the host, which has already recorded the reason.
    of_host: bool,
}

impl Error {
    /// The operation failed.
    #[track_caller]
    pub fn new(message: impl Into<String>) -> Self {
        Self::with_status(Status::FAILED, message)
    }

    /// The input is not accepted: its shape, its attributes, its values.
    #[track_caller]
    pub fn input(message: impl Into<String>) -> Self {
        Self::with_status(Status::INPUT, message)
    }

    /// The configuration is not accepted, for a reason that the schema cannot express.
    #[track_caller]
    pub fn config(message: impl Into<String>) -> Self {
        Self::with_status(Status::CONFIG, message)
    }

    /// There is no operation with this index.
    #[track_caller]
    pub fn no_such_operation(index: u32) -> Self {
        Self::with_status(
            Status::OPERATION,
            format!("unknown operation: no operation has the index {index}"),
        )
    }

    /// The plugin does not save its state.
    #[track_caller]
    pub(crate) fn no_state() -> Self {
        Self::with_status(Status::OPERATION, "this plugin does not save its state")
    }

    #[cold]
    #[track_caller]
    pub(crate) fn with_status(status: Status, message: impl Into<String>) -> Self {
        Self(Box::new(Content {
            status,
            message: message.into(),
            place: Location::caller(),
            of_host: false,
        }))
    }

    /// A function of the host returned this status. The message is for code in the plugin that inspects the error. The
    /// user sees the reason that the host recorded.
    #[cold]
    #[track_caller]
    pub(crate) fn of_host(status: Status, message: impl Into<String>) -> Self {
        let mut error = Self::with_status(status, message);
        error.0.of_host = true;
        error
    }

    pub(crate) fn is_of_host(&self) -> bool {
        self.0.of_host
    }

    pub(crate) fn status(&self) -> Status {
        self.0.status
    }

    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    /// The position in the plugin's source where it was made.
    pub(crate) fn place(&self) -> &'static Location<'static> {
        self.0.place
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?}, {})", self.message(), self.status(), self.place())
    }
}

// `Error` itself does not implement `std::error::Error`, because this impl would then conflict with `From<T> for T`.
impl<E: std::error::Error + 'static> From<E> for Error {
    #[cold]
    #[track_caller]
    fn from(error: E) -> Self {
        let of_input = (&error as &dyn std::error::Error).is::<BlockError>();
        let status = if of_input { Status::INPUT } else { Status::FAILED };
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message.push_str(": ");
            message.push_str(&cause.to_string());
            source = cause.source();
        }
        Self::with_status(status, message)
    }
}
