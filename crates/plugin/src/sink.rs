//! The sink: where an operation writes its output.

use crate::{Error, Result};
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::slice;
use tollgate_abi::{Attribute, Block, BlockError, Element, Fault, Level, Scalar, Status, Text};

/// The host's sink for one call: memory for the output, and the log.
///
/// An operation that gives a block calls [`reserve`](Sink::reserve), writes, and commits once. An operation that gives
/// a table calls [`column`](Sink::column) or [`texts`](Sink::texts) for each column, in the declared order.
pub struct Sink<'a> {
    raw: NonNull<tollgate_abi::Sink<'a>>,
    /// The element type and the number of elements that are reserved and not committed yet. A failed reservation clears
    /// it, because the host may have freed the previous memory.
    reserved: Option<(Element, usize)>,
    life: PhantomData<&'a mut tollgate_abi::Sink<'a>>,
}

impl<'a> Sink<'a> {
    /// # Safety
    /// `raw` points to a sink that satisfies the contract, and that nothing else uses during 'a.
    pub(crate) unsafe fn from_raw(raw: NonNull<tollgate_abi::Sink<'a>>) -> Self {
        Self {
            raw,
            reserved: None,
            life: PhantomData,
        }
    }

    /// Reserves memory for `count` elements in the host, to be written in place. Its content is unspecified: data of an
    /// earlier call, or zeros. Another reservation before a commit discards what was written, even if it fails.
    ///
    /// # Errors
    /// The host is out of memory for the output.
    #[inline]
    #[track_caller]
    pub fn reserve<T: Scalar>(&mut self, count: usize) -> Result<&mut [T]> {
        let data = self.room(count, size_of::<T>())?.cast::<T>();
        self.reserved = Some((T::ELEMENT, count));
        if count == 0 {
            // The address of an empty reservation may have any value, even null.
            return Ok(&mut []);
        }
        // SAFETY: `room` checked that `capacity` covers `count` elements. The host promises that many initialised bytes
        // at `data`, with 64-byte alignment, which no Scalar exceeds, and that nobody else uses them until a function
        // of the sink is called. Each method here that calls such a function takes `&mut self` and so ends this borrow.
        // A Scalar is valid for every bit pattern.
        Ok(unsafe { slice::from_raw_parts_mut(data, count) })
    }

    /// Commits the reserved elements as an array of one axis.
    ///
    /// # Errors
    /// Nothing is reserved, or the host refused the block. The host's error contains the reason.
    #[inline]
    #[track_caller]
    pub fn commit(&mut self) -> Result<()> {
        let count = self.reserved.map_or(0, |(_, count)| count);
        self.commit_shape(&[count as u64], &[])
    }

    /// Commits the reserved elements with the shape and the attributes of `input`.
    ///
    /// # Errors
    /// As [`commit_shape`](Sink::commit_shape).
    #[inline]
    #[track_caller]
    pub fn commit_like(&mut self, input: &Block<'_>) -> Result<()> {
        self.commit_shape(input.shape(), input.attributes())
    }

