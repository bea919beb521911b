//! `opor token`

use crate::clock;
use actions::sign_in::TokenKey;
use anyhow::Context as _;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// How long a token lives, in hours.
const TOKEN_HOURS: i64 = 12;
/// Name of the key in the data folder; readable by its owner only.
const KEY_FILE: &str = "token.key";

/// A bearer token for scripts
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Data folder; a server may be running on it
    #[arg(long)]
    data: PathBuf,
    /// Role: script, family-doctor, laboratory-desk, identity-steward
    #[arg(long, default_value = "script")]
    role: String,
    /// Endpoint of the directory that a receiving system collects for; its token says nothing else
    #[arg(long, conflicts_with = "role")]
    endpoint: Option<String>,
    /// Print the key by which the EMR of that endpoint signs the tickets that open a patient (docs/launch.md)
    #[arg(long, requires = "endpoint")]
    launch_key: bool,
}

/// Print a fresh token.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let expires = clock::now().plus_minutes(TOKEN_HOURS * 60);
    if let Some(endpoint) = args.endpoint.as_ref().filter(|_| args.launch_key) {
        println!("{}", key(&args.data)?.launch_key(endpoint));
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(endpoint) = &args.endpoint {
        println!("{}", key(&args.data)?.mint_for_endpoint(endpoint, expires));
        return Ok(ExitCode::SUCCESS);
    }
    let Some(role) = clinical::access::Role::from_code(&args.role) else {
        let known: Vec<&str> = clinical::access::Role::ALL.iter().map(|role| role.code()).collect();
        anyhow::bail!("\"{}\" is no role. Known: {}", args.role, known.join(", "));
    };
    anyhow::ensure!(
        role != clinical::access::Role::Receiver,
        "a receiving system is one endpoint of the directory: say which with --endpoint ID"
    );
    let key = key(&args.data)?;
    println!("{}", key.mint(role, expires));
    Ok(ExitCode::SUCCESS)
}

/// The key of a data folder, made when there is none.
pub(crate) fn key(data: &Path) -> anyhow::Result<TokenKey> {
    Ok(TokenKey(secret(data, KEY_FILE)?))
}

/// Thirty-two secret bytes of a data folder under a file name, made when there are none.
pub(crate) fn secret(data: &Path, file: &str) -> anyhow::Result<[u8; 32]> {
    let path = data.join(file);
    if !path.exists() {
        std::fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
        let fresh = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        match fresh {
            Ok(mut file) => {
                file.write_all(&clock::random())?;
                file.sync_all()?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("cannot write {}", path.display())),
        }
    }
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    <[u8; 32]>::try_from(bytes).map_err(|_| {
        anyhow::anyhow!("{} is not 32 bytes long. Remove it; the next start makes a new one", path.display())
    })
}
