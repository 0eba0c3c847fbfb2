//! A handle to one operation of one instance.

use crate::boundary::Instance;
use crate::plugin::Pool;
use crate::sink::ReusedSink;
use crate::{Error, Gives, HandedBack, OperationInfo, Output, State, owned, sink};
use std::ffi::c_void;
use std::ptr::NonNull;
use std::sync::Arc;
use tollgate_abi::{Block, Element, StateFunctions, Status};
use tollgate_block::Owned;

/// What a call needs to know of its operation, looked up once.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) index: u32,
    /// The plugin's name.
    pub(crate) plugin: String,
    pub(crate) info: OperationInfo,
    pub(crate) takes: Box<[Element]>,
    /// The element types that it gives: one for a block, one a column for a table.
    pub(crate) gives: Box<[Given]>,
}

/// An element type that an operation gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// The input's.
    Same,
    /// What the configuration decides.
    Any,
    /// This one.
    Known(Element),
}

impl Resolved {
    /// What saves the state of a plugin's instances: it gives one block, of whatever type.
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
        })
    }

    /// Looks everything up. The error is what it gives that this host does not know.
    pub(crate) fn new(plugin: &str, index: u32, info: &OperationInfo) -> Result<Arc<Self>, String> {
        let element = |name: &str| match name {
            "same" => Ok(Given::Same),
            "any" => Ok(Given::Any),
            name => Element::from_name(name)
                .map(Given::Known)
                .ok_or_else(|| format!("it gives elements of {name:?}, which this host does not know")),
        };
        Ok(Arc::new(Self {
            index,
            plugin: plugin.to_owned(),
            takes: info.elements().collect(),
            gives: match &info.gives {
                Gives::None => Box::default(),
                Gives::Block { element: name } => Box::new([element(name)?]),
                Gives::Table { columns, .. } => columns
                    .iter()
                    .map(|column| element(&column.element))
                    .collect::<Result<_, _>>()?,
            },
            info: info.clone(),
        }))
    }
}

/// A resolved operation: it owns an instance, so a call looks nothing up, takes no lock and allocates nothing of its own.
///
/// A handle is called by one thread at a time, which `&mut self` sees to; threads that call at once take a handle each.
/// When it is dropped, an instance of a stateless operation goes back to the plugin's pool, and any other is ended.
pub struct Operation {
    /// None after a panic, until the next call makes a new one.
    instance: Option<Box<dyn Instance>>,
    resolved: Arc<Resolved>,
    /// One of the element types that it takes: the last one that was looked up.
    taken: Option<Element>,
    sink: ReusedSink,
    pool: Arc<Pool>,
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Operation({}/{})", self.plugin(), self.resolved.info.name)
    }
}

impl Operation {
    pub(crate) fn new(pool: Arc<Pool>, resolved: Arc<Resolved>) -> Result<Self, Error> {
        Ok(Self {
            instance: Some(pool.take()?),
            taken: None,
            sink: ReusedSink::new(),
            resolved,
            pool,
        })
    }

    /// What the manifest says of it.
    pub fn info(&self) -> &OperationInfo {
        &self.resolved.info
    }

    /// Calls the operation, with an output of its own.
    ///
    /// # Errors
    /// As [`call_into`](Operation::call_into).
    pub fn call(&mut self, input: &Block<'_>) -> Result<Output, Error> {
        let mut output = Output::new();
        self.call_into(input, &mut output)?;
        Ok(output)
    }

