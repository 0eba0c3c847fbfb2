//! The protocol on the two pipes between parent and child.
//!
//! From the child: the greeting, which is a line, and then frames. A frame is a kind, the id of the writing process, a
//! length, that many bytes, and an end that is made of this child's mark and the process id. Numbers are little-endian.
//! The end distinguishes a valid frame from one with foreign data inside, for example written by a copy of the child in
//! the middle of a long value.
//!
//! To the child: the limits, a length and the task's request. In a session requests follow (a kind, a number, a length,
//! that many bytes), and then the session's end, which is only a kind.

use super::limits::Limits;
use std::io::{self, BufRead, Read};

/// The version of the protocol.
pub(super) const VERSION: u32 = 2;

const MAGIC: &[u8] = b"tollgate child ";

/// The number of bytes that a program may write before it greets.
const PRELUDE: u64 = 64 << 10;

pub(super) const REQUEST: u8 = b'q';
pub(super) const END: u8 = b'e';

/// The greeting line. It begins with a line feed, which ends a line that the program may have begun before.
pub(super) fn greeting() -> Vec<u8> {
    [b"\n", MAGIC, VERSION.to_string().as_bytes(), b"\n"].concat()
}

/// What was read when a greeting was expected.
pub(super) enum Greeting {
    Right,
    OtherVersion(String),
    /// All output, up to [`PRELUDE`] bytes.
    None(Vec<u8>),
}

/// Reads until after the greeting.
pub(super) fn read_greeting(from: &mut impl BufRead) -> Greeting {
    let mut seen = Vec::new();
    let mut from = from.take(PRELUDE);
    loop {
        let start = seen.len();
        match from.read_until(b'\n', &mut seen) {
            Ok(1..) => {}
            Ok(0) | Err(_) => return Greeting::None(seen),
        }
        if let Some(version) = seen[start..]
            .strip_prefix(MAGIC)
            .and_then(|line| line.strip_suffix(b"\n"))
        {
            return if version == VERSION.to_string().as_bytes() {
                Greeting::Right
            } else {
                Greeting::OtherVersion(String::from_utf8_lossy(version).into_owned())
            };
        }
    }
}

/// The kind of a frame from the child, or from its guardian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrameOf {
    /// The first frame: the id of the child process.
    Hello,
    Note,
    Value,
    /// The reply to the request with this number.
    Reply(u64),
    /// The child cannot start its task.
    Refused,
    /// A copy of the child, forked by foreign code, writes to the parent.
    Copied,
    /// From the guardian: this many processes were killed after the child's end.
    LeftBehind(u64),
    /// From the guardian: the child had this many processes and threads, which is more than its limit.
    TooMany(u64),
}

impl FrameOf {
    /// The kind's byte, which does not occur in text: output printed by a library cannot be a frame.
    fn parts(self) -> (u8, u64) {
        match self {
            FrameOf::Hello => (0x81, 0),
            FrameOf::Note => (0x82, 0),
            FrameOf::Value => (0x83, 0),
            FrameOf::Reply(number) => (0x84, number),
            FrameOf::Refused => (0x85, 0),
            FrameOf::Copied => (0x86, 0),
            FrameOf::LeftBehind(count) => (0x87, count),
            FrameOf::TooMany(count) => (0x88, count),
        }
    }

    fn of(kind: u8, number: u64) -> Option<FrameOf> {
        let known = match kind {
            0x81 => FrameOf::Hello,
            0x82 => FrameOf::Note,
            0x83 => FrameOf::Value,
            0x84 => FrameOf::Reply(number),
            0x85 => FrameOf::Refused,
            0x86 => FrameOf::Copied,
            0x87 => FrameOf::LeftBehind(number),
            0x88 => FrameOf::TooMany(number),
            _ => return None,
        };
        (known.parts() == (kind, number)).then_some(known)
    }
}

/// The size of a frame's header.
const HEAD: usize = 1 + 8 + 4 + 8;

/// The end of a frame. It differs between processes, so foreign data inside a frame is detected.
fn end(mark: u64, process: u32) -> [u8; 8] {
    (mark ^ (u64::from(process) << 32)).to_le_bytes()
}

