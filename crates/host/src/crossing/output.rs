//! The output of an operation.

use crate::fault::{Crossed, Fault, Said};
use crate::manifest::operation::{Given, Resolved};
use crate::manifest::{Column, Gives};
use std::sync::Arc;
use std::{mem, ptr};
use tollgate_abi::{Block, Element, Status};
use tollgate_block::{Arena, Array, BufferError};

/// The output of an operation: nothing, a block, or a table. It owns its memory, so it outlives the handle, the plugin
/// and the host. When it is reused, it allocates only to grow.
///
/// Its values are read in place: a block's by [`values`](Self::values), a table's by [`column`](Self::column) and
/// [`texts`](Self::texts). `{}` prints it for people. With the feature `serde` it can be serialised.
#[derive(Debug, Default)]
pub struct Output {
    /// The committed parts come first; the one after them is being written, and the rest is memory from earlier calls.
    parts: Vec<Array>,
    committed: usize,
    operation: Option<Arc<Resolved>>,
    /// What was reported during the current call. It is `None` between calls.
    said: Option<Box<Remark>>,
    /// The arena of new parts; the heap if `None`.
    arena: Option<Arc<dyn Arena>>,
}

/// What was reported during a call.
#[derive(Debug)]
enum Remark {
    /// The plugin's failure.
    Plugin(Said),
    /// Why the host refused room or a commit.
    Refused(String),
    /// A panic in the program's own code, such as the subscriber of its log.
    Panicked(String),
}

impl Output {
    /// An empty output.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty output with memory from this arena: for example a shared segment, which another process can map.
    pub fn in_arena(arena: Arc<dyn Arena>) -> Self {
        Self {
            arena: Some(arena),
            ..Self::default()
        }
    }

