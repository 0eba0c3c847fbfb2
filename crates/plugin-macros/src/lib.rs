//! The macros of `tollgate-plugin`, which re-exports and documents them by example.
//!
//! What an author gets wrong is said at the author's own token, with what would be right.

#![forbid(unsafe_code)]

mod config;
mod doc;
mod operations;

use proc_macro::TokenStream;

/// Turns a struct's fields into a configuration: each named field is a key, its documentation is the description.
///
/// - `#[config(default = LITERAL)]` is the value where the user gives none; a field without a default must be given,
///   unless its type is an `Option`.
/// - `#[config(minimum = LITERAL)]` and `#[config(maximum = LITERAL)]` are limits, both included; without them, the
///   limits are the type's.
/// - `#[config(skip)]` is for a field that is no key: it begins as `Default::default()`.
///
/// Literals are compared with the field's type, and with each other, when the plugin is compiled.
///
/// Derived for an enum of unit variants, it makes a type that a key may have: the user gives a variant's name in lower
/// case.
#[proc_macro_derive(Config, attributes(config))]
pub fn config(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    config::derive(&input)
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

/// Stands over an `impl` block, and turns each method with `#[operation(…)]` into an operation that hosts can call.
///
/// - `takes = [f32, f64]`: the element types that the operation takes; a host refuses others before it calls. They are
///   the numbers that Rust has; half, complex and truth values come later.
/// - `gives = f64`, `gives = same` (the input's type), `gives = any` (what the configuration says), `gives = none`, or
///   a table: `gives = table(rows { name: text, mean: f64, latency: f64 "ns" })`: what a row stands for, then the
///   columns, with a unit where they have one.
/// - `state = stateless` (the default: an instance may serve anyone), `resettable` (what was called before matters, and
///   a new instance forgets it) or `saved` (as resettable, and the plugin can save and restore it).
/// - `copies = true`: what it gives is its input in another form, so that its output counts as copied bytes.
///
/// The method takes `&mut self`, `&Block<'_>` and `&mut Sink<'_>`, and returns `Result<()>`. Its documentation is the
/// operation's description. A `#[cfg(…)]` may stand over the whole block, and not over one operation of it.
#[proc_macro_attribute]
pub fn operations(attributes: TokenStream, item: TokenStream) -> TokenStream {
    operations::expand(attributes.into(), item.into()).into()
}
