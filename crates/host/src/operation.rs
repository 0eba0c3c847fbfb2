//! A handle to one operation of one instance.

use crate::boundary::Instance;
use crate::plugin::Pool;
use crate::{Error, Gives, OperationInfo, Output, State, sink};
use std::sync::Arc;
use tollgate_abi::{Block, Element, Status};

/// What a call needs to know of its operation, looked up once.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) index: u32,
    pub(crate) info: OperationInfo,
    pub(crate) takes: Box<[Element]>,
    /// The element types that it gives: one for a block, one a column for a table; `None` is the input's.
    pub(crate) gives: Box<[Option<Element>]>,
}

impl Resolved {
    /// Looks everything up. The error is what it gives that this host does not know.
    pub(crate) fn new(index: u32, info: &OperationInfo) -> Result<Arc<Self>, String> {
        let element = |name: &str| match name {
            "same" => Ok(None),
            name => Element::from_name(name)
                .map(Some)
                .ok_or_else(|| format!("it gives elements of {name:?}, which this host does not know")),
        };
        Ok(Arc::new(Self {
            index,
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
    /// In every case `output` is empty.
    #[inline]
    pub fn call_into(&mut self, input: &Block<'_>, output: &mut Output) -> Result<(), Error> {
        output.begin(&self.resolved);
        if !self.resolved.takes.contains(&input.element()) {
            return Err(self.not_taken(input.element()));
        }
        let instance = match &mut self.instance {
            Some(instance) => instance,
            None => self.instance.insert(self.pool.create()?),
        };
        let (status, fault) = sink::with_output(&self.pool.generation.manifest.name, output, |sink| {
            instance.call(self.resolved.index, input, sink)
        });
        if status != Status::OK {
            return Err(self.failed(status, fault, output));
        }
        if let Err(problem) = output.check(&self.resolved, input.element()) {
            return Err(self.broken(problem, output));
        }
        Ok(())
    }

    fn plugin(&self) -> &str {
        &self.pool.generation.manifest.name
    }

    #[cold]
    fn not_taken(&self, found: Element) -> Error {
        Error::ElementNotTaken {
            plugin: self.plugin().to_owned(),
            operation: self.resolved.info.name.clone(),
            found,
            takes: self.resolved.takes.to_vec(),
        }
    }

    #[cold]
    fn failed(&mut self, status: Status, fault: Option<Box<sink::Said>>, output: &mut Output) -> Error {
        output.clear();
        if status == Status::PANICKED {
            // What a panic left half-changed is never called again.
            self.instance = None;
            if self.resolved.info.state != State::Stateless {
                tracing::warn!(
                    plugin = self.plugin(),
                    operation = self.resolved.info.name,
                    "a panic lost the instance's state"
                );
            }
        }
        sink::failure(self.plugin(), &self.resolved.info.name, status, fault)
    }

    #[cold]
    fn broken(&self, problem: String, output: &mut Output) -> Error {
        output.clear();
        Error::ContractBroken {
            plugin: self.plugin().to_owned(),
            operation: self.resolved.info.name.clone(),
            problem,
        }
    }
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
