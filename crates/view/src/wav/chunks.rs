//! The list of chunks in a file.

use super::Order;
use crate::error::Refusal;

/// A length with the meaning "see the chunk ds64". A writer that could not seek back also leaves this value.
const ELSEWHERE: u32 = u32::MAX;

/// One chunk: its name, and the position of its body if the file is long enough.
pub(super) struct Chunk {
    pub(super) name: [u8; 4],
    /// Its offset.
    pub(super) at: usize,
    /// The offset of its body.
    pub(super) body: usize,
    /// The size of the body in bytes, as promised.
    length: u64,
    /// The length was never filled in.
    open: bool,
}

/// Iterates over the chunks of a file.
pub(super) struct Chunks<'a> {
    file: &'a [u8],
    pub(super) order: Order,
    at: usize,
    /// 64-bit lengths from the chunk `ds64`.
    long: Option<Vec<([u8; 4], u64)>>,
}

impl<'a> Chunks<'a> {
    pub(super) fn new(file: &'a [u8]) -> Result<Self, Refusal> {
        let mut chunks = Self {
            file,
            order: if file.starts_with(b"RIFX") {
                Order::Big
            } else {
                Order::Little
            },
            at: 12,
            long: None,
        };
        if file.starts_with(b"RF64") || file.starts_with(b"BW64") {
            chunks.read_lengths()?;
        }
        Ok(chunks)
    }

    /// Reads the chunk `ds64`, which must be the first: the lengths of the file and of `data`, a number of samples, and
    /// a table of other chunks' lengths.
    fn read_lengths(&mut self) -> Result<(), Refusal> {
        let damaged = |offset: usize, problem: String| Refusal::Header {
            offset: offset as u64,
            problem,
        };
        let first = self.next()?.filter(|chunk| &chunk.name == b"ds64");
        let chunk = first.ok_or_else(|| {
            damaged(
                12,
                "the file has 64-bit lengths, but does not begin with the chunk \"ds64\" that holds them".to_owned(),
            )
        })?;
        let body = self.body(&chunk)?;
        let number = |at: usize| {
            body.get(at..at + 8)
                .and_then(<[u8]>::as_array)
                .map(|bytes| u64::from_le_bytes(*bytes))
        };
        let data = number(8).ok_or_else(|| {
            damaged(
                chunk.body,
                format!("the chunk \"ds64\" has {} bytes, and needs 24", body.len()),
            )
        })?;
        let mut long = vec![(*b"data", data)];
        // The table's own count is not trusted: the size of the chunk determines the number of entries.
        for entry in body.get(28..).unwrap_or_default().as_chunks::<12>().0 {
            let [a, b, c, d, length @ ..] = *entry;
            long.push(([a, b, c, d], u64::from_le_bytes(length)));
        }
        self.long = Some(long);
        Ok(())
    }

    /// The next chunk, or `None` at the file's end.
    pub(super) fn next(&mut self) -> Result<Option<Chunk>, Refusal> {
        let at = self.at;
        let Some(head) = self.file.get(at..).and_then(|rest| rest.first_chunk::<8>()) else {
            return Ok(None);
        };
        let [a, b, c, d, length @ ..] = *head;
        let name = [a, b, c, d];
        if !name.iter().all(|byte| (0x20..0x7f).contains(byte)) {
            return Err(Refusal::Header {
                offset: at as u64,
                problem: format!(
                    "expected the name of a chunk, found {}: the length of the chunk before it is wrong",
                    crate::error::hex(&name)
                ),
            });
        }
        let short = self.order.u32(length);
        let long = self.long.iter().flatten().find(|(known, _)| *known == name);
        let (length, open) = match long {
            Some((_, length)) if short == ELSEWHERE => (*length, false),
            _ => (u64::from(short), short == ELSEWHERE),
        };
        // Chunks are padded to an even length. The padding is not included in the length.
        let body = at + 8;
        self.at = usize::try_from(length).map_or(usize::MAX, |length| {
            body.saturating_add(length).saturating_add(length % 2)
        });
        Ok(Some(Chunk {
            name,
            at,
            body,
            length,
            open,
        }))
    }

    /// A chunk's body.
    pub(super) fn body(&self, chunk: &Chunk) -> Result<&'a [u8], Refusal> {
        let rest = self.file.get(chunk.body..).unwrap_or_default();
        let body = usize::try_from(chunk.length).ok().and_then(|length| rest.get(..length));
        body.ok_or_else(|| {
            let name = chunk.name.escape_ascii().to_string();
            let (offset, found) = (chunk.at as u64, rest.len() as u64);
            if chunk.open {
                return Refusal::Header {
                    offset: offset + 4,
                    problem: format!(
                        "the length of the chunk \"{name}\" was never filled in, because the writer could not seek \
                            back: write to a file, not to a pipe"
                    ),
                };
            }
            Refusal::Chunk {
                name,
                offset,
                needed: chunk.length,
                found,
            }
        })
    }

    /// Looks for a second chunk of samples after the first: a reader could not know which one is meant. Other errors
    /// there are ignored.
    pub(super) fn refuse_second_data(&mut self) -> Result<(), Refusal> {
        while let Ok(Some(chunk)) = self.next() {
            if &chunk.name == b"data" {
                return Err(Refusal::Header {
                    offset: chunk.at as u64,
                    problem: "there is a second chunk \"data\", and only one is allowed".to_owned(),
                });
            }
        }
        Ok(())
    }
}
