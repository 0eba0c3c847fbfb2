//! Compares one array as the reference read it with the array as it is read here.

use half::f16;
use num_complex::Complex;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use std::{fs, io};
use tollgate_abi::{Element, Value};
use tollgate_view::{Array, ByteOrder, File, Policy, Refusal, Type, View, Viewable, write_npy, write_wav};

/// The reference's result for one array: a line that the script wrote.
#[derive(Deserialize)]
pub(super) struct Case {
    pub(super) group: String,
    file: String,
    member: Option<String>,
    /// Why the reference refuses it.
    refused: Option<String>,
    rate: Option<f64>,
    #[serde(rename = "type")]
    kind: Option<Json>,
    byte_order: Option<String>,
    shape: Option<Vec<u64>>,
    order: Option<String>,
    /// The offset and number of the bytes: in C order, and in memory order.
    c: Option<(usize, usize)>,
    memory: Option<(usize, usize)>,
}

impl Case {
    /// The file's name, with the member's.
    pub(super) fn name(&self) -> String {
        let path = Path::new(&self.file);
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        match &self.member {
            Some(member) => format!("{name}:{member}"),
            None => name.into_owned(),
        }
    }
}

/// The result of the comparison.
pub(super) enum Outcome {
    /// All bytes are equal.
    Same,
    /// Both refuse it; the message is ours.
    BothRefuse(String),
    /// The reference reads it, but here it is refused with this message.
    Refused(String),
    /// It is read here, but the reference refuses it with this message.
    OnlyHere(String),
    /// Both read it, but differently; or the refusal is not a message about the file.
    Differs(String),
}

/// What the script wrote.
pub(super) struct Reference {
    expected: Vec<u8>,
    /// Where arrays are written to, for the reference to read.
    written: PathBuf,
    /// What was written: a line of JSON for each file.
    lines: Vec<String>,
}

impl Reference {
    pub(super) fn open(cases: &Path) -> io::Result<Self> {
        let expected = fs::read(cases.join("expected.bin"))?;
        let written = cases.join("written");
        fs::create_dir_all(&written)?;
        Ok(Self {
            expected,
            written,
            lines: Vec::new(),
        })
    }

    /// The list of what was written.
    pub(super) fn written(&self) -> String {
        self.lines.concat()
    }

    /// Writes the array of a case in its original format, and records what should be read from it.
    fn write(&mut self, case: &Case, array: &Array) -> Result<(), String> {
        let sound = case.rate.is_some();
        let name = format!("{}.{}", self.lines.len(), if sound { "wav" } else { "npy" });
        let path = self.written.join(name);
        let write = if sound { write_wav } else { write_npy };
        write(&path, &array.block()).map_err(|error| format!("cannot write it: {error}"))?;
        let line = json!({"file": path, "of": case.name(), "shape": case.shape, "rate": case.rate, "c": case.c});
        self.lines.push(format!("{line}\n"));
        Ok(())
    }

    fn bytes(&self, place: Option<(usize, usize)>) -> &[u8] {
        place.map_or(&[], |(start, length)| &self.expected[start..start + length])
    }

    pub(super) fn compare(&mut self, case: &Case) -> Outcome {
        let opened = File::read(&case.file).and_then(|file| file.decode(case.member.as_deref()));
        match (opened, &case.refused) {
            (Err(error), refused) => {
                let sentence = error.refusal().to_string();
                if sentence.lines().count() != 1 || !error.to_string().starts_with(&case.file) {
                    return Outcome::Differs(format!("not a message about the file: {error}"));
                }
                // A failure of the system or of this program says nothing about the file.
                if matches!(error.refusal(), Refusal::Io { .. } | Refusal::Memory(_)) {
                    return Outcome::Differs(sentence);
                }
                match refused {
                    Some(_) => Outcome::BothRefuse(sentence),
                    None => Outcome::Refused(sentence),
                }
            }
            (Ok(view), Some(refused)) => Outcome::OnlyHere(format!(
                "{} of {:?}; the reference: {refused}",
                view.kind(),
                view.shape()
            )),
            (Ok(view), None) => match self.difference(case, &view) {
                Ok(()) => Outcome::Same,
                Err(difference) => Outcome::Differs(difference),
            },
        }
    }

