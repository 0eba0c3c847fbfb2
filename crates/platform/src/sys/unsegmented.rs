//! Platforms without shared memory.

use super::descriptor::Descriptor;
use crate::Status;
use std::convert::Infallible;
use std::io;
use std::ptr::NonNull;

const NO_SEGMENTS: &str = "only the back ends of Unix have shared memory";

pub(crate) const SEGMENT_STATUS: Status = Status::Unsupported(NO_SEGMENTS);

#[derive(Debug)]
pub(crate) struct Shared(Infallible);

impl Shared {
    pub(crate) fn new(_bytes: usize) -> io::Result<Self> {
        Err(io::Error::new(io::ErrorKind::Unsupported, NO_SEGMENTS))
    }

    pub(crate) fn start(&self) -> NonNull<u8> {
        match self.0 {}
    }

    pub(crate) fn len(&self) -> usize {
        match self.0 {}
    }

    pub(crate) fn descriptor(&self) -> Descriptor<'_> {
        match self.0 {}
    }
}

#[derive(Debug)]
pub(crate) struct Mapped(Infallible);

impl Mapped {
    pub(crate) fn new(_descriptor: Descriptor<'_>, _offset: u64, _length: u64) -> io::Result<Self> {
        Err(io::Error::new(io::ErrorKind::Unsupported, NO_SEGMENTS))
    }

    pub(crate) fn start(&self) -> NonNull<u8> {
        match self.0 {}
    }

    pub(crate) fn len(&self) -> usize {
        match self.0 {}
    }
}
