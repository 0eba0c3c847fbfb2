//! What an author gets wrong is said at the author's own token.

#[test]
fn mistakes_are_compile_errors_at_their_token() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile-fail/*.rs");
}
