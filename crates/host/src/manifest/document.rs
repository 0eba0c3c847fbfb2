//! A manifest as its JSON document: the form that is read and, with the feature `serde`, written.

use super::{Column, Gives, Key, KeyType, Manifest, OperationInfo, State, StructureLayout};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Derives `Deserialize`, and `Serialize` too with the feature `serde`.
macro_rules! document {
    ($($item:item)*) => {
        $(
            #[derive(Deserialize)]
            #[cfg_attr(feature = "serde", derive(serde::Serialize))]
            $item
        )*
    };
}

document! {
    #[serde(expecting = "a manifest")]
    pub(super) struct Document {
        name: String,
        version: String,
        #[serde(default)]
        description: String,
        abi: u32,
        operations: Vec<WrittenOperation>,
        #[serde(default)]
        config: Vec<WrittenKey>,
        #[serde(default)]
        extensions: Vec<String>,
        #[serde(default)]
        requires: Vec<String>,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        layouts: BTreeMap<String, WrittenLayout>,
        panic: String,
        #[serde(default)]
        compiler: String,
    }

    #[serde(expecting = "a layout")]
    struct WrittenLayout {
        size: u64,
        alignment: u64,
        fields: BTreeMap<String, u64>,
    }

    #[serde(expecting = "an operation")]
    struct WrittenOperation {
        name: String,
        #[serde(default)]
        description: String,
        takes: Vec<String>,
        gives: WrittenGives,
        #[serde(default)]
        state: WrittenState,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        copies: bool,
    }

    #[serde(tag = "kind", rename_all = "lowercase")]
    enum WrittenGives {
        None,
        Block { element: String },
        Table { rows: String, columns: Vec<WrittenColumn> },
    }

    #[serde(expecting = "a column")]
    struct WrittenColumn {
        name: String,
        element: String,
        #[serde(default)]
        unit: String,
    }

    #[derive(Default)]
    #[serde(rename_all = "lowercase")]
    enum WrittenState {
        #[default]
        Stateless,
        Resettable,
        Saved,
    }

    #[serde(expecting = "a configuration key")]
    struct WrittenKey {
        name: String,
        #[serde(rename = "type")]
        kind: WrittenKeyType,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        minimum: Option<serde_json::Number>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        maximum: Option<serde_json::Number>,
        #[serde(default, rename = "enum", skip_serializing_if = "Vec::is_empty")]
        choices: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<serde_json::Value>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        optional: bool,
        #[serde(default)]
        description: String,
    }

    #[serde(rename_all = "lowercase")]
    enum WrittenKeyType {
        Number,
        Integer,
        Boolean,
        String,
    }
}

/// Converts a structure with the same fields, or an enumeration with the same variants, into its written form and back.
macro_rules! alike {
    (struct $written:ident, $meant:ident { $($field:ident),* } convert { $($converted:ident: $how:expr),* }) => {
        impl From<$written> for $meant {
            fn from(written: $written) -> Self {
                Self { $($field: written.$field,)* $($converted: $how(written.$converted),)* }
            }
        }
        #[cfg(feature = "serde")]
        impl From<$meant> for $written {
            fn from(meant: $meant) -> Self {
                Self { $($field: meant.$field,)* $($converted: $how(meant.$converted),)* }
            }
        }
    };
    (enum $written:ident, $meant:ident { $($variant:ident),* }) => {
        impl From<$written> for $meant {
            fn from(written: $written) -> Self {
                match written { $($written::$variant => Self::$variant,)* }
            }
        }
        #[cfg(feature = "serde")]
        impl From<$meant> for $written {
            fn from(meant: $meant) -> Self {
                match meant { $($meant::$variant => Self::$variant,)* }
            }
        }
    };
}

fn each<A, B: From<A>>(list: Vec<A>) -> Vec<B> {
    list.into_iter().map(B::from).collect()
}

fn each_value<A, B: From<A>>(map: BTreeMap<String, A>) -> BTreeMap<String, B> {
    map.into_iter().map(|(name, value)| (name, value.into())).collect()
}

alike!(struct Document, Manifest { name, version, description, abi, extensions, requires, panic, compiler }
    convert { operations: each, config: each, layouts: each_value });
alike!(struct WrittenLayout, StructureLayout { size, alignment, fields } convert {});
alike!(struct WrittenOperation, OperationInfo { name, description, takes, copies }
    convert { gives: From::from, state: From::from });
alike!(struct WrittenColumn, Column { name, element, unit } convert {});
alike!(struct WrittenKey, Key { name, minimum, maximum, choices, default, optional, description }
    convert { kind: From::from });
alike!(enum WrittenState, State { Stateless, Resettable, Saved });
alike!(enum WrittenKeyType, KeyType { Number, Integer, Boolean, String });

impl From<WrittenGives> for Gives {
    fn from(written: WrittenGives) -> Self {
        match written {
            WrittenGives::None => Self::None,
            WrittenGives::Block { element } => Self::Block { element },
            WrittenGives::Table { rows, columns } => Self::Table {
                rows,
                columns: each(columns),
            },
        }
    }
}

#[cfg(feature = "serde")]
impl From<Gives> for WrittenGives {
    fn from(meant: Gives) -> Self {
        match meant {
            Gives::None => Self::None,
            Gives::Block { element } => Self::Block { element },
            Gives::Table { rows, columns } => Self::Table {
                rows,
                columns: each(columns),
            },
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Manifest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Document::from(self.clone()).serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for Manifest {
    /// Reads a manifest of this version of the contract, with the checks of [`Manifest::parse`].
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let manifest = Self::from(Document::deserialize(deserializer)?);
        manifest.check().map_err(serde::de::Error::custom)?;
        Ok(manifest)
    }
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_survives_being_written_and_read() {
        let json = br#"{"name":"p","version":"1","description":"d","abi":1,"panic":"none","compiler":"c",
            "extensions":["tollgate.state/1"],"requires":["x"],
            "operations":[
                {"name":"a","takes":["f64"],"gives":{"kind":"none"}},
                {"name":"b","takes":["any"],"gives":{"kind":"block","element":"same"},"state":"resettable","copies":true},
                {"name":"c","takes":["u8"],"gives":{"kind":"table","rows":"rows",
                    "columns":[{"name":"n","element":"u64","unit":"s"}]}}],
            "config":[{"name":"k","type":"integer","minimum":-1,"maximum":18446744073709551615,"default":3},
                {"name":"t","type":"string","enum":["low"],"optional":true}],
            "layouts":{"Block":{"size":8,"alignment":4,"fields":{"x":0}}}}"#;
        let manifest = Manifest::parse(json).unwrap();
        let written = serde_json::to_string(&manifest).unwrap();
        assert_eq!(serde_json::from_str::<Manifest>(&written).unwrap(), manifest);
        assert!(written.contains("18446744073709551615"), "{written}");
    }

    #[test]
    fn what_is_read_is_checked() {
        let twice = r#"{"name":"p","version":"1","abi":1,"panic":"none","operations":[
            {"name":"a","takes":["f64"],"gives":{"kind":"none"}},
            {"name":"a","takes":["f64"],"gives":{"kind":"none"}}]}"#;
        let error = serde_json::from_str::<Manifest>(twice).unwrap_err();
        assert!(
            error.to_string().starts_with("the operation \"a\" occurs twice"),
            "{error}"
        );
    }
}
