//! A plugin's manifest, as read from its file.

mod document;
pub(crate) mod operation;
mod schema;
pub(crate) mod settings;

use document::Document;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ffi::CStr;
use tollgate_abi::{Element, LAYOUTS, Layout, STATE};

/// A plugin's manifest. Unknown fields are ignored, so that newer plugins can add fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// The plugin's name.
    pub name: String,
    /// The plugin's version.
    pub version: String,
    /// What it is, in a sentence.
    pub description: String,
    /// The contract's version.
    pub abi: u32,
    /// The operations, in the order of their indices.
    pub operations: Vec<OperationInfo>,
    /// The configuration's keys, in the order in which they cross the contract.
    pub config: Vec<Key>,
    /// The ids of the extensions that it offers.
    pub extensions: Vec<String>,
    /// The ids of the host extensions that it requires.
    pub requires: Vec<String>,
    /// The memory layouts of the contract's structures where it was built, by name; empty if it does not list them, as
    /// in C.
    pub layouts: BTreeMap<String, StructureLayout>,
    /// What a panic does in the plugin: `unwind` (it becomes an error), `abort` (it ends the process) or `none`.
    pub panic: String,
    /// The compiler that built it.
    pub compiler: String,
}

/// The memory layout of a structure of the contract, as a manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StructureLayout {
    /// Its size in bytes.
    pub size: u64,
    /// Its alignment in bytes.
    pub alignment: u64,
    /// The offset of each field, in bytes.
    pub fields: BTreeMap<String, u64>,
}

impl From<&Layout> for StructureLayout {
    fn from(layout: &Layout) -> Self {
        let fields = layout.fields.iter();
        Self {
            size: layout.size as u64,
            alignment: layout.alignment as u64,
            fields: fields
                .map(|field| (field.name.to_owned(), field.offset as u64))
                .collect(),
        }
    }
}

/// An operation, as the manifest declares it.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationInfo {
    /// Its name.
    pub name: String,
    /// What it does, in a sentence.
    pub description: String,
    /// The names of the element types that it takes.
    pub takes: Vec<String>,
    /// What it gives.
    pub gives: Gives,
    /// The state that it keeps between calls.
    pub state: State,
    /// Whether its output is a copy of its input in another form, to be counted as a copy.
    pub copies: bool,
}

/// What an operation gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Gives {
    /// Nothing.
    None,
    /// A block.
    Block {
        /// The name of its element type, `same` for the input's, or `any` if it depends on the configuration.
        element: String,
    },
    /// A table.
    Table {
        /// What a row stands for, as a plural noun.
        rows: String,
        /// Its columns, in the order in which they are committed.
        columns: Vec<Column>,
    },
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The name of its element type.
    pub element: String,
    /// The unit of its values, or empty.
    pub unit: String,
}

/// The state that an operation keeps between calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum State {
    /// None: instances are interchangeable.
    #[default]
    Stateless,
    /// State that is lost with the instance.
    Resettable,
    /// State that the plugin can save and restore.
    Saved,
}

/// A key of the configuration, in the terms of JSON Schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: KeyType,
    /// The minimum.
    pub minimum: Option<serde_json::Number>,
    /// The maximum.
    pub maximum: Option<serde_json::Number>,
    /// The allowed texts, if not all are.
    pub choices: Vec<String>,
    /// The value if none is given.
    pub default: Option<serde_json::Value>,
    /// Whether it may be omitted although it has no default.
    pub optional: bool,
    /// What it is, in a sentence.
    pub description: String,
}

/// The type of a configuration key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// A real number.
    Number,
    /// A signed 64-bit integer.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// Text.
    String,
}

