//! `opor census`

use crate::Where;
use anyhow::Context as _;
use std::process::ExitCode;
use store::{Census, DeliveryCounts, MessageCounts};

/// Count everything; exit 1 if it does not balance
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Where,
    /// A bearer token, for --url: with it the receivers are named too
    #[arg(long, requires = "url")]
    token: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Count and print.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let census = match (&args.place.data, &args.place.url) {
        (Some(data), _) => {
            // From the data folder every row is counted; a running record answers with what it counted once and the rest.
            crate::place::open_read(data)?.view()?.census_of_every_row()?
        }
        (None, Some(url)) => {
            let body = super::load::http_get(
                &format!("{}/census", url.trim_end_matches('/')),
                args.token.as_deref(),
            )?;
            serde_json::from_slice(&body).context("the server's census could not be read")?
        }
        (None, None) => anyhow::bail!("give --data DIR or --url URL"),
    };
    if args.json {
        println!("{}", serde_json::to_string(&census)?);
    } else {
        print(&census);
    }
    Ok(if census.balanced { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// As people read it.
pub(crate) fn print(census: &Census) {
    let head = ["received", "refused", "accepted", "pending", "filed", "kept", "held"];
    println!("{:<28}{}", "messages", head.map(|h| format!("{h:>10}")).concat());
    messages("all", &census.messages);
    for (name, counts) in &census.feeds {
        messages(name, counts);
    }
    println!();
    let head = ["due", "acknowledged", "pending", "owned", "excused"];
    println!("{:<40}{}", "deliveries", head.map(|h| format!("{h:>13}")).concat());
    deliveries("all", &census.deliveries);
    for (name, counts) in &census.recipients {
        deliveries(name, counts);
    }
    println!();
    let head = ["made", "done", "pending", "owned", "without"];
    println!("{:<28}{}", "obligations", head.map(|h| format!("{h:>10}")).concat());
    for kind in &census.kinds {
        let row = [kind.made, kind.done, kind.pending, kind.owned, kind.without];
        println!("{:<28}{}", kind.kind, row.map(|n| format!("{n:>10}")).concat());
    }
    if census.settled_below > 0 {
        println!("messages below number {} were counted once, when they were settled", census.settled_below);
    }
    println!(
        "{}",
        if census.balanced {
            "balanced: nothing is unaccounted for"
        } else {
            "DOES NOT BALANCE: call the site lead"
        }
    );
}

fn messages(name: &str, c: &MessageCounts) {
    let row = [c.received, c.refused, c.accepted, c.pending, c.filed, c.kept, c.held];
    println!("{:<28}{}", name.chars().take(27).collect::<String>(), row.map(|n| format!("{n:>10}")).concat());
}

fn deliveries(name: &str, c: &DeliveryCounts) {
    let row = [c.due, c.acknowledged, c.pending, c.owned, c.excused];
    println!("{:<40}{}", name.chars().take(39).collect::<String>(), row.map(|n| format!("{n:>13}")).concat());
}
