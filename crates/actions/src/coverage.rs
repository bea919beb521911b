//! What is in here: which systems send, since when, where nothing comes now or came for a while, and what kinds of data
//! nobody sends: never an implied complete record (FEATURES PP13; issue 6, item 1).

use crate::incidents::Sort;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::coverage::Content;
use clinical::words::Words;
use fhir::{Instant, RecordId};
use std::collections::{BTreeMap, BTreeSet};
use store::Link;

/// How far back gaps that ended are named, in minutes: 90 days.
const GAPS_MINUTES: i64 = 90 * 24 * 60;
/// Gaps that ended and are named at most; beyond it the page says so.
pub const MOST_GAPS: usize = 200;

/// Look: what is in here. Names nobody.
#[derive(Debug, Clone, Copy)]
pub struct Coverage;

/// Answer to [`Coverage`].
#[derive(Debug, Clone, Default)]
pub struct CoverageView {
    /// Systems that send, those with a gap first.
    pub systems: Vec<SystemLine>,
    /// Gaps that ended, the latest first.
    pub gaps: Vec<PastGap>,
    /// More gaps ended than are named.
    pub more_gaps: bool,
    /// Kinds of data that nobody sends; `None` until what each system sends has been counted.
    pub absent: Option<Vec<Words>>,
}

/// A system that sends.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemLine {
    /// Its name.
    pub name: String,
    /// The site whose record numbers it uses.
    pub site: String,
    /// When its first message came.
    pub since: Option<Instant>,
    /// When its last message came.
    pub last: Option<Instant>,
    /// What it sends.
    pub kinds: Vec<Words>,
    /// What stands against it now.
    pub now: Option<Gap>,
}

/// Something does not come.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    /// Since when.
    pub since: Instant,
    /// Why, in words.
    pub words: Words,
}

/// A gap that ended.
#[derive(Debug, Clone, PartialEq)]
pub struct PastGap {
    /// The system.
    pub system: String,
    /// From when.
    pub from: Instant,
    /// Until when.
    pub to: Instant,
    /// What was seen.
    pub words: Words,
}

/// One line of it, for home.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Brief {
    /// Systems that send.
    pub systems: usize,
    /// Those from which something does not come now, with since when.
    pub missing: Vec<(String, Instant)>,
}

/// What does not come now, by system.
struct Missing(BTreeMap<String, Gap>);

impl Missing {
    fn now(reading: &Reading<'_>, links: &[Link]) -> Result<Self, Refusal> {
        let mut found: BTreeMap<String, Gap> = BTreeMap::new();
        let mut note = |system: &str, gap: Gap| {
            found
                .entry(system.to_owned())
                .and_modify(|known| {
                    if gap.since < known.since {
                        *known = gap.clone();
                    }
                })
                .or_insert(gap);
        };
        for incident in reading.view.incidents_open()? {
            let Some(link) = subject(&incident.sort, &incident.subject, links) else { continue };
            let words = crate::obligations::words(&incident.words);
            note(&link.name, Gap { since: incident.opened, words });
        }
        for pause in reading.view.pauses()? {
            let Some(link) = links.iter().find(|link| link.id == pause.link) else { continue };
            let words = Words::new(
                "Paused by the desk: what it sends is kept and not filed yet.",
                "En pause : ce qu'il envoie est conservé et pas encore classé.",
            );
            note(&link.name, Gap { since: pause.at, words });
        }
        for (stopped, since) in reading.view.feeds_stopped()? {
            let Some(link) = links.iter().find(|link| link.id == stopped) else { continue };
            let words = Words::new(
                "Stopped for checking: what it sends is kept and not filed yet.",
                "Arrêté pour vérification : ce qu'il envoie est conservé et pas encore classé.",
            );
            note(&link.name, Gap { since, words });
        }
        Ok(Self(found))
    }
}

/// The feed that an incident is about: `NAME`, or `NAME TYPE` where one type is silent.
fn subject<'l>(sort: &str, subject: &str, links: &'l [Link]) -> Option<&'l Link> {
    match Sort::from_code(sort)? {
        Sort::FeedSilent => links.iter().find(|link| link.name == subject),
        Sort::TypeSilent => {
            let (name, _) = subject.rsplit_once(' ')?;
            links.iter().find(|link| link.name == name)
        }
        _ => None,
    }
}

