//! Structs of named fields: records.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{DataStruct, DeriveInput, Error, Expr, Field, Fields, LitStr, Result, Type};

/// The message does not give the number of bytes for larger padding.
const COUNTED: usize = 16;

pub(crate) fn derive(input: &DeriveInput, data: &DataStruct) -> Result<TokenStream> {
    let name = &input.ident;
    let words = crate::repr(input)?;
    if !words.iter().any(|word| word == "C") {
        let message = "the compiler chooses the field order of this struct: add #[repr(C)], or #[repr(C, packed)]";
        return Err(Error::new_spanned(name, message));
    }
    let Fields::Named(fields) = &data.fields else {
        let message = "a record needs named fields: they are compared with the file's fields by name";
        return Err(Error::new_spanned(name, message));
    };
    if fields.named.is_empty() {
        return Err(Error::new_spanned(name, "a record needs at least one field"));
    }
    let fields = fields.named.iter().map(Member::new).collect::<Result<Vec<_>>>()?;
    let valid = fields.iter().map(|field| {
        let ident = field.ident;
        validity(field.ty, &quote!(::core::mem::offset_of!(#name, #ident)), 0)
    });
    let offenders = fields.iter().map(|field| {
        let (ident, in_file) = (field.ident, &field.name);
        offender(
            field.ty,
            &quote!(::core::mem::offset_of!(#name, #ident)),
            &quote!(::std::string::String::from(#in_file)),
            0,
        )
    });
    let asserts = padding(name, &fields);
    let described = fields.iter().filter(|field| !field.padding).map(|field| {
        let (ident, in_file) = (field.ident, &field.name);
        let (kind, shape) = described(field.ty);
        quote! {
            {
                let kind: ::tollgate_view::Type = #kind;
                let byte_order = if kind.has_byte_order() {
                    ::tollgate_view::ByteOrder::NATIVE
                } else {
                    ::tollgate_view::ByteOrder::Any
                };
                ::tollgate_view::Field {
                    name: ::std::string::String::from(#in_file),
                    offset: ::core::mem::offset_of!(#name, #ident) as u32,
                    kind,
                    byte_order,
                    shape: #shape,
                }
            }
        }
    });
    let swaps = fields.iter().map(|field| {
        let (ident, ty) = (field.ident, field.ty);
        let swap = swap(ty, &quote!(field));
        quote! {
            {
                let start = ::core::mem::offset_of!(#name, #ident);
                let field = &mut bytes[start..start + ::core::mem::size_of::<#ty>()];
                #swap
            }
        }
    });
    Ok(quote! {
        const _: () = {
            #asserts

            // SAFETY: a Raw of the struct has its size and alignment. A value is valid if each of its fields is, which
            // each field's own CheckedBitPattern checks.
            unsafe impl ::tollgate_view::bytemuck::CheckedBitPattern for #name {
                type Bits = ::tollgate_view::derive::Raw<#name>;

                #[inline]
                fn is_valid_bit_pattern(bits: &Self::Bits) -> bool {
                    true #(& #valid)*
                }
            }

            impl ::tollgate_view::Viewable for #name {
                fn kind() -> ::tollgate_view::Type {
                    ::tollgate_view::Type::Record(::tollgate_view::Record {
                        bytes: ::core::mem::size_of::<#name>() as u32,
                        fields: ::std::vec![#(#described),*],
                    })
                }

                fn swap(bytes: &mut [u8]) {
                    #(#swaps)*
                }

                fn offender(bits: &Self::Bits) -> ::core::option::Option<::tollgate_view::Offender> {
                    #(#offenders)*
                    ::core::option::Option::None
                }

                #[inline]
                fn read_swapped(bytes: &[u8]) -> ::tollgate_view::derive::Raw<#name> {
                    let mut swapped = [0_u8; ::core::mem::size_of::<#name>()];
                    swapped.copy_from_slice(bytes);
                    Self::swap(&mut swapped);
                    ::tollgate_view::bytemuck::pod_read_unaligned(&swapped)
                }
            }
        };
    })
}

/// A field, and the options in its attributes.
struct Member<'a> {
    ident: &'a syn::Ident,
    ty: &'a Type,
    name: String,
    padding: bool,
}

impl<'a> Member<'a> {
    fn new(field: &'a Field) -> Result<Self> {
        let ident = field.ident.as_ref().expect("the fields are named ones");
        let mut member = Self {
            ident,
            ty: &field.ty,
            name: ident.to_string().trim_start_matches("r#").to_owned(),
            padding: false,
        };
        for attribute in field
            .attrs
            .iter()
            .filter(|attribute| attribute.path().is_ident("viewable"))
        {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("padding") {
                    member.padding = true;
                    Ok(())
                } else if meta.path.is_ident("name") {
                    member.name = meta.value()?.parse::<LitStr>()?.value();
                    Ok(())
                } else {
                    Err(meta.error("this is neither `padding` nor `name = \"…\"`"))
                }
            })?;
        }
        if let Type::Reference(reference) = &field.ty {
            let message =
                "a reference cannot be viewed, because an address in a file has no meaning: use an array, or an index";
            return Err(Error::new_spanned(reference, message));
        }
        if let Type::Ptr(pointer) = &field.ty {
            let message = "a pointer cannot be viewed, because an address in a file has no meaning: use a u64 if the \
                address itself is the data";
            return Err(Error::new_spanned(pointer, message));
        }
        Ok(member)
    }
}

/// Asserts that there is no padding before a field or at the end, with the span of the field.
fn padding(name: &syn::Ident, fields: &[Member<'_>]) -> TokenStream {
    let mut asserts = TokenStream::new();
    let refuse = |place: String, gap: TokenStream, span| {
        let arms = (1..=COUNTED).map(|count| {
            let s = if count == 1 { "" } else { "s" };
            let message = format!(
                "`{name}` has {count} byte{s} of padding {place}: declare it with a field `#[viewable(padding)] \
                    padding: [u8; {count}]` there, or use #[repr(C, packed)]"
            );
            quote_spanned!(span=> #count => panic!(#message),)
        });
        let message = format!(
            "`{name}` has padding {place}: declare it with a field `#[viewable(padding)] padding: [u8; N]` there, or \
                use #[repr(C, packed)]"
        );
        quote_spanned! {span=>
            const _: () = match #gap {
                0 => {}
                #(#arms)*
                _ => panic!(#message),
            };
        }
    };
    for (index, field) in fields.iter().enumerate() {
        let (ident, ty, span) = (field.ident, field.ty, field.ty.span());
        let offset = quote!(::core::mem::offset_of!(#name, #ident));
        let end = quote!(::core::mem::offset_of!(#name, #ident) + ::core::mem::size_of::<#ty>());
        let before = match index.checked_sub(1) {
            Some(before) => {
                let (ident, ty) = (fields[before].ident, fields[before].ty);
                quote!(::core::mem::offset_of!(#name, #ident) + ::core::mem::size_of::<#ty>())
            }
            None => quote!(0),
        };
        asserts.extend(refuse(
            format!("before the field `{ident}`"),
            quote!(#offset - (#before)),
            span,
        ));
        if index + 1 == fields.len() {
            let gap = quote!(::core::mem::size_of::<#name>() - (#end));
            asserts.extend(refuse(format!("after the field `{ident}`"), gap, span));
        }
    }
    asserts
}

/// An array's element type and length.
fn array(ty: &Type) -> Option<(&Type, &Expr)> {
    match ty {
        Type::Array(array) => Some((&array.elem, &array.len)),
        Type::Paren(inner) => array(&inner.elem),
        Type::Group(inner) => array(&inner.elem),
        _ => None,
    }
}

/// Whether the bits of a field at `offset` are a valid value, as an expression over `bits`.
fn validity(ty: &Type, offset: &TokenStream, depth: usize) -> TokenStream {
    match array(ty) {
        Some((element, length)) => {
            let index = format_ident!("index_{depth}");
            let at = quote!(#offset + #index * ::core::mem::size_of::<#element>());
            let valid = validity(element, &at, depth + 1);
            quote!((0..#length).fold(true, |valid, #index| valid & #valid))
        }
        // Without a span of the author, so that a crate that forbids unsafe code can use this.
        None => quote! {
            // SAFETY: this is the offset of a field, or of an element of it, and the assertion above proves that the
            // struct has no padding.
            unsafe { bits.is_valid::<#ty>(#offset) }
        },
    }
}

/// Returns the field at `offset` from the function, if its bits are not a valid value.
fn offender(ty: &Type, offset: &TokenStream, path: &TokenStream, depth: usize) -> TokenStream {
    match array(ty) {
        Some((element, length)) => {
            let index = format_ident!("index_{depth}");
            let at = quote!(#offset + #index * ::core::mem::size_of::<#element>());
            let path = quote!(::std::format!("{}[{}]", #path, #index));
            let inner = offender(element, &at, &path, depth + 1);
            quote!(for #index in 0..#length { #inner })
        }
        None => quote! {
            // SAFETY: as in `is_valid_bit_pattern`.
            let offender = unsafe { bits.offender::<#ty>(#offset, &#path) };
            if offender.is_some() {
                return offender;
            }
        },
    }
}

/// The type inside all arrays, and the shape that the arrays form.
fn described(ty: &Type) -> (TokenStream, TokenStream) {
    match array(ty) {
        Some((element, length)) => {
            let (kind, inner) = described(element);
            let shape = quote! {
                {
                    let mut shape = ::std::vec![(#length) as u64];
                    shape.extend::<::std::vec::Vec<u64>>(#inner);
                    shape
                }
            };
            (kind, shape)
        }
        None => (
            quote!(::tollgate_view::derive::kind::<#ty>()),
            quote!(::tollgate_view::derive::shape::<#ty>()),
        ),
    }
}

fn swap(ty: &Type, bytes: &TokenStream) -> TokenStream {
    match array(ty) {
        Some((element, _)) => {
            let swap = swap(element, &quote!(element));
            quote! {
                for element in #bytes.chunks_exact_mut(::core::mem::size_of::<#element>()) {
                    #swap
                }
            }
        }
        None => quote!(::tollgate_view::derive::swap::<#ty>(#bytes);),
    }
}
