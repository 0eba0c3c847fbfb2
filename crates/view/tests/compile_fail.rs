//! What cannot be viewed is refused when it is compiled, at the token that is at fault.

#[test]
fn what_cannot_be_viewed_is_named_where_it_stands() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile-fail/*.rs");
}
