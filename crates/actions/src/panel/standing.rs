//! Who is on a panel, as the list shows it; and the acts that put somebody on it by word, renew it and end it.

use super::news::{self, NewsLine};
use super::{Attest, LEFT_SHOWN_DAYS, Leave, Lift, PAGE_ROWS, Panel, PanelLine, PanelView, Revoke, Show};
use crate::chart;
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::access::panel::{ENDING_DAYS, Source};
use clinical::access::relation::WORDS_LIMIT_CHARS;
use clinical::identity::Claim;
use clinical::words::Words;
use fhir::{Instant, PersonId, RecordId};
use std::collections::{BTreeMap, BTreeSet};
use store::{AccessGrant, Changes, GrantSort, PrivacyChange, Requirement, RevokedPanel};

const DAY_MINUTES: i64 = 24 * 60;

/// Somebody on a panel: all their grants, and who they are today.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) person: PersonId,
    /// Of the person, today.
    pub(crate) records: Vec<RecordId>,
    /// In the order of coming; never empty.
    pub(crate) grants: Vec<AccessGrant>,
    /// Family, given, numbers and birth date as one folded text, to sort and to find by.
    text: String,
}

impl Member {
    /// The grant that holds longest.
    pub(crate) fn best(&self) -> Option<&AccessGrant> {
        self.grants.iter().max_by_key(|grant| grant.until.map_or(i64::MAX, |at| at.0))
    }
    fn until(&self) -> Option<Instant> {
        self.best().and_then(|grant| grant.until)
    }
    pub(super) fn is_on(&self, now: Instant) -> bool {
        self.until().is_none_or(|until| until > now)
    }
    fn is_ending(&self, now: Instant) -> bool {
        self.until().is_some_and(|until| until <= now.plus_minutes(ENDING_DAYS * DAY_MINUTES))
    }
}

/// Everybody on the reader's panel today, and with `left` also those who left it lately; by name.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn members(reading: &Reading<'_>, left: bool) -> Result<Vec<Member>, Refusal> {
    let now = reading.context.now;
    let since = if left { now.plus_minutes(-LEFT_SHOWN_DAYS * DAY_MINUTES) } else { now };
    let mut by_person: BTreeMap<PersonId, Member> = BTreeMap::new();
    for grant in reading.view.panel_of(&reading.context.actor.id, since)? {
        let Some(row) = reading.view.record(grant.record)? else { continue };
        if let Some(known) = by_person.get_mut(&row.person) {
            known.grants.push(grant);
            continue;
        }
        let rows = reading.view.records_of_person(row.person)?;
        let mut text = String::new();
        for row in &rows {
            let Ok(claim) = serde_json::from_str::<Claim>(&row.claim) else { continue };
            for name in &claim.names {
                text.push_str(&format!("{} {} {} ", name.family, name.given, name.middle));
            }
            for number in claim.identifiers.iter().chain(&claim.own) {
                text.push_str(&format!("{} ", number.value));
            }
            text.push_str(&claim.birth_date);
            text.push(' ');
        }
        let member = Member {
            person: row.person,
            records: rows.iter().map(|row| row.record).collect(),
            grants: vec![grant],
            text: fhir::search::fold(&text),
        };
        by_person.insert(row.person, member);
    }
    let mut members: Vec<Member> = by_person.into_values().collect();
    members.sort_by(|a, b| a.text.cmp(&b.text).then(a.person.cmp(&b.person)));
    Ok(members)
}

/// The reader's own standing grant on a person, when they are on the panel.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn standing(reading: &Reading<'_>, records: &[RecordId]) -> Result<Vec<AccessGrant>, Refusal> {
    let mut found = Vec::new();
    for record in records {
        let grants = reading.view.grants(&reading.context.actor.id, *record, reading.context.now)?;
        found.extend(grants.into_iter().filter(|grant| grant.sort == GrantSort::Panel));
    }
    Ok(found)
}

