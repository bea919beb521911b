//! Home: what waits for the reader, what is new with the people on their panel, whom they looked at last, and how complete
//! all of it is (JOURNEYS 2.1 step 1a).

use crate::directory::{OwnMove, notices};
use crate::panel::{self, NewsLine};
use crate::patients::Banner;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use crate::reports::ReportLine;
use crate::{chart, coverage};
use clinical::access::{self, Permission};
use clinical::obligations::ObligationKind;
use clinical::words::Words;
use fhir::{Instant, PersonId};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use store::{ObligationFilter, ObligationRow, ObligationState};

/// Most reports listed as waiting; what is beyond is counted in [`HomeView::more`].
pub const MOST_WAITING: usize = 200;

/// Most people listed with something new; the panel's own page has all.
pub const MOST_NEWS: usize = 12;
/// People listed whose charts were opened last.
pub const MOST_RECENT: usize = 8;
/// Pages opened that are looked through for them.
const PAGES_OPENED: usize = 400;

/// Look: home.
#[derive(Debug, Clone, Copy)]
pub struct Home;

/// Answer to [`Home`].
#[derive(Debug, Clone)]
pub struct HomeView {
    /// Most urgent first: gravest, then due first. At most [`MOST_WAITING`].
    pub waiting: Vec<Waiting>,
    /// Further ones that wait and are not listed.
    pub more: u32,
    /// Ones among those looked at that wait and are withheld from the actor at the patient's wish; the privacy desk has
    /// them.
    pub withheld: u32,
    /// Reports that wait for the team of the reader's practices.
    pub team: usize,
    /// A change of the last two weeks by which the reader's reports go elsewhere.
    pub moved: Option<OwnMove>,
    /// The panel; `None` for a role that has none.
    pub panel: Option<PanelNews>,
    /// Whose charts the reader opened last, the latest first; at most [`MOST_RECENT`].
    pub recent: Vec<Recent>,
    /// Which systems send here.
    pub coverage: coverage::Brief,
    /// The figures that [`Pulse`] tells again.
    pub figures: Figures,
}

/// What is new with the people on the reader's panel.
#[derive(Debug, Clone)]
pub struct PanelNews {
    /// People on it.
    pub size: usize,
    /// What is older is not new.
    pub since: Instant,
    /// The gravest first; at most [`MOST_NEWS`].
    pub lines: Vec<NewsLine>,
    /// How many have something new, those that are not listed too.
    pub all: usize,
}

/// Somebody whose chart the reader opened.
#[derive(Debug, Clone)]
pub struct Recent {
    /// Who.
    pub banner: Banner,
    /// When they last opened it.
    pub at: Instant,
}

/// Look: the figures of home, which name nobody: whether there is more than the page shows.
#[derive(Debug, Clone, Copy)]
pub struct Pulse {
    /// The panel as it was counted a moment ago, how many and since when ([`Figures::news`], [`Figures::newest`]); `None`
    /// counts it.
    pub news: Option<(u64, Instant)>,
}

/// Figures of home. Where one comes and one goes the counts stay and the times do not: equal figures are the same page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Reports that wait for the reader.
    pub waiting: u64,
    /// When the last of these came to them; 0 when none waits.
    pub latest: Instant,
    /// People on the panel with something new.
    pub news: u64,
    /// When the newest of it was; 0 when nothing is new.
    pub newest: Instant,
}

/// One report that waits for the actor.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// Whose.
    pub banner: Banner,
    /// The report.
    pub report: ReportLine,
    /// 0 normal, 1 abnormal, 2 critical.
    pub gravity: u8,
    /// By when it is to be taken note of.
    pub due: Instant,
    /// Why it came to the actor.
    pub because: Words,
}

impl Sealed for Home {}

impl Look for Home {
    type View = HomeView;
    const PERMISSION: Permission = Permission::ReadResults;

    fn object(&self) -> String {
        "home".to_owned()
    }

    fn read(&self, reading: &Reading<'_>) -> Result<Seen<HomeView>, Refusal> {
        let mut heads: HashMap<PersonId, Banner> = HashMap::new();
        let (waiting, more, withheld) = waiting(reading, &mut heads)?;
        let panel = panel(reading, &mut heads)?;
        let recent = recent(reading, &mut heads)?;
        let (news, newest) =
            panel.as_ref().map_or((0, Instant(0)), |(panel, newest)| (panel.all as u64, *newest));
        let panel = panel.map(|(panel, _)| panel);
        let (waits, latest) = waiting_count(reading)?;
        let figures = Figures { waiting: waits, latest, news, newest };
        let people = heads.into_keys().collect();
        let coverage = coverage::brief(reading)?;
        let team = crate::inbox::team_waits(reading)?;
        let moved = notices::moved_lately(reading)?;
        Ok(Seen {
            view: HomeView { waiting, more, withheld, team, moved, panel, recent, coverage, figures },
            people,
        })
    }
}

impl Sealed for Pulse {}

impl Look for Pulse {
    type View = Figures;
    const PERMISSION: Permission = Permission::WatchHome;

