use super::*;
use proptest::prelude::*;

fn record(n: u8) -> RecordId {
    RecordId::of("T", &n.to_string())
}

fn statement(id: i64, sort: Sort, basis: Basis, a: u8, b: Option<u8>) -> Statement {
    Statement {
        id,
        sort,
        basis,
        record: record(a),
        other: b.map(record),
        as_of: Instant(id),
        undoes: None,
        applied: true,
        leaving: Vec::new(),
        staying: Vec::new(),
    }
}

fn births(n: u8) -> Vec<Statement> {
    (0..n).map(|r| statement(i64::from(r) + 1, Sort::Born, Basis::Machine, r, None)).collect()
}

/// Persons as sets of records.
fn partition(persons: &Persons) -> BTreeSet<BTreeSet<RecordId>> {
    persons.of.keys().map(|r| persons.with(*r).into_iter().collect()).collect()
}

/// Keeps a statement as the product does: what contradicts does not count.
fn keep(all: &mut Vec<Statement>, mut new: Statement) -> bool {
    new.id = all.last().map_or(1, |last| last.id + 1);
    let conflict = propose(all, &new).conflict.is_some();
    new.applied = !conflict;
    all.push(new);
    !conflict
}

fn keep_apart(all: &mut Vec<Statement>, a: u8, b: u8) -> bool {
    let (leaving, staying) = sides(&persons(all), record(a), record(b), &[]);
    keep(all, Statement { leaving, staying, ..statement(0, Sort::Apart, Basis::Human, a, Some(b)) })
}

#[test]
fn a_person_keeps_the_number_of_the_oldest_record() {
    let mut all = births(3);
    assert!(keep(&mut all, statement(0, Sort::Same, Basis::Human, 2, Some(1))));
    assert_eq!(persons(&all).of[&record(2)], PersonId::born_with(record(1)));
    assert!(keep(&mut all, statement(0, Sort::Same, Basis::Sender, 0, Some(2))));
    assert!(persons(&all).of.values().all(|person| *person == PersonId::born_with(record(0))));
}

#[test]
fn h06_who_leaves_leaves_alone_and_the_rest_stays_together() {
    let mut all = births(3);
    // 1 holds 0 and 2 together.
    keep(&mut all, statement(0, Sort::Same, Basis::Machine, 0, Some(1)));
    keep(&mut all, statement(0, Sort::Same, Basis::Machine, 1, Some(2)));
    assert!(keep_apart(&mut all, 1, 0));
    let now = persons(&all);
    assert!(now.joined(record(0), record(2)) && !now.joined(record(1), record(0)));
    let undo = Statement { undoes: Some(all[5].id), ..statement(0, Sort::Undo, Basis::Human, 1, Some(0)) };
    assert!(keep(&mut all, undo));
    assert_eq!(partition(&persons(&all)).len(), 1);
}

#[test]
fn a_human_two_people_stands_against_machine_and_sender() {
    let mut all = births(2);
    keep(&mut all, statement(0, Sort::Same, Basis::Machine, 0, Some(1)));
    assert!(keep_apart(&mut all, 1, 0));
    for basis in [Basis::Machine, Basis::Sender, Basis::Human] {
        assert!(!keep(&mut all, statement(0, Sort::Same, basis, 0, Some(1))), "{basis:?}");
    }
    assert_eq!(partition(&persons(&all)).len(), 2);
}

#[test]
fn a_person_who_undoes_a_machines_link_says_two_people() {
    let mut all = births(2);
    keep(&mut all, statement(0, Sort::Same, Basis::Machine, 0, Some(1)));
    let undo = Statement { undoes: Some(3), ..statement(0, Sort::Undo, Basis::Human, 0, Some(1)) };
    assert!(keep(&mut all, undo));
    assert!(!keep(&mut all, statement(0, Sort::Same, Basis::Sender, 0, Some(1))));
    // And the undo undone: linked as before.
    let redo = Statement { undoes: Some(4), ..statement(0, Sort::Undo, Basis::Human, 0, Some(1)) };
    assert!(keep(&mut all, redo));
    assert_eq!(partition(&persons(&all)).len(), 1);
}

#[test]
fn of_two_senders_statements_the_later_counts_whatever_the_order() {
    let link = Statement { as_of: Instant(10), ..statement(0, Sort::Same, Basis::Sender, 0, Some(1)) };
    let part = Statement { as_of: Instant(20), ..statement(0, Sort::Parted, Basis::Sender, 1, Some(0)) };
    for order in [[&link, &part], [&part, &link]] {
        let mut all = births(2);
        for said in order {
            assert!(keep(&mut all, said.clone()));
        }
        assert_eq!(partition(&persons(&all)).len(), 2);
    }
    // What other evidence still joins is a person's to part.
    let mut all = births(2);
    keep(&mut all, statement(0, Sort::Same, Basis::Machine, 0, Some(1)));
    keep(&mut all, link);
    assert!(!keep(&mut all, part));
}

#[derive(Debug, Clone)]
enum Step {
    Said(Sort, Basis, u8, u8),
    Apart(u8, u8),
    Undo(prop::sample::Index),
}