/// Systems that send by themselves; a backlog is loaded once, by people.
fn systems(reading: &Reading<'_>) -> Result<Vec<Link>, Refusal> {
    let mut links = reading.view.links()?;
    links.retain(|link| !clinical::backlog::is_backlog(&link.name));
    Ok(links)
}

/// One line of what is in here.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn brief(reading: &Reading<'_>) -> Result<Brief, Refusal> {
    let links = systems(reading)?;
    let missing = Missing::now(reading, &links)?.0;
    let missing = missing.into_iter().map(|(name, gap)| (name, gap.since)).collect();
    Ok(Brief { systems: links.len(), missing })
}

/// Gaps of now that touch a person: of systems at the sites that keep their records.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn touching(
    reading: &Reading<'_>,
    records: &[RecordId],
) -> Result<Vec<(String, Instant)>, Refusal> {
    let links = systems(reading)?;
    let missing = Missing::now(reading, &links)?.0;
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let mut sites = BTreeSet::new();
    for record in records {
        if let Some(row) = reading.view.record(*record)? {
            sites.extend([row.authority, row.custodian]);
        }
    }
    let touches = |name: &str| {
        let link = links.iter().find(|link| link.name == name);
        link.is_some_and(|link| {
            sites.contains(&link.default_authority)
                || sites.contains(&link.custodian)
                || site(link).is_some_and(|site| sites.contains(site))
        })
    };
    Ok(missing.into_iter().filter(|(name, _)| touches(name)).map(|(name, gap)| (name, gap.since)).collect())
}

/// The facility in the name of a sender that nobody set up beforehand: `application@facility`.
fn site(link: &Link) -> Option<&str> {
    link.name.split_once('@').map(|(_, facility)| facility).filter(|facility| !facility.is_empty())
}

impl Sealed for Coverage {}
impl Look for Coverage {
    type View = CoverageView;
    const PERMISSION: Permission = Permission::ReadCoverage;
    fn object(&self) -> String {
        "coverage".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<CoverageView>, Refusal> {
        let (view, now) = (reading.view, reading.context.now);
        let links = systems(reading)?;
        let mut missing = Missing::now(reading, &links)?.0;
        let mut kinds: BTreeMap<String, BTreeSet<Content>> = BTreeMap::new();
        for (stream, _, _) in view.flow_marks()? {
            let Some((feed, message_type)) =
                stream.strip_prefix("feed:").and_then(|name| name.split_once('|'))
            else {
                continue;
            };
            kinds.entry(feed.to_owned()).or_default().extend(Content::of(message_type));
        }
        let sent: BTreeSet<Content> = kinds.values().flatten().copied().collect();
        let mut systems = Vec::with_capacity(links.len());
        for link in &links {
            systems.push(SystemLine {
                name: link.name.clone(),
                site: site(link).unwrap_or(&link.default_authority).to_owned(),
                since: view.feed_began(link.id)?,
                last: view.last_received(link.id)?,
                kinds: kinds.get(&link.name).into_iter().flatten().map(|kind| kind.words()).collect(),
                now: missing.remove(&link.name),
            });
        }
        systems.sort_by(|a, b| (a.now.is_none(), &a.site, &a.name).cmp(&(b.now.is_none(), &b.site, &b.name)));
        let mut gaps = Vec::new();
        for incident in view.incidents_closed(now.plus_minutes(-GAPS_MINUTES), usize::MAX)? {
            let link = subject(&incident.sort, &incident.subject, &links);
            let (Some(link), Some(to)) = (link, incident.closed) else { continue };
            gaps.push(PastGap {
                system: link.name.clone(),
                from: incident.opened,
                to,
                words: crate::obligations::words(&incident.words),
            });
        }
        let more_gaps = gaps.len() > MOST_GAPS;
        gaps.truncate(MOST_GAPS);
        // Flows are counted once a minute; before that nothing is known to be absent.
        let counted = links.iter().all(|link| kinds.contains_key(&link.name));
        let absent = Content::ALL.into_iter().filter(|kind| !sent.contains(kind)).map(Content::words);
        let absent = counted.then(|| absent.collect());
        Ok(Seen::nobody(CoverageView { systems, gaps, more_gaps, absent }))
    }
}