    fn object(&self) -> String {
        "home".to_owned()
    }

    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Figures>, Refusal> {
        let (news, newest) = match self.news {
            Some(news) => news,
            None if access::may(reading.context.actor.role, Permission::KeepPanel) => {
                panel::news::count(reading, &panel::members(reading, false)?)?
            }
            None => (0, Instant(0)),
        };
        let (waiting, latest) = waiting_count(reading)?;
        Ok(Seen::nobody(Figures { waiting, latest, news, newest }))
    }
}

fn head(
    reading: &Reading<'_>,
    heads: &mut HashMap<PersonId, Banner>,
    person: PersonId,
) -> Result<Banner, Refusal> {
    if let Some(known) = heads.get(&person) {
        return Ok(known.clone());
    }
    let banner = chart::gather(reading, person)?.head(reading)?;
    heads.insert(person, banner.clone());
    Ok(banner)
}

/// What waits, how much more does, and how much of it is withheld.
fn waiting(
    reading: &Reading<'_>,
    heads: &mut HashMap<PersonId, Banner>,
) -> Result<(Vec<Waiting>, u32, u32), Refusal> {
    let mut open = open_attention(reading)?;
    open.sort_by_key(|(row, due)| (Reverse(row.gravity), *due, row.id));
    let more = u32::try_from(open.len().saturating_sub(MOST_WAITING)).unwrap_or(u32::MAX);
    open.truncate(MOST_WAITING);
    let (mut waiting, mut withheld) = (Vec::with_capacity(open.len()), 0_u32);
    for (row, due) in open {
        let Some(key) = row.resource else { continue };
        let Some(record) = reading.view.record(key.record)? else { continue };
        let Some(report) = chart::line_of(reading, key, &row)? else {
            // Withheld from them: it waits all the same, and is counted.
            withheld = withheld.saturating_add(1);
            continue;
        };
        waiting.push(Waiting {
            banner: head(reading, heads, record.person)?,
            report,
            gravity: row.gravity,
            due,
            because: crate::obligations::words(&row.words),
        });
    }
    Ok((waiting, more, withheld))
}

/// The panel, and when the newest of its news was.
fn panel(
    reading: &Reading<'_>,
    heads: &mut HashMap<PersonId, Banner>,
) -> Result<Option<(PanelNews, Instant)>, Refusal> {
    if !access::may(reading.context.actor.role, Permission::KeepPanel) {
        return Ok(None);
    }
    let members = panel::members(reading, false)?;
    let mut lines = panel::news::of(reading, &members)?;
    let all = lines.len();
    let newest = lines.iter().map(|line| line.at).max().unwrap_or(Instant(0));
    lines.truncate(MOST_NEWS);
    heads.extend(lines.iter().map(|line| (line.banner.person, line.banner.clone())));
    let since = reading.context.now.plus_minutes(-panel::news::NEW_MINUTES);
    Ok(Some((PanelNews { size: members.len(), since, lines, all }, newest)))
}

/// Whose charts the reader opened last, each once.
fn recent(reading: &Reading<'_>, heads: &mut HashMap<PersonId, Banner>) -> Result<Vec<Recent>, Refusal> {
    let verbs =
        [Permission::ReadChart, Permission::ReadResults, Permission::ReadMedications].map(access::audit_verb);
    let (mut seen, mut recent) = (HashSet::new(), Vec::new());
    for (person, at, verb) in reading.view.charts_opened(&reading.context.actor.id, PAGES_OPENED)? {
        if recent.len() == MOST_RECENT {
            break;
        }
        // Whoever was joined to somebody since is that person now.
        let person = chart::gather(reading, person)?.person;
        if verbs.contains(&verb.as_str()) && seen.insert(person) {
            recent.push(Recent { banner: head(reading, heads, person)?, at });
        }
    }
    Ok(recent)
}

fn waits_for(practitioner: &str) -> ObligationFilter {
    ObligationFilter {
        open: Some(true),
        kind: Some(ObligationKind::Attention.code().to_owned()),
        recipient_id: Some(practitioner.to_owned()),
        ..ObligationFilter::default()
    }
}

/// How many wait, and when the last of them came.
fn waiting_count(reading: &Reading<'_>) -> Result<(u64, Instant), Refusal> {
    match &reading.context.actor.practitioner {
        Some(practitioner) => Ok(reading.view.obligations_count_and_latest(&waits_for(practitioner))?),
        None => Ok((0, Instant(0))),
    }
}

/// Open attention obligations of the actor with their due times; none for somebody who is no practitioner.
fn open_attention(reading: &Reading<'_>) -> Result<Vec<(ObligationRow, Instant)>, Refusal> {
    let Some(practitioner) = &reading.context.actor.practitioner else { return Ok(Vec::new()) };
    let rows = reading.view.obligations(&waits_for(practitioner), usize::MAX, 0)?;
    Ok(rows
        .into_iter()
        .filter_map(|row| match row.state {
            ObligationState::Open { due, .. } => Some((row, due)),
            ObligationState::Ended { .. } => None,
        })
        .collect())
}
