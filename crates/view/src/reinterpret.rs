//! The same bytes as elements of another type.

use crate::header::{Header, Order};
use crate::types::{ByteOrder, Type};
use crate::{Error, Refusal, View};
use tollgate_abi::Element;

impl View {
    /// Views the same bytes as elements of `element`, like NumPy's `view(dtype)`: nothing is converted or copied. If
    /// the sizes differ, the length of the last axis changes, which needs C order. The byte order stays the file's. For
    /// single bytes it is this machine's.
    ///
    /// # Errors
    /// [`Refusal::Reinterpret`], if the bytes of the last axis are not a multiple of the element size.
    pub fn reinterpreted(&self, element: Element) -> Result<View, Error> {
        let (old, new) = (self.kind().bytes() as u64, element.bytes() as u64);
        let refuse = |problem: String| self.error(Refusal::Reinterpret { element, problem });
        let mut shape = self.shape().to_vec();
        if old != new {
            let Some(last) = shape.last_mut() else {
                return Err(refuse(format!(
                    "one element ({}) has {old} bytes, and {new} are needed",
                    self.kind()
                )));
            };
            if self.order() == Order::Fortran {
                return Err(refuse(
                    "the elements of the last axis are not contiguous (Fortran order)".to_owned(),
                ));
            }
            // The header's checks limit the product.
            let bytes = *last * old;
            if new == 0 || !bytes.is_multiple_of(new) {
                return Err(refuse(format!(
                    "the last axis has {bytes} bytes, which is not a multiple of the element size {new}"
                )));
            }
            *last = bytes / new;
        }
        let kind = Type::Plain(element);
        let byte_order = match self.byte_order() {
            _ if !kind.has_byte_order() => ByteOrder::Any,
            ByteOrder::Any | ByteOrder::Mixed => ByteOrder::NATIVE,
            order => order,
        };
        let end = self.offset() + self.as_bytes().len();
        let header = Header::new(
            self.format(),
            (kind, byte_order),
            shape,
            self.order(),
            self.offset(),
            end,
        );
        let mut header = header.map_err(|refusal| self.error(refusal))?;
        for attribute in self.attributes() {
            if let Some(value) = attribute.value() {
                header.attributes.push(attribute.key(), value);
            }
        }
        Ok(self.with_header(header))
    }
}
