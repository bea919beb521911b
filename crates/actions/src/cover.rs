//! Who is on call now, desk by desk, and the hours ahead that nobody has.

use crate::record::{Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::cover::COVERED_DAYS;
use clinical::obligations::Desk;
use clinical::words::Words;

/// Look: who is on call. Names staff and no patients.
#[derive(Debug, Clone, Copy)]
pub struct OnCall;

/// Answer to [`OnCall`].
#[derive(Debug, Clone, PartialEq)]
pub struct OnCallView {
    /// Every desk in the order of its table.
    pub desks: Vec<DeskCover>,
    /// Whether there is a calendar at all.
    pub has_calendar: bool,
    /// Hours of the next fourteen days that a desk has nobody for, as sentences.
    pub gaps: Vec<String>,
}

/// One desk.
#[derive(Debug, Clone, PartialEq)]
pub struct DeskCover {
    /// The desk.
    pub name: Words,
    /// Who; empty when nobody is.
    pub who: String,
    /// How to reach them.
    pub phone: String,
}

impl Sealed for OnCall {}
impl Look for OnCall {
    type View = OnCallView;
    const PERMISSION: Permission = Permission::ReadCensus;
    fn object(&self) -> String {
        "cover".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<OnCallView>, Refusal> {
        let now = reading.context.now;
        let desks = Desk::ALL
            .into_iter()
            .map(|desk| {
                let who = reading.cover.who(desk, now);
                DeskCover {
                    name: desk.words(),
                    who: who.map(|who| who.name.clone()).unwrap_or_default(),
                    phone: who.map(|who| who.phone.clone()).unwrap_or_default(),
                }
            })
            .collect();
        let has_calendar = !reading.cover.is_empty();
        let gaps = if has_calendar { reading.cover.gaps(now, COVERED_DAYS) } else { Vec::new() };
        let gaps = gaps.iter().map(ToString::to_string).collect();
        Ok(Seen::nobody(OnCallView { desks, has_calendar, gaps }))
    }
}
