//! Types that describe themselves. [`contract!`] and [`codes!`] define a type together with a description of its layout
//! and documentation. Manifests, `tollgate plugin inspect` and `tollgate.h` are made from this description.
//!
//! The documentation up to its first heading belongs to the contract, is valid for every language, and becomes the
//! header's comment. Documentation that is only for Rust comes after a heading, or after the structure.

/// A structure of the contract: its layout in memory on this target, and its purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Its name in `tollgate.h`, without the prefix `tollgate_`.
    pub name: &'static str,
    /// Its name in this crate.
    pub rust: &'static str,
    /// Its documentation.
    pub docs: Docs,
    /// Its size in bytes.
    pub size: usize,
    /// Its alignment in bytes.
    pub alignment: usize,
    /// Its fields, in the order of their offsets.
    pub fields: &'static [Field],
}

/// A field of a structure of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its type in Rust.
    pub kind: &'static str,
    /// Its documentation.
    pub docs: Docs,
    /// Its offset in bytes.
    pub offset: usize,
}

/// An open code of the contract: a number with names for some of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Codes {
    /// Its name in this crate.
    pub rust: &'static str,
    /// Its documentation.
    pub docs: Docs,
    /// Its values that have a name.
    pub codes: &'static [Code],
}

/// A value of an open code that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub docs: Docs,
    /// Its value.
    pub value: i64,
}

/// The documentation of a part of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Docs(pub(crate) &'static [Option<&'static str>]);

impl Docs {
    /// The lines after `///` up to the first heading.
    pub fn lines(self) -> impl Iterator<Item = &'static str> {
        let lines = self.0.iter().flatten().copied();
        lines.take_while(|line| !line.starts_with(" # "))
    }
}

/// The text of an attribute, if it is documentation.
macro_rules! doc_line {
    (doc = $line:literal) => {
        Some($line)
    };
    ($($other:tt)*) => {
        None
    };
}

/// Defines a structure of the contract together with its [`Layout`]. Fields after the `+` have no size and are only for
/// Rust.
macro_rules! contract {
    (
        $(#[$($attribute:tt)*])*
        pub struct $type:ident $(<$life:lifetime>)? as $name:literal { $($fields:tt)* }
        $(+ { $($more:tt)* })?
    ) => {
        $(#[$($attribute)*])*
        pub struct $type $(<$life>)? {
            $($fields)*
            $($($more)*)?
        }

        impl $(<$life>)? $type $(<$life>)? {
            /// Its layout in memory, and its documentation.
            pub(crate) const LAYOUT: $crate::Layout = $crate::Layout {
                name: $name,
                rust: stringify!($type),
                docs: $crate::contract::Docs(&[$($crate::contract::doc_line!($($attribute)*)),*]),
                size: size_of::<Self>(),
                alignment: align_of::<Self>(),
                fields: $crate::contract::fields!($($fields)*),
            };
        }
    };
}

/// The fields of a structure, as a list of [`Field`]s.
macro_rules! fields {
    ($($(#[$($attribute:tt)*])* $visibility:vis $field:ident: $type:ty),* $(,)?) => {
        &[$($crate::Field {
            name: stringify!($field),
            kind: stringify!($type),
            docs: $crate::contract::Docs(&[$($crate::contract::doc_line!($($attribute)*)),*]),
            offset: ::core::mem::offset_of!(Self, $field),
        }),*]
    };
}

/// Defines an open code of the contract together with its [`Codes`].
macro_rules! codes {
    (
        $(#[$($attribute:tt)*])*
        pub struct $type:ident(pub $number:ident) {
            $($(#[$($code_attribute:tt)*])* $code:ident = $value:expr,)*
        }
    ) => {
        $(#[$($attribute)*])*
        pub struct $type(pub $number);

        impl $type {
            $($(#[$($code_attribute)*])* pub const $code: Self = Self($value);)*

            /// Its values that have a name.
            pub(crate) const CODES: $crate::Codes = $crate::Codes {
                rust: stringify!($type),
                docs: $crate::contract::Docs(&[$($crate::contract::doc_line!($($attribute)*)),*]),
                codes: &[$($crate::Code {
                    name: stringify!($code),
                    docs: $crate::contract::Docs(&[$($crate::contract::doc_line!($($code_attribute)*)),*]),
                    value: Self::$code.0 as i64,
                }),*],
            };
        }
    };
}

pub(crate) use {codes, contract, doc_line, fields};
