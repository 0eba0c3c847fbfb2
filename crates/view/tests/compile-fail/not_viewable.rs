use tollgate_view::Policy;

fn main() {
    let view = tollgate_view::read("x.npy").unwrap();
    let _ = view.elements::<&str>(Policy::IN_PLACE);
}
