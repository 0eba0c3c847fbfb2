//! A file, opened as a typed array.

use crate::header::{self, Header};
use crate::{Array, Buffer, Error, Refusal};
use bytemuck::{AnyBitPattern, PodCastError};
use memmap2::Mmap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use tollgate_abi::{Attribute, Block, Element, Scalar};

/// How a view's elements can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// In place, as a typed slice.
    Aligned,
    /// In place, element by element only: the data does not lie at the alignment that its type needs.
    Unaligned,
}

impl Access {
    /// `aligned` or `unaligned`.
    pub fn name(self) -> &'static str {
        match self {
            Access::Aligned => "aligned",
            Access::Unaligned => "unaligned",
        }
    }
}

/// A typed array in a file, in place: the file's bytes, the header's checked meaning, and nothing copied from it.
#[derive(Debug)]
pub struct View {
    path: PathBuf,
    bytes: Bytes,
    header: Header,
}

#[derive(Debug)]
enum Bytes {
    Mapped(Mmap),
    Read { buffer: Buffer, length: usize },
}

impl Bytes {
    fn as_slice(&self) -> &[u8] {
        match self {
            Bytes::Mapped(map) => map,
            Bytes::Read { buffer, length } => &buffer.as_bytes()[..*length],
        }
    }
}

/// Opens the file at `path` by mapping it: nothing is read until it is touched, and nothing is copied.
///
/// # Safety
/// Nobody, in this process or another, changes or truncates the file while the view lives. A change is undefined
/// behaviour; a truncation is SIGBUS (on Windows the system refuses it).
///
/// # Errors
/// [`Error`], with the rule that the file broke.
pub unsafe fn map(path: impl AsRef<Path>) -> Result<View, Error> {
    let path = path.as_ref();
    let (file, length) = open(path)?;
    if length == 0 {
        // An empty file cannot be mapped on every platform; its refusal is the same as for any file of no known format.
        return View::new(
            path,
            Bytes::Read {
                buffer: Buffer::new(),
                length: 0,
            },
        );
    }
    // SAFETY: the caller promises that nobody changes the file while the view, and so the map, lives.
    let map = unsafe { Mmap::map(&file) }.map_err(|source| io(path, "map it", source))?;
    View::new(path, Bytes::Mapped(map))
}

/// Opens the file at `path` by reading it into an aligned buffer: the safe way for files that may change meanwhile.
///
/// # Errors
/// [`Error`], with the rule that the file broke.
pub fn read(path: impl AsRef<Path>) -> Result<View, Error> {
    let path = path.as_ref();
    let (mut file, length) = open(path)?;
    let mut buffer = Buffer::new();
    buffer.reserve(length).map_err(|error| Error::new(path, error))?;
    // The file may have become shorter or longer since it was measured: take what is there, up to the measured length.
    let mut filled = 0;
    while filled < length as usize {
        match file.read(&mut buffer.as_bytes_mut()[filled..length as usize]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(source) => return Err(io(path, "read it", source)),
        }
    }
    View::new(path, Bytes::Read { buffer, length: filled })
}

fn open(path: &Path) -> Result<(File, u64), Error> {
    let file = tollgate_platform::file::open_regular(path).map_err(|source| io(path, "open it", source))?;
    let metadata = file.metadata().map_err(|source| io(path, "measure it", source))?;
    Ok((file, metadata.len()))
}

fn io(path: &Path, action: &'static str, source: std::io::Error) -> Error {
    Error::new(path, Refusal::Io { action, source })
}

impl View {
    fn new(path: &Path, bytes: Bytes) -> Result<Self, Error> {
        let header = header::parse(bytes.as_slice()).map_err(|refusal| Error::new(path, refusal))?;
        Ok(Self {
            path: path.to_owned(),
            bytes,
            header,
        })
    }

    /// The format's name.
    pub fn format(&self) -> &'static str {
        self.header.format
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The element type.
    pub fn element(&self) -> Element {
        self.header.element
    }

    /// The number of elements along each axis, the slowest first.
    pub fn shape(&self) -> &[u64] {
        &self.header.shape
    }

    /// Where the data starts in the file, in bytes.
    pub fn offset(&self) -> usize {
        self.header.offset
    }

    /// What the file says about the data beside its type and shape.
    pub fn attributes(&self) -> &[Attribute<'_>] {
        self.header.attributes.as_slice()
    }

    /// Whether the file is mapped (and not read into memory).
    pub fn is_mapped(&self) -> bool {
        matches!(self.bytes, Bytes::Mapped(_))
    }

    /// The data's bytes as they lie in the file.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes.as_slice()[self.header.offset..][..self.header.bytes]
    }

    /// The greatest power of two, up to 4096, that the data's address is a multiple of.
    pub fn alignment(&self) -> usize {
        1 << self.as_bytes().as_ptr().addr().trailing_zeros().min(12)
    }

    /// How the elements can be had.
    pub fn access(&self) -> Access {
        if self.as_bytes().is_empty() || self.alignment() >= self.header.element.alignment() {
            Access::Aligned
        } else {
            Access::Unaligned
        }
    }

    /// The elements in place, in C order.
    ///
    /// # Errors
    /// [`Refusal::Element`], where the file holds another type; [`Refusal::Alignment`], where the data lies at an address
    /// that `T` may not lie at.
    pub fn as_slice<T: Scalar + AnyBitPattern>(&self) -> Result<&[T], Error> {
        if T::ELEMENT != self.header.element {
            return Err(Error::new(
                &self.path,
                Refusal::Element {
                    needed: T::ELEMENT,
                    found: self.header.element,
                },
            ));
        }
        if self.as_bytes().is_empty() {
            return Ok(&[]);
        }
        bytemuck::try_cast_slice(self.as_bytes()).map_err(|error| {
            // The size cannot be at fault: the header's bytes are whole elements.
            debug_assert_eq!(error, PodCastError::TargetAlignmentGreaterAndInputNotAligned);
            self.misaligned()
        })
    }

    /// The data as a block, in place.
    ///
    /// # Errors
    /// [`Refusal::Alignment`], where it lies at an address that its element type may not lie at:
    /// [`to_array`](View::to_array) copies it.
    pub fn block(&self) -> Result<Block<'_>, Error> {
        match self.access() {
            Access::Unaligned => Err(self.misaligned()),
            Access::Aligned => Ok(Block::new(
                self.header.element,
                self.as_bytes(),
                &self.header.shape,
                self.header.attributes.as_slice(),
            )
            .expect("shape and bytes were compared when the header was parsed, and the alignment just now")),
        }
    }

    /// A copy of the data in an aligned buffer.
    ///
    /// # Errors
    /// [`Refusal::Memory`], where there is no memory for it.
    pub fn to_array(&self) -> Result<Array, Error> {
        Array::copy_of(
            self.header.element,
            &self.header.shape,
            self.as_bytes(),
            self.header.attributes.as_slice(),
        )
        .map_err(|error| Error::new(&self.path, error))
    }

    fn misaligned(&self) -> Error {
        let (address, needed) = (self.as_bytes().as_ptr().addr(), self.header.element.alignment());
        Error::new(
            &self.path,
            Refusal::Alignment {
                element: self.header.element,
                offset: self.header.offset as u64,
                address,
                needed,
                off_by: address % needed,
            },
        )
    }
}
