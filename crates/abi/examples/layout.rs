//! Prints the layout of every structure of the contract on this target, a line for each structure and field: what
//! `c-src/contract/print.c` prints for C, for another target's compilers to be compared without linking the two.

fn main() {
    for layout in tollgate_abi::LAYOUTS {
        println!("{} {} {}", layout.name, layout.size, layout.alignment);
        for field in layout.fields {
            println!("{}.{} {}", layout.name, field.name, field.offset);
        }
    }
}
