use tollgate_view::Viewable;

#[derive(Clone, Copy, Viewable)]
#[repr(C)]
struct Named {
    name: &'static str,
}

#[derive(Clone, Copy, Viewable)]
#[repr(C)]
struct Pointer {
    place: *const u8,
}

fn main() {}