    /// Calls the operation and puts what it gives into `output`, whose memory is used again.
    ///
    /// # Errors
    /// - [`Error::ElementNotTaken`]: the host converts nothing silently.
    /// - [`Error::Failed`]: the operation failed or panicked; it says where. After a panic the instance is thrown away
    ///   with its state, and the next call makes a new one.
    /// - [`Error::ContractBroken`]: what was committed is not what the manifest says.
    ///
    /// After a panic also those of making an instance.
    ///
    /// In every case `output` is empty.
    // Always: called as a function of its own it would cost a third more, and whether it is one would hang on how often the
    // program uses it. All that is rare stands in functions of its own.
    #[inline(always)]
    pub fn call_into(&mut self, input: &Block<'_>, output: &mut Output) -> Result<(), Error> {
        // Nothing of what an error has to say stands on the way of a call that works: `explain` finds it out afterwards.
        output.begin(&self.resolved);
        if Some(input.element()) != self.taken && !self.takes(input.element()) {
            return Err(self.explain(Status::INPUT, input, output));
        }
        let instance = match &mut self.instance {
            Some(instance) => instance,
            None => self.instance.insert(revive(&self.pool)?),
        };
        let status = self
            .sink
            .with(output, |sink| instance.call(self.resolved.index, input, sink));
        if status != Status::OK || !output.fits(&self.resolved, input.element()) {
            return Err(self.explain(status, input, output));
        }
        Ok(())
    }

    /// Hands a block over to the operation together with its memory, and takes what it gives, without a copy on either way:
    /// a plugin may keep the block, or hand it back. What comes back is checked again.
    ///
    /// # Errors
    /// [`Error::OwnershipNotTaken`], where the plugin does not offer it behind this boundary, or the operation gives no
    /// block; [`Error::ElementNotTaken`], [`Error::Failed`] and [`Error::ContractBroken`] as for
    /// [`call_into`](Operation::call_into). The block is gone in every case.
    pub fn hand_over(&mut self, input: Owned<'static>) -> Result<HandedBack, Error> {
        let (resolved, element) = (Arc::clone(&self.resolved), input.block().element());
        let mut output = Output::new();
        output.begin(&resolved);
        if !resolved.takes.contains(&element) {
            return Err(self.explain(Status::INPUT, &input.block(), &mut output));
        }
        let instance = match &mut self.instance {
            Some(instance) => instance,
            None => self.instance.insert(revive(&self.pool)?),
        };
        let (Some(owned), Gives::Block { .. }) = (instance.owned(), &resolved.info.gives) else {
            return Err(Error::OwnershipNotTaken {
                plugin: resolved.plugin.clone(),
                operation: resolved.info.name.clone(),
            });
        };
        let given = self.sink.with(&mut output, |sink| {
            // SAFETY: `create` gave the instance and nobody destroyed it; `&mut self` keeps other threads out; the instance
            // itself gave the functions.
            unsafe { owned::hand_over(owned, resolved.index, input, sink) }
        });
        let problem = match given {
            Err(status) => return Err(self.failed(&resolved.info.name, status, &mut output)),
            Ok(Err(problem)) => problem,
            Ok(Ok(given)) => match (resolved.gives[0], given.block.block().element()) {
                (Given::Same, found) if found != element => format!("it gave {found} for {element}"),
                (Given::Known(needed), found) if found != needed => format!("it gave {found} and not {needed}"),
                _ => return Ok(given),
            },
        };
        Err(Error::ContractBroken {
            plugin: resolved.plugin.clone(),
            operation: resolved.info.name.clone(),
            problem,
        })
    }

    /// Saves what the instance keeps between calls, without its configuration, as a block of the plugin's own choice.
    ///
    /// # Errors
    /// [`Error::StateNotSaved`], where the plugin does not offer it; [`Error::Failed`], where it failed or panicked;
    /// [`Error::ContractBroken`], where it committed nothing, or more than one block.
    pub fn save(&mut self) -> Result<Output, Error> {
        let mut output = Output::new();
        output.begin(&self.pool.save);
        let (instance, functions) = self.state()?;
        let status = self.sink.with(&mut output, |sink| {
            // SAFETY: `create` gave the instance and nobody destroyed it; `&mut self` keeps other threads out; the sink is
            // live and this call's own.
            unsafe { (functions.save)(instance.as_ptr(), sink) }
        });
        self.settle("save", status, &mut output)?;
        match output.check(&self.pool.save, Element::U8) {
            Ok(()) => Ok(output),
            Err(problem) => Err(Error::ContractBroken {
                plugin: self.plugin().to_owned(),
                operation: "save".to_owned(),
                problem,
            }),
        }
    }