impl Sealed for Panel {}
impl Look for Panel {
    type View = PanelView;
    const PERMISSION: Permission = Permission::KeepPanel;
    /// What was typed stays out of the audit row.
    fn object(&self) -> String {
        "panel".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<PanelView>, Refusal> {
        let now = reading.context.now;
        let everybody = members(reading, true)?;
        let mut fresh: BTreeMap<PersonId, NewsLine> =
            news::of(reading, &everybody)?.into_iter().map(|line| (line.banner.person, line)).collect();
        let on = || everybody.iter().filter(|member| member.is_on(now));
        let is_file = |grant: &&AccessGrant| grant.code == Source::File.code();
        let mut view = PanelView {
            size: on().count(),
            by_file: on().filter(|member| member.grants.iter().any(|grant| is_file(&grant))).count(),
            refreshed: refreshed(on().flat_map(|member| &member.grants).filter(is_file)),
            news: fresh.len(),
            ending: everybody.iter().filter(|member| member.is_ending(now)).count(),
            ..PanelView::default()
        };
        let words: Vec<String> =
            self.text.split_whitespace().map(|word| fhir::search::fold(word.trim_matches(','))).collect();
        let asked: Vec<&Member> = everybody
            .iter()
            .filter(|member| match self.show {
                Show::All => member.is_on(now),
                Show::New => fresh.contains_key(&member.person),
                Show::Ending => member.is_ending(now),
            })
            .filter(|member| words.iter().all(|word| member.text.contains(word.as_str())))
            .collect();
        view.matching = asked.len();
        view.page = self.page.min(asked.len().saturating_sub(1) / PAGE_ROWS);
        for member in asked.into_iter().skip(view.page * PAGE_ROWS).take(PAGE_ROWS) {
            let chart = chart::gather(reading, member.person)?;
            let Some(best) = member.best() else { continue };
            let source = Source::from_code(&best.code).unwrap_or(Source::Word);
            view.lines.push(PanelLine {
                banner: chart.head(reading)?,
                source: source.words(),
                by_word: source == Source::Word,
                since: member.grants.iter().map(|grant| grant.at).min().unwrap_or(best.at),
                until: best.until,
                words: best.words.clone(),
                // Of whoever left it, nothing that happened is told here.
                last: if member.is_on(now) { chart.last_event(reading)? } else { None },
                news: fresh.remove(&member.person),
            });
        }
        let people = view.lines.iter().map(|line| line.banner.person).collect();
        Ok(Seen { view, people })
    }
}

/// When the last file was taken over: each begins the time of those it names anew.
fn refreshed<'g>(grants: impl Iterator<Item = &'g AccessGrant>) -> Option<Instant> {
    let kept = clinical::access::panel::FILE_DAYS * DAY_MINUTES;
    grants.filter_map(|grant| Some(grant.until?.plus_minutes(-kept).max(grant.at))).max()
}

fn said(text: &str) -> Result<String, Refusal> {
    let text: String = text.trim().chars().take(WORDS_LIMIT_CHARS).collect();
    if text.is_empty() {
        return Err(Refusal::unreadable(
            "Write how you know; the privacy desk and the patient can read it.",
            "Écrivez comment vous le savez; le bureau de la vie privée et le patient peuvent le lire.",
        ));
    }
    Ok(text)
}

impl Sealed for Attest {}
impl Act for Attest {
    const PERMISSION: Permission = Permission::KeepPanel;
    fn object(&self) -> String {
        format!("panel/{}/attested", self.person)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (context, words) = (reading.context, said(&self.words)?);
        let chart = chart::gather(reading, self.person)?;
        let (barred, unchanged) = barred(reading)?;
        if barred.contains(&chart.person) {
            let words = ended_by_desk();
            return Err(Refusal::conflict(&words.en, &words.fr));
        }
        let until = Source::Word.ends(context.now);
        let records = chart.record_ids();
        let own = standing(reading, &records)?.into_iter().find(|grant| grant.code == Source::Word.code());
        let change = match own {
            // Said again it holds longer; what was said first stays.
            Some(grant) => PrivacyChange::GrantUntil(grant.id, until, String::new()),
            None => PrivacyChange::Grant(AccessGrant {
                id: 0,
                actor: context.actor.id.clone(),
                record: records.first().copied().ok_or_else(Refusal::not_found)?,
                at: context.now,
                until: Some(until),
                sort: GrantSort::Panel,
                code: Source::Word.code().to_owned(),
                words,
                obligation: None,
            }),
        };
        let changes = Changes { requires: vec![unchanged], privacy: vec![change], ..Changes::default() };
        Ok((changes, Some(chart.person)))
    }
}