fn step() -> impl Strategy<Value = Step> {
    let two = (0u8..6, 0u8..6);
    prop_oneof![
        4 => (prop_oneof![Just(Basis::Machine), Just(Basis::Sender), Just(Basis::Human)], two.clone())
            .prop_map(|(basis, (a, b))| Step::Said(Sort::Same, basis, a, b)),
        1 => two.clone().prop_map(|(a, b)| Step::Said(Sort::Parted, Basis::Sender, a, b)),
        2 => two.prop_map(|(a, b)| Step::Apart(a, b)),
        2 => any::<prop::sample::Index>().prop_map(Step::Undo),
    ]
}

fn take(all: &mut Vec<Statement>, step: &Step) -> bool {
    match step {
        Step::Said(_, _, a, b) | Step::Apart(a, b) if a == b => false,
        Step::Said(sort, basis, a, b) => keep(all, statement(0, *sort, *basis, *a, Some(*b))),
        Step::Apart(a, b) => keep_apart(all, *a, *b),
        Step::Undo(which) => {
            let undone = persons(all).undone;
            let open: Vec<Statement> = all
                .iter()
                .filter(|s| s.applied && s.other.is_some() && !undone.contains(&s.id))
                .cloned()
                .collect();
            if open.is_empty() {
                return false;
            }
            let what = which.get(&open);
            let undo = Statement {
                sort: Sort::Undo,
                basis: Basis::Human,
                undoes: Some(what.id),
                leaving: Vec::new(),
                staying: Vec::new(),
                ..what.clone()
            };
            keep(all, undo)
        }
    }
}

proptest! {
    #[test]
    fn links_form_disjoint_sets_and_no_person_holds_what_a_human_keeps_apart(
        steps in prop::collection::vec(step(), 0..40)
    ) {
        let mut all = births(6);
        for step in &steps {
            take(&mut all, step);
            let now = persons(&all);
            let sets = partition(&now);
            prop_assert_eq!(sets.iter().map(BTreeSet::len).sum::<usize>(), 6);
            prop_assert_eq!(sets.iter().flatten().collect::<BTreeSet<_>>().len(), 6);
            for (record, person) in &now.of {
                prop_assert!(now.of.iter().any(|(r, p)| PersonId::born_with(*r) == *person && p == person), "{:?}", record);
            }
            for apart in now.apart.iter().filter(|apart| apart.basis == Basis::Human) {
                prop_assert!(!now.joined(apart.record, apart.other), "{:?} {:?}", apart, all);
            }
        }
    }

    #[test]
    fn h06_whatever_is_done_and_undone_leaves_everything_as_it_was(
        before in prop::collection::vec(step(), 0..25),
        then in step()
    ) {
        let mut all = births(6);
        for step in &before {
            take(&mut all, step);
        }
        let was = persons(&all);
        if take(&mut all, &then) && all.last().is_some_and(|s| s.sort != Sort::Parted) {
            let last = all.last().cloned().unwrap();
            let human_link = last.basis == Basis::Human || last.sort != Sort::Same;
            let undo = Statement {
                id: last.id + 1, sort: Sort::Undo, basis: Basis::Human, undoes: Some(last.id),
                leaving: Vec::new(), staying: Vec::new(), ..last.clone()
            };
            let proposed = propose(&all, &undo);
            if human_link {
                prop_assert!(proposed.conflict.is_none(), "{:?}", proposed.conflict);
                prop_assert_eq!(proposed.after.of, was.of);
            } else if proposed.conflict.is_none() {
                prop_assert_eq!(proposed.after.of, was.of);
            }
        }
    }

    #[test]
    fn any_order_of_what_contradicts_nothing_gives_the_same_persons(
        said in prop::collection::vec((any::<bool>(), any::<bool>(), 0u8..6, 0u8..6), 1..12),
        order in any::<prop::sample::Index>(),
        seed in any::<u64>()
    ) {
        // Senders link and part, at moments of their own; machines link.
        let said: Vec<Statement> = said.into_iter().enumerate().filter(|(_, (_, _, a, b))| a != b).map(|(n, (part, machine, a, b))| {
            let basis = if machine && !part { Basis::Machine } else { Basis::Sender };
            let sort = if part { Sort::Parted } else { Sort::Same };
            Statement { as_of: Instant(n as i64), ..statement(0, sort, basis, a, Some(b)) }
        }).collect();
        let mut other = said.clone();
        let mut state = seed | 1;
        for i in (1..other.len()).rev() {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            other.swap(i, (state >> 33) as usize % (i + 1));
        }
        if !other.is_empty() {
            let n = order.index(other.len());
            other.rotate_left(n);
        }
        let mut ends = Vec::new();
        for list in [said, other] {
            let mut all = births(6);
            let kept: Vec<bool> = list.into_iter().map(|s| keep(&mut all, s)).collect();
            let plain = kept.iter().all(|kept| *kept);
            ends.push((plain, partition(&persons(&all))));
        }
        if ends[0].0 && ends[1].0 {
            prop_assert_eq!(&ends[0].1, &ends[1].1);
        }
    }
}
