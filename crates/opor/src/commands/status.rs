//! `opor status`

use crate::config::Config;
use crate::{clock, status};
use actions::Record;
use actions::status::{Level, Place, Status, StatusView, runbook, unreadable};
use anyhow::{Context as _, bail};
use clinical::directory::Directory;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// How everything stands, the gravest first; exit 2 when something cannot wait, 1 when it can until the day
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Data folder; a server may be running on it or not
    #[arg(long, required_unless_present_any = ["config", "url", "runbook"])]
    data: Option<PathBuf>,
    /// Settings file, which knows of certificates, copies and calls too
    #[arg(long, conflicts_with = "data")]
    config: Option<PathBuf>,
    /// Address of a running server, e.g. http://127.0.0.1:8080
    #[arg(long, requires = "token", conflicts_with_all = ["data", "config"])]
    url: Option<String>,
    /// A bearer token, for --url; `opor token --data DIR --role script` makes one
    #[arg(long, requires = "url")]
    token: Option<String>,
    /// As JSON, in both languages
    #[arg(long)]
    json: bool,
    /// Print the runbook, or this section of it
    #[arg(long, value_name = "SECTION", num_args = 0..=1, default_missing_value = "")]
    runbook: Option<String>,
}

/// Look and print.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    if let Some(section) = &args.runbook {
        print!("{}", page(section)?);
        return Ok(ExitCode::SUCCESS);
    }
    let view = match (&args.url, &args.token) {
        (Some(url), Some(token)) => {
            let at = format!("{}/operations/status", url.trim_end_matches('/'));
            let body = super::load::http_get(&at, Some(token))?;
            serde_json::from_slice(&body).context("the server's answer could not be read")?
        }
        _ => of_folder(&args)?,
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&view)?);
    } else {
        print!("{}", text(&view));
    }
    Ok(match view.level() {
        Level::Now => ExitCode::from(2),
        Level::Soon => ExitCode::FAILURE,
        Level::Fine | Level::NotSetUp | Level::NotKnown => ExitCode::SUCCESS,
    })
}

/// The runbook, or a section of it.
fn page(section: &str) -> anyhow::Result<String> {
    if section.is_empty() {
        return Ok(runbook::TEXT.to_owned());
    }
    let Some(found) = runbook::section(section) else {
        let codes: Vec<&str> = runbook::sections().map(|section| section.code).collect();
        bail!("the runbook has no section {section}. It has {}", codes.join(", "));
    };
    Ok(format!("{}\n\n{}\n", found.title, found.body))
}

fn of_folder(args: &Args) -> anyhow::Result<StatusView> {
    let (config, whole) = match (&args.config, &args.data) {
        (Some(path), _) => (Config::read(path)?.overlay()?, true),
        (None, Some(data)) => (Config::for_data(data.clone()), false),
        (None, None) => bail!("give --data DIR, --config FILE or --url URL"),
    };
    let now = clock::now();
    let place = Place { writer: status::holder(&config.data), ..status::seen(&config, whole) };
    Ok(read(&config, &place).unwrap_or_else(|why| unreadable(&format!("{why:#}"), &place, now)))
}

fn read(config: &Config, place: &Place) -> anyhow::Result<StatusView> {
    let record = Record::new(crate::place::open_read(&config.data)?, Directory::default(), Vec::new());
    // A calendar that cannot be read names nobody.
    record.set_cover(crate::cover::read(config, clock::now()).unwrap_or_default());
    let context = actions::record::machine("opor status", clock::now());
    Ok(record.look(&context, Status { place: Arc::new(place.clone()) })?)
}

/// As people read it.
fn text(view: &StatusView) -> String {
    let mut out = format!("{}\n", view.headline.en);
    for level in Level::ALL {
        let mut first = true;
        for one in view.findings.iter().filter(|finding| finding.level == level) {
            if std::mem::take(&mut first) {
                let _ = writeln!(out, "\n{}", level.words().en);
            }
            let _ = writeln!(out, "  {}: {}", one.title.en, one.says.en);
            if level == Level::Fine {
                continue;
            }
            if let Some(since) = one.since {
                let _ = writeln!(out, "      since {since}");
            }
            if !one.next.en.is_empty() {
                let _ = writeln!(out, "      {}", one.next.en);
            }
            let _ = writeln!(out, "      opor status --runbook {}", one.runbook);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s111_the_command_says_all_that_the_page_says() {
        let view = unreadable("the file is not there", &Place::default(), clock::now());
        let said = text(&view);
        assert!(said.starts_with(&view.headline.en));
        for one in &view.findings {
            assert!(said.contains(&format!("{}: {}", one.title.en, one.says.en)), "{one:?}\n{said}");
            assert!(said.contains(&one.next.en), "{one:?}\n{said}");
        }
        assert!(said.contains("opor status --runbook record"), "{said}");
    }

    #[test]
    fn s111_the_runbook_is_in_the_program() {
        assert!(page("").unwrap().starts_with("# Runbook"));
        assert!(page("backup").unwrap().starts_with("Last backup\n\n"));
        assert!(page("nothing").unwrap_err().to_string().contains("It has feed-silent"));
    }
}
