//! `opor application`

use crate::clock;
use crate::config::Config;
use actions::Record;
use actions::accounts::base64url;
use actions::record::machine;
use actions::smart::applying::Approve;
use actions::smart::id_token::IdKey;
use actions::smart::registering::{Apps, EndApp, Register};
use actions::smart::{App, Sort, hashed};
use anyhow::Context as _;
use clap::Subcommand;
use clinical::directory::Directory;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Name of the key in the data folder that signs who a user is; readable by its owner only.
const KEY_FILE: &str = "smart.key";

/// Apps of other makers (docs/smart.md): which are let in
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Let an app in, or change what is registered of it; prints the secret of one that has a secret
    Add {
        /// Data folder; the server must be stopped
        #[arg(long)]
        data: PathBuf,
        /// Its client_id
        #[arg(long)]
        id: String,
        /// As people know it
        #[arg(long)]
        name: String,
        /// How it proves itself: public, symmetric (a secret), asymmetric (its own key)
        #[arg(long, default_value = "public")]
        sort: String,
        /// Where it comes back to, exactly; give it once for each address
        #[arg(long = "redirect")]
        redirects: Vec<String>,
        /// Where it is opened from a chart
        #[arg(long, default_value = "")]
        launch: String,
        /// The most that it may ever do, between spaces: "launch/patient patient/Observation.rs"
        #[arg(long)]
        scopes: String,
        /// File with its public keys (JWK Set)
        #[arg(long)]
        jwks: Option<PathBuf>,
        /// For system/ scopes: script (reads) or system (writes too)
        #[arg(long, default_value = "")]
        role: String,
    },
    /// Every app
    List {
        /// Data folder; the server must be stopped
        #[arg(long)]
        data: PathBuf,
    },
    /// Let an app in that asked to be registered itself
    Approve {
        /// Data folder; the server must be stopped
        #[arg(long)]
        data: PathBuf,
        /// Its client_id
        #[arg(long)]
        id: String,
    },
    /// Let an app in no more; everything it was let do ends
    End {
        /// Data folder; the server must be stopped
        #[arg(long)]
        data: PathBuf,
        /// Its client_id
        #[arg(long)]
        id: String,
    },
}

/// Add, list or end.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let (What::Add { data, .. } | What::List { data } | What::Approve { data, .. } | What::End { data, .. }) =
        &args.what;
    let config = Config::for_data(data.clone());
    let directory = Directory::from_toml(&config.directory_text()?).context("the provider directory")?;
    let store = crate::place::open(&config.data)?;
    let record = Record::new(store.clone(), directory, Vec::new());
    let done = turn(&record, &args.what);
    drop(record);
    store.stop();
    done.map(|()| ExitCode::SUCCESS)
}

fn turn(record: &Record, what: &What) -> anyhow::Result<()> {
    let context = machine("opor application", clock::now());
    match what {
        What::Add { id, name, sort, redirects, launch, scopes, jwks, role, .. } => {
            let sort = Sort::from_code(sort).with_context(|| {
                format!(
                    "\"{sort}\" is no way for an app to prove itself. Known: public, symmetric, asymmetric"
                )
            })?;
            let jwks = jwks.as_ref().map(|file| read_keys(file)).transpose()?;
            let secret = (sort == Sort::Symmetric).then(|| base64url::encode(&clock::random()));
            let kept = secret.as_deref().map(hashed).unwrap_or_default();
            let app = App {
                id: id.clone(),
                name: name.clone(),
                sort,
                redirects: redirects.clone(),
                launch: launch.clone(),
                scopes: scopes.clone(),
                secret: secret.iter().flat_map(|_| kept).map(|byte| format!("{byte:02x}")).collect(),
                jwks,
                role: role.clone(),
                waits: false,
            };
            record.act(&context, Register { app })?;
            println!("{id} is let in");
            if let Some(secret) = secret {
                println!("secret {secret}");
            }
        }
        What::List { .. } => {
            for line in record.look(&context, Apps)? {
                let state = match (line.ended.is_some(), line.app.waits) {
                    (true, _) => "ended",
                    (false, true) => "waits",
                    (false, false) => "let in",
                };
                let (app, sort) = (&line.app, line.app.sort.code());
                println!("{}\t{state}\t{sort}\t{}\t{}", app.id, app.name, app.scopes);
            }
        }
        What::Approve { id, .. } => {
            record.act(&context, Approve { id: id.clone() })?;
            println!("{id} is let in");
        }
        What::End { id, .. } => {
            record.act(&context, EndApp { id: id.clone() })?;
            println!("{id} is let in no more");
        }
    }
    Ok(())
}

fn read_keys(file: &Path) -> anyhow::Result<serde_json::Value> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no JWK Set", file.display()))
}

/// The key of a data folder that signs who a user is, made when there is none. An RSA key in PKCS #8 (DER) that was put
/// there is taken instead.
pub(crate) fn id_key(data: &Path) -> anyhow::Result<IdKey> {
    let path = data.join(KEY_FILE);
    if !path.exists() {
        let fresh = IdKey::fresh().context("the machine gives no randomness")?;
        let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        match file {
            Ok(mut file) => {
                file.write_all(&fresh)?;
                file.sync_all()?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("cannot write {}", path.display())),
        }
    }
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    IdKey::read(&bytes).with_context(|| format!("{}", path.display()))
}
