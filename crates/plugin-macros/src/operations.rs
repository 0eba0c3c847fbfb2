//! `#[operations]`.

use crate::doc;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use std::collections::BTreeSet;
use std::mem;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::token::Bracket;
use syn::{
    Attribute, Error, FnArg, ImplItem, ItemImpl, LitBool, LitStr, Meta, ReceiverKind, Result, ReturnType, Signature,
    Token, braced, bracketed, parenthesized,
};

/// The element types that a plugin can read and write.
const ELEMENTS: &[&str] = &["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "f32", "f64"];

/// The error for generic parameters of a plugin's type or of an operation.
pub(crate) const NO_PARAMETERS: &str = "a plugin's type cannot have generic parameters: the host decides how long an \
    instance lives, so it must own its data";

/// The contract's other element types, which plugins in Rust do not support yet.
const LATER: &[&str] = &["f16", "bool", "c64", "c128"];

pub(crate) fn expand(attributes: TokenStream, item: TokenStream) -> TokenStream {
    let mut block: ItemImpl = match syn::parse2(item) {
        Ok(block) => block,
        Err(error) => {
            let error = Error::new(
                error.span(),
                "#[operations] needs an `impl Type { … }` block with methods",
            );
            return error.to_compile_error();
        }
    };
    let plugin = implement(&attributes, &mut block).unwrap_or_else(|error| error.to_compile_error());
    // Keep the block even if it has an error, so that the compiler does not report follow-up errors.
    quote!(#block #plugin)
}

/// Removes the `#[operation(…)]` attributes from the block, and returns the implementation of `Plugin`.
fn implement(attributes: &TokenStream, block: &mut ItemImpl) -> Result<TokenStream> {
    let mut operations = Vec::new();
    let is_operation = |attribute: &Attribute| attribute.path().is_ident("operation");
    for item in &mut block.items {
        if let ImplItem::Fn(method) = item
            && let Some(at) = method.attrs.iter().position(is_operation)
        {
            let attribute = method.attrs.remove(at);
            operations.push((attribute, method.attrs.clone(), method.sig.clone()));
            method.attrs.retain(|attribute| !is_operation(attribute));
        }
    }
    let requires = syn::parse2::<Requires>(attributes.clone())?.0;
    if let Some((path, _)) = &block.trait_ {
        return Err(Error::new_spanned(
            path,
            "#[operations] needs an `impl Type { … }` block without a trait",
        ));
    }
    if !block.generics.params.is_empty() {
        return Err(Error::new_spanned(&block.generics, NO_PARAMETERS));
    }
    if let Some(second) = repeated(operations.iter().map(|(_, _, signature)| &signature.ident)) {
        let error = Error::new(
            second.span(),
            format!("the operation `{second}` is defined twice: rename one of them"),
        );
        // Leave it out, so that the compiler does not report the same error.
        let mut seen = false;
        block.items.retain(|item| match item {
            ImplItem::Fn(method) if method.sig.ident == second => !mem::replace(&mut seen, true),
            _ => true,
        });
        return Err(error);
    }
    let ty = &block.self_ty;
    if operations.is_empty() {
        return Err(Error::new_spanned(
            ty,
            "no operation in this block: put #[operation(takes = […], gives = …)] above a method",
        ));
    }
    let mut json = Vec::new();
    let mut arms = Vec::new();
    let mut saved = None;
    for (index, (attribute, others, signature)) in (0_u32..).zip(&operations) {
        check_attributes(others)?;
        let operation: Operation = match &attribute.meta {
            Meta::Path(_) => syn::parse2(TokenStream::new())?,
            _ => attribute.parse_args()?,
        };
        let missing = |what| Error::new_spanned(attribute.path(), format!("`{what}` is missing in this attribute"));
        check_signature(signature)?;
        let name = &signature.ident;
        doc::check_name(name, "an operation")?;
        if operation.state.as_deref() == Some("saved") {
            saved = Some(name.span());
        }
        json.push(format!(
            "{{\"name\":{},\"description\":{},\"takes\":[{}],\"gives\":{},\"state\":{}{}}}",
            doc::json(&name.unraw().to_string()),
            doc::json(&doc::text(others)),
            operation.takes.ok_or_else(|| missing("takes = [f64]"))?,
            operation.gives.ok_or_else(|| missing("gives = f64"))?,
            doc::json(operation.state.as_deref().unwrap_or("stateless")),
            if operation.copies == Some(true) {
                ",\"copies\":true"
            } else {
                ""
            },
        ));
        // Call the method by its path: a type's own method has precedence over a trait's method of the same name, such
        // as `call`. The span is the method's name. The arguments have the macro's own span, even if the method comes
        // from a macro of the author.
        let parameters = signature.inputs.iter();
        let mut arguments = ["self", "input", "output"]
            .into_iter()
            .zip(parameters)
            .map(|(name, parameter)| {
                // The compiler reports an error in an argument at the author's parameter.
                let place = match parameter {
                    FnArg::Receiver(receiver) => receiver.self_token.span,
                    FnArg::Typed(parameter) => parameter.ty.span(),
                };
                Ident::new(name, Span::call_site().located_at(place))
            });
        let [this, input, output] = [arguments.next(), arguments.next(), arguments.next()];
        arms.push(quote_spanned!(name.span()=> #index => <#ty>::#name(#this, #input, #output)));
    }
    let json = format!("[{}]", json.join(","));
    // With the span of the operation's name, where the compiler then reports that the type does not implement `Saved`.
    let saved = saved.map(|span| {
        quote_spanned! {span=>
            const SAVES: ::core::primitive::bool = true;

            fn save_state(&self, output: &mut ::tollgate_plugin::Sink<'_>) -> ::tollgate_plugin::Result<()> {
                <Self as ::tollgate_plugin::Saved>::save(self, output)
            }

            fn restore_state(&mut self, state: &::tollgate_plugin::Block<'_>) -> ::tollgate_plugin::Result<()> {
                <Self as ::tollgate_plugin::Saved>::restore(self, state)
            }
        }
    });
    let requires = (!requires.is_empty()).then(|| {
        let ids: Vec<String> = requires.iter().map(|id| doc::json(id)).collect();
        let ids = format!("[{}]", ids.join(","));
        quote!(const REQUIRES: &'static ::core::primitive::str = #ids;)
    });
    let conditions = block.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    Ok(quote! {
        #(#conditions)*
        impl ::tollgate_plugin::Plugin for #ty {
            const OPERATIONS: &'static ::core::primitive::str = #json;
            #saved
            #requires

            #[inline]
            fn call(
                &mut self,
                operation: ::core::primitive::u32,
                input: &::tollgate_plugin::Block<'_>,
                output: &mut ::tollgate_plugin::Sink<'_>,
            ) -> ::tollgate_plugin::Result<()> {
                match operation {
                    #(#arms,)*
                    _ => ::core::result::Result::Err(::tollgate_plugin::Error::no_such_operation(operation)),
                }
            }
        }
    })
}

/// The first name that occurs for the second time.
fn repeated<'a>(names: impl IntoIterator<Item = &'a Ident>) -> Option<Ident> {
    let mut seen = BTreeSet::new();
    names
        .into_iter()
        .find(|name| !seen.insert(name.unraw().to_string()))
        .cloned()
}

/// Checks that an operation has one `#[operation]` attribute, and no `#[cfg]`, which could remove the method.
fn check_attributes(others: &[Attribute]) -> Result<()> {
    for other in others {
        if other.path().is_ident("operation") {
            return Err(Error::new_spanned(
                other.path(),
                "a method can be only one operation: remove all but one of these attributes",
            ));
        }
        if other.path().is_ident("cfg") {
            return Err(Error::new_spanned(
                other,
                "an operation cannot have #[cfg], because the indices of the others in the manifest would change: put \
                    the #[cfg] on the whole `impl` block, or inside the method",
            ));
        }
    }
    Ok(())
}

/// Checks the signature here, so that errors refer to the author's code and not to generated code.
fn check_signature(signature: &Signature) -> Result<()> {
    if signature.inputs.len() != 3 || signature.receiver().is_none() {
        return Err(Error::new_spanned(
            &signature.inputs,
            "an operation must have the parameters `&mut self, input: &Block<'_>, output: &mut Sink<'_>`",
        ));
    }
    if let Some(asynchrony) = &signature.asyncness {
        return Err(Error::new_spanned(
            asynchrony,
            "an operation cannot be async: remove `async`",
        ));
    }
    if let Some(parameter) = signature.generics.type_params().next() {
        return Err(Error::new_spanned(
            parameter,
            "an operation cannot have type parameters: match on `input.element()`, and call a generic method",
        ));
    }
    if let Some(FnArg::Receiver(receiver)) = signature.inputs.first()
        && matches!(receiver.kind, ReceiverKind::Value)
    {
        return Err(Error::new_spanned(
            receiver,
            "an operation cannot consume the instance: use `&mut self`",
        ));
    }
    if matches!(signature.output, ReturnType::Default) {
        return Err(Error::new_spanned(
            &signature.ident,
            "an operation must return `Result<()>`",
        ));
    }
    Ok(())
}

/// The content of `#[operations(…)]`: empty, or `requires = ["id/1"]`.
struct Requires(Vec<String>);

impl Parse for Requires {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let expected = "#[operations] accepts only `requires = [\"id/1\"]`, the extensions that the plugin needs from \
            the host: put `takes` and `gives` into the #[operation(…)] above the method";
        let key: Ident = input
            .call(Ident::parse_any)
            .map_err(|error| Error::new(error.span(), expected))?;
        if key != "requires" {
            return Err(Error::new(key.span(), expected));
        }
        input.parse::<Token![=]>()?;
        let list;
        bracketed!(list in input);
        let ids: Punctuated<LitStr, Token![,]> = list.parse_terminated(|input| input.parse(), Token![,])?;
        for id in &ids {
            let text = id.value();
            let numbered = text
                .rsplit_once('/')
                .is_some_and(|(name, version)| !name.is_empty() && version.parse::<u32>().is_ok());
            if !numbered || text.contains('\0') {
                return Err(Error::new(
                    id.span(),
                    "an extension's id must end with its version, such as \"tollgate.state/1\"",
                ));
            }
        }
        Ok(Self(ids.iter().map(LitStr::value).collect()))
    }
}

/// The content of `#[operation(…)]`, each part as JSON.
#[derive(Default)]
struct Operation {
    takes: Option<String>,
    gives: Option<String>,
    state: Option<String>,
    copies: Option<bool>,
}

impl Parse for Operation {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut operation = Self::default();
        while !input.is_empty() {
            let key: Ident = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            let twice = match key.to_string().as_str() {
                "takes" => operation.takes.replace(parse_takes(input)?).is_some(),
                "gives" => operation.gives.replace(parse_gives(input)?).is_some(),
                "state" => operation.state.replace(parse_state(input)?).is_some(),
                "copies" => operation.copies.replace(input.parse::<LitBool>()?.value).is_some(),
                _ => {
                    return Err(Error::new(
                        key.span(),
                        "expected `takes = […]`, `gives = …`, `state = …` or `copies = …`",
                    ));
                }
            };
            if twice {
                return Err(Error::new(key.span(), format!("`{key}` is given twice")));
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(operation)
    }
}

fn parse_takes(input: ParseStream<'_>) -> Result<String> {
    if !input.peek(Bracket) {
        return Err(input.error("`takes` must be a list of element types: write `takes = [f32]`"));
    }
    let list;
    let bracket = bracketed!(list in input);
    let elements: Punctuated<Ident, Token![,]> = list.parse_terminated(Ident::parse_any, Token![,])?;
    if elements.is_empty() {
        return Err(Error::new(
            bracket.span.join(),
            "`takes` needs at least one element type",
        ));
    }
    if let Some(second) = repeated(&elements) {
        return Err(Error::new(second.span(), format!("`{second}` is listed twice")));
    }
    let names: Vec<String> = elements
        .iter()
        .map(|name| Ok(doc::json(&element(name, ELEMENTS)?)))
        .collect::<Result<_>>()?;
    Ok(names.join(","))
}

fn parse_gives(input: ParseStream<'_>) -> Result<String> {
    if !input.peek(Ident::peek_any) {
        return Err(
            input.error("`gives` must be one element type, `same`, `any`, `none` or `table(rows { column: f64 })`")
        );
    }
    let name = input.call(Ident::parse_any)?;
    match name.to_string().as_str() {
        "none" => Ok("{\"kind\":\"none\"}".to_owned()),
        "table" => parse_table(input),
        "same" | "any" => Ok(format!("{{\"kind\":\"block\",\"element\":\"{name}\"}}")),
        _ => {
            let known: Vec<&str> = ELEMENTS
                .iter()
                .copied()
                .chain(["same", "any", "none", "table"])
                .collect();
            Ok(format!(
                "{{\"kind\":\"block\",\"element\":{}}}",
                doc::json(&element(&name, &known)?)
            ))
        }
    }
}

fn parse_table(input: ParseStream<'_>) -> Result<String> {
    let inside;
    parenthesized!(inside in input);
    let rows = inside.call(Ident::parse_any)?;
    let list;
    braced!(list in inside);
    if !inside.is_empty() {
        return Err(inside.error("unexpected tokens after the columns"));
    }
    let columns: Punctuated<Column, Token![,]> = list.parse_terminated(Column::parse, Token![,])?;
    if columns.is_empty() {
        return Err(Error::new(rows.span(), "a table needs at least one column"));
    }
    if let Some(second) = repeated(columns.iter().map(|column| &column.name)) {
        return Err(Error::new(
            second.span(),
            format!("the column `{second}` is defined twice: rename one of them"),
        ));
    }
    let columns: Vec<String> = columns.into_iter().map(|column| column.json).collect();
    Ok(format!(
        "{{\"kind\":\"table\",\"rows\":{},\"columns\":[{}]}}",
        doc::json(&rows.unraw().to_string()),
        columns.join(",")
    ))
}

/// `name: element "unit"`.
struct Column {
    name: Ident,
    json: String,
}

impl Parse for Column {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.call(Ident::parse_any)?;
        input.parse::<Token![:]>()?;
        let known: Vec<&str> = ELEMENTS.iter().copied().chain(["text"]).collect();
        let element = element(&input.call(Ident::parse_any)?, &known)?;
        let unit = if input.peek(LitStr) {
            input.parse::<LitStr>()?.value()
        } else {
            String::new()
        };
        let json = format!(
            "{{\"name\":{},\"element\":{},\"unit\":{}}}",
            doc::json(&name.unraw().to_string()),
            doc::json(&element),
            doc::json(&unit)
        );
        Ok(Self { name, json })
    }
}

fn parse_state(input: ParseStream<'_>) -> Result<String> {
    let state: Ident = input.parse()?;
    match state.to_string().as_str() {
        "stateless" | "resettable" | "saved" => Ok(state.to_string()),
        _ => Err(Error::new(
            state.span(),
            "`state` must be `stateless`, `resettable` or `saved`",
        )),
    }
}

fn element(name: &Ident, known: &[&str]) -> Result<String> {
    let text = name.to_string();
    if known.contains(&text.as_str()) {
        return Ok(text);
    }
    let message = if LATER.contains(&text.as_str()) {
        format!(
            "`{text}` is not supported yet in Rust plugins: the supported element types are {}",
            ELEMENTS.join(", ")
        )
    } else {
        format!("`{text}` is not an element type: {} are", known.join(", "))
    };
    Err(Error::new(name.span(), message))
}