    /// Puts the instance into a state that [`save`](Operation::save) gave: that of an instance of the same plugin, or of an
    /// older version of it, with the same configuration.
    ///
    /// # Errors
    /// [`Error::StateNotSaved`]; [`Error::Failed`], where the plugin takes the block for no such state, which leaves the
    /// instance as it was, or where it panicked.
    pub fn restore(&mut self, state: &Block<'_>) -> Result<(), Error> {
        let mut output = Output::new();
        let (instance, functions) = self.state()?;
        let status = self.sink.with(&mut output, |sink| {
            // SAFETY: as in `save`; the block is live and keeps the contract, as its type says.
            unsafe { (functions.restore)(instance.as_ptr(), state, sink) }
        });
        self.settle("restore", status, &mut output)
    }

    /// The instance, and the functions for its state.
    fn state(&mut self) -> Result<(NonNull<c_void>, &'static StateFunctions), Error> {
        let instance = match &mut self.instance {
            Some(instance) => instance,
            None => self.instance.insert(revive(&self.pool)?),
        };
        instance.state().ok_or_else(|| Error::StateNotSaved {
            plugin: self.resolved.plugin.clone(),
        })
    }

    /// What came of a call of the state extension.
    fn settle(&mut self, function: &str, status: Status, output: &mut Output) -> Result<(), Error> {
        match status {
            Status::OK => Ok(()),
            status => Err(self.failed(function, status, output)),
        }
    }

    /// The error of a call of an extension that did not work.
    fn failed(&mut self, function: &str, status: Status, output: &mut Output) -> Error {
        if status == Status::PANICKED {
            self.replace_instance();
        }
        sink::failure(self.plugin(), function, status, output.take_said())
    }

    /// Whether the operation takes this element type; it is remembered, because the next call's is likely the same.
    #[cold]
    fn takes(&mut self, element: Element) -> bool {
        let takes = self.resolved.takes.contains(&element);
        if takes {
            self.taken = Some(element);
        }
        takes
    }

    fn plugin(&self) -> &str {
        &self.resolved.plugin
    }

    /// The error of a call that did not work.
    #[cold]
    fn explain(&mut self, status: Status, input: &Block<'_>, output: &mut Output) -> Error {
        let (plugin, operation) = (self.plugin().to_owned(), self.resolved.info.name.clone());
        let said = output.take_said();
        let problem = output.check(&self.resolved, input.element());
        output.clear();
        if !self.resolved.takes.contains(&input.element()) {
            return Error::ElementNotTaken {
                plugin,
                operation,
                found: input.element(),
                takes: self.resolved.takes.to_vec(),
            };
        }
        match (status, problem) {
            (Status::OK, Err(problem)) => Error::ContractBroken {
                plugin,
                operation,
                problem,
            },
            (status, _) => {
                if status == Status::PANICKED {
                    self.replace_instance();
                }
                sink::failure(&plugin, &operation, status, said)
            }
        }
    }

    /// Throws away an instance that panicked: what the panic left half-changed is never called again.
    fn replace_instance(&mut self) {
        if self.resolved.info.state != State::Stateless {
            tracing::warn!(
                plugin = self.plugin(),
                operation = self.resolved.info.name,
                "a panic lost the instance's state"
            );
        }
        self.instance = None;
    }
}

/// Makes a new instance in place of one that panicked.
#[cold]
fn revive(pool: &Pool) -> Result<Box<dyn Instance>, Error> {
    pool.create()
}

impl Drop for Operation {
    fn drop(&mut self) {
        if self.resolved.info.state == State::Stateless
            && let Some(instance) = self.instance.take()
        {
            self.pool.give_back(instance);
        }
    }
}
