//! What crosses the two pipes between parent and child.
//!
//! From the child: the greeting, a line of its own, and then frames: a kind, a length (`u64`, little-endian) and that many
//! bytes. To the child: the limits, a length and the request; after it nothing, until the end.

use super::limits::Limits;
use std::io::{self, BufRead, Read};

/// The version of all that is said here.
pub(super) const VERSION: u32 = 1;

const MAGIC: &[u8] = b"tollgate child ";

/// What a program may write before it greets.
const PRELUDE: u64 = 64 << 10;

pub(super) const NOTE: u8 = b'n';
pub(super) const VALUE: u8 = b'v';
pub(super) const REFUSED: u8 = b'r';

/// The line that a child greets with. It begins with the end of a line that the program may have begun before.
pub(super) fn greeting() -> Vec<u8> {
    [b"\n", MAGIC, VERSION.to_string().as_bytes(), b"\n"].concat()
}

/// What came where a greeting was expected.
pub(super) enum Greeting {
    Right,
    OtherVersion(String),
    /// All that came, up to [`PRELUDE`] bytes.
    None(Vec<u8>),
}

/// Reads up to the greeting.
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

pub(super) fn frame(kind: u8, bytes: &[u8]) -> Vec<u8> {
    [&[kind], &(bytes.len() as u64).to_le_bytes()[..], bytes].concat()
}

/// What a child said after its greeting.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) value: Option<Vec<u8>>,
    pub(super) notes: Vec<Vec<u8>>,
    pub(super) refused: Option<String>,
    /// It was more than the limit; the rest was not read.
    pub(super) too_much: bool,
}

/// Reads frames to the end. A frame that was begun and not ended is none: the child ended in the middle of it.
pub(super) fn read_frames(from: &mut impl Read, limit: u64) -> io::Result<Said> {
    let mut said = Said::default();
    let mut left = limit;
    loop {
        let mut head = [0; 9];
        if !read_whole(from, &mut head)? {
            return Ok(said);
        }
        let length = u64::from_le_bytes(head[1..].try_into().expect("nine less one are eight"));
        said.too_much = length > left;
        if said.too_much {
            return Ok(said);
        }
        left -= length;
        let mut bytes = Vec::new();
        if from.take(length).read_to_end(&mut bytes)? as u64 != length {
            return Ok(said);
        }
        match head[0] {
            NOTE => said.notes.push(bytes),
            VALUE => said.value = Some(bytes),
            REFUSED => said.refused = Some(String::from_utf8_lossy(&bytes).into_owned()),
            _ => {
                let found = "what follows the greeting is no frame: something else writes to the child's answer";
                return Err(io::Error::new(io::ErrorKind::InvalidData, found));
            }
        }
    }
}

/// The limits and the request, as they are sent.
pub(super) fn request(limits: &Limits, request: &[u8]) -> Vec<u8> {
    [&limits.encode()[..], &(request.len() as u64).to_le_bytes(), request].concat()
}

/// Reads what [`request`] made; `None` where the parent ended in the middle of it.
pub(super) fn read_request(from: &mut impl Read) -> io::Result<Option<(Limits, Vec<u8>)>> {
    let (mut limits, mut length) = ([0; Limits::ENCODED], [0; 8]);
    if !read_whole(from, &mut limits)? || !read_whole(from, &mut length)? {
        return Ok(None);
    }
    let length = u64::from_le_bytes(length);
    let mut bytes = Vec::new();
    let whole = from.take(length).read_to_end(&mut bytes)? as u64 == length;
    Ok(whole.then(|| (Limits::decode(&limits), bytes)))
}

/// Fills `bytes`; false where the end came before.
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

    #[test]
    fn a_greeting_is_found_behind_what_a_program_writes_first() {
        let greeted = |text: &[u8]| matches!(read_greeting(&mut &text[..]), Greeting::Right);
        assert!(greeted(&greeting()));
        assert!(greeted(&[b"a banner\nand more", &greeting()[..]].concat()));
        assert!(!greeted(b"tollgate child 1"));
        assert!(!greeted(&[&b"x".repeat(1 << 17), &greeting()[..]].concat()));
        let other = read_greeting(&mut &b"\ntollgate child 99\n"[..]);
        assert!(matches!(other, Greeting::OtherVersion(version) if version == "99"));
        let none = read_greeting(&mut &b"hello\nworld"[..]);
        assert!(matches!(none, Greeting::None(seen) if seen == b"hello\nworld"));
    }

    #[test]
    fn frames_are_read_as_far_as_they_are_whole() {
        let whole = [frame(NOTE, b"one"), frame(VALUE, b"two")].concat();
        let said = read_frames(&mut &whole[..], 100).unwrap();
        assert_eq!((said.notes, said.value), (vec![b"one".to_vec()], Some(b"two".to_vec())));
        for cut in 0..whole.len() {
            let said = read_frames(&mut &whole[..cut], 100).unwrap();
            assert_eq!((said.notes.len(), said.value), (usize::from(cut >= 12), None));
        }
        assert!(read_frames(&mut &whole[..], 5).unwrap().too_much);
        assert!(read_frames(&mut &frame(b'?', b"")[..], 100).is_err());
    }

    #[test]
    fn a_request_is_read_whole_or_not_at_all() {
        let sent = request(&Limits::default(), b"seven");
        let read = read_request(&mut &sent[..]).unwrap();
        assert_eq!(read, Some((Limits::default(), b"seven".to_vec())));
        for cut in 0..sent.len() {
            assert_eq!(read_request(&mut &sent[..cut]).unwrap(), None);
        }
    }
}
