//! The wall, counted from rows: every feed by class of recipient.

use super::{BatchLine, Feed, Paused, Tile, TileState, Wall, WallView};
use crate::deliveries::desk_words;
use crate::lists::Part;
use crate::messages::link_names;
use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::directory::EndpointKind;
use clinical::obligations::Owner;
use clinical::words::Words;
use fhir::Instant;
use std::collections::BTreeMap;
use store::{LinkId, ObligationState};

/// Batches on one page.
const BATCHES_LIMIT: usize = 20;
/// Ages from which a tile is slow, late, stuck, in minutes.
const SLOW_MINUTES: i64 = 5;
const LATE_MINUTES: i64 = 30;
const STUCK_MINUTES: i64 = 120;

impl TileState {
    /// How bad it is that the oldest has been owed since `oldest`.
    #[must_use]
    pub fn of(oldest: Option<Instant>, now: Instant) -> Self {
        let Some(oldest) = oldest else { return Self::Clear };
        let minutes = now.seconds_since(oldest) / 60;
        if minutes >= STUCK_MINUTES {
            Self::Stuck
        } else if minutes >= LATE_MINUTES {
            Self::Late
        } else if minutes >= SLOW_MINUTES {
            Self::Slow
        } else {
            Self::Moving
        }
    }
}

impl Sealed for Wall {}
impl Look for Wall {
    type View = WallView;
    const PERMISSION: Permission = Permission::ReadDeliveryDesk;
    fn object(&self) -> String {
        "feeds".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<WallView>, Refusal> {
        let view = reading.view;
        let now = reading.context.now;
        let names = link_names(view)?;
        let pauses = view.pauses()?;
        let mut tiles: BTreeMap<(LinkId, Option<EndpointKind>), Tile> = BTreeMap::new();
        // A class that the directory serves has a tile on every feed, also while nothing waits there.
        let classes: std::collections::BTreeSet<EndpointKind> = reading
            .directory
            .endpoints()
            .map(|endpoint| endpoint.kind)
            .filter(|kind| kind.delivers())
            .collect();
        for link in names.keys() {
            for class in &classes {
                tiles.insert((*link, Some(*class)), empty(Some(*class)));
            }
        }
        for found in view.undelivered()? {
            let class = reading.directory.endpoint(&found.destination).map(|endpoint| endpoint.kind);
            let tile = tiles.entry((found.link, class)).or_insert_with(|| empty(class));
            tile.count += found.count;
            tile.with_person += if found.human { found.count } else { 0 };
            tile.oldest = Some(tile.oldest.map_or(found.oldest, |oldest| oldest.min(found.oldest)));
        }
        let mut feeds = Vec::new();
        for (link, name) in &names {
            let mut own: Vec<Tile> = tiles
                .iter()
                .filter(|((of, _), _)| of == link)
                .map(|(_, tile)| Tile { state: TileState::of(tile.oldest, now), ..tile.clone() })
                .collect();
            own.sort_by_key(|tile| std::cmp::Reverse(tile.state));
            let pause = match pauses.iter().find(|pause| pause.link == *link) {
                Some(pause) => Some(paused(reading, pause)?),
                None => None,
            };
            feeds.push(Feed {
                link: name.clone(),
                last: view.last_received(*link)?,
                waiting: view.waiting_of(*link)?.0,
                pause,
                stopped: view.open_stops(*link)?.len(),
                tiles: own,
            });
        }
        let worst = |feed: &Feed| feed.tiles.iter().map(|tile| tile.state).max();
        feeds.sort_by(|a, b| {
            let alarm = |feed: &Feed| (feed.pause.is_some() || feed.stopped > 0, worst(feed));
            alarm(b).cmp(&alarm(a)).then_with(|| a.link.cmp(&b.link))
        });
        let mut batches = Vec::new();
        let (rows, batches_part) =
            Part::of(view.batches(Part::reads(self.batches, BATCHES_LIMIT))?, self.batches, BATCHES_LIMIT);
        for batch in rows {
            let messages = view.batch_messages(batch.obligation)?;
            batches.push(BatchLine {
                obligation: batch.obligation,
                link: names.get(&batch.link).cloned().unwrap_or_default(),
                sort: batch.sort,
                at: batch.at,
                by: batch.actor,
                reason: batch.reason,
                to_do: messages.iter().filter(|row| row.done.is_none()).count(),
                messages: messages.len(),
            });
        }
        Ok(Seen::nobody(WallView { feeds, batches, batches_part }))
    }
}

fn empty(class: Option<EndpointKind>) -> Tile {
    let class = class.map_or_else(
        || Words::new("no way to them", "aucune voie"),
        clinical::directory::EndpointKind::words,
    );
    Tile { class, count: 0, with_person: 0, oldest: None, state: TileState::Clear }
}

fn paused(reading: &Reading<'_>, pause: &store::FeedPause) -> Result<Paused, Refusal> {
    let owed = reading.view.obligation(pause.obligation)?;
    let (owner, due) = match owed.map(|row| row.state) {
        Some(ObligationState::Open { owner, due, .. }) => {
            let told = owner.parse::<Owner>();
            (told.map_or_else(|_| Words::new(owner.clone(), owner.clone()), |owner| desk_words(&owner)), due)
        }
        _ => (Words::new("", ""), pause.until),
    };
    Ok(Paused { at: pause.at, by: pause.actor.clone(), reason: pause.reason.clone(), owner, due })
}
