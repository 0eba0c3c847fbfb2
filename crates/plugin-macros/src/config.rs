//! `#[derive(Config)]`.

use crate::doc;
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DataEnum, DeriveInput, Error, Expr, ExprLit, ExprUnary, Field, Fields, Lit, LitStr, Result, UnOp};

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let data = match &input.data {
        Data::Struct(data) => data,
        Data::Enum(data) => return derive_choice(&input.ident, data),
        Data::Union(_) => {
            return Err(Error::new_spanned(
                &input.ident,
                "Config is derived for a struct, whose named fields are the keys, or for an enum, whose variants are a key's choices",
            ));
        }
    };
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(&input.generics, "a plugin's type has no parameters"));
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
    let mut index = 0_usize;
    for field in fields {
        let name = field.ident.as_ref().expect("the fields are named");
        let ty = &field.ty;
        let options = Options::parse(field)?;
        if options.skip {
            values.push(quote!(#name: ::core::default::Default::default()));
            continue;
        }
        let key = name.unraw().to_string();
        if parts.is_empty() {
            parts.push(quote!(Part::Json("[")));
        } else {
            parts.push(quote!(Part::Json(",")));
        }
        let setting = quote_spanned!(ty.span()=> <#ty as ::tollgate_plugin::Setting>);
        let head = format!("{{\"name\":{},\"type\":", doc::json(&key));
        let minimum = options
            .minimum
            .map_or_else(|| quote!(#setting::MINIMUM), |json| fragment("minimum", &json));
        let maximum = options
            .maximum
            .map_or_else(|| quote!(#setting::MAXIMUM), |json| fragment("maximum", &json));
        let default = options
            .default
            .map_or_else(|| quote!(""), |json| fragment("default", &json));
        let tail = format!(",\"description\":{}}}", doc::json(&doc::text(&field.attrs)));
        parts.push(quote! {
            Part::Json(#head), Part::Text(#setting::TYPE), Part::Json(#minimum), Part::Json(#maximum),
            Part::Json(#setting::CHOICES), Part::Json(#default), Part::Json(#setting::OPTIONAL), Part::Json(#tail)
        });
        values.push(
            quote_spanned!(ty.span()=> #name: ::tollgate_plugin::__private::setting::<#ty>(attributes, #index, #key)?),
        );
        index += 1;
    }
    let end = if parts.is_empty() { "[]" } else { "]" };
    let ident = &input.ident;
    Ok(quote! {
        impl ::tollgate_plugin::Config for #ident {
            const SCHEMA: &'static str = {
                use ::tollgate_plugin::__private::{Part, as_str, join, length};
                const PARTS: &[Part] = &[#(#parts,)* Part::Json(#end)];
                const BYTES: [u8; length(PARTS)] = join(PARTS);
                as_str(&BYTES)
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

/// An enum of unit variants is a type that a key may have: a text that is one of the variants' names in lower case.
fn derive_choice(ident: &Ident, data: &DataEnum) -> Result<TokenStream> {
    let mut names = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::new_spanned(
                &variant.fields,
                "a variant that a user chooses by its name holds nothing",
            ));
        }
        names.push(variant.ident.unraw().to_string().to_lowercase());
    }
    if names.is_empty() {
        return Err(Error::new_spanned(
            ident,
            "an enum without variants leaves nothing to choose",
        ));
    }
    let json: Vec<String> = names.iter().map(|name| doc::json(name)).collect();
    let choices = format!(",\"enum\":[{}]", json.join(","));
    let variants = data.variants.iter().map(|variant| &variant.ident);
    Ok(quote! {
        impl ::tollgate_plugin::Setting for #ident {
            const TYPE: &'static str = "string";
            const CHOICES: &'static str = #choices;

            fn from_value(value: ::tollgate_plugin::Value<'_>) -> ::core::option::Option<Self> {
                match value {
                    #(::tollgate_plugin::Value::Text(#names) => ::core::option::Option::Some(Self::#variants),)*
                    _ => ::core::option::Option::None,
                }
            }
        }
    })
}

fn fragment(key: &str, json: &str) -> TokenStream {
    let fragment = format!(",\"{key}\":{json}");
    quote!(#fragment)
}

#[derive(Default)]
struct Options {
    skip: bool,
    default: Option<String>,
    minimum: Option<String>,
    maximum: Option<String>,
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
                *slot = Some(literal(&meta.value()?.parse()?)?);
                Ok(())
            })?;
        }
        Ok(options)
    }
}

/// A literal as JSON.
fn literal(value: &Expr) -> Result<String> {
    let wrong = || {
        Error::new_spanned(
            value,
            "a literal is needed here (a number, true, false or a text): it goes into the manifest, which is read without running code",
        )
    };
    match value {
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_), expr, ..
        }) => match &**expr {
            Expr::Lit(ExprLit {
                lit: Lit::Int(_) | Lit::Float(_),
                ..
            }) => Ok(format!("-{}", literal(expr)?)),
            _ => Err(wrong()),
        },
        Expr::Lit(ExprLit { lit, .. }) => match lit {
            Lit::Int(integer) => Ok(integer.base10_digits().to_owned()),
            Lit::Float(float) => {
                let value: f64 = float.base10_parse()?;
                if !value.is_finite() {
                    return Err(Error::new_spanned(
                        float,
                        "this number is too large for JSON and for f64",
                    ));
                }
                // `1.` and `1.e3` are Rust but not JSON; `{:?}` writes both.
                Ok(format!("{value:?}"))
            }
            Lit::Bool(boolean) => Ok(boolean.value.to_string()),
            Lit::Str(text) => Ok(json_text(text)),
            _ => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

fn json_text(text: &LitStr) -> String {
    doc::json(&text.value())
}
