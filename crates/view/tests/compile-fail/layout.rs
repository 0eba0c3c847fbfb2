use tollgate_view::Viewable;

#[derive(Clone, Copy, Viewable)]
struct NoRepr {
    a: u8,
}

#[derive(Clone, Copy, Viewable)]
#[repr(packed)]
struct PackedAlone {
    a: u8,
}

#[derive(Clone, Copy, Viewable)]
#[repr(C)]
struct Tuple(u8);

#[derive(Clone, Copy, Viewable)]
#[repr(C)]
struct Empty {}

#[derive(Clone, Copy, Viewable)]
#[repr(C)]
struct Generic<T> {
    a: T,
}

#[derive(Clone, Copy, Viewable)]
#[repr(C)]
union Either {
    a: u8,
    b: i8,
}

#[derive(Clone, Copy, Viewable)]
enum NoInteger {
    A,
}

#[derive(Clone, Copy, Viewable)]
#[repr(u8)]
enum WithFields {
    A(u8),
}

#[derive(Clone, Copy, Viewable)]
#[repr(C)]
struct Misspelt {
    #[viewable(pading)]
    a: u8,
}

fn main() {}
