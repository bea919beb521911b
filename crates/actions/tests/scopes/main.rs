//! What an app's scopes leave out tells nothing: not by searches, chains, counts, includes, histories, pages or errors.
#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot do what it says fails")]

mod questions;

#[test]
fn h71_two_records_that_differ_outside_the_scopes_of_an_app_answer_it_alike() {
    let answered = questions::ask(1_200, 42, false).unwrap_or_else(|differs| panic!("{differs}"));
    assert!(answered > 100, "only {answered} questions were answered by something");
}

#[test]
fn h71_the_questions_find_a_scope_that_lets_too_much() {
    assert!(questions::ask(400, 42, true).is_err(), "what is let through makes no difference");
}
