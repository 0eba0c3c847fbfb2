//! What cannot be viewed is refused when it is compiled, at the token that is at fault.

#[test]
fn what_cannot_be_viewed_is_named_where_it_stands() {
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
