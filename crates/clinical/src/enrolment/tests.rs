//! The machine is small enough to be walked whole: every state with every set of what is on file, for each sort of
//! application, by every event (GUARANTEES S-028).

use super::state::step_by;
use super::*;
use std::collections::{BTreeSet, VecDeque};

/// What nobody may be Active without, said here once more and not read from the table under test.
fn must_have(sort: Sort) -> Vec<Need> {
    let mut all = vec![
        Need::Address,
        Need::Licence,
        Need::Module,
        Need::PrivacyNsh,
        Need::PrivacyIwk,
        Need::RequestForm,
        Need::AgreementForm,
        Need::Identity,
        Need::Eligibility,
    ];
    if sort != Sort::Community {
        all.push(Need::Employment);
    }
    if sort != Sort::Facility {
        all.push(Need::Workplaces);
    }
    all
}

fn every_set() -> Vec<Held> {
    (0u32..1 << Need::ALL.len())
        .map(|bits| {
            Need::ALL.iter().enumerate().filter(|(n, _)| bits & 1 << n != 0).map(|(_, need)| *need).collect()
        })
        .collect()
}

/// Walks everything that can be reached from an empty draft, when what is on file may come and go at any moment; the
/// first way to Active with something missing, or the states reached.
fn walk(
    machine: &[Transition],
    sort: Sort,
    sets: &[Held],
) -> Result<BTreeSet<State>, (State, Event, Vec<Need>)> {
    let mut reached = BTreeSet::from([State::Draft]);
    let mut queue = VecDeque::from([State::Draft]);
    while let Some(state) = queue.pop_front() {
        for held in sets {
            for event in Event::ALL {
                let Ok(step) = step_by(machine, sort, state, event, held) else { continue };
                if step.to == State::Active {
                    // Whoever is resumed meets the statements in force at the door, before anything is shown (S-032).
                    let at_the_door = |need: &Need| {
                        event == Event::Resume && matches!(need, Need::PrivacyNsh | Need::PrivacyIwk)
                    };
                    let lacks: Vec<Need> = must_have(sort)
                        .into_iter()
                        .filter(|need| !held.contains(need) && !at_the_door(need))
                        .collect();
                    if !lacks.is_empty() {
                        return Err((state, event, lacks));
                    }
                }
                if reached.insert(step.to) {
                    queue.push_back(step.to);
                }
            }
        }
    }
    Ok(reached)
}

#[test]
fn s028_no_path_leads_to_active_with_anything_missing() {
    let sets = every_set();
    assert_eq!(sets.len(), 2048);
    for sort in Sort::ALL {
        let reached = walk(TRANSITIONS, sort, &sets);
        assert_eq!(reached, Ok(State::ALL.into_iter().collect()), "{sort:?}");
    }
}

#[test]
fn s028_the_walk_finds_each_guard_that_is_taken_out() {
    // One thing missing is enough to find one guard that is.
    let sets: Vec<Held> = every_set().into_iter().filter(|held| held.len() + 1 >= Need::ALL.len()).collect();
    for sort in Sort::ALL {
        for need in must_have(sort) {
            for event in [Event::Activate, Event::Resume] {
                if event == Event::Resume && matches!(need, Need::PrivacyNsh | Need::PrivacyIwk) {
                    continue;
                }
                let mut machine = TRANSITIONS.to_vec();
                let line = machine.iter_mut().find(|line| line.event == event).unwrap();
                let kept: Vec<Need> = line.needs.iter().copied().filter(|other| *other != need).collect();
                line.needs = Box::leak(kept.into_boxed_slice());
                let found = walk(&machine, sort, &sets);
                let (_, by, lacks) = found.expect_err("the seeded defect was not found");
                assert_eq!((by, lacks), (event, vec![need]), "{sort:?}");
            }
        }
    }
}

#[test]
fn s028_every_state_that_is_not_final_has_an_owner_and_a_clock() {
    for state in State::ALL {
        let lines = HOLDERS.iter().filter(|line| line.state == state).count();
        assert_eq!(lines, usize::from(!state.is_final()), "{state:?}");
    }
    for line in HOLDERS {
        assert!(line.minutes > 0 && line.holder != line.then && !line.source.is_empty(), "{:?}", line.state);
        assert!(line.due(fhir::Instant(0)) > fhir::Instant(0));
        // Whatever a holder lets pass, somebody can still do something about it.
        assert!(TRANSITIONS.iter().any(|way| way.from.contains(&line.state)));
    }
    let not_final: Vec<State> = State::ALL.into_iter().filter(|state| !state.is_final()).collect();
    assert_eq!(OPEN_ENDS, not_final);
}

#[test]
fn s028_an_event_out_of_place_and_a_missing_fact_are_told_in_both_languages() {
    let held = Held::new();
    let early = step(Sort::Community, State::Draft, Event::Activate, &held).unwrap_err();
    assert_eq!(early, Missing::NotNow { state: State::Draft, event: Event::Activate });
    let lacks = step(Sort::Community, State::Draft, Event::Submit, &held).unwrap_err();
    assert_eq!(lacks, Missing::Needs { needs: vec![Need::Address, Need::Workplaces] });
    for told in [early.words(), lacks.words()] {
        assert!(!told.en.is_empty() && !told.fr.is_empty() && told.en != told.fr);
    }
    let held = needs(Sort::Facility).collect();
    assert!(step(Sort::Facility, State::Provisioned, Event::Activate, &held).is_ok());
    assert!(step(Sort::Both, State::Provisioned, Event::Activate, &held).is_err(), "no workplace");
}

#[test]
fn s028_codes_read_back() {
    assert!(State::ALL.iter().all(|state| State::from_code(state.code()) == Some(*state)));
    assert!(Sort::ALL.iter().all(|sort| Sort::from_code(sort.code()) == Some(*sort)));
    let codes: BTreeSet<&str> = Event::ALL.iter().map(|event| event.code()).collect();
    assert_eq!(codes.len(), Event::ALL.len());
    for line in HOLDERS {
        assert_eq!(Holder::from_code(line.holder.code()), Some(line.holder));
    }
}
