//! A handle to one operation of one instance.

use super::pool::Pool;
use crate::boundary::{AnyInstance, Instance};
use crate::crossing::Call;
use crate::crossing::handed::HandedBack;
use crate::crossing::output::Output;
use crate::error::Error;
use crate::fault::Fault;
use crate::manifest::operation::{Given, Resolved};
use crate::manifest::{Gives, OperationInfo, State};
use std::sync::Arc;
use tollgate_abi::{Block, Element, Status};
use tollgate_block::Owned;

/// A resolved operation: it owns an instance, so a call looks nothing up, takes no lock and allocates nothing of its
/// own.
///
/// A handle is called by one thread at a time, which `&mut self` sees to; threads that call at once take a handle each.
/// When it is dropped, an instance of a stateless operation goes back to the plugin's pool, unless a state was restored
/// into it; any other is ended.
pub struct Operation {
    /// None after a panic or a loss, until the next call makes a new one.
    instance: Option<AnyInstance>,
    resolved: Arc<Resolved>,
    /// One of the element types that it takes: the last one that was looked up.
    taken: Element,
    /// Whether the instance holds a state that was put into it.
    restored: bool,
    pool: Arc<Pool>,
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Operation({}/{})", self.plugin(), self.resolved.info.name)
    }
}

impl Operation {
    pub(super) fn new(pool: Arc<Pool>, resolved: Arc<Resolved>) -> Result<Self, Error> {
        Ok(Self {
            instance: Some(pool.take()?),
            taken: resolved.takes[0],
            restored: false,
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
    /// - [`Error::CallbackPanicked`]: code of the program that ran for the plugin, such as its log's subscriber,
    ///   panicked.
    /// - [`Error::Lost`]: the other side of the boundary is gone. The next call makes a new instance.
    ///
    /// After a panic also those of making an instance.
    ///
    /// In every case `output` is empty.
    // Always: called as a function of its own it would cost a third more, and whether it is one would hang on how often
    // the program uses it. All that is rare stands in functions of its own.
    #[inline(always)]
    pub fn call_into(&mut self, input: &Block<'_>, output: &mut Output) -> Result<(), Error> {
        output.begin(&self.resolved);
        if input.element() != self.taken && !self.takes(input.element()) {
            return Err(self.not_taken(input.element()));
        }
        let instance = match &mut self.instance {
            Some(instance) => instance,
            None => self.instance.insert(revive(&self.pool)?),
        };
        let call = Call {
            operation: self.resolved.index,
            input,
        };
        match instance.call(call, output) {
            Ok(()) if output.fits(&self.resolved, input.element()) => Ok(()),
            crossed => Err(self.explain(crossed.err(), input.element(), output)),
        }
    }

    /// Hands a block over to the operation together with its memory, and takes what it gives, without a copy on either
    /// way: a plugin may keep the block, or hand it back. What comes back is checked again.
    ///
    /// # Errors
    /// [`Error::OwnershipNotTaken`], where the plugin does not offer it behind this boundary, or the operation gives no
    /// block; [`Error::ElementNotTaken`], [`Error::Failed`] and [`Error::ContractBroken`] as for
    /// [`call_into`](Operation::call_into). The block is gone in every case.
    pub fn hand_over(&mut self, input: Owned<'static>) -> Result<HandedBack, Error> {
        let (resolved, element) = (Arc::clone(&self.resolved), input.block().element());
        if !resolved.takes.contains(&element) {
            return Err(self.not_taken(element));
        }
        let Gives::Block { .. } = &resolved.info.gives else {
            return Err(self.ownership_not_taken());
        };
        if !self.pool.offers.ownership {
            return Err(self.ownership_not_taken());
        }
        let mut output = Output::new();
        output.begin(&resolved);
        let given = self
            .instance()?
            .hand_over(resolved.index, input, &mut output)
            .map_err(|fault| self.failed(&resolved.info.name, *fault))?;
        let problem = match (resolved.gives[0], given.block.block().element()) {
            (Given::Same, found) if found != element => format!("it gave {found} for {element}"),
            (Given::Known(needed), found) if found != needed => format!("it gave {found} and not {needed}"),
            _ => return Ok(given),
        };
        Err(self.failed(&resolved.info.name, Fault::Contract(problem)))
    }

    /// Saves what the instance keeps between calls, without its configuration, as a block of the plugin's own choice.
    ///
    /// # Errors
    /// [`Error::StateNotSaved`], where the plugin does not offer it; [`Error::Failed`], where it failed or panicked;
    /// [`Error::ContractBroken`], where it committed nothing, or more than one block.
    pub fn save(&mut self) -> Result<Output, Error> {
        if !self.pool.offers.state {
            return Err(self.state_not_saved());
        }
        let mut output = Output::new();
        output.begin(&self.pool.save);
        let saved = self.instance()?.save(&mut output);
        let checked = saved.and_then(|()| {
            let checked = output.check(&self.pool.save, Element::U8);
            checked.map_err(|problem| Box::new(Fault::Contract(problem)))
        });
        match checked {
            Ok(()) => Ok(output),
            Err(fault) => Err(self.failed("save", *fault)),
        }
    }

    /// Puts the instance into a state that [`save`](Operation::save) gave: that of an instance of the same plugin, or
    /// of an older version of it, with the same configuration.
    ///
    /// # Errors
    /// [`Error::StateNotSaved`]; [`Error::Failed`], where the plugin takes the block for no such state, which leaves
    /// the instance as it was, or where it panicked.
    pub fn restore(&mut self, state: &Block<'_>) -> Result<(), Error> {
        if !self.pool.offers.state {
            return Err(self.state_not_saved());
        }
        let mut output = Output::new();
        let instance = self.instance()?;
        // Whatever comes of it, this instance serves nobody else: its state is this handle's.
        let restored = instance.restore(state, &mut output);
        self.restored = true;
        restored.map_err(|fault| self.failed("restore", *fault))
    }

    /// The instance, or a new one in place of one that is gone.
    fn instance(&mut self) -> Result<&mut AnyInstance, Error> {
        match &mut self.instance {
            Some(instance) => Ok(instance),
            none => Ok(none.insert(revive(&self.pool)?)),
        }
    }

    /// Whether the operation takes this element type; it is remembered, because the next call's is likely the same.
    #[cold]
    fn takes(&mut self, element: Element) -> bool {
        let takes = self.resolved.takes.contains(&element);
        if takes {
            self.taken = element;
        }
        takes
    }

    fn plugin(&self) -> &str {
        &self.resolved.plugin
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
    fn ownership_not_taken(&self) -> Error {
        Error::OwnershipNotTaken {
            plugin: self.plugin().to_owned(),
            operation: self.resolved.info.name.clone(),
        }
    }

    #[cold]
    fn state_not_saved(&self) -> Error {
        Error::StateNotSaved {
            plugin: self.plugin().to_owned(),
        }
    }

    /// The error of a call that gave no result, or not the one that the manifest says.
    #[cold]
    fn explain(&mut self, fault: Option<Box<Fault>>, input: Element, output: &mut Output) -> Error {
        let fault = match fault {
            Some(fault) => *fault,
            None => match output.check(&self.resolved, input) {
                Err(problem) => Fault::Contract(problem),
                Ok(()) => Fault::Contract("what it committed does not fit".to_owned()),
            },
        };
        output.clear();
        let operation = Arc::clone(&self.resolved);
        self.failed(&operation.info.name, fault)
    }

    /// The error of a fault. An instance that panicked or was lost is thrown away: what the panic left half-changed is
    /// never called again.
    #[cold]
    fn failed(&mut self, function: &str, fault: Fault) -> Error {
        let gone = matches!(fault, Fault::Plugin(Status::PANICKED, _) | Fault::Lost(_));
        if gone {
            // First, because the program's own subscriber may panic.
            self.instance = None;
            self.restored = false;
        }
        let error = Error::of_fault(self.plugin(), function, fault);
        if gone && self.resolved.info.state != State::Stateless {
            tracing::warn!(
                plugin = self.plugin(),
                operation = self.resolved.info.name,
                "the instance's state is lost"
            );
        }
        error
    }
}

/// Makes a new instance in place of one that is gone.
#[cold]
fn revive(pool: &Pool) -> Result<AnyInstance, Error> {
    pool.create()
}

impl Drop for Operation {
    fn drop(&mut self) {
        if self.resolved.info.state == State::Stateless
            && !self.restored
            && let Some(instance) = self.instance.take()
        {
            self.pool.give_back(instance);
        }
    }
}
