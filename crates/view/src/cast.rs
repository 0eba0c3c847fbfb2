//! Every place where bits become a value without a check. The caller checks first.
//!
//! All functions are `const`, and the compiler evaluates them on the cases below. Its evaluation of constants knows for
//! each byte whether it is initialised, and for each pointer where it may point. It does not compile a read out of
//! bounds, of padding or at a wrong alignment, or an invalid bool, character or enum. It does not check aliasing.

/// Converts `bits` to a value.
///
/// # Safety
/// The bits are a valid `T`, and both types have the same size.
#[inline]
pub(crate) const unsafe fn value<B: Copy, T: Copy>(bits: &B) -> T {
    // SAFETY: the reference points to as many initialised bytes as `T` has, and the caller promises that they are a
    // valid `T`.
    unsafe { std::ptr::from_ref(bits).cast::<T>().read_unaligned() }
}

/// Converts a slice of bits to a slice of values.
///
/// # Safety
/// Each element is a valid `T`, and both types have the same size and alignment.
#[inline]
pub(crate) const unsafe fn values<B: Copy, T: Copy>(bits: &[B]) -> &[T] {
    // SAFETY: the address and the length are those of a live slice whose elements have T's size and alignment, and the
    // caller promises that each is a valid `T`.
    unsafe { std::slice::from_raw_parts(bits.as_ptr().cast::<T>(), bits.len()) }
}

/// The bits of a field at `offset` of `record`.
///
/// # Safety
/// The field is inside the record, its bytes are initialised, and `F` is valid for every bit pattern.
#[inline]
pub(crate) const unsafe fn field<R, F: Copy>(record: &R, offset: usize) -> F {
    let start = std::ptr::from_ref(record).cast::<u8>();
    // SAFETY: the caller promises that `offset` is in the record.
    let place = unsafe { start.add(offset) };
    // SAFETY: the caller promises that the field's bytes are in the record and initialised, and that they are a valid
    // `F`.
    unsafe { place.cast::<F>().read_unaligned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use half::f16;
    use num_complex::Complex;
    use std::mem::MaybeUninit;

    #[derive(Clone, Copy)]
    #[repr(u16)]
    enum Level {
        Low = 1,
        High = 300,
    }

    #[derive(Clone, Copy)]
    #[repr(C, packed)]
    struct Record {
        tag: u8,
        level: Level,
        time: u64,
        ok: bool,
    }

    /// Casts at an 8-byte aligned address, and one byte after it, evaluated at compile time.
    macro_rules! casts {
        ($($bits:ty => $type:ty: $value:expr, |$it:ident| $same:expr;)*) => {$(
            const _: () = {
                const fn same($it: $type) -> bool {
                    $same
                }
                let bits: [$bits; 3] = [$value; 3];
                // SAFETY: they are bits of this type, and both types have one size and alignment.
                let all = unsafe { values::<$bits, $type>(&bits) };
                assert!(all.len() == 3 && same(all[0]) && same(all[1]) && same(all[2]));
                // SAFETY: as above.
                let one = unsafe { value::<$bits, $type>(&bits[1]) };
                assert!(same(one));

                #[repr(C, packed)]
                struct Misaligned {
                    _before: u8,
                    bits: [$bits; 2],
                }
                let record = Misaligned { _before: 0, bits: [$value; 2] };
                let offset = std::mem::offset_of!(Misaligned, bits) + size_of::<$bits>();
                // SAFETY: the second of the bits ends at the end of the record.
                let bits: $bits = unsafe { field(&record, offset) };
                // SAFETY: as above.
                assert!(same(unsafe { value::<$bits, $type>(&bits) }));
            };
        )*};
    }

    const fn high(level: Level) -> bool {
        level as u16 == Level::High as u16
    }

    casts! {
        u8 => bool: 1, |x| x;
        u8 => bool: 0, |x| !x;
        u32 => char: 0x10_ffff, |x| x == char::MAX;
        u16 => Level: 300, |x| high(x);
        u8 => u8: 255, |x| x == 255;
        u16 => u16: 0x1234, |x| x == 0x1234;
        u32 => u32: 7, |x| x == 7;
        u64 => u64: u64::MAX, |x| x == u64::MAX;
        i8 => i8: -1, |x| x == -1;
        i16 => i16: -2, |x| x == -2;
        i32 => i32: -3, |x| x == -3;
        i64 => i64: i64::MIN, |x| x == i64::MIN;
        f16 => f16: f16::ONE, |x| x.to_bits() == 0x3c00;
        f32 => f32: 1.5, |x| x == 1.5;
        f64 => f64: -2.5, |x| x == -2.5;
        Complex<f32> => Complex<f32>: Complex::new(1.0, 2.0), |x| x.im == 2.0;
        Complex<f64> => Complex<f64>: Complex::new(1.0, 2.0), |x| x.re == 1.0;
        [i16; 3] => [i16; 3]: [1, 2, 3], |x| x[2] == 3;
    }

    /// A record from bytes, as the derive reads it: into a MaybeUninit, and then field by field.
    const _: () = {
        let mut bytes = [0_u8; size_of::<Record>()];
        bytes[0] = 9;
        let level = 300_u16.to_ne_bytes();
        (bytes[1], bytes[2]) = (level[0], level[1]);
        bytes[size_of::<Record>() - 1] = 1;
        // SAFETY: a MaybeUninit may hold anything, and has the same size.
        let raw: MaybeUninit<Record> = unsafe { value(&bytes) };
        // SAFETY: `offset_of` gives the fields' offsets, and their bytes are initialised.
        let tag: u8 = unsafe { field(&raw, std::mem::offset_of!(Record, tag)) };
        // SAFETY: as above.
        let level: u16 = unsafe { field(&raw, std::mem::offset_of!(Record, level)) };
        // SAFETY: as above.
        let time: u64 = unsafe { field(&raw, std::mem::offset_of!(Record, time)) };
        // SAFETY: as above.
        let ok: u8 = unsafe { field(&raw, std::mem::offset_of!(Record, ok)) };
        assert!(tag == 9 && level == 300 && time == 0 && ok == 1);
        // SAFETY: 300 is a valid Level, and 1 a valid bool.
        let record: Record = unsafe { value(&raw) };
        assert!(high(record.level) && record.ok && record.tag == 9 && record.time == 0);
    };

    /// An empty slice, at any aligned address.
    const _: () = {
        // SAFETY: there are no elements that could be an invalid `char`.
        assert!(unsafe { values::<u32, char>(&[]) }.is_empty());
    };

    #[test]
    fn the_casts_do_at_run_time_what_they_do_when_compiled() {
        let bits = [1_u16, 300];
        // SAFETY: both numbers are discriminants of Level.
        let levels: &[Level] = unsafe { values(&bits) };
        let numbers: Vec<u16> = levels.iter().map(|level| *level as u16).collect();
        assert_eq!(numbers, [Level::Low as u16, Level::High as u16]);
    }
}
