//! `opor simulate`

use super::send::style;
use crate::{clock, running};
use indicatif::ProgressBar;
use province::drive::{self, Push};
use std::process::ExitCode;

/// Send synthetic results at a rate
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Receiver, HOST:PORT
    #[arg(long)]
    to: String,
    /// Messages a second over all senders; 0 = as fast as the receiver answers
    #[arg(long, default_value_t = 20)]
    rate: u32,
    /// Messages in all
    #[arg(long, default_value_t = 1_000)]
    messages: u64,
    /// Connections
    #[arg(long, default_value_t = 8)]
    senders: usize,
    /// Seed of the content: the same seed sends the same messages
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// People the results belong to
    #[arg(long, default_value_t = 2_000)]
    patients: usize,
}

/// Send; exit 1 when something was not accepted.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let bar = ProgressBar::new(args.messages).with_style(style("messages")?);
    let ticking = bar.clone();
    let push = Push {
        rate: args.rate,
        messages: args.messages,
        senders: args.senders,
        seed: args.seed,
        patients: args.patients,
        at_us: clock::now().0,
    };
    let pushed = running::runtime()?.block_on(async {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let mut interrupts = running::Interrupts::new()?;
        let interrupted = tokio::spawn(async move {
            interrupts.heard().await;
            stop.send_replace(true);
        });
        let pushed = drive::simulate(&args.to, push, stopped, move |_| ticking.inc(1)).await;
        interrupted.abort();
        anyhow::Ok(pushed)
    })?;
    bar.finish_and_clear();
    let totals: Vec<String> = pushed.totals().iter().map(|(code, count)| format!("{code} {count}")).collect();
    let rate = pushed.answered.len() as f64 / pushed.elapsed.as_secs_f64().max(0.001);
    println!(
        "{}  {rate:.0}/s  answered in p50 {:.1} ms, p99 {:.1} ms",
        totals.join("  "),
        pushed.percentile_us(500) as f64 / 1000.0,
        pushed.percentile_us(990) as f64 / 1000.0
    );
    let accepted: usize =
        pushed.totals().iter().filter(|(code, _)| matches!(**code, "AA" | "CA")).map(|(_, n)| n).sum();
    Ok(if accepted as u64 == args.messages { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
