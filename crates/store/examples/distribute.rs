//! Prints the statements that lay the schema over a Citus cluster:
//! `cargo run -p store --example distribute > crates/store/distribute.sql`.
#![allow(clippy::print_stdout, clippy::print_stderr)]

fn main() -> std::process::ExitCode {
    match store::distribute_sql() {
        Ok(sql) => {
            print!("{sql}");
            std::process::ExitCode::SUCCESS
        }
        Err(words) => {
            eprintln!("{words}");
            std::process::ExitCode::FAILURE
        }
    }
}
