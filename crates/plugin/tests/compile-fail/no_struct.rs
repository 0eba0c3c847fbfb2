use tollgate_plugin::Config;

#[derive(Config)]
enum Gain {
    Loud,
    Quiet,
}

#[derive(Config)]
struct Tuple(f32);

fn main() {}
