//! All records of a file at once: learn, estimate, compare, link, and say which pairs a person should look at.

use super::book::{Book, Counts, Rarities};
use super::cluster::{Clusters, Edge, cluster};
use super::compare::{Hopeless, compare_hopeful};
use super::estimate::estimate;
use super::guards::{Bar, bar};
use super::learn::Habits;
use super::lexicon::{Words, hash_bytes, mix};
use super::model::{Figures, priors};
use super::pairs::Groups;
use super::record::{ESTABLISHED, Packed};
use std::collections::HashSet;

/// Where the work stands, for a progress bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Learning which values are stand-ins.
    Learning,
    /// Finding who is compared with whom.
    Grouping,
    /// Estimating the weights.
    Estimating,
    /// Comparing: records done.
    Comparing(usize),
    /// Linking.
    Linking,
}

/// What came of it.
#[derive(Debug)]
pub struct Linked {
    /// For each record the person: the first of the person's records.
    pub people: Vec<u32>,
    /// Every pair from the lowest odds worth keeping on, surest first.
    pub edges: Vec<Edge>,
    /// Pairs for a person to look at, one for two groups, surest first.
    pub review: Vec<Edge>,
    /// The estimated figures.
    pub figures: Figures,
    /// Stand-ins learned: dates, cards, telephones, addresses, newborn names, unidentified names.
    pub stand_ins: [usize; 6],
    /// Pairs compared.
    pub compared: u64,
    /// Keys left out because too many records share them.
    pub crowded_keys: usize,
}

/// Link all records of a book. The records lose their stand-ins. The same records in any order give the same people.
pub fn link(book: &mut Book, mut progress: impl FnMut(Step)) -> Linked {
    progress(Step::Learning);
    let habits = Habits::of(book);
    for record in &mut book.records {
        habits.apply(&book.words, record);
    }
    let order = by_home(book);
    book.records = order.iter().map(|n| book.records[*n as usize]).collect();
    progress(Step::Grouping);
    let counts = Counts::of(&book.records);
    for record in &mut book.records {
        if counts.is_established(record) {
            record.flags |= ESTABLISHED;
        }
    }
    let groups = Groups::of(book);
    progress(Step::Estimating);
    let figures = estimate(&book.words, &book.records, &groups, &counts);
    let model = figures.model();
    let words = Words::from(&book.words);
    let mut edges = Vec::new();
    let mut compared = 0u64;
    let mut seen = vec![0u32; book.records.len()];
    let mut found = Vec::new();
    let (least, sure) = (priors().look_bits, priors().sure_bits);
    let mut rarities = Rarities::of(&counts, &model);
    let hopeless = Hopeless::of(&model, &rarities.rarest(), least);
    for (n, a) in book.records.iter().enumerate() {
        if n % 4096 == 0 {
            progress(Step::Comparing(n));
        }
        groups.partners(n as u32, &mut seen, &mut found);
        if found.is_empty() {
            continue;
        }
        let mut rarity = None;
        compared += found.len() as u64;
        // Fetched all at once, they come from far memory side by side.
        std::hint::black_box(found.iter().fold(0, |all, n| all ^ book.records[*n as usize].born));
        for other in &found {
            let b = &book.records[*other as usize];
            let Some(levels) = compare_hopeful(words, a, b, &hopeless) else { continue };
            let rare = || *rarity.get_or_insert_with(|| rarities.of_record(a));
            if let Some(bits) = model.score_from(&levels, least, rare) {
                let bar = bar(&levels, a, b).filter(|bar| bits < sure || !bar.is_doubt(a, b));
                edges.push(Edge { a: n as u32, b: *other, bits, bar });
            }
        }
    }
    let crowded_keys = groups.crowded;
    drop((groups, seen, found));
    progress(Step::Linking);
    edges.sort_unstable_by(|x, y| y.bits.total_cmp(&x.bits).then((x.a, x.b).cmp(&(y.a, y.b))));
    let clusters = cluster(book, &model, &counts, &edges, priors().auto_bits);
    let mut shown = HashSet::new();
    let review: Vec<Edge> = edges
        .iter()
        .take_while(|e| e.bits >= priors().review_bits)
        .filter(|e| e.bar.is_none_or(Bar::is_worth_a_look))
        .filter(|e| {
            let (x, y) = (clusters.group(e.a), clusters.group(e.b));
            x != y && shown.insert((x.min(y), x.max(y)))
        })
        .copied()
        .collect();
    let people = people(&clusters, &order);
    let mut review = review;
    for edge in edges.iter_mut().chain(&mut review) {
        let (a, b) = (order[edge.a as usize], order[edge.b as usize]);
        (edge.a, edge.b) = (a.min(b), a.max(b));
    }
    let mut records = vec![Packed::default(); order.len()];
    for (record, place) in book.records.iter().zip(&order) {
        records[*place as usize] = *record;
    }
    book.records = records;
    Linked { people, edges, review, figures, stand_ins: habits.sizes(), compared, crowded_keys }
}

/// The records in an order of their own: those of one home side by side, whatever the order of the file. So the answer
/// does not depend on that order, and those who are compared stand close in memory.
fn by_home(book: &Book) -> Vec<u32> {
    let words = Words::from(&book.words);
    let key = |p: &Packed| {
        let home = mix(u64::from(p.postal) << 32 | u64::from(p.number)) as u32;
        let mut rest = p.card ^ mix(p.telephone) ^ mix(u64::from(p.born) << 32 | u64::from(p.registered));
        for word in [p.given, p.family, p.middle, p.street, p.city, p.email] {
            rest = mix(rest ^ hash_bytes(words.letters(word)));
        }
        (home, p.born, rest)
    };
    let mut keyed: Vec<((u32, u32, u64), u32)> =
        book.records.iter().enumerate().map(|(n, record)| (key(record), n as u32)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, n)| n).collect()
}

/// Each record's person, named by the first of the person's records.
fn people(clusters: &Clusters, order: &[u32]) -> Vec<u32> {
    let mut first = vec![u32::MAX; order.len()];
    for (n, place) in order.iter().enumerate() {
        let group = clusters.group(n as u32) as usize;
        first[group] = first[group].min(*place);
    }
    let mut people = vec![0; order.len()];
    for (n, place) in order.iter().enumerate() {
        people[*place as usize] = first[clusters.group(n as u32) as usize];
    }
    people
}