pub(super) fn frame(kind: FrameOf, process: u32, bytes: &[u8], mark: u64) -> Vec<u8> {
    let (kind, number) = kind.parts();
    let length = bytes.len() as u64;
    [
        &[kind],
        &number.to_le_bytes()[..],
        &process.to_le_bytes(),
        &length.to_le_bytes(),
        bytes,
        &end(mark, process),
    ]
    .concat()
}

/// A message of the child or its guardian.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: FrameOf,
    pub(super) process: u32,
    pub(super) bytes: Vec<u8>,
}

/// What was read when a frame was expected.
#[derive(Debug)]
pub(super) enum Received {
    Frame(Frame),
    /// The end of the stream, possibly in the middle of a frame, which is then invalid.
    End,
    /// A frame that exceeds the limit; the rest was not read.
    TooLong,
    /// An invalid frame.
    Garbled,
}

/// Reads one frame of at most `limit` bytes. Memory is allocated as bytes arrive, not by the announced length.
pub(super) fn read_frame(from: &mut impl Read, limit: u64, mark: u64) -> io::Result<Received> {
    let mut head = [0; HEAD];
    if !read_whole(from, &mut head)? {
        return Ok(Received::End);
    }
    let number = |at: usize| u64::from_le_bytes(head[at..at + 8].try_into().expect("eight bytes"));
    let process = u32::from_le_bytes(head[9..13].try_into().expect("four bytes"));
    let Some(kind) = FrameOf::of(head[0], number(1)) else {
        return Ok(Received::Garbled);
    };
    let length = number(13);
    if length > limit {
        return Ok(Received::TooLong);
    }
    let Some(bytes) = read_bytes(from, length)? else {
        return Ok(Received::End);
    };
    let mut found = [0; 8];
    if !read_whole(from, &mut found)? {
        return Ok(Received::End);
    }
    Ok(match found == end(mark, process) {
        true => Received::Frame(Frame { kind, process, bytes }),
        false => Received::Garbled,
    })
}

/// The first message to a child.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) limits: Limits,
    pub(super) request: Vec<u8>,
}

/// The encoded limits and request.
pub(super) fn header(limits: &Limits, request: &[u8]) -> Vec<u8> {
    [&limits.encode()[..], &(request.len() as u64).to_le_bytes(), request].concat()
}

/// Reads the result of [`header`]; `None` if the parent ended in the middle of it.
pub(super) fn read_header(from: &mut impl Read) -> io::Result<Option<Header>> {
    let (mut limits, mut length) = ([0; Limits::ENCODED], [0; 8]);
    if !read_whole(from, &mut limits)? || !read_whole(from, &mut length)? {
        return Ok(None);
    }
    let request = read_bytes(from, u64::from_le_bytes(length))?;
    Ok(request.map(|request| Header {
        limits: Limits::decode(&limits),
        request,
    }))
}

/// An encoded request of a session.
pub(super) fn request(number: u64, bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len() as u64;
    [&[REQUEST], &number.to_le_bytes()[..], &length.to_le_bytes(), bytes].concat()
}

/// Reads a kind; `None` at the end.
pub(super) fn read_kind(from: &mut impl Read) -> io::Result<Option<u8>> {
    let mut kind = [0];
    Ok(read_whole(from, &mut kind)?.then_some(kind[0]))
}

/// Reads the result of [`request`], without its kind; `None` if the parent ended in the middle of it.
pub(super) fn read_request(from: &mut impl Read) -> io::Result<Option<(u64, Vec<u8>)>> {
    let (mut number, mut length) = ([0; 8], [0; 8]);
    if !read_whole(from, &mut number)? || !read_whole(from, &mut length)? {
        return Ok(None);
    }
    let bytes = read_bytes(from, u64::from_le_bytes(length))?;
    Ok(bytes.map(|bytes| (u64::from_le_bytes(number), bytes)))
}

/// Reads this many bytes; `None` if the stream ended before.
fn read_bytes(from: &mut impl Read, length: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let whole = from.take(length).read_to_end(&mut bytes)? as u64 == length;
    Ok(whole.then_some(bytes))
}

