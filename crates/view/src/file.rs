//! A file that may contain several arrays.

use crate::bytes::Bytes;
use crate::formats::{self, Content};
use crate::member::Member;
use crate::{Buffer, Error, Refusal, View};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An opened file of one array or, as an archive, of several, each of which is viewed by its name.
///
/// ```no_run
/// # fn main() -> Result<(), tollgate_view::Error> {
/// let file = tollgate_view::File::read("scores.npz")?;
/// for member in file.members() {
///     println!("{}: {} bytes", member.name, member.bytes);
/// }
/// let view = file.view(Some("x.npy"))?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct File {
    path: PathBuf,
    bytes: Arc<Bytes>,
    content: Content,
}

impl File {
    /// Opens the file at `path` by mapping it.
    ///
    /// # Safety
    /// As for [`map`](crate::map).
    ///
    /// # Platform differences
    /// As for [`map`](crate::map).
    ///
    /// # Errors
    /// [`Error`], if the file cannot be opened, or is an archive with a damaged directory.
    #[cfg(feature = "map")]
    pub unsafe fn map(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        // SAFETY: the caller promises that nobody changes the file while it, its views and so the mapping live.
        let bytes = unsafe { Bytes::map(path) }?;
        Self::new(path, bytes)
    }

    /// Opens the file at `path` by reading it into an aligned buffer.
    ///
    /// # Errors
    /// [`Error`], if the file cannot be opened, or is an archive with a damaged directory.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        Self::new(path, Bytes::read(path)?)
    }

    /// Opens a file's bytes that are already in memory: the first `length` bytes of `buffer`, for example received over
    /// a network. Messages use `name` as the file's name.
    ///
    /// # Errors
    /// As for [`read`](File::read).
    ///
    /// # Panics
    /// If the buffer has fewer bytes.
    pub fn from_buffer(name: impl AsRef<Path>, buffer: Buffer, length: usize) -> Result<Self, Error> {
        assert!(length <= buffer.capacity(), "the buffer has as many bytes as the file");
        Self::new(name.as_ref(), Bytes::Read { buffer, length })
    }

    /// Reads a stream, such as standard input, to its end into an aligned buffer. Messages use `name` as the file's
    /// name.
    ///
    /// # Errors
    /// As for [`read`](File::read), and [`Refusal::Stream`], if the stream has more than `limit` bytes.
    pub fn from_reader(name: impl AsRef<Path>, mut reader: impl Read, limit: u64) -> Result<Self, Error> {
        let name = name.as_ref();
        let bytes = Bytes::drain(&mut reader, limit).map_err(|refusal| Error::new(name, refusal))?;
        Self::new(name, bytes)
    }

    /// The size of the file in bytes.
    pub fn size(&self) -> usize {
        self.bytes.as_slice().len()
    }

    fn new(path: &Path, bytes: Bytes) -> Result<Self, Error> {
        let content = formats::content(bytes.as_slice()).map_err(|refusal| Error::new(path, refusal))?;
        Ok(Self {
            path: path.to_owned(),
            content,
            bytes: Arc::new(bytes),
        })
    }

    /// The archive's format, or `None` for a file of one array.
    pub fn archive(&self) -> Option<&'static str> {
        match &self.content {
            Content::One => None,
            Content::Several(archive, _) => Some(archive.name()),
        }
    }

    /// The members, in the archive's order. Empty if the file is one array.
    pub fn members(&self) -> &[Member] {
        match &self.content {
            Content::One => &[],
            Content::Several(_, members) => members,
        }
    }

    /// The member `name`, or the only member. In an `.npz`, the extension `.npy` may be omitted, as in NumPy.
    ///
    /// # Errors
    /// [`Refusal::Member`], if the member is not found, or no name is given and there are several members.
    pub fn member(&self, name: Option<&str>) -> Result<&Member, Error> {
        let members = self.members();
        let refused = |problem: String| Error::new(&self.path, Refusal::Member { problem });
        let names = || {
            let mut names: Vec<String> = members
                .iter()
                .take(20)
                .map(|member| format!("{:?}", member.name))
                .collect();
            if members.len() > 20 {
                names.push(format!("and {} more", members.len() - 20));
            }
            names.join(", ")
        };
        match (name, members) {
            (Some(name), _) => members
                .iter()
                .find(|member| member.name == name)
                .or_else(|| {
                    members
                        .iter()
                        .find(|member| member.name.strip_suffix(".npy") == Some(name))
                })
                .ok_or_else(|| match members {
                    [] => refused(format!("member {name:?} not found: the file has no members")),
                    _ => refused(format!("member {name:?} not found: the file has {}", names())),
                }),
            (None, [only]) => Ok(only),
            (None, []) => Err(refused("the archive is empty".to_owned())),
            (None, several) => Err(refused(format!(
                "the file has {} members: name one of {}",
                several.len(),
                names()
            ))),
        }
    }

    /// Views the file, or one member of it, in place.
    ///
    /// # Errors
    /// [`Error`], with the rule that the file broke; [`Refusal::Compressed`], if the member must be
    /// [decoded](File::decode); [`Refusal::Member`], as for [`member`](File::member).
    pub fn view(&self, member: Option<&str>) -> Result<View, Error> {
        let file = self.bytes.as_slice();
        let Content::Several(archive, _) = &self.content else {
            return match member {
                Some(_) => Err(self.member(member).expect_err("the file has no members")),
                None => {
                    let header = formats::parse(file).map_err(|refusal| Error::new(&self.path, refusal))?;
                    Ok(View::new(&self.path, None, Arc::clone(&self.bytes), header))
                }
            };
        };
        let member = self.member(member)?;
        let header = archive.header(file, member);
        let header = header.map_err(|refusal| self.refused(member, refusal))?;
        Ok(View::new(
            &self.path,
            Some(&member.name),
            Arc::clone(&self.bytes),
            header,
        ))
    }

    /// Views one member of the file like [`view`](File::view), but decodes it into memory if it is compressed. This is
    /// a copy, which [`View::report`] reports.
    ///
    /// # Errors
    /// As for [`view`](File::view), and [`Refusal::Archive`], if the member cannot be decoded or its checksum does not
    /// match the directory's.
    pub fn decode(&self, member: Option<&str>) -> Result<View, Error> {
        let Content::Several(archive, _) = &self.content else {
            return self.view(member);
        };
        let member = self.member(member)?;
        if !member.compressed {
            return self.view(Some(&member.name));
        }
        let decoded = archive.decoded(self.bytes.as_slice(), member);
        let (header, buffer, length) = decoded.map_err(|refusal| self.refused(member, refusal))?;
        let bytes = Arc::new(Bytes::Decoded { buffer, length });
        Ok(View::new(&self.path, Some(&member.name), bytes, header))
    }

    fn refused(&self, member: &Member, refusal: Refusal) -> Error {
        Error::in_member(&self.path, Some(&member.name), refusal)
    }
}
