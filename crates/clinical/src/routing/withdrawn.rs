//! A primary care provider whose line somebody withdrew is not used, whoever states it; the sentence says so.

use super::{Route, Target, practitioner_of, responsible};
use crate::directory::{Directory, Withdrawn};
use crate::intake::{Addressee, AddresseePart, Report, ReportClass};
use crate::words::Words;

/// The withdrawal that holds for an addressee, when they stand as primary care provider and resolve to that practitioner.
#[must_use]
pub fn withdrawal_of<'w>(
    addressee: &Addressee,
    withdrawn: &'w [Withdrawn],
    directory: &Directory,
) -> Option<&'w Withdrawn> {
    if addressee.part != AddresseePart::Primary || withdrawn.is_empty() {
        return None;
    }
    let found = practitioner_of(addressee, directory)?;
    withdrawn.iter().find(|one| one.practitioner == found.id)
}

/// Leaves out of a report the primary care providers who were withdrawn, and gives what was left out. In another part
/// (who ordered it, a copy) the same practitioner receives as before.
pub fn leave_out_withdrawn(
    report: &mut Report,
    withdrawn: &[Withdrawn],
    directory: &Directory,
) -> Vec<Withdrawn> {
    let mut left_out = Vec::new();
    report.addressees.retain(|addressee| match withdrawal_of(addressee, withdrawn, directory) {
        Some(one) => {
            left_out.push(one.clone());
            false
        }
        None => true,
    });
    left_out
}

/// Says in the first route who was left out and why. Where nobody is responsible in their place, a desk is: what they were
/// to act on is never nobody's. News without a notice needs no route, as before.
pub fn say_withdrawn(routes: &mut Vec<Route>, report: &Report, left_out: &[Withdrawn]) {
    let Some(first) = left_out.first() else { return };
    let is_news = report.class == ReportClass::Encounter && report.notice.is_none();
    let lacks = responsible(AddresseePart::Primary, report.class)
        && !is_news
        && !routes.iter().any(|route| route.responsible);
    if lacks {
        let because = Words::new("Nobody else is responsible for it.", "Personne d'autre n'en répond.");
        let target = Target::Nowhere { name: first.name.clone() };
        routes.insert(0, Route { target, responsible: true, because, is_stated: false });
    }
    let Some(route) = routes.first_mut() else { return };
    for one in left_out {
        let said = one.said();
        route.because = Words::new(
            format!("{} Not used: {}.", route.because.en, said.en),
            format!("{} Non utilisé : {}.", route.because.fr, said.fr),
        );
    }
}
