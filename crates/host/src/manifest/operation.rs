//! An operation with its names resolved.

use crate::manifest::{Gives, OperationInfo, State};
use std::sync::Arc;
use tollgate_abi::Element;

/// What a call needs of its operation, looked up once.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) index: u32,
    /// The plugin's name.
    pub(crate) plugin: String,
    pub(crate) info: OperationInfo,
    /// The element types that it takes and this host knows: at least one, unless it saves a state.
    pub(crate) takes: Box<[Element]>,
    /// The element types that it gives: one for a block, one per column for a table.
    pub(crate) gives: Box<[Given]>,
    /// Whether it gives a table, whose columns all have the same number of rows.
    pub(crate) is_table: bool,
}

/// An element type that an operation gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// The input's.
    Same,
    /// Any: it depends on the configuration.
    Any,
    /// This one.
    Known(Element),
}

impl Resolved {
    /// The operation that saves the state of an instance: it gives one block of any type.
    pub(crate) fn save(plugin: &str) -> Arc<Self> {
        Arc::new(Self {
            index: 0,
            plugin: plugin.to_owned(),
            info: OperationInfo {
                name: "save".to_owned(),
                description: String::new(),
                takes: Vec::new(),
                gives: Gives::Block {
                    element: "any".to_owned(),
                },
                state: State::Saved,
                copies: false,
            },
            takes: Box::default(),
            gives: Box::new([Given::Any]),
            is_table: false,
        })
    }

    /// Resolves all names. The error lists the element types that this host does not know.
    pub(crate) fn new(plugin: &str, index: u32, info: &OperationInfo) -> Result<Arc<Self>, String> {
        let element = |name: &str| match name {
            "same" => Ok(Given::Same),
            "any" => Ok(Given::Any),
            name => Element::from_name(name)
                .map(Given::Known)
                .ok_or_else(|| format!("it gives elements of the unknown type {name:?}")),
        };
        let takes: Box<[Element]> = info.elements().collect();
        if takes.is_empty() {
            let names = info.takes.join(", ");
            return Err(format!(
                "it takes only element types that this host does not know: {names}"
            ));
        }
        Ok(Arc::new(Self {
            index,
            plugin: plugin.to_owned(),
            takes,
            gives: match &info.gives {
                Gives::None => Box::default(),
                Gives::Block { element: name } => Box::new([element(name)?]),
                Gives::Table { columns, .. } => columns
                    .iter()
                    .map(|column| element(&column.element))
                    .collect::<Result<_, _>>()?,
            },
            is_table: matches!(info.gives, Gives::Table { .. }),
            info: info.clone(),
        }))
    }
}