    /// Commits the reserved elements with this shape (the last axis varies fastest) and these attributes.
    ///
    /// # Errors
    /// Nothing is reserved, `shape` has another number of elements, or the host refused the block. The host's error
    /// contains the reason.
    #[track_caller]
    pub fn commit_shape(&mut self, shape: &[u64], attributes: &[Attribute<'_>]) -> Result<()> {
        let Some((element, count)) = self.reserved else {
            return Err(nothing_reserved());
        };
        // SAFETY: `raw` is a live sink, by the contract of `from_raw`, and no reference to it is kept over a call.
        let sink = unsafe { self.raw.as_ref() };
        let (data, capacity, commit) = (sink.data, sink.capacity, sink.commit);
        // `room` checked that the product does not overflow.
        let bytes = count * element.bytes();
        if bytes as u64 > capacity {
            return Err(room_shrank(bytes, capacity));
        }
        let written = if bytes == 0 {
            &[]
        } else {
            // SAFETY: the host promises `capacity` initialised bytes at `data`, and `bytes` is no more (checked above).
            // No `&mut` to them lives any more, because `reserve` bound it to the borrow of `self` that has ended.
            unsafe { slice::from_raw_parts(data, bytes) }
        };
        // SAFETY: `reserve` gave the room as a Scalar's, of which every bit pattern is a value; only `texts` reserves
        // text, and has filled the room with texts in UTF-8 that each end with a NUL.
        let block = unsafe { Block::with_known_values(element, written, shape, None, attributes) };
        let block = match block {
            Ok(block) => block,
            Err(error) => return Err(does_not_fit(error, shape, count)),
        };
        // SAFETY: the sink is live and this call's own, by the contract of `from_raw`; the block is live for the call.
        let status = unsafe { commit(self.raw.as_ptr(), &block) };
        self.reserved = None;
        match status {
            Status::OK => Ok(()),
            status => Err(Error::of_host(status, status.text())),
        }
    }

    /// Commits one column of a table.
    ///
    /// # Errors
    /// The host is out of memory for the output, or refused the column.
    #[track_caller]
    pub fn column<T: Scalar>(&mut self, values: &[T]) -> Result<()> {
        self.reserve::<T>(values.len())?.copy_from_slice(values);
        self.commit()
    }

    /// Commits one text column of a table. The texts are written in place, so the iterator runs twice. A text that
    /// contains a NUL is refused, because a NUL terminates a text.
    ///
    /// # Errors
    /// A text contains a NUL, the host is out of memory for the output, or it refused the column.
    #[track_caller]
    pub fn texts<I>(&mut self, texts: I) -> Result<()>
    where
        I: IntoIterator<Item: AsRef<str>, IntoIter: Clone>,
    {
        let texts = texts.into_iter();
        let mut length = 0_usize;
        for text in texts.clone() {
            let text = text.as_ref();
            if text.contains('\0') {
                return Err(Error::new(format!(
                    "the text {text:?} contains a NUL, which terminates a text in a table: remove it first"
                )));
            }
            length = length.saturating_add(text.len()).saturating_add(1);
        }
        let mut rest = self.reserve::<u8>(length)?;
        for text in texts {
            let text = text.as_ref().as_bytes();
            let Some((to, after)) = rest.split_at_mut_checked(text.len() + 1) else {
                return Err(texts_changed());
            };
            to[..text.len()].copy_from_slice(text);
            to[text.len()] = 0;
            rest = after;
        }
        if !rest.is_empty() {
            return Err(texts_changed());
        }
        self.reserved = Some((Element::TEXT, length));
        self.commit()
    }

    /// Writes a log line. The host adds it to its own log, with the plugin's name.
    pub fn log(&mut self, level: Level, message: &str) {
        // SAFETY: `raw` is a live sink, by the contract of `from_raw`, and no reference to it is kept over a call.
        let log = unsafe { self.raw.as_ref() }.log;
        let message = Text::new(message);
        // SAFETY: the sink is live and this call's own, by the contract of `from_raw`; the text is live for the call.
        unsafe { log(self.raw.as_ptr(), level, &message) }
    }

    /// The address of memory for at least `count` times `size` bytes, which the sink's `capacity` covers.
    #[inline]
    #[track_caller]
    fn room(&mut self, count: usize, size: usize) -> Result<*mut u8> {
        // Clear it before the call: the host may free the previous memory and then fail to allocate.
        self.reserved = None;
        let Some(bytes) = (count as u64).checked_mul(size as u64) else {
            return Err(too_many(count, size));
        };
        // SAFETY: `raw` is a live sink, by the contract of `from_raw`, and no reference to it is kept over a call.
        let sink = unsafe { self.raw.as_ref() };
        if bytes <= sink.capacity {
            return Ok(sink.data);
        }
        self.more_room(bytes)
    }

    /// Asks the host for more memory.
    #[track_caller]
    fn more_room(&mut self, bytes: u64) -> Result<*mut u8> {
        // SAFETY: `raw` is a live sink, by the contract of `from_raw`, and no reference to it is kept over a call.
        let reserve = unsafe { self.raw.as_ref() }.reserve;
        // SAFETY: the sink is live and this call's own, by the contract of `from_raw`.
        let status = unsafe { reserve(self.raw.as_ptr(), bytes) };
        if status != Status::OK {
            return Err(Error::of_host(
                status,
                format!("the host could not reserve {bytes} bytes of output"),
            ));
        }
        // SAFETY: as above. The host has written to the sink in the meantime, so it is read again.
        let sink = unsafe { self.raw.as_ref() };
        if bytes > sink.capacity {
            return Err(Error::with_status(
                Status::ROOM,
                format!(
                    "the host broke the contract: {bytes} bytes were reserved, and the sink has only {}",
                    sink.capacity
                ),
            ));
        }
        Ok(sink.data)
    }
}

#[cold]
#[track_caller]
fn too_many(count: usize, size: usize) -> Error {
    Error::with_status(
        Status::ROOM,
        format!("{count} elements of {size} bytes do not fit in memory: reserve fewer"),
    )
}

#[cold]
#[track_caller]
fn nothing_reserved() -> Error {
    Error::new("nothing to commit: no memory is reserved; call `reserve`, check its result, write, then commit once")
}

#[cold]
#[track_caller]
fn room_shrank(bytes: usize, capacity: u64) -> Error {
    Error::with_status(
        Status::ROOM,
        format!("the host broke the contract: {bytes} bytes were reserved, and its sink now has only {capacity}"),
    )
}

#[cold]
#[track_caller]
fn texts_changed() -> Error {
    Error::new(
        "the texts of a column changed: they are read twice, and the second pass gave other texts: pass an iterator \
            that repeats",
    )
}

/// Why the reserved elements do not form a block of this shape.
#[cold]
#[track_caller]
fn does_not_fit(error: BlockError, shape: &[u64], count: usize) -> Error {
    match error {
        BlockError::Size { .. } => {
            // An axis of length 0 makes the block empty, whatever the lengths of the other axes.
            let elements: u64 = if shape.contains(&0) { 0 } else { shape.iter().product() };
            Error::new(format!(
                "the shape {shape:?} has {elements} elements, and {count} were reserved: reserve and commit the same \
                    number"
            ))
        }
        error => Error::new(format!("the shape {shape:?} cannot be committed: {error}")),
    }
}

/// Tells the host why a call will fail. An empty message keeps the reason that the host has, and adds the source
/// position.
///
/// # Safety
/// `sink` points to a live sink that satisfies the contract and belongs to this call.
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
