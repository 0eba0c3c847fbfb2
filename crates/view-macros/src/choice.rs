//! Enums of unit variants.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{DataEnum, DeriveInput, Error, Fields, Result};

const INTEGERS: [&str; 8] = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"];

pub(crate) fn derive(input: &DeriveInput, data: &DataEnum) -> Result<TokenStream> {
    let name = &input.ident;
    let words = crate::repr(input)?;
    let Some(integer) = words.iter().find(|word| INTEGERS.contains(&word.as_str())) else {
        let message =
            "the size of this enum is chosen by the compiler: add #[repr(u8)], or the integer type that the file has";
        return Err(Error::new_spanned(name, message));
    };
    let integer = format_ident!("{integer}");
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            let message = "a variant with fields cannot be viewed: the file's number only selects the variant";
            return Err(Error::new_spanned(variant, message));
        }
    }
    let variants = data.variants.iter().map(|variant| &variant.ident);
    Ok(quote! {
        const _: () = {
            // SAFETY: the enum's `repr` is this integer, so the size and the alignment are the same, and its variants
            // have no fields. The bits are a valid value exactly if they are one of its discriminants.
            unsafe impl ::tollgate_view::bytemuck::CheckedBitPattern for #name {
                type Bits = #integer;

                #[inline]
                fn is_valid_bit_pattern(bits: &#integer) -> bool {
                    false #(| (*bits == #name::#variants as #integer))*
                }
            }

            impl ::tollgate_view::Viewable for #name {
                fn kind() -> ::tollgate_view::Type {
                    <#integer as ::tollgate_view::Viewable>::kind()
                }

                #[inline]
                fn swap(bytes: &mut [u8]) {
                    <#integer as ::tollgate_view::Viewable>::swap(bytes);
                }

                #[inline]
                fn read_swapped(bytes: &[u8]) -> #integer {
                    <#integer as ::tollgate_view::Viewable>::read_swapped(bytes)
                }
            }
        };
    })
}
