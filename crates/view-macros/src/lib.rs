//! The derive macro of `tollgate-view`, which re-exports it and documents it with examples.
//!
//! Errors are reported at the author's own token, with the correct form. The generated code contains unsafe
//! implementations, each with its proof. Their preconditions are checked in the same place, at compile time.

#![forbid(unsafe_code)]

mod choice;
mod record;

use proc_macro::TokenStream;
use syn::{Data, DeriveInput, Error, Result};

/// Makes a `repr(C)` struct of named fields viewable as the records of a file, and an enum of unit variants viewable as
/// numbers, each of which must be a discriminant of the enum.
///
/// - Every field must be viewable: a number, `bool`, `char`, a complex number, another record, or an array of these.
/// - There must be no implicit padding. `#[viewable(padding)]` marks a field that only holds padding bytes; it is not
///   compared with the file's fields. `repr(C, packed)` has no padding.
/// - `#[viewable(name = "…")]` gives the field's name in the file, if it is not a valid Rust name.
///
/// The type needs `Clone` and `Copy`. It must not derive `bytemuck`'s traits, because this derive implements those that
/// apply.
#[proc_macro_derive(Viewable, attributes(viewable))]
pub fn viewable(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    derive(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

fn derive(input: &DeriveInput) -> Result<proc_macro2::TokenStream> {
    if !input.generics.params.is_empty() {
        let message = "a viewed type cannot have generic parameters: a file has one layout, and nothing to borrow";
        return Err(Error::new_spanned(&input.generics, message));
    }
    match &input.data {
        Data::Struct(data) => record::derive(input, data),
        Data::Enum(data) => choice::derive(input, data),
        Data::Union(data) => {
            let message = "a union cannot be viewed: its bytes do not tell which field is valid";
            Err(Error::new_spanned(data.union_token, message))
        }
    }
}

/// The words of `#[repr(…)]`, such as `C` and `packed`, without the parentheses after them.
fn repr(input: &DeriveInput) -> Result<Vec<String>> {
    let mut words = Vec::new();
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("repr")) {
        attribute.parse_nested_meta(|meta| {
            words.extend(meta.path.get_ident().map(ToString::to_string));
            if meta.input.peek(syn::token::Paren) {
                let content;
                syn::parenthesized!(content in meta.input);
                content.parse::<proc_macro2::TokenStream>()?;
            }
            Ok(())
        })?;
    }
    Ok(words)
}