    /// The block, if the operation gave one.
    pub fn block(&self) -> Option<Block<'_>> {
        match self.gives() {
            Gives::Block { .. } => self.committed().first().map(Array::block),
            _ => None,
        }
    }

    /// The columns of the table, each with its declaration and its values, if the operation gave one.
    pub fn columns(&self) -> Option<impl Iterator<Item = (&Column, Block<'_>)>> {
        match self.gives() {
            Gives::Table { columns, .. } if self.committed > 0 => {
                Some(columns.iter().zip(self.committed().iter().map(Array::block)))
            }
            _ => None,
        }
    }

    /// What the operation gives, by its manifest.
    pub fn gives(&self) -> &Gives {
        self.operation
            .as_ref()
            .map_or(&Gives::None, |operation| &operation.info.gives)
    }

    /// The block as an array that owns its memory, if the operation gave one.
    pub fn into_array(mut self) -> Option<Array> {
        self.block()?;
        Some(self.parts.swap_remove(0))
    }

    /// The bytes of all committed parts.
    pub fn bytes(&self) -> usize {
        self.committed().iter().map(|part| part.as_bytes().len()).sum()
    }

    #[inline]
    fn committed(&self) -> &[Array] {
        &self.parts[..self.committed]
    }

    /// Clears it for a call of this operation.
    #[inline]
    pub(crate) fn begin(&mut self, operation: &Arc<Resolved>) {
        self.committed = 0;
        // Compared as addresses: null, for no operation, equals no address.
        let before = self.operation.as_ref().map_or(ptr::null(), Arc::as_ptr);
        if before != Arc::as_ptr(operation) {
            self.adopt(operation);
        }
    }

    #[cold]
    fn adopt(&mut self, operation: &Arc<Resolved>) {
        self.operation = Some(operation.clone());
    }

    /// Clears it.
    #[cold]
    pub(crate) fn clear(&mut self) {
        self.committed = 0;
        self.said = None;
    }

    /// Keeps what a plugin reports about its failure; the last report counts. A report without a message adds its place
    /// to the host's message about refused room or a refused commit.
    pub(crate) fn say(&mut self, mut said: Said) {
        match self.said.as_deref_mut() {
            Some(Remark::Panicked(_)) => return,
            Some(Remark::Refused(message)) if said.message.is_empty() => said.message = mem::take(message),
            _ => {}
        }
        self.said = Some(Box::new(Remark::Plugin(said)));
    }

    /// Keeps why the host refused room or a commit.
    pub(crate) fn refuse(&mut self, message: String) {
        if !matches!(self.said.as_deref(), Some(Remark::Panicked(_))) {
            self.said = Some(Box::new(Remark::Refused(message)));
        }
    }

    /// Records that the program's own code panicked. Nothing overrides that.
    pub(crate) fn panicked(&mut self, message: String) {
        self.said = Some(Box::new(Remark::Panicked(message)));
    }

    /// The result of a status and of what was reported during the call, which is cleared.
    #[inline]
    pub(crate) fn settle(&mut self, status: Status) -> Crossed {
        if status == Status::OK && self.said.is_none() {
            return Ok(());
        }
        self.settle_rarely(status)
    }

    #[cold]
    fn settle_rarely(&mut self, status: Status) -> Crossed {
        let mut said = match self.said.take().map(|said| *said) {
            Some(Remark::Panicked(message)) => return Err(Box::new(Fault::Callback(message))),
            // It reported something, but succeeded.
            _ if status == Status::OK => return Ok(()),
            Some(Remark::Plugin(said)) => said,
            Some(Remark::Refused(message)) => Said {
                message,
                ..Said::default()
            },
            None => Said::default(),
        };
        if said.message.is_empty() {
            said.message = status.text().to_owned();
        }
        Err(Box::new(Fault::Plugin(status, said)))
    }

    /// The name of the operation that wrote to it, or an empty text.
    pub(super) fn operation(&self) -> &str {
        self.operation.as_ref().map_or("", |operation| &operation.info.name)
    }

    /// The name of the plugin that writes to it.
    pub(crate) fn plugin(&self) -> &str {
        self.operation.as_ref().map_or("", |operation| &operation.plugin)
    }

    /// The part that is being written, if it has memory from an earlier call.
    #[inline]
    pub(crate) fn current(&mut self) -> Option<&mut Array> {
        self.parts.get_mut(self.committed)
    }

    /// Whether parts are allocated on the heap, not in an arena of the program.
    pub(crate) fn is_born_on_the_heap(&self) -> bool {
        self.arena.is_none()
    }

    /// Reserves room in the part that is being written.
    pub(crate) fn make_room(&mut self, bytes: u64) -> Result<(), BufferError> {
        self.current_or_new().room(bytes).map(drop)
    }

    /// The part that is being written.
    pub(crate) fn current_or_new(&mut self) -> &mut Array {
        if self.committed == self.parts.len() {
            let part = self.arena.clone().map_or_else(Array::new, Array::in_arena);
            self.parts.push(part);
        }
        &mut self.parts[self.committed]
    }

    pub(crate) fn commit(&mut self) {
        self.committed += 1;
    }

    /// Whether the committed parts match what the operation declares.
    #[inline]
    pub(crate) fn fits(&self, operation: &Resolved, input: Element) -> bool {
        let gives = &*operation.gives;
        if self.committed != gives.len() {
            return false;
        }
        if gives.is_empty() {
            return true;
        }
        match (gives, self.parts.first()) {
            ([given], Some(part)) if !operation.is_table => match given {
                Given::Any => true,
                Given::Same => part.element() == input,
                Given::Known(needed) => part.element() == *needed,
            },
            _ => self.check(operation, input).is_ok(),
        }
    }

    /// As `fits`; the error says what was committed and what was expected.
    pub(crate) fn check(&self, operation: &Resolved, input: Element) -> Result<(), String> {
        let gives = &operation.info.gives;
        if self.committed != operation.gives.len() {
            return Err(wrong_count(gives, self.committed));
        }
        for (index, (part, needed)) in self.committed().iter().zip(&operation.gives).enumerate() {
            let needed = match needed {
                Given::Any => continue,
                Given::Same => input,
                Given::Known(element) => *element,
            };
            if part.element() != needed {
                return Err(wrong_element(gives, index, part.element(), needed));
            }
        }
        match gives {
            Gives::Table { columns, .. } => self.check_rows(columns),
            _ => Ok(()),
        }
    }

    fn check_rows(&self, columns: &[Column]) -> Result<(), String> {
        let mut rows = None;
        for (column, part) in columns.iter().zip(self.committed()) {
            let name = &column.name;
            let &[length] = part.shape() else {
                return Err(format!("column {name:?} has {} axes; expected one", part.shape().len()));
            };
            let length = if part.element() == Element::TEXT {
                count_texts(part.as_bytes())
            } else {
                length
            };
            match rows {
                None => rows = Some(length),
                Some(rows) if rows == length => {}
                Some(rows) => {
                    return Err(format!(
                        "column {name:?} has {length} rows, but the first column has {rows}"
                    ));
                }
            }
        }
        Ok(())
    }
}

#[cold]
fn wrong_element(gives: &Gives, index: usize, found: Element, needed: Element) -> String {
    let what = match gives {
        Gives::Table { columns, .. } => format!("column {:?}", columns[index].name),
        _ => "its block".to_owned(),
    };
    format!("{what} has elements of {found}, but its manifest declares {needed}")
}

#[cold]
fn wrong_count(gives: &Gives, committed: usize) -> String {
    match gives {
        Gives::None => format!("it committed {committed} blocks, but its manifest declares none"),
        Gives::Block { .. } => format!("it committed {committed} blocks, but its manifest declares one"),
        Gives::Table { columns, .. } => {
            format!(
                "it committed {committed} columns, but its manifest declares {}",
                columns.len()
            )
        }
    }
}

/// The number of texts in a column. That they are UTF-8 and end with a NUL was checked at the commit.
fn count_texts(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == 0).count() as u64
}
