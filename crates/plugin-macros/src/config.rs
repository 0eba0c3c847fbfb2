//! `#[derive(Config)]`.

use crate::doc;
use crate::operations::NO_PARAMETERS;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DataEnum, DeriveInput, Error, Expr, ExprLit, ExprUnary, Field, Fields, Lit, Result, UnOp};

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let data = match &input.data {
        Data::Struct(data) => data,
        Data::Enum(data) => return derive_choice(&input.ident, data),
        Data::Union(_) => {
            return Err(Error::new_spanned(
                &input.ident,
                "Config can be derived for a struct, whose named fields are the keys, or for an enum, whose variants \
                    are the choices of a key",
            ));
        }
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(&input.generics, NO_PARAMETERS));
    }
    let fields: Vec<&Field> = match &data.fields {
        Fields::Named(fields) => fields.named.iter().collect(),
        Fields::Unit => Vec::new(),
        Fields::Unnamed(fields) => {
            return Err(Error::new_spanned(
                fields,
                "a configuration key needs a name: write `struct Name { key: Type }`",
            ));
        }
    };
    let mut parts = Vec::new();
    let mut values = Vec::new();
    let mut checks = Vec::new();
    let mut index = 0_usize;
    for field in fields {
        let name = field.ident.as_ref().expect("the fields are named");
        let ty = &field.ty;
        let options = Options::parse(field)?;
        if options.skip {
            values.push(quote!(#name: ::core::default::Default::default()));
            continue;
        }
        doc::check_name(name, "a configuration key")?;
        let key = name.unraw().to_string();
        // The trait bound is written identically at the same place each time, so that an error is reported once.
        let setting = quote_spanned!(ty.span()=> <#ty as ::tollgate_plugin::Setting>);
        checks.extend(options.checks(&setting));
        let separator = if parts.is_empty() { "[" } else { "," };
        let head = format!("{separator}{{\"name\":{},\"type\":", doc::json(&key));
        let fragment = |option: &str, literal: &Option<Literal>| {
            literal
                .as_ref()
                .map(|literal| format!(",\"{option}\":{}", literal.json))
        };
        let minimum =
            fragment("minimum", &options.minimum).map_or_else(|| quote!(#setting::MINIMUM), |json| quote!(#json));
        let maximum =
            fragment("maximum", &options.maximum).map_or_else(|| quote!(#setting::MAXIMUM), |json| quote!(#json));
        let default = fragment("default", &options.default).unwrap_or_default();
        let tail = format!(",\"description\":{}}}", doc::json(&doc::text(&field.attrs)));
        parts.push(quote! {
            ::tollgate_plugin::__private::Part::Json(#head),
            ::tollgate_plugin::__private::Part::Text(#setting::TYPE),
            ::tollgate_plugin::__private::Part::Json(#minimum),
            ::tollgate_plugin::__private::Part::Json(#maximum),
            ::tollgate_plugin::__private::Part::Json(#setting::CHOICES),
            ::tollgate_plugin::__private::Part::Json(#default),
            ::tollgate_plugin::__private::Part::Json(#setting::OPTIONAL),
            ::tollgate_plugin::__private::Part::Json(#tail)
        });
        // The call has the field's span, because an error refers to the place of the call. The argument has the macro's
        // own span.
        let attributes = Ident::new("attributes", Span::call_site());
        values.push(quote_spanned! {ty.span()=>
            #name: ::tollgate_plugin::__private::setting(
                #attributes, #index, #key, #setting::TYPE, #setting::from_value,
            )?
        });
        index += 1;
    }
    let end = if parts.is_empty() { "[]" } else { "]" };
    let ident = &input.ident;
    let description = doc::summary(&input.attrs);
    // Full paths everywhere: an author's type can have any name.
    Ok(quote! {
        #(#checks)*

        impl ::tollgate_plugin::Config for #ident {
            const DESCRIPTION: &'static ::core::primitive::str = #description;

            const SCHEMA: &'static ::core::primitive::str = {
                const PARTS: &[::tollgate_plugin::__private::Part] =
                    &[#(#parts,)* ::tollgate_plugin::__private::Part::Json(#end)];
                const BYTES: [::core::primitive::u8; ::tollgate_plugin::__private::length(PARTS)] =
                    ::tollgate_plugin::__private::join(PARTS);
                ::tollgate_plugin::__private::as_str(&BYTES)
            };

            fn from_attributes(
                attributes: &[::tollgate_plugin::__private::Attribute<'_>],
            ) -> ::tollgate_plugin::Result<Self> {
                let _ = attributes;
                ::core::result::Result::Ok(Self { #(#values),* })
            }
        }
    })
}

/// An enum of unit variants is a type for a key: a text that is the name of a variant in lower case.
fn derive_choice(ident: &Ident, data: &DataEnum) -> Result<TokenStream> {
    let mut names = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::new_spanned(
                &variant.fields,
                "a variant of a choice cannot have fields",
            ));
        }
        let name = variant.ident.unraw().to_string().to_lowercase();
        if names.contains(&name) {
            return Err(Error::new_spanned(
                &variant.ident,
                format!("the variant {name:?} is defined twice (names are compared in lower case): rename one of them"),
            ));
        }
        names.push(name);
    }
    if names.is_empty() {
        return Err(Error::new_spanned(ident, "a choice needs at least one variant"));
    }
    let json: Vec<String> = names.iter().map(|name| doc::json(name)).collect();
    let choices = format!(",\"enum\":[{}]", json.join(","));
    let variants = data.variants.iter().map(|variant| &variant.ident);
    Ok(quote! {
        impl ::tollgate_plugin::Setting for #ident {
            const TYPE: &'static ::core::primitive::str = "string";
            const CHOICES: &'static ::core::primitive::str = #choices;
            const NAMES: &'static [&'static ::core::primitive::str] = &[#(#names),*];

            fn from_value(value: ::tollgate_plugin::Value<'_>) -> ::core::option::Option<Self> {
                match value {
                    #(::tollgate_plugin::Value::Text(#names) => ::core::option::Option::Some(Self::#variants),)*
                    _ => ::core::option::Option::None,
                }
            }
        }
    })
}

#[derive(Default)]
struct Options {
    skip: bool,
    default: Option<Literal>,
    minimum: Option<Literal>,
    maximum: Option<Literal>,
}

impl Options {
    fn parse(field: &Field) -> Result<Self> {
        let mut options = Self::default();
        for attribute in field
            .attrs
            .iter()
            .filter(|attribute| attribute.path().is_ident("config"))
        {
            attribute.parse_nested_meta(|meta| {
                let slot = if meta.path.is_ident("skip") {
                    options.skip = true;
                    return Ok(());
                } else if meta.path.is_ident("default") {
                    &mut options.default
                } else if meta.path.is_ident("minimum") {
                    &mut options.minimum
                } else if meta.path.is_ident("maximum") {
                    &mut options.maximum
                } else {
                    return Err(meta.error("expected `default = …`, `minimum = …`, `maximum = …` or `skip`"));
                };
                if slot.replace(Literal::new(&meta.value()?.parse()?)?).is_some() {
                    return Err(meta.error("this is given twice"));
                }
                Ok(())
            })?;
        }
        let literals = [&options.default, &options.minimum, &options.maximum];
        if options.skip
            && let Some(literal) = literals.into_iter().flatten().next()
        {
            return Err(Error::new(
                literal.span,
                "a field with `skip` is not a key, so it cannot have a default or limits: remove `skip`, or the \
                    default and the limits",
            ));
        }
        Ok(options)
    }

    /// Checks that need the field's type, which only the compiler knows: each literal is checked at compile time, and
    /// the error refers to the literal.
    fn checks(&self, setting: &TokenStream) -> Vec<TokenStream> {
        let optional = |literal: &Option<Literal>| match literal {
            Some(Literal { value, .. }) => quote!(::core::option::Option::Some(#value)),
            None => quote!(::core::option::Option::None),
        };
        let (none, minimum, maximum) = (optional(&None), optional(&self.minimum), optional(&self.maximum));
        let mut checks = Vec::new();
        let mut check = |literal: &Option<Literal>, call: &dyn Fn(&TokenStream) -> TokenStream| {
            if let Some(Literal { span, value, .. }) = literal {
                let found = call(value);
                // The panic has the literal's span, and the name in it has the macro's own span.
                let problem = Ident::new("problem", Span::call_site());
                let panics = quote_spanned!(*span=> ::core::panic!("{}", #problem));
                checks.push(quote! {
                    const _: () = match ::tollgate_plugin::__private::#found {
                        ::core::option::Option::Some(#problem) => #panics,
                        ::core::option::Option::None => (),
                    };
                });
            }
        };
        let limit =
            |value: &TokenStream, minimum| quote!(limit_problem(#setting::TYPE, #setting::RANGE, #value, #minimum));
        // Contradicting limits are reported at the second one.
        check(&self.minimum, &|value| limit(value, &none));
        check(&self.maximum, &|value| limit(value, &minimum));
        check(
            &self.default,
            &|value| quote!(default_problem(#setting::TYPE, #setting::RANGE, #setting::NAMES, #value, #minimum, #maximum)),
        );
        checks
    }
}

/// A literal of the author.
struct Literal {
    span: Span,
    /// As JSON.
    json: String,
    /// As a value of `tollgate_plugin::__private::Literal`.
    value: TokenStream,
}

impl Literal {
    fn new(expression: &Expr) -> Result<Self> {
        let wrong = || {
            Error::new_spanned(
                expression,
                "expected a literal (a number, true, false or a text): it goes into the manifest, which is read \
                    without running code",
            )
        };
        let (negative, literal) = match expression {
            Expr::Unary(ExprUnary {
                op: UnOp::Neg(_), expr, ..
            }) => (true, &**expr),
            literal => (false, literal),
        };
        let Expr::Lit(ExprLit { lit, .. }) = literal else {
            return Err(wrong());
        };
        let (json, value) = match lit {
            Lit::Int(integer) => {
                let magnitude: i128 = integer.base10_parse().map_err(|_| {
                    Error::new_spanned(
                        integer,
                        "this integer is too large: write it with a decimal point, as in 1.0e40",
                    )
                })?;
                let integer = if negative { -magnitude } else { magnitude };
                (integer.to_string(), quote!(Integer(#integer)))
            }
            Lit::Float(float) => {
                let magnitude: f64 = float.base10_parse()?;
                if !magnitude.is_finite() {
                    return Err(Error::new_spanned(
                        float,
                        "this number is too large for JSON and for f64",
                    ));
                }
                let real = if negative { -magnitude } else { magnitude };
                // `1.` and `1.e3` are Rust but not JSON; `{:?}` writes both.
                // Written by its bits, so that no lint mistakes it for a constant of the macro.
                let bits = real.to_bits();
                (
                    format!("{real:?}"),
                    quote!(Real(::core::primitive::f64::from_bits(#bits))),
                )
            }
            Lit::Bool(boolean) if !negative => (boolean.value.to_string(), quote!(Boolean)),
            Lit::Str(text) if !negative => (doc::json(&text.value()), quote!(Text(#text))),
            _ => return Err(wrong()),
        };
        Ok(Self {
            span: expression.span(),
            json,
            value: quote!(::tollgate_plugin::__private::Literal::#value),
        })
    }
}
