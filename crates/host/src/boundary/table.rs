//! The C functions of a plugin: they create, call, save, restore and destroy an instance.
//!
//! All boundaries with C functions use this module, and so does the validator, whose sinks are hostile.

use super::sink::Lent;
use super::{extension, owned};
use crate::crossing::handed::HandedBack;
use crate::manifest::Manifest;
use crate::offered;
use crate::refusal::Refusal;
use std::ffi::{CStr, c_void};
use std::ptr::{self, NonNull};
use tollgate_abi::{Attribute, Block, Entry, HostInfo, OwnedFunctions, Sink, StateFunctions, Status};
use tollgate_block::Owned;

/// As [`Entry::create`].
pub type Create =
    unsafe extern "C" fn(*const HostInfo, *const Attribute<'_>, u64, *mut Sink<'_>, *mut *mut c_void) -> Status;
/// As [`Entry::call`].
pub type Call = unsafe extern "C" fn(*mut c_void, u32, *const Block<'_>, *mut Sink<'_>) -> Status;
/// As [`Entry::destroy`].
pub type Destroy = unsafe extern "C" fn(*mut c_void);

/// The functions of one tier of a plugin. They keep the contract and live as long as the process: whoever made the
/// value promised it.
#[derive(Debug, Clone, Copy)]
pub struct Functions {
    pub(super) create: Create,
    pub(super) call: Call,
    pub(super) destroy: Destroy,
    pub(super) state: Option<&'static StateFunctions>,
    pub(super) owned: Option<&'static OwnedFunctions>,
}

impl Functions {
    /// Takes the functions of an entry, and of the extensions that the manifest lists.
    ///
    /// # Safety
    /// The entry is of the contract's version, is at least as long as this side's [`Entry`], lives as long as the
    /// process, and its functions keep the contract.
    pub(super) unsafe fn of_entry(entry: &'static Entry, manifest: &Manifest) -> Result<Self, Refusal> {
        // SAFETY: the id is a C string, and any thread may call the function, by the contract.
        let ask = |id: &CStr| unsafe { (entry.extension)(id.as_ptr()) };
        Ok(Self {
            create: entry.create,
            call: entry.call,
            destroy: entry.destroy,
            state: extension::take(manifest, |id| Ok(ask(id)))?,
            owned: owned::take(manifest, ask)?,
        })
    }

    /// The function that creates an instance, for a bare call.
    pub fn bare_create(&self) -> Create {
        self.create
    }

    /// The function that calls an operation, for a bare call.
    pub fn bare_call(&self) -> Call {
        self.call
    }

    /// The function that destroys an instance, for a bare call.
    pub fn bare_destroy(&self) -> Destroy {
        self.destroy
    }

    /// Whether instances save and restore their state.
    pub fn saves(&self) -> bool {
        self.state.is_some()
    }

    /// Whether instances take and give ownership of blocks.
    pub fn takes_ownership(&self) -> bool {
        self.owned.is_some()
    }

    /// Creates an instance; `None` if the function returns OK without an instance, which breaks the contract.
    ///
    /// # Errors
    /// The status that the function returned.
    ///
    /// # Safety
    /// `config` has one attribute for each key of the plugin's schema, in its order, with a value that the schema
    /// allows: a plugin in C reads them unchecked.
    pub unsafe fn create(&self, config: &[Attribute<'_>], sink: &mut Lent<'_>) -> Result<Option<Raw>, Status> {
        let mut instance = ptr::null_mut();
        // SAFETY: all pointers are live for the call, a `Lent` is a live sink of one call, and the caller promises a
        // configuration of the schema; that the function keeps the contract was promised when this value was made.
        let status = unsafe {
            (self.create)(
                offered::host(),
                config.as_ptr(),
                config.len() as u64,
                sink.as_ptr(),
                &mut instance,
            )
        };
        match status {
            Status::OK => Ok(NonNull::new(instance).map(|instance| Raw {
                call: self.call,
                instance,
                functions: *self,
            })),
            status => Err(status),
        }
    }
}

/// The pointer to an instance, with its plugin's functions. It is destroyed when dropped.
#[derive(Debug)]
pub struct Raw {
    // Next to the instance, so that a call reads one cache line.
    call: Call,
    instance: NonNull<c_void>,
    functions: Functions,
}

// SAFETY: the contract lets an instance move between threads, as long as one at a time uses it; all that calls it takes
// `&mut self`.
unsafe impl Send for Raw {}

impl Raw {
    /// Calls an operation by its index.
    ///
    /// # Safety
    /// The manifest has an operation of this index, and it takes the block's element type, unless the plugin is called
    /// in a process of its own to see what it does.
    #[inline]
    pub unsafe fn call(&mut self, operation: u32, input: &Block<'_>, sink: &mut Lent<'_>) -> Status {
        // SAFETY: `create` gave the instance and nobody ended it; `&mut self` keeps other threads out; the block keeps
        // the contract, as its type says, and fits the operation, as the caller promises; a `Lent` is a live sink of
        // one call.
        unsafe { (self.call)(self.instance.as_ptr(), operation, input, sink.as_ptr()) }
    }

    /// Saves the instance's state as a block in the sink. Returns [`Status::OPERATION`] without the extension.
    pub fn save(&mut self, sink: &mut Lent<'_>) -> Status {
        match self.functions.state {
            // SAFETY: as in `call`; the extension is this plugin's.
            Some(state) => unsafe { (state.save)(self.instance.as_ptr(), sink.as_ptr()) },
            None => Status::OPERATION,
        }
    }

    /// Restores a saved state. Returns [`Status::OPERATION`] without the extension.
    pub fn restore(&mut self, state: &Block<'_>, sink: &mut Lent<'_>) -> Status {
        match self.functions.state {
            // SAFETY: as in `call`; the extension is this plugin's.
            Some(functions) => unsafe { (functions.restore)(self.instance.as_ptr(), state, sink.as_ptr()) },
            None => Status::OPERATION,
        }
    }

    /// Calls an operation and passes ownership of the block to the plugin. Returns [`Status::OPERATION`] without the
    /// extension. The inner error says how the result breaks the contract.
    ///
    /// # Errors
    /// The status that the function returned.
    ///
    /// # Safety
    /// As for [`call`](Raw::call).
    pub unsafe fn hand_over(
        &mut self,
        operation: u32,
        input: Owned<'static>,
        sink: &mut Lent<'_>,
    ) -> Result<Result<HandedBack, String>, Status> {
        match self.functions.owned {
            // SAFETY: `create` gave the instance and nobody ended it; `&mut self` keeps other threads out; the
            // functions are this plugin's.
            Some(functions) => unsafe { owned::hand_over((self.instance, functions), operation, input, sink) },
            None => Err(Status::OPERATION),
        }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // SAFETY: `create` gave the instance, nobody uses it any more, and it is given back this once.
        unsafe { (self.functions.destroy)(self.instance.as_ptr()) }
    }
}
