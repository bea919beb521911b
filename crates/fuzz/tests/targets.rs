//! Each target takes its kept inputs and a fixed number of made ones; every number is the same input everywhere.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a trial that cannot do what it says fails"
)]

use fuzz::{TARGETS, Target, input, kept, run};

/// A stack as small as the threads of the server have.
const STACK_BYTES: usize = 2 << 20;
/// Memory that no target needs, in KiB: what is kept, one input and what is made of it take a tenth.
const MOST_KIB: u64 = 512 << 10;

fn goes(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let executions = target.usual;
    let body = move || {
        let kept = kept(target);
        assert!(!kept.is_empty(), "{} has nothing to begin with", target.name);
        (run(target, &kept, (0, executions), |_| ()), kept.len())
    };
    let (failures, kept) =
        std::thread::Builder::new().stack_size(STACK_BYTES).spawn(body).unwrap().join().unwrap();
    println!("{}: {kept} kept inputs and {executions} made ones", target.name);
    for failure in failures.iter().take(3) {
        let number = failure.number.map_or_else(|| "a kept input".to_owned(), |number| number.to_string());
        println!("{number}: {}\n  {:?}", failure.said, String::from_utf8_lossy(&failure.input));
    }
    assert!(
        failures.is_empty(),
        "{} of {executions} inputs broke {name}; replay one: cargo run -p fuzz --example campaign -- {name} --from N --to N+1",
        failures.len()
    );
    if let Some(most) = peak_kib() {
        assert!(most < MOST_KIB, "{name} took {most} KiB");
    }
}

/// The most memory that this process has taken, where the system tells.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

/// One test for each target, so that they run side by side and a failure names its own.
macro_rules! targets {
    ($(#[test] fn $test:ident() { $name:literal })*) => {
        $(#[test] fn $test() { goes($name); })*
        const TRIED: &[&str] = &[$($name),*];
    };
}

targets! {
    #[test]
    fn d08_h61_frames_however_they_are_cut() { "frames" }
    #[test]
    fn d08_h61_messages_print_as_they_came() { "messages" }
    #[test]
    fn d08_batches_are_answered_message_by_message() { "batches" }
    #[test]
    fn d07_d08_answers_are_read_and_ours_can_be_read() { "acknowledgements" }
    #[test]
    fn h61_what_is_made_of_a_message_can_be_filed() { "intake" }
    #[test]
    fn h61_the_same_through_each_dialect() { "dialects" }
    #[test]
    fn json_printed_reads_the_same() { "json" }
    #[test]
    fn h77_xml_written_reads_the_same() { "xml" }
    #[test]
    fn resources_are_served_as_json() { "resources" }
    #[test]
    fn patches_leave_a_resource() { "patches" }
    #[test]
    fn h70_expressions_end() { "fhirpath" }
    #[test]
    fn h77_narrative_lets_no_script_through() { "narrative" }
    #[test]
    fn searches_say_themselves_again() { "searches" }
    #[test]
    fn h71_no_search_becomes_a_statement() { "stored-searches" }
    #[test]
    fn h71_tokens_that_we_did_not_make_speak_for_nobody() { "tokens" }
    #[test]
    fn h79_nobody_is_believed_without_a_signature() { "providers" }
    #[test]
    fn h79_passkeys_that_nobody_made_are_not_believed() { "passkeys" }
    #[test]
    fn h71_scopes_never_let_more_than_agreed() { "scopes" }
    #[test]
    fn h10_an_emr_is_asked_at_its_own_address_and_brings_cards_alone() { "emrs" }
    #[test]
    fn h77_pdf_forms_are_looked_into() { "pdf" }
    #[test]
    fn h77_certificates_are_read() { "certificates" }
    #[test]
    fn h79_mails_that_nobody_signed_prove_nothing() { "mails" }
    #[test]
    fn lines_of_mail_servers_however_they_are_cut() { "mail-servers" }
    #[test]
    fn answers_of_the_name_service() { "names" }
    #[test]
    fn h77_tables_of_others_run_nothing() { "tables" }
    #[test]
    fn files_that_people_write() { "files" }
    #[test]
    fn values_keep_their_meaning() { "values" }
}

#[test]
fn every_target_is_tried() {
    let all: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(all, TRIED);
}

#[test]
fn a_number_is_the_same_input_every_time_and_another_number_another() {
    let target: &Target = &TARGETS[1];
    let kept = kept(target);
    let made: Vec<Vec<u8>> = (0..200).map(|number| input(target, &kept, number)).collect();
    assert!((0..200).all(|number| input(target, &kept, number) == made[number as usize]));
    let different: std::collections::BTreeSet<&Vec<u8>> = made.iter().collect();
    assert!(different.len() > 190, "{} of 200 differ", different.len());
    let unchanged = made.iter().filter(|input| kept.contains(input)).count();
    assert!(unchanged < 10, "{unchanged} of 200 are kept inputs as they are");
}

#[test]
fn a_target_that_breaks_is_told_with_its_number() {
    let target = Target {
        name: "breaks",
        reads: "anything with an escape",
        seeds: || vec![b"a|b|c".to_vec()],
        words: &["|", "\\"],
        take: |input| assert!(!input.contains(&b'\\'), "an escape"),
        usual: 0,
    };
    let kept = (target.seeds)();
    let failures = run(&target, &kept, (0, 200), |_| ());
    assert!(failures.len() > 10 && failures.iter().all(|failure| failure.said == "an escape"));
    let number = failures[0].number.unwrap();
    assert_eq!(run(&target, &kept, (number, number + 1), |_| ()), failures[..1]);
}