    fn difference(&mut self, case: &Case, view: &View) -> Result<(), String> {
        equal("the shape", view.shape(), case.shape.as_deref().unwrap_or_default())?;
        equal(
            "the memory order",
            view.order().name(),
            case.order.as_deref().unwrap_or_default(),
        )?;
        let array = view.to_array().map_err(|error| error.to_string())?;
        let mut packed = Vec::with_capacity(array.as_bytes().len());
        if case.rate.is_some() {
            // A sound library tells the type of the samples that it returns, not their layout in the file.
            let rate = view
                .attributes()
                .iter()
                .find(|attribute| attribute.key() == "sample_rate");
            equal(
                "the rate",
                &rate.and_then(|rate| rate.value()),
                &case.rate.map(Value::Real),
            )?;
            equal(
                "the element type",
                &json!(array.element().to_string()),
                case.kind.as_ref().unwrap_or(&Json::Null),
            )?;
            packed.extend_from_slice(array.as_bytes());
        } else {
            equal(
                "the type",
                &described(view.kind()),
                case.kind.as_ref().unwrap_or(&Json::Null),
            )?;
            if let Some(order) = &case.byte_order {
                equal("the byte order", view.byte_order().name(), order)?;
            } else if !matches!(view.kind(), Type::Record(_)) {
                equal("the byte order", &view.byte_order(), &ByteOrder::Any)?;
            }
            for element in array.as_bytes().chunks_exact(view.kind().bytes().max(1)) {
                pack(view.kind(), element, &mut packed);
            }
        }
        bytes("a copy in C order", &packed, self.bytes(case.c))?;
        if let Some(found) = in_place(view)? {
            bytes("the elements in place", &found, self.bytes(case.memory))?;
        }
        // Written once for each type and shape, not for each header. Records are left out: a block has no fields.
        let once = case.rate.is_some() || case.file.ends_with("-C-1.npy");
        if once && !matches!(view.kind(), Type::Record(_)) {
            self.write(case, &array)?;
        }
        Ok(())
    }
}

fn equal<T: PartialEq + std::fmt::Debug + ?Sized>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what} is {found:?} here and {expected:?} in the reference"))
}

fn bytes(what: &str, found: &[u8], expected: &[u8]) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    let at = found.iter().zip(expected).position(|(one, other)| one != other);
    let at = at.unwrap_or(found.len().min(expected.len()));
    Err(format!(
        "{what} has {} bytes here and {} in the reference; the first difference is at byte {at}",
        found.len(),
        expected.len()
    ))
}

/// A type in the script's notation.
fn described(kind: &Type) -> Json {
    let Type::Record(record) = kind else {
        return kind.to_string().into();
    };
    let fields = record
        .fields
        .iter()
        .map(|field| json!([field.name, field.offset, described(&field.kind), field.shape]));
    json!({"bytes": record.bytes, "fields": fields.collect::<Json>()})
}

/// Adds an element's bytes without a record's padding.
fn pack(kind: &Type, element: &[u8], packed: &mut Vec<u8>) {
    let Type::Record(record) = kind else {
        packed.extend_from_slice(element);
        return;
    };
    for field in &record.fields {
        let values = &element[field.offset as usize..][..field.bytes()];
        for value in values.chunks_exact(field.kind.bytes().max(1)) {
            pack(&field.kind, value, packed);
        }
    }
}

