//! Types that cannot be viewed are compile errors at the offending token.

#[test]
fn types_that_cannot_be_viewed_are_errors_at_their_token() {
    if align_of::<f64>() != 8 {
        eprintln!("skipped: the messages name the padding where an f64 is aligned to 8 bytes");
        return;
    }
    let child = tollgate_platform::facilities()
        .into_iter()
        .find(|facility| facility.name == "child");
    let no_processes = matches!(child.unwrap().status, tollgate_platform::Status::Unsupported(_));
    if no_processes || std::env::var_os("TOLLGATE_RUNNER").is_some() {
        eprintln!("skipped: where the tests run, there is no compiler");
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile-fail/*.rs");
}
