//! Every provider number that the feeds name, held against the directory: one person at one place, or an incident of
//! the directory desk before a report depends on it.
//!
//! The latest messages of each feed are read, not all: what is beyond them and could not be routed is a line of the
//! delivery desk of its own already.

use super::changing::day_of;
use super::{Join, JoinView, UnresolvedLine};
use crate::incidents::{Found, Sort};
use crate::record::{Look, Reading, Record, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::directory::Directory;
use clinical::routing;
use clinical::words::Words;
use fhir::Instant;
use std::collections::{BTreeMap, BTreeSet};
use store::{MessageFilter, View};

/// Days of traffic that are looked at.
const DAYS: i64 = 7;
/// Messages of one feed that are read, the latest.
const MESSAGES: usize = 2_000;
/// Messages read at a time.
const PAGE: usize = 200;
/// Numbers of one feed that are an incident each; more are one of the whole feed.
const EACH: usize = 20;

impl Sealed for Join {}

impl Look for Join {
    type View = JoinView;
    const PERMISSION: Permission = Permission::ReadDirectory;

    fn object(&self) -> String {
        "directory/numbers".to_owned()
    }

    /// Messages are read and the providers they name counted; nothing of a patient leaves, so that no person is named.
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<JoinView>, Refusal> {
        Ok(Seen::nobody(join(reading.view, reading.directory, reading.context.now)?))
    }
}

fn join(view: &View, directory: &Directory, now: Instant) -> Result<JoinView, Refusal> {
    let (day, since) = (day_of(now), now.plus_minutes(-DAYS * 24 * 60));
    let mut seen = JoinView::default();
    for link in view.links()? {
        let filter = MessageFilter { link: Some(link.id), ..MessageFilter::default() };
        let (mut read, mut last, mut resolved) = (0, None, BTreeSet::new());
        let mut unresolved: BTreeMap<String, UnresolvedLine> = BTreeMap::new();
        'pages: while read < MESSAGES {
            let page = view.messages_of(&filter, PAGE, last)?;
            let Some(oldest) = page.last().map(|row| row.id) else { break };
            last = Some(oldest);
            for row in page {
                if row.received < since {
                    break 'pages;
                }
                read += 1;
                let Ok(read) = crate::dialects::read_as_it_stands(view, &row, &link)? else { continue };
                let said = read.interpret();
                let reports = said.charts.iter().flat_map(|chart| &chart.reports);
                for addressee in reports.flat_map(|report| &report.addressees) {
                    let Some(number) = number(&addressee.numbers) else { continue };
                    match routing::unresolved(addressee, directory, &day) {
                        None => drop(resolved.insert(number)),
                        Some(why) => {
                            let line = unresolved.entry(number.clone()).or_insert_with(|| UnresolvedLine {
                                feed: link.name.clone(),
                                number,
                                why,
                                named: 0,
                                last: row.received,
                            });
                            line.named += 1;
                        }
                    }
                }
            }
        }
        seen.messages += read;
        seen.numbers += resolved.iter().filter(|number| !unresolved.contains_key(*number)).count();
        seen.numbers += unresolved.len();
        seen.unresolved.extend(unresolved.into_values());
    }
    Ok(seen)
}

/// The first number that says something: `NSCPS 014417`.
fn number(numbers: &[(String, String)]) -> Option<String> {
    let (authority, value) = numbers.iter().find(|(_, value)| !value.trim().is_empty())?;
    Some(format!("{} {}", authority.trim(), value.trim()).trim_start().to_owned())
}

/// One incident for each number; one for a feed of which very many resolve to nobody.
fn found(lines: &[UnresolvedLine]) -> Vec<Found> {
    let mut feeds: BTreeMap<&str, Vec<&UnresolvedLine>> = BTreeMap::new();
    for line in lines {
        feeds.entry(&line.feed).or_default().push(line);
    }
    let mut found = Vec::new();
    for (feed, lines) in feeds {
        if lines.len() > EACH {
            found.push(Found {
                subject: feed.to_owned(),
                what: Words::new(
                    format!("Settle with the sender of {feed} whose provider numbers it uses."),
                    format!("Établir avec l'expéditeur de {feed} de qui sont ses numéros de fournisseurs."),
                ),
                because: Words::new(
                    format!(
                        "More than {EACH} provider numbers of {feed} lead to nobody; opor directory check lists them."
                    ),
                    format!(
                        "Plus de {EACH} numéros de fournisseurs de {feed} ne mènent à personne; opor directory check les énumère."
                    ),
                ),
            });
            continue;
        }
        found.extend(lines.iter().map(|line| one(line)));
    }
    found
}

fn one(line: &UnresolvedLine) -> Found {
    let (feed, number, why) = (&line.feed, &line.number, &line.why);
    Found {
        subject: format!("{feed} {number}"),
        what: Words::new(
            format!("Mend the directory for number {number}, or have the sender of {feed} mend the number."),
            format!(
                "Corriger le répertoire pour le numéro {number}, ou faire corriger le numéro par l'expéditeur de {feed}."
            ),
        ),
        because: Words::new(format!("{feed}: {}.", why.en), format!("{feed} : {}.", why.fr)),
    }
}

impl Record {
    /// Hold what the feeds name against the directory and make the incidents what was found. An incident ends when the
    /// number leads to somebody, or when nothing has named it for [`DAYS`] days. A directory without anybody in it is
    /// not joined. Returns how many numbers lead to nobody.
    pub(crate) fn join_directory(&self, now: Instant) -> Result<usize, Refusal> {
        let directory = self.directory();
        if directory.practitioners().next().is_none() {
            return Ok(0);
        }
        let view = self.store().view()?;
        let seen = join(&view, &directory, now)?;
        self.hold_incidents(&view, Sort::Directory, &found(&seen.unresolved), now)?;
        Ok(seen.unresolved.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s019_a_feed_with_numbers_of_another_register_is_one_incident() {
        let line = |n: usize| UnresolvedLine {
            feed: "HRH".to_owned(),
            number: format!("NSMD {n}"),
            why: Words::new("why", "pourquoi"),
            named: 1,
            last: Instant(0),
        };
        let lines: Vec<_> = (0..=EACH).map(line).collect();
        assert_eq!(found(&lines[..EACH]).len(), EACH);
        assert_eq!(found(&lines).iter().map(|one| one.subject.as_str()).collect::<Vec<_>>(), ["HRH"]);
    }
}