/// The bytes of all elements as an iteration in place gives them; `None` for types that Rust does not have.
fn in_place(view: &View) -> Result<Option<Vec<u8>>, String> {
    let found = match view.kind() {
        Type::Plain(Element::U8) => iterated::<u8>(view),
        Type::Plain(Element::U16) => iterated::<u16>(view),
        Type::Plain(Element::U32) => iterated::<u32>(view),
        Type::Plain(Element::U64) => iterated::<u64>(view),
        Type::Plain(Element::I8) => iterated::<i8>(view),
        Type::Plain(Element::I16) => iterated::<i16>(view),
        Type::Plain(Element::I32) => iterated::<i32>(view),
        Type::Plain(Element::I64) | Type::DateTime(_) | Type::TimeDelta(_) => iterated::<i64>(view),
        Type::Plain(Element::F16) => iterated::<f16>(view),
        Type::Plain(Element::F32) => iterated::<f32>(view),
        Type::Plain(Element::F64) => iterated::<f64>(view),
        Type::Plain(Element::BOOL) => iterated::<bool>(view),
        Type::Plain(Element::C64) => iterated::<Complex<f32>>(view),
        Type::Plain(Element::C128) => iterated::<Complex<f64>>(view),
        Type::Text(1) => iterated::<char>(view),
        Type::Text(3) => iterated::<[u32; 3]>(view),
        Type::Bytes(5) => iterated::<[u8; 5]>(view),
        _ => return Ok(None),
    };
    found.map(Some).map_err(|error| error.to_string())
}

fn iterated<T: Viewable + bytemuck::NoUninit>(view: &View) -> Result<Vec<u8>, tollgate_view::Error> {
    let elements = view.elements::<T>(Policy::IN_PLACE)?;
    debug_assert_eq!(elements.report().copied_bytes, 0);
    Ok(elements.fold(Vec::new(), |mut bytes, value| {
        bytes.extend_from_slice(bytemuck::bytes_of(&value));
        bytes
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the comparison says of `x.npy`, two big-endian `u2`, where the reference gave `case`.
    fn outcome(case: Json, expected: &[u8]) -> Outcome {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.npy");
        let header = format!("{:117}\n", "{'descr': '>u2', 'fortran_order': False, 'shape': (2,), }");
        let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        bytes.extend(header.as_bytes());
        bytes.extend([1, 2, 3, 4]);
        fs::write(&path, bytes).unwrap();
        let mut whole = json!({
            "group": "g", "file": path, "member": null, "refused": null, "rate": null, "type": "u16",
            "byte_order": "big", "shape": [2], "order": "C", "c": [0, 4], "memory": [0, 4],
        });
        for (key, value) in case.as_object().unwrap() {
            whole[key] = value.clone();
        }
        let mut reference = Reference {
            expected: expected.to_vec(),
            written: directory.path().to_owned(),
            lines: Vec::new(),
        };
        reference.compare(&serde_json::from_value(whole).unwrap())
    }

    #[test]
    fn each_difference_is_seen() {
        let native: Vec<u8> = [0x0102_u16, 0x0304]
            .iter()
            .flat_map(|value| value.to_ne_bytes())
            .collect();
        assert!(matches!(outcome(json!({}), &native), Outcome::Same));
        for (case, part) in [
            (json!({"shape": [1]}), "the shape"),
            (json!({"type": "i16"}), "the type"),
            (json!({"byte_order": "little"}), "the byte order"),
            (json!({"order": "Fortran"}), "the memory order"),
            (json!({"c": [0, 2]}), "a copy in C order"),
            (json!({"memory": [0, 2]}), "the elements in place"),
        ] {
            let Outcome::Differs(how) = outcome(case.clone(), &native) else {
                panic!("{case}")
            };
            assert!(how.starts_with(part), "{how}");
        }
        let mut wrong = native.clone();
        wrong[3] ^= 1;
        assert!(matches!(outcome(json!({}), &wrong), Outcome::Differs(how) if how.ends_with("at byte 3")));
        assert!(matches!(
            outcome(json!({"refused": "no"}), &native),
            Outcome::OnlyHere(_)
        ));
        assert!(matches!(
            outcome(json!({"file": "/nowhere/x.npy"}), &native),
            Outcome::Differs(_)
        ));
    }
}
