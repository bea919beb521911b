//! `opor account`

use crate::clock;
use crate::config::Config;
use actions::accounts::{End, Grant, Invite, Provision, Reset, Resume, Suspend, keeping};
use actions::record::machine;
use actions::values::{Role, Words};
use actions::{Record, WorkContext};
use anyhow::Context as _;
use clap::Subcommand;
use clinical::directory::Directory;
use std::path::PathBuf;
use std::process::ExitCode;

/// Accounts from this machine: the first coordinator's, and whatever no desk is there for
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Make an account and print its invitation
    Make {
        #[command(flatten)]
        of: Of,
        /// `Family, Given`
        #[arg(long)]
        name: String,
        /// Role, as `opor token` knows them
        #[arg(long)]
        role: String,
        /// Practitioner in the directory
        #[arg(long)]
        practitioner: Option<String>,
        /// Place in the directory
        #[arg(long)]
        place: Option<String>,
        /// They work in the community, not in a facility
        #[arg(long)]
        community: bool,
    },
    /// Print a new invitation; the one before it holds no more
    Invite {
        #[command(flatten)]
        of: Of,
    },
    /// Nobody signs in with it until it is resumed; sessions end
    Suspend {
        #[command(flatten)]
        of: Of,
        /// Why; its holder reads it
        #[arg(long)]
        reason: String,
    },
    /// Its holder may sign in again
    Resume {
        #[command(flatten)]
        of: Of,
        /// Why
        #[arg(long)]
        reason: String,
        /// Whose reason is lifted, where several people suspended it: their user id
        #[arg(long)]
        by: Option<String>,
    },
    /// Nobody signs in with it any more; sessions end
    End {
        #[command(flatten)]
        of: Of,
        /// Why; its holder reads it
        #[arg(long)]
        reason: String,
    },
    /// How its holder proves who they are is no longer believed; sessions end
    Reset {
        #[command(flatten)]
        of: Of,
        /// Why; its holder reads it
        #[arg(long)]
        reason: String,
    },
}

#[derive(clap::Args)]
struct Of {
    /// Data folder; the server must be stopped
    #[arg(long)]
    data: PathBuf,
    /// E-mail address of the account
    #[arg(long)]
    address: String,
}

/// Make, invite, suspend, resume, end or reset.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let (What::Make { of, .. }
    | What::Invite { of }
    | What::Suspend { of, .. }
    | What::Resume { of, .. }
    | What::End { of, .. }
    | What::Reset { of, .. }) = &args.what;
    let key = super::token::key(&of.data)?;
    let config = Config::for_data(of.data.clone());
    let directory = Directory::from_toml(&config.directory_text()?).context("the provider directory")?;
    let store = crate::place::open(&config.data)?;
    let record = Record::new(store.clone(), directory, Vec::new());
    let done = turn(&record, &args.what, &of.address).and_then(|()| {
        if let Some((account, number)) = record.latest_invitation(&of.address)? {
            println!("{account} {}{}", actions::enrolment::INVITED, key.invitation(&account, number));
        }
        Ok(ExitCode::SUCCESS)
    });
    drop(record);
    store.stop();
    done
}

fn turn(record: &Record, what: &What, address: &str) -> anyhow::Result<()> {
    let context = machine("opor account", clock::now());
    let account = || {
        record.account_with(address)?.with_context(|| {
            format!("no account has the address {address}. Write it as it was applied for with")
        })
    };
    let words = |reason: &String| Words::new(&**reason, &**reason);
    match what {
        What::Make { name, role, practitioner, place, community, .. } => {
            let role = Role::from_code(role).with_context(|| {
                let known: Vec<&str> = Role::ALL.iter().map(|role| role.code()).collect();
                format!("\"{role}\" is no role. Known: {}", known.join(", "))
            })?;
            let grant = Grant {
                role,
                practitioner: practitioner.clone(),
                place: place.clone(),
                context: if *community { WorkContext::Community } else { WorkContext::Facility },
                until: None,
            };
            let application = format!("opor account/{}/{}", keeping::folded(address), context.now.0);
            let (name, licence) = (name.clone(), String::new());
            let grants = vec![grant];
            record.act(
                &context,
                Provision { application, name, address: address.to_owned(), licence, grants },
            )?;
        }
        What::Invite { .. } => record.act(&context, Invite { account: account()? })?,
        What::Suspend { reason, .. } => {
            record.act(&context, Suspend { account: account()?, reason: words(reason) })?;
        }
        What::Resume { reason, by, .. } => {
            let resume =
                Resume { account: account()?, of: by.clone().unwrap_or_default(), reason: words(reason) };
            record.act(&context, resume)?;
        }
        What::End { reason, .. } => {
            record.act(&context, End { account: account()?, reason: words(reason) })?;
        }
        What::Reset { reason, .. } => {
            record.act(&context, Reset { account: account()?, reason: words(reason) })?;
        }
    }
    Ok(())
}