/// Fills `bytes`; false if the stream ended before.
fn read_whole(from: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match from.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: u64 = 0x0123_4567_89ab_cdef;

    #[test]
    fn a_greeting_is_found_behind_what_a_program_writes_first() {
        let greeted = |text: &[u8]| matches!(read_greeting(&mut &text[..]), Greeting::Right);
        assert!(greeted(&greeting()));
        assert!(greeted(&[b"a banner\nand more", &greeting()[..]].concat()));
        assert!(!greeted(b"tollgate child 2"));
        assert!(!greeted(&[&b"x".repeat(1 << 17), &greeting()[..]].concat()));
        let other = read_greeting(&mut &b"\ntollgate child 99\n"[..]);
        assert!(matches!(other, Greeting::OtherVersion(version) if version == "99"));
        let none = read_greeting(&mut &b"hello\nworld"[..]);
        assert!(matches!(none, Greeting::None(seen) if seen == b"hello\nworld"));
    }

    #[test]
    fn frames_are_read_as_far_as_they_are_whole() {
        let kinds = [
            FrameOf::Hello,
            FrameOf::Note,
            FrameOf::Value,
            FrameOf::Reply(7),
            FrameOf::Refused,
            FrameOf::Copied,
            FrameOf::LeftBehind(3),
            FrameOf::TooMany(u64::MAX),
        ];
        for kind in kinds {
            let sent = frame(kind, 42, b"bytes", MARK);
            let read = read_frame(&mut &sent[..], 100, MARK).unwrap();
            let expected = Frame {
                kind,
                process: 42,
                bytes: b"bytes".to_vec(),
            };
            assert!(matches!(read, Received::Frame(frame) if frame == expected));
            for cut in 0..sent.len() {
                assert!(matches!(
                    read_frame(&mut &sent[..cut], 100, MARK).unwrap(),
                    Received::End
                ));
            }
            assert!(matches!(
                read_frame(&mut &sent[..], 4, MARK).unwrap(),
                Received::TooLong
            ));
            assert!(matches!(
                read_frame(&mut &sent[..], 5, MARK + 1).unwrap(),
                Received::Garbled
            ));
        }
        let empty = [0; 100];
        assert!(matches!(
            read_frame(&mut &empty[..], 100, MARK).unwrap(),
            Received::Garbled
        ));
    }

    #[test]
    fn a_frame_inside_another_is_invalid() {
        let long = frame(FrameOf::Value, 1, &[7; 1000], MARK);
        let copy = frame(FrameOf::Copied, 2, b"", MARK);
        for at in 0..long.len() {
            let mixed = [&long[..at], &copy, &long[at..]].concat();
            let mut rest = &mixed[..];
            let mut read = Vec::new();
            while let Received::Frame(frame) = read_frame(&mut rest, 2000, MARK).unwrap() {
                read.push(frame.kind);
            }
            let whole = at == 0 && read == [FrameOf::Copied, FrameOf::Value];
            assert!(whole || read.is_empty(), "{at}: {read:?}");
        }
    }

    #[test]
    fn an_announced_length_without_bytes_allocates_no_memory() {
        let mut sent = frame(FrameOf::Value, 1, b"", MARK);
        sent[13..21].copy_from_slice(&(u64::MAX - 1).to_le_bytes());
        assert!(matches!(
            read_frame(&mut &sent[..], u64::MAX, MARK).unwrap(),
            Received::End
        ));
    }

    #[test]
    fn a_header_and_a_request_are_read_whole_or_not_at_all() {
        let sent = header(&Limits::default(), b"seven");
        let expected = Header {
            limits: Limits::default(),
            request: b"seven".to_vec(),
        };
        assert_eq!(read_header(&mut &sent[..]).unwrap(), Some(expected));
        for cut in 0..sent.len() {
            assert_eq!(read_header(&mut &sent[..cut]).unwrap(), None);
        }
        let sent = request(9, b"seven");
        let mut rest = &sent[..];
        assert_eq!(read_kind(&mut rest).unwrap(), Some(REQUEST));
        assert_eq!(read_request(&mut rest).unwrap(), Some((9, b"seven".to_vec())));
        assert_eq!(read_kind(&mut rest).unwrap(), None);
        for cut in 1..sent.len() {
            assert_eq!(read_request(&mut &sent[1..cut]).unwrap(), None);
        }
    }
}
