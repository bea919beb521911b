//! The on-call calendar of a record, `cover.toml` in its data folder: without cover at every hour nothing is activated
//! (HAZARDS H90).

use crate::config::Config;
use anyhow::{Context as _, bail};
use clinical::cover::{COVERED_DAYS, Cover};
use fhir::Instant;

/// Its name in the data folder.
pub(crate) const COVER_FILE: &str = "cover.toml";
/// Gaps told at once.
const TOLD_GAPS: usize = 20;

/// The calendar. With senders set up it must be there; a trial, whose door believes every sender, may go without and
/// then has nobody on call.
///
/// # Errors
/// It is missing and must not be, cannot be read, or leaves an hour of the next fourteen days to nobody: which.
pub(crate) fn read(config: &Config, now: Instant) -> anyhow::Result<Cover> {
    let path = config.data.join(COVER_FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if config.link.is_empty() || config.demo {
                return Ok(Cover::default());
            }
            bail!(
                "{} is missing: nobody would be on call. Write who is at each desk, day and night (docs/cover.md)",
                path.display()
            );
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let cover = Cover::from_toml(&text).with_context(|| path.display().to_string())?;
    let gaps = cover.gaps(now, COVERED_DAYS);
    if !gaps.is_empty() {
        let told: Vec<String> = gaps.iter().take(TOLD_GAPS).map(|gap| format!("  {gap}")).collect();
        let more = if gaps.len() > TOLD_GAPS {
            format!("\n  and {} more", gaps.len() - TOLD_GAPS)
        } else {
            String::new()
        };
        bail!(
            "{}: {} times in the next {COVERED_DAYS} days at which a desk has nobody. Add shifts or deputies:\n{}{more}",
            path.display(),
            gaps.len(),
            told.join("\n")
        );
    }
    Ok(cover)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LinkConfig;
    use crate::folder::Folder;
    use std::net::SocketAddr;

    const NOW: Instant = Instant(1_795_356_300_000_000);

    fn config(folder: &Folder, text: Option<&str>) -> Config {
        if let Some(text) = text {
            std::fs::write(folder.join(COVER_FILE), text).expect("a file");
        }
        Config::for_data(folder.to_path_buf())
    }

    #[test]
    fn h90_the_demo_has_cover_at_every_hour_of_a_year() {
        let cover = Cover::from_toml(&province::rota::cover()).expect("a calendar");
        for fortnight in 0..27 {
            assert_eq!(cover.gaps(NOW.plus_minutes(fortnight * 14 * 24 * 60), 14), []);
        }
        read(&config(&Folder::new("cover"), Some(&province::rota::cover())), NOW).expect("cover");
    }

    #[test]
    fn h90_a_gap_refuses_and_names_its_hours() {
        let short = province::rota::cover().replacen("days = \"Mo-Su\"", "days = \"Mo-Sa\"", 1);
        let said = read(&config(&Folder::new("cover"), Some(&short)), NOW).expect_err("a gap").to_string();
        assert!(
            said.contains("delivery desk: nobody from Su 2026-11-29 08:00 to Su 2026-11-29 20:00"),
            "{said}"
        );
    }

    #[test]
    fn h90_without_a_calendar_only_a_trial_runs() {
        let mut config = config(&Folder::new("cover"), None);
        assert!(read(&config, NOW).expect("a trial").is_empty());
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        config.link.push(LinkConfig {
            name: "LAB".to_owned(),
            listen,
            tls: None,
            dialect: None,
            codes: None,
            certificate: Vec::new(),
            senders: Vec::new(),
            authorities: Vec::new(),
        });
        let said = read(&config, NOW).expect_err("activation").to_string();
        assert!(said.contains("nobody would be on call"), "{said}");
    }
}
