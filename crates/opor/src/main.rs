//! One Person One Record: the binary. Settings, ports, threads, subcommands; no decisions.

mod clock;
mod commands;
mod config;
mod cover;
mod done;
mod downtime;
mod emrs;
#[cfg(debug_assertions)]
mod fail_point;
#[cfg(test)]
#[expect(unreachable_pub, reason = "a file of testkit, which depends on this crate")]
#[path = "../../testkit/src/folder.rs"]
mod folder;
mod headers;
mod limits;
mod mailbox;
mod mails;
mod operations;
mod place;
mod practice_copy;
mod registers;
mod running;
mod second;
mod sign_in;
mod standing;
mod status;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// docs/decisions/0022-allocator.md.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The health record of a province.
#[derive(Parser)]
#[command(name = "opor", version = version(), about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

fn version() -> &'static str {
    Box::leak(format!("{} ({})", env!("CARGO_PKG_VERSION"), portal::typeface()).into_boxed_str())
}

#[derive(Subcommand)]
enum Command {
    /// A synthetic province, feeds running, portal open
    Demo(commands::demo::Args),
    /// A practice copy: a live record's configuration, invented people
    Practice(commands::practice::Args),
    /// Serve a record
    Serve(commands::serve::Args),
    /// Send files and folders of HL7 v2 over MLLP
    Send(commands::send::Args),
    /// What we make of messages, as FHIR bundles, without a server
    Interpret(commands::interpret::Args),
    /// Who is the same person, in files of records
    Identity(commands::identity::Args),
    /// Send synthetic results at a rate
    Simulate(commands::simulate::Args),
    /// Count everything; exit 1 if it does not balance
    Census(commands::census::Args),
    /// Interpret kept or held messages again, the same way
    Replay(commands::replay::Args),
    /// What stopped filing, and what becomes of its messages
    Breaker(commands::breaker::Args),
    /// Settings, versions, integrity, index sample, books; exit 1 with what to do
    Check(commands::check::Args),
    /// How everything stands, the gravest first, and the runbook; exit 2 when something cannot wait
    Status(commands::status::Args),
    /// Print the limits that hold, as the file that sets them
    Limits(commands::check::Args),
    /// Everything of a record in one sealed file, tried by restoring it
    Backup(commands::backup::Args),
    /// Make the record of a backup again, in an empty place
    Restore(commands::restore::Args),
    /// What downtime copies say of themselves, and whether the passphrase opens them
    Downtime(commands::downtime::Args),
    /// Move a record from a data folder to PostgreSQL, or back
    Migrate(commands::migrate::Args),
    /// The safety case: what is guarded by what, shown by which tests, and what is not covered
    Guarantees(commands::guarantees::Args),
    /// The activity log: check it, witness it, export it
    Audit(commands::audit::Args),
    /// Load months of orphan results, marked late
    Backlog(commands::backlog::Args),
    /// Pause a feed, or let it go on
    Feeds(commands::feeds::Args),
    /// The provider directory: load, preview, check
    Directory(commands::directory::Args),
    /// Registers of other offices: licences, employments, units with their managers
    Registers(commands::registers::Args),
    /// Migrate the users of SHARE
    Share(commands::share::Args),
    /// Dialects of senders: try on recorded traffic, sign, repair
    Dialect(commands::dialect::DialectArgs),
    /// Code maps of senders: try on recorded traffic, sign, codes without a row
    Codes(commands::dialect::CodesArgs),
    /// Load FHIR bundles and NDJSON
    Load(commands::load::Args),
    /// Accounts from this machine: make, invite, suspend, resume, end, reset
    Account(commands::account::Args),
    /// Apps of other makers that are let in: add, list, end
    Application(commands::application::Args),
    /// Subscriptions of applications: list, end
    Subscriptions(commands::subscriptions::Args),
    /// The retention schedule, and what is due under it
    Retention(commands::retention::Args),
    /// A bearer token for scripts
    Token(commands::token::Args),
}

/// Where the record is: a data folder, or a running server.
#[derive(clap::Args, Clone)]
#[group(required = true, multiple = false)]
pub(crate) struct Where {
    /// Data folder
    #[arg(long)]
    pub(crate) data: Option<PathBuf>,
    /// Address of a running server, e.g. http://127.0.0.1:8080
    #[arg(long)]
    pub(crate) url: Option<String>,
}

/// Exit status of a program whose reader went away, as shells know it (128 + SIGPIPE).
const READER_WENT_AWAY: i32 = 141;

/// A panic's own words may quote what it choked on, which may be a patient's name; only its place is printed.
fn say_only_where(panic: &std::panic::PanicHookInfo<'_>) {
    let words = panic.payload().downcast_ref::<String>().map_or("", String::as_str);
    if words.starts_with("failed printing to stdout") {
        std::process::exit(READER_WENT_AWAY);
    }
    match panic.location() {
        Some(at) => eprintln!("opor: broke down at {}:{}; report this place", at.file(), at.line()),
        None => eprintln!("opor: broke down; report when"),
    }
}

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(say_only_where));
    tracing_subscriber::fmt()
        .with_env_filter(config::log_filter())
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
    let done = match Cli::parse().command {
        Command::Demo(args) => commands::demo::run(args),
        Command::Practice(args) => commands::practice::run(args),
        Command::Serve(args) => commands::serve::run(args),
        Command::Send(args) => commands::send::run(args),
        Command::Interpret(args) => commands::interpret::run(args),
        Command::Identity(args) => commands::identity::run(args),
        Command::Simulate(args) => commands::simulate::run(args),
        Command::Census(args) => commands::census::run(args),
        Command::Replay(args) => commands::replay::run(args),
        Command::Breaker(args) => commands::breaker::run(args),
        Command::Check(args) => commands::check::run(args),
        Command::Status(args) => commands::status::run(args),
        Command::Limits(args) => commands::check::limits(args),
        Command::Backup(args) => commands::backup::run(args),
        Command::Restore(args) => commands::restore::run(args),
        Command::Downtime(args) => commands::downtime::run(&args),
        Command::Migrate(args) => commands::migrate::run(args),
        Command::Guarantees(args) => commands::guarantees::run(&args),
        Command::Audit(args) => commands::audit::run(args),
        Command::Backlog(args) => commands::backlog::run(args),
        Command::Feeds(args) => commands::feeds::run(args),
        Command::Directory(args) => commands::directory::run(args),
        Command::Registers(args) => commands::registers::run(args),
        Command::Share(args) => commands::share::run(args),
        Command::Dialect(args) => commands::dialect::dialect(args),
        Command::Codes(args) => commands::dialect::codes(args),
        Command::Load(args) => commands::load::run(args),
        Command::Account(args) => commands::account::run(args),
        Command::Application(args) => commands::application::run(args),
        Command::Subscriptions(args) => commands::subscriptions::run(args),
        Command::Retention(args) => commands::retention::run(args),
        Command::Token(args) => commands::token::run(args),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("opor: {error:#}");
            ExitCode::from(2)
        }
    }
}
