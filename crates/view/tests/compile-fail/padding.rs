use tollgate_view::Viewable;

#[derive(Clone, Copy, Viewable)]
#[repr(C)]
struct Inside {
    ok: bool,
    price: f64,
}

#[derive(Clone, Copy, Viewable)]
#[repr(C)]
struct AtTheEnd {
    price: f64,
    many: [u8; 3],
}

fn main() {}