impl Sealed for Leave {}
impl Act for Leave {
    const PERMISSION: Permission = Permission::KeepPanel;
    fn object(&self) -> String {
        format!("panel/{}/left", self.person)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let chart = chart::gather(reading, self.person)?;
        let ended = standing(reading, &chart.record_ids())?;
        let now = reading.context.now;
        let privacy = ended.iter().map(|grant| PrivacyChange::GrantUntil(grant.id, now, String::new()));
        Ok((Changes { privacy: privacy.collect(), ..Changes::default() }, Some(chart.person)))
    }
}

impl Sealed for Revoke {}
impl Act for Revoke {
    const PERMISSION: Permission = Permission::ReviewAccess;
    fn object(&self) -> String {
        format!("panel/{}/revoked", self.grant)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (context, why) = (reading.context, said(&self.reason)?);
        let grant = reading.view.grant(self.grant)?.filter(|grant| grant.sort == GrantSort::Panel);
        let grant = grant.ok_or_else(Refusal::not_found)?;
        if grant.until.is_some_and(|until| until <= context.now) {
            return Err(Refusal::conflict("It has ended already.", "C'est déjà terminé."));
        }
        // Whatever else keeps them on this doctor's panel ends with it: the file has no better knowledge of it.
        let (person, records) = records_of(reading, grant.record)?;
        let ended = RevokedPanel {
            actor: grant.actor,
            records: records.into_iter().collect(),
            at: context.now,
            note: format!(" · {}: {why}", context.actor.name),
        };
        Ok((Changes { privacy: vec![PrivacyChange::Revoke(ended)], ..Changes::default() }, Some(person)))
    }
}

impl Sealed for Lift {}
impl Act for Lift {
    const PERMISSION: Permission = Permission::ReviewAccess;
    fn object(&self) -> String {
        format!("panel/{}/lifted", self.grant)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let (context, why) = (reading.context, said(&self.reason)?);
        let grant = reading.view.grant(self.grant)?.ok_or_else(Refusal::not_found)?;
        let (person, records) = records_of(reading, grant.record)?;
        let ended = reading.view.revoked_of(&grant.actor)?;
        let ids: Vec<i64> =
            ended.iter().filter(|one| records.contains(&one.record)).map(|one| one.id).collect();
        if ids.is_empty() {
            return Err(Refusal::conflict(
                "Nothing of it is ended by the privacy desk. Look at the list again.",
                "Le bureau de la vie privée n'y a rien terminé. Regardez de nouveau la liste.",
            ));
        }
        let note = format!(" · {}: {why}", context.actor.name);
        Ok((Changes { privacy: vec![PrivacyChange::Lift(ids, note)], ..Changes::default() }, Some(person)))
    }
}

/// The person of a record today, with their records.
fn records_of(reading: &Reading<'_>, record: RecordId) -> Result<(PersonId, BTreeSet<RecordId>), Refusal> {
    let person = reading.view.record(record)?.map(|row| row.person).ok_or_else(Refusal::not_found)?;
    let rows = reading.view.records_of_person(person)?;
    Ok((person, rows.into_iter().map(|row| row.record).collect()))
}

/// Whom the privacy desk keeps off the reader's panel, and what must still hold when something is added to it.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn barred(reading: &Reading<'_>) -> Result<(BTreeSet<PersonId>, Requirement), Refusal> {
    let actor = &reading.context.actor.id;
    let ended = reading.view.revoked_of(actor)?;
    let mut people = BTreeSet::new();
    for grant in &ended {
        people.extend(reading.view.record(grant.record)?.map(|row| row.person));
    }
    let ids = ended.iter().map(|grant| grant.id).collect();
    Ok((people, Requirement::RevocationsAre(actor.clone(), ids)))
}

/// What is said to a doctor whose relation the privacy desk ended.
pub(super) fn ended_by_desk() -> Words {
    Words::new(
        "The privacy desk ended this relation. Until it lifts that, no file and no word puts this person on your panel: ask the privacy desk.",
        "Le bureau de la vie privée a mis fin à cette relation. Tant qu'il ne la permet pas de nouveau, ni fichier ni parole ne remet cette personne dans votre clientèle : demandez au bureau.",
    )
}
