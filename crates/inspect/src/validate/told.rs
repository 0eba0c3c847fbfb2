//! The outcome of a call, with memory of its own.

use tollgate_abi::{Block, Element, Status, Value};

/// The value of an attribute.
#[derive(Debug, Clone)]
pub(super) enum Held {
    Integer(i64),
    Real(f64),
    Text(String),
}

impl Held {
    /// The value of an attribute with its own memory; `None` if it is absent or of an unknown type.
    pub(super) fn of(value: Option<Value<'_>>) -> Option<Self> {
        match value? {
            Value::Integer(integer) => Some(Self::Integer(integer)),
            Value::Real(real) => Some(Self::Real(real)),
            Value::Text(text) => Some(Self::Text(text.to_owned())),
            _ => None,
        }
    }
}

impl PartialEq for Held {
    /// Compares bits: a NaN equals itself.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Integer(one), Self::Integer(other)) => one == other,
            (Self::Real(one), Self::Real(other)) => one.to_bits() == other.to_bits(),
            (Self::Text(one), Self::Text(other)) => one == other,
            _ => false,
        }
    }
}

/// A committed block.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) element: Element,
    pub(super) shape: Vec<u64>,
    pub(super) bytes: Vec<u8>,
    pub(super) attributes: Vec<(String, Held)>,
}

impl Part {
    /// A block's description and attributes, with these bytes.
    pub(super) fn new(block: &Block<'_>, bytes: &[u8]) -> Self {
        Self {
            element: block.element(),
            shape: block.shape().to_vec(),
            bytes: bytes.to_vec(),
            attributes: block
                .attributes()
                .iter()
                .filter_map(|attribute| Some((attribute.key().to_owned(), Held::of(attribute.value())?)))
                .collect(),
        }
    }
}

/// The outcome of a call.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    pub(super) status: Status,
    /// The status in the last fault, if there was one.
    pub(super) fault: Option<Status>,
    /// The last fault's message and place.
    pub(super) message: String,
    pub(super) parts: Vec<Part>,
    /// Uses of the sink that the contract forbids.
    pub(super) misuse: Vec<String>,
    /// The number of refused requests for room and refused commits.
    pub(super) refused: u32,
}

impl Default for Told {
    /// The outcome of a successful call that gave nothing.
    fn default() -> Self {
        Self {
            status: Status::OK,
            fault: None,
            message: String::new(),
            parts: Vec::new(),
            misuse: Vec::new(),
            refused: 0,
        }
    }
}

impl Told {
    /// An error if the call panicked.
    pub(super) fn panic(&self) -> Result<(), String> {
        match self.status {
            Status::PANICKED => Err(format!("it panicked: {}", self.message)),
            _ => Ok(()),
        }
    }

    /// The status and its message.
    pub(super) fn text(&self) -> String {
        match (self.status, self.message.as_str()) {
            (Status::OK, _) => "OK".to_owned(),
            (status, "") => format!("{status:?}"),
            (status, message) => format!("{status:?}: {message}"),
        }
    }
}
