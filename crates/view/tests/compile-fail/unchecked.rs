use std::num::NonZeroU32;
use tollgate_view::Viewable;

#[derive(Clone, Copy, Viewable)]
#[repr(C)]
struct Counted {
    count: NonZeroU32,
}

#[derive(Clone, Copy)]
#[repr(u8)]
enum Side {
    Bid,
    Ask,
}

#[derive(Clone, Copy, Viewable)]
#[repr(C)]
struct Order {
    side: Side,
}

fn main() {}
