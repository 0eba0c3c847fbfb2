//! What a call gave and said, with memory of its own.

use tollgate_abi::{Block, Element, Status, Value};

/// What an attribute holds.
#[derive(Debug, Clone)]
pub(super) enum Held {
    Integer(i64),
    Real(f64),
    Text(String),
}

impl Held {
    /// An attribute's value with its own memory; `None` where there is none or this host does not know its kind.
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
    /// Bit by bit: a NaN is the same as itself.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Integer(one), Self::Integer(other)) => one == other,
            (Self::Real(one), Self::Real(other)) => one.to_bits() == other.to_bits(),
            (Self::Text(one), Self::Text(other)) => one == other,
            _ => false,
        }
    }
}

/// A block that was committed.
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

/// What a call gave and said.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    pub(super) status: Status,
    /// The status in the last fault, where there was one.
    pub(super) fault: Option<Status>,
    /// The last fault's message and place.
    pub(super) message: String,
    pub(super) parts: Vec<Part>,
    /// What it did with the sink that the contract forbids.
    pub(super) misuse: Vec<String>,
    /// How often room or a commit was refused to it.
    pub(super) refused: u32,
}

impl Default for Told {
    /// What a call that worked said that gave nothing.
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
    /// The sentence of a call that panicked.
    pub(super) fn panic(&self) -> Result<(), String> {
        match self.status {
            Status::PANICKED => Err(format!("it panicked: {}", self.message)),
            _ => Ok(()),
        }
    }

    /// The status and what was said with it.
    pub(super) fn text(&self) -> String {
        match (self.status, self.message.as_str()) {
            (Status::OK, _) => "OK".to_owned(),
            (status, "") => format!("{status:?}"),
            (status, message) => format!("{status:?}: {message}"),
        }
    }
}
