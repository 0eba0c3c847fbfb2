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
use tollgate_block::{AsBlock, Owned};

/// A resolved operation. It owns an instance, so a call does no lookup, takes no lock and allocates nothing itself.
///
/// One thread at a time can call a handle, because calls take `&mut self`; concurrent threads need one handle each.
/// When a handle is dropped, the instance of a stateless operation returns to the plugin's pool, unless a state was
/// restored into it; any other instance is destroyed.
pub struct Operation {
    /// `None` after a panic or a loss, until the next call creates a new one.
    instance: Option<AnyInstance>,
    resolved: Arc<Resolved>,
    /// The last element type that was looked up and is taken.
    taken: Element,
    /// Whether a state was restored into the instance.
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

    /// Its entry in the manifest.
    pub fn info(&self) -> &OperationInfo {
        &self.resolved.info
    }

    /// Calls the operation, with a new output. The input is a block, or what can be seen as one without a copy: a
    /// slice or a `Vec` of numbers, or a `tollgate_block::Input`.
    ///
    /// # Errors
    /// As [`call_into`](Operation::call_into).
    pub fn call(&mut self, input: &(impl AsBlock + ?Sized)) -> Result<Output, Error> {
        let mut output = Output::new();
        self.call_into(input, &mut output)?;
        Ok(output)
    }

    /// Calls the operation and writes its result to `output`, whose memory is reused.
    ///
    /// # Errors
    /// - [`Error::ElementNotTaken`]: the host never converts silently.
    /// - [`Error::Failed`]: the operation failed or panicked; the error says where. After a panic the instance is
    ///   discarded with its state, and the next call creates a new one.
    /// - [`Error::ContractBroken`]: the output does not match the manifest.
    /// - [`Error::CallbackPanicked`]: the program's own code, such as the subscriber of its log, panicked during the
    ///   call.
    /// - [`Error::Lost`]: the other side of the boundary is lost. The next call creates a new instance.
    ///
    /// The call after a panic also has the errors of creating an instance.
    ///
    /// After an error, `output` is empty.
    // Always inlined: as a separate function a call would cost a third more, and whether it is inlined would depend on
    // how often the program uses it. Rare paths are separate functions.
    #[inline(always)]
    pub fn call_into(&mut self, input: &(impl AsBlock + ?Sized), output: &mut Output) -> Result<(), Error> {
        input.with_block(|block| self.call_block(block, output))
    }

    #[inline(always)]
    fn call_block(&mut self, input: &Block<'_>, output: &mut Output) -> Result<(), Error> {
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

    /// Passes ownership of a block to the operation and takes ownership of its result, without a copy in either
    /// direction. A plugin may keep the block or hand it back. The result is checked again.
    ///
    /// # Errors
    /// [`Error::OwnershipNotTaken`] if the plugin does not offer it behind this boundary, or if the operation gives no
    /// block; [`Error::ElementNotTaken`], [`Error::Failed`] and [`Error::ContractBroken`] as for
    /// [`call_into`](Operation::call_into). The block is consumed in every case.
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
            (Given::Same, found) if found != element => format!("it gave {found} for an input of {element}"),
            (Given::Known(needed), found) if found != needed => format!("it gave {found}; expected {needed}"),
            _ => return Ok(given),
        };
        Err(self.failed(&resolved.info.name, Fault::Contract(problem)))
    }

    /// Saves the state of the instance, without its configuration, as a block in a format of the plugin.
    ///
    /// # Errors
    /// [`Error::StateNotSaved`] if the plugin does not offer it; [`Error::Failed`] if it failed or panicked;
    /// [`Error::ContractBroken`] if it did not commit exactly one block.
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

    /// Restores a state that [`save`](Operation::save) returned for an instance of the same plugin, or of an older
    /// version of it, with the same configuration.
    ///
    /// # Errors
    /// [`Error::StateNotSaved`]; [`Error::Failed`] if the plugin refuses the block, which leaves the instance
    /// unchanged, or if it panicked.
    pub fn restore(&mut self, state: &Block<'_>) -> Result<(), Error> {
        if !self.pool.offers.state {
            return Err(self.state_not_saved());
        }
        let mut output = Output::new();
        let instance = self.instance()?;
        // In any case this instance does not return to the pool: its state belongs to this handle.
        let restored = instance.restore(state, &mut output);
        self.restored = true;
        restored.map_err(|fault| self.failed("restore", *fault))
    }

    /// The instance, or a new one if it was discarded.
    fn instance(&mut self) -> Result<&mut AnyInstance, Error> {
        match &mut self.instance {
            Some(instance) => Ok(instance),
            none => Ok(none.insert(revive(&self.pool)?)),
        }
    }

    /// Whether the operation takes this element type. It is remembered, because the next call probably has the same.
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

    /// The error of a call that failed, or whose output does not match the manifest.
    #[cold]
    fn explain(&mut self, fault: Option<Box<Fault>>, input: Element, output: &mut Output) -> Error {
        let fault = match fault {
            Some(fault) => *fault,
            None => match output.check(&self.resolved, input) {
                Err(problem) => Fault::Contract(problem),
                Ok(()) => Fault::Contract("its output does not match its manifest".to_owned()),
            },
        };
        output.clear();
        let operation = Arc::clone(&self.resolved);
        self.failed(&operation.info.name, fault)
    }

    /// Makes the error of a fault. An instance that panicked or was lost is discarded, because a panic may have left it
    /// inconsistent.
    #[cold]
    fn failed(&mut self, function: &str, fault: Fault) -> Error {
        let gone = matches!(fault, Fault::Plugin(Status::PANICKED, _) | Fault::Lost(_));
        if gone {
            // Done first, because the program's own subscriber may panic.
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

/// Creates an instance in place of a discarded one.
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
