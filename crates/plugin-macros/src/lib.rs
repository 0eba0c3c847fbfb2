//! The macros of `tollgate-plugin`, which re-exports them and documents them with examples.
//!
//! Errors are reported at the author's own token, with the correct form.

#![forbid(unsafe_code)]

mod config;
mod doc;
mod operations;

use proc_macro::TokenStream;

/// Makes a configuration of a struct's fields: each named field is a key, and its documentation is the description. The
/// first paragraph of the struct's own documentation is the description of the plugin; without one, the manifest has
/// that of `Cargo.toml`.
///
/// - `#[config(default = LITERAL)]` is the value if the user gives none. A field without a default is required, unless
///   its type is an `Option`.
/// - `#[config(minimum = LITERAL)]` and `#[config(maximum = LITERAL)]` are limits, inclusive. Without them, the limits
///   are the type's.
/// - `#[config(skip)]` marks a field that is not a key. Its initial value is `Default::default()`.
///
/// Literals are checked against the field's type, and against each other, when the plugin is compiled.
///
/// Derived for an enum of unit variants, it makes a type for a key: the user gives the name of a variant in lower case.
#[proc_macro_derive(Config, attributes(config))]
pub fn config(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    config::derive(&input)
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// Goes above an `impl` block, and turns each method with `#[operation(…)]` into an operation that hosts can call.
///
/// - `takes = [f32, f64]`: the element types that the operation takes. A host refuses other types before the call. The
///   supported types are Rust's number types; half, complex and bool are not supported yet.
/// - `gives = f64`, `gives = same` (the input's type), `gives = any` (the configuration decides), `gives = none`, or a
///   table: `gives = table(rows { name: text, mean: f64, latency: f64 "ns" })`: first what a row represents, then the
///   columns, with optional units.
/// - `state = stateless` (the default: an instance may serve any caller), `resettable` (the result depends on earlier
///   calls, and a new instance starts without them) or `saved` (as resettable, and the plugin can save and restore the
///   state).
/// - `copies = true`: the output is the input in another form, so the output counts as copied bytes.
///
/// The method takes `&mut self`, `&Block<'_>` and `&mut Sink<'_>`, and returns `Result<()>`. Its documentation is the
/// operation's description. A `#[cfg(…)]` can be on the whole block, but not on one operation in it.
#[proc_macro_attribute]
pub fn operations(attributes: TokenStream, item: TokenStream) -> TokenStream {
    operations::expand(attributes.into(), item.into()).into()
}