impl Manifest {
    /// Parses the JSON of a manifest. If it uses another version of the contract, only the version is read.
    ///
    /// # Errors
    /// The problem, as a phrase.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        // Read first: a manifest of another version may have another form.
        #[derive(Deserialize)]
        struct Version {
            abi: u32,
        }
        let Version { abi } = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        if abi != tollgate_abi::ABI {
            return Ok(Self::of_another_version(abi));
        }
        let document: Document = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let manifest = Self::from(document);
        manifest.check()?;
        Ok(manifest)
    }

    /// A manifest of another version, of which only the version is known.
    fn of_another_version(abi: u32) -> Self {
        Self {
            name: String::new(),
            version: String::new(),
            description: String::new(),
            abi,
            operations: Vec::new(),
            config: Vec::new(),
            extensions: Vec::new(),
            requires: Vec::new(),
            layouts: BTreeMap::new(),
            panic: String::new(),
            compiler: String::new(),
        }
    }

    fn check(&self) -> Result<(), String> {
        if self.name.is_empty() || self.operations.is_empty() {
            return Err("it has no name or no operation".to_owned());
        }
        let names = self
            .operations
            .iter()
            .map(|operation| &operation.name)
            .chain(self.config.iter().map(|key| &key.name))
            .chain([&self.name]);
        for name in names {
            let plain = |character: char| character.is_ascii_alphanumeric() || "_-.".contains(character);
            if name.is_empty() || !name.chars().all(plain) {
                return Err(format!(
                    "{name:?} is not a valid name: use letters, digits, `_`, `-` and `.`"
                ));
            }
        }
        unique(
            "operation",
            self.operations.iter().map(|operation| operation.name.as_str()),
        )?;
        unique("configuration key", self.config.iter().map(|key| key.name.as_str()))?;
        for operation in &self.operations {
            if operation.takes.is_empty() {
                return Err(format!("the operation {:?} takes no element type", operation.name));
            }
            if let Gives::Table { columns, .. } = &operation.gives {
                if columns.is_empty() {
                    return Err(format!(
                        "the operation {:?} gives a table without columns",
                        operation.name
                    ));
                }
                unique("column", columns.iter().map(|column| column.name.as_str()))?;
            }
            if operation.state == State::Saved && !self.offers(STATE) {
                return Err(format!(
                    "the operation {:?} saves its state, but {STATE:?} is not among the extensions",
                    operation.name
                ));
            }
        }
        for key in &self.config {
            if let Some(default) = &key.default {
                settings::from_json(key, default).map_err(|needed| {
                    format!(
                        "the default of the configuration key {:?} is {default}; expected {needed}",
                        key.name
                    )
                })?;
            }
        }
        Ok(())
    }

    /// The first difference between the plugin's layouts of the contract's structures and the host's, in one line.
    /// Structures that only one of them lists are ignored.
    pub fn layout_difference(&self) -> Option<String> {
        LAYOUTS.iter().find_map(|layout| {
            let theirs = self.layouts.get(layout.name)?;
            StructureLayout::from(layout).difference(layout.name, theirs, ["host", "plugin"])
        })
    }

    /// Whether it lists the extension with this id.
    pub fn offers(&self, id: &CStr) -> bool {
        self.extensions
            .iter()
            .any(|offered| offered.as_bytes() == id.to_bytes())
    }

    /// The operation called `name`, with its index.
    pub fn operation(&self, name: &str) -> Option<(u32, &OperationInfo)> {
        (0..)
            .zip(&self.operations)
            .find(|(_, operation)| operation.name == name)
    }
}

