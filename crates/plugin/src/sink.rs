//! Where an operation puts its output.

use crate::{Error, Result};
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::slice;
use tollgate_abi::{Attribute, Block, Element, Fault, Level, Scalar, Status, Text};

/// The host's sink, for one call: room for output, and the log.
///
/// An operation that gives a block calls [`reserve`](Sink::reserve), writes, and commits once. One that gives a table
/// calls [`column`](Sink::column) or [`texts`](Sink::texts) for each column, in the order that it declared.
pub struct Sink<'a> {
    raw: NonNull<tollgate_abi::Sink<'a>>,
    element: Element,
    count: usize,
    life: PhantomData<&'a mut tollgate_abi::Sink<'a>>,
}

impl<'a> Sink<'a> {
    /// # Safety
    /// `raw` points to a sink that keeps the contract, and that nothing else uses during 'a.
    pub(crate) unsafe fn from_raw(raw: NonNull<tollgate_abi::Sink<'a>>) -> Self {
        Self {
            raw,
            element: Element::U8,
            count: 0,
            life: PhantomData,
        }
    }

    /// Hands out room for `count` elements in the host's memory, to be written in place. Its content is no particular
    /// one: an earlier call's, or zeros. Reserving again before a commit gives up what was written.
    ///
    /// # Errors
    /// The host has no more room.
    #[inline]
    pub fn reserve<T: Scalar>(&mut self, count: usize) -> Result<&mut [T]> {
        let data = self.room(count as u64, size_of::<T>())?.cast::<T>();
        (self.element, self.count) = (T::ELEMENT, count);
        // SAFETY: the host promises that `data` is at a 64-byte alignment, has at least `capacity` initialised bytes, of
        // which `room` made sure there are enough, and is nobody else's until the sink's next function is called, which
        // takes `&mut self`. A Scalar is valid for every bit pattern.
        Ok(unsafe { slice::from_raw_parts_mut(data, count) })
    }

    /// Commits what was reserved, as an array of one axis.
    ///
    /// # Errors
    /// The host refused the block; its reason is in the error.
    #[inline]
    pub fn commit(&mut self) -> Result<()> {
        self.commit_shape(&[self.count as u64], &[])
    }

    /// Commits what was reserved, with the shape and the attributes of `input`.
    ///
    /// # Errors
    /// `input` has another number of elements than was reserved, or the host refused the block.
    #[inline]
    pub fn commit_like(&mut self, input: &Block<'_>) -> Result<()> {
        self.commit_shape(input.shape(), input.attributes())
    }

    /// Commits what was reserved, with this shape (the last axis varies fastest) and these attributes.
    ///
    /// # Errors
    /// `shape` has another number of elements than was reserved, or the host refused the block.
    #[inline]
    pub fn commit_shape(&mut self, shape: &[u64], attributes: &[Attribute<'_>]) -> Result<()> {
        self.commit_element(self.element, self.count * self.element.bytes(), shape, attributes)
    }

    /// Commits one column of a table.
    ///
    /// # Errors
    /// The host has no more room, or refused the column.
    pub fn column<T: Scalar>(&mut self, values: &[T]) -> Result<()> {
        self.reserve::<T>(values.len())?.copy_from_slice(values);
        self.commit()
    }

    /// Commits one column of texts of a table. A NUL inside a text would end it, and is refused.
    ///
    /// # Errors
    /// A text holds a NUL, the host has no more room, or it refused the column.
    pub fn texts<S: AsRef<str>>(&mut self, texts: impl IntoIterator<Item = S>) -> Result<()> {
        let mut joined = String::new();
        for text in texts {
            let text = text.as_ref();
            if text.contains('\0') {
                return Err(Error::new(format!(
                    "the text {text:?} holds a NUL, which ends a text in a table"
                )));
            }
            joined.push_str(text);
            joined.push('\0');
        }
        self.reserve::<u8>(joined.len())?.copy_from_slice(joined.as_bytes());
        self.commit_element(Element::TEXT, joined.len(), &[joined.len() as u64], &[])
    }

    /// Writes a log line, which the host puts among its own with the plugin's name.
    pub fn log(&mut self, level: Level, message: &str) {
        // SAFETY: `raw` is a live sink, by the contract of `from_raw`.
        let log = unsafe { self.raw.as_ref() }.log;
        let message = Text::new(message);
        // SAFETY: the sink is live and this call's own, by the contract of `from_raw`; the text is live for the call.
        unsafe { log(self.raw.as_ptr(), level, &message) }
    }

    #[inline]
    fn room(&mut self, count: u64, size: usize) -> Result<*mut u8> {
        let Some(bytes) = count.checked_mul(size as u64) else {
            return Err(Error::with_status(
                Status::ROOM,
                format!("{count} elements of {size} bytes do not fit in memory"),
            ));
        };
        // SAFETY: `raw` is a live sink, by the contract of `from_raw`.
        let sink = unsafe { self.raw.as_ref() };
        if bytes > sink.capacity {
            let reserve = sink.reserve;
            // SAFETY: the sink is live and this call's own, by the contract of `from_raw`.
            let status = unsafe { reserve(self.raw.as_ptr(), bytes) };
            if status != Status::OK {
                return Err(Error::with_status(
                    status,
                    format!("the host has no room for {bytes} bytes of output"),
                ));
            }
        }
        // SAFETY: as above; `reserve` may have written to the sink, so it is read anew.
        Ok(unsafe { self.raw.as_ref() }.data)
    }

    fn commit_element(
        &mut self,
        element: Element,
        bytes: usize,
        shape: &[u64],
        attributes: &[Attribute<'_>],
    ) -> Result<()> {
        // SAFETY: `raw` is a live sink, by the contract of `from_raw`.
        let sink = unsafe { self.raw.as_ref() };
        let (data, commit) = (sink.data, sink.commit);
        // SAFETY: `bytes` is what was reserved at `data`, all of it initialised, and no `&mut` to it lives any more.
        let written = unsafe { slice::from_raw_parts(data, bytes) };
        let block = Block::new(element, written, shape, attributes)?;
        // SAFETY: the sink is live and this call's own, by the contract of `from_raw`; the block is live for the call.
        let status = unsafe { commit(self.raw.as_ptr(), &block) };
        self.count = 0;
        match status {
            Status::OK => Ok(()),
            status => Err(Error::with_status(status, status.text())),
        }
    }
}

/// Tells the host why a call is going to fail.
///
/// # Safety
/// `sink` points to a live sink that keeps the contract and is this call's own.
pub(crate) unsafe fn fail(sink: *mut tollgate_abi::Sink<'_>, status: Status, message: &str, file: &str, line: u32) {
    let fault = Fault {
        size: size_of::<Fault<'_>>() as u32,
        status,
        line,
        reserved: 0,
        message: Text::new(message),
        file: Text::new(file),
    };
    // SAFETY: the caller promises a live sink.
    let fail = unsafe { (*sink).fail };
    // SAFETY: the sink is live by the caller's promise, and the fault for this call.
    unsafe { fail(sink, &fault) }
}
