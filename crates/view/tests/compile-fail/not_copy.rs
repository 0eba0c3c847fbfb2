use tollgate_view::Viewable;

#[derive(Viewable)]
#[repr(C)]
struct Owned {
    a: u8,
}

fn main() {}