impl StructureLayout {
    /// The first difference between two layouts of the structure `name`, in one line; `sides` names the two.
    pub fn difference(&self, name: &str, theirs: &StructureLayout, sides: [&str; 2]) -> Option<String> {
        let [here, there] = sides;
        let place = |offset: Option<&u64>| match offset {
            Some(offset) => format!("at byte {offset}"),
            None => "missing".to_owned(),
        };
        // Sorted by offset, so that the first difference is the one with the least offset.
        let mut names: Vec<_> = self.fields.iter().chain(&theirs.fields).collect();
        names.sort_by_key(|&(name, &offset)| (offset, name));
        let moved = names
            .into_iter()
            .find(|(field, _)| self.fields.get(*field) != theirs.fields.get(*field));
        if let Some((field, _)) = moved {
            let (at, theirs_at) = (place(self.fields.get(field)), place(theirs.fields.get(field)));
            return Some(format!("`{name}.{field}`: {here} {at}, {there} {theirs_at}"));
        }
        let shape = |layout: &StructureLayout| format!("{} bytes aligned to {}", layout.size, layout.alignment);
        ((self.size, self.alignment) != (theirs.size, theirs.alignment))
            .then(|| format!("`{name}`: {here} {}, {there} {}", shape(self), shape(theirs)))
    }
}

fn unique<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(format!("the {what} {name:?} occurs twice"));
        }
    }
    Ok(())
}

impl OperationInfo {
    /// The element types that it takes and this host knows.
    pub fn elements(&self) -> impl Iterator<Item = Element> {
        self.takes.iter().filter_map(|name| Element::from_name(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WHOLE: &str = r#"{"name":"x","version":"1","abi":1,"panic":"none","later":[1],
        "operations":[{"name":"a","takes":["f64","f128"],"gives":{"kind":"block","element":"same"}}],
        "config":[{"name":"k","type":"integer","default":3}]}"#;

    #[test]
    fn unknown_fields_and_element_types_are_ignored() {
        let manifest = Manifest::parse(WHOLE.as_bytes()).unwrap();
        let (index, operation) = manifest.operation("a").unwrap();
        assert_eq!((index, operation.state), (0, State::Stateless));
        assert_eq!(operation.elements().collect::<Vec<_>>(), [Element::F64]);
    }

    #[test]
    fn only_the_version_is_read_of_another_version() {
        assert_eq!(
            Manifest::parse(br#"{"abi":9,"operations":"elsewhere"}"#).unwrap().abi,
            9
        );
    }

    #[test]
    fn duplicate_names_and_defaults_of_another_type_are_refused() {
        let twice = WHOLE.replace("\"config\":[", "\"config\":[{\"name\":\"k\",\"type\":\"integer\"},");
        assert!(
            Manifest::parse(twice.as_bytes())
                .unwrap_err()
                .contains("\"k\" occurs twice")
        );
        let default = WHOLE.replace(":3}", ":\"three\"}");
        let error = Manifest::parse(default.as_bytes()).unwrap_err();
        assert!(error.contains("\"three\"; expected an integer"), "{error}");
    }

    #[test]
    fn layouts_that_differ_are_reported_by_the_first_field_that_differs() {
        let mut manifest = Manifest::parse(WHOLE.as_bytes()).unwrap();
        assert_eq!(manifest.layout_difference(), None);
        let here = LAYOUTS.iter().map(|layout| (layout.name.to_owned(), layout.into()));
        manifest.layouts = here.collect();
        manifest.layouts.insert("later".to_owned(), (&LAYOUTS[0]).into());
        assert_eq!(manifest.layout_difference(), None);
        let block = manifest.layouts.get_mut("block").unwrap();
        block.fields.insert("attribute_count".to_owned(), 24);
        block.size += 8;
        assert_eq!(
            manifest.layout_difference().unwrap(),
            "`block.attribute_count`: host at byte 20, plugin at byte 24"
        );
        manifest.layouts.insert("block".to_owned(), (&LAYOUTS[2]).into());
        manifest.layouts.get_mut("sink").unwrap().fields.remove("log");
        assert!(manifest.layout_difference().unwrap().ends_with("plugin missing"));
    }

    proptest! {
        #[test]
        fn damaged_manifests_never_panic(at in 0..WHOLE.len(), byte: u8, cut in 0..WHOLE.len()) {
            let mut bytes = WHOLE.as_bytes().to_vec();
            bytes[at] = byte;
            let _ = Manifest::parse(&bytes);
            let _ = Manifest::parse(&bytes[..cut]);
        }
    }
}
