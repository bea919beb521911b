//! Pairs to people: the surest pair first, and no two groups become one when anything in them contradicts.

use super::book::{Book, Counts};
use super::compare::compare;
use super::guards::{Bar, bar};
use super::levels::{Field, SAME};
use super::lexicon::Words;
use super::model::Model;
use std::collections::HashMap;

/// Records of one person beyond which something else is going on.
pub const MOST_RECORDS_OF_A_PERSON: usize = 60;
/// Odds between two members below which their groups stay apart, log2.
const APART_BITS: f32 = -14.0;

/// Pairs of two groups that must each be likely where every one of them states little: what one record leaves out
/// another one says.
const PAIRS_FOR_A_DOUBT: u32 = 3;
/// Rounds in which groups that grew are looked at again.
const ROUNDS: usize = 4;

/// A pair with its odds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// The earlier record.
    pub a: u32,
    /// The later record.
    pub b: u32,
    /// log2 of the odds.
    pub bits: f32,
    /// The guard that forbids a link without a person.
    pub bar: Option<Bar>,
}

/// Groups of records.
#[derive(Debug)]
pub struct Clusters {
    parent: Vec<u32>,
    next: Vec<u32>,
    size: Vec<u32>,
}

impl Clusters {
    fn new(records: usize) -> Self {
        let all: Vec<u32> = (0..records as u32).collect();
        Self { parent: all.clone(), next: all, size: vec![1; records] }
    }
    /// The group of a record, named by one of its members.
    #[must_use]
    pub fn group(&self, record: u32) -> u32 {
        let mut at = record;
        while self.parent[at as usize] != at {
            at = self.parent[at as usize];
        }
        at
    }
    fn find(&mut self, record: u32) -> u32 {
        let root = self.group(record);
        let mut at = record;
        while self.parent[at as usize] != root {
            at = std::mem::replace(&mut self.parent[at as usize], root);
        }
        root
    }
    fn members(&self, root: u32) -> Vec<u32> {
        let mut list = vec![root];
        let mut at = self.next[root as usize];
        while at != root {
            list.push(at);
            at = self.next[at as usize];
        }
        list
    }
    fn join(&mut self, a: u32, b: u32) {
        let (keep, gone) = if self.size[a as usize] >= self.size[b as usize] { (a, b) } else { (b, a) };
        self.parent[gone as usize] = keep;
        self.size[keep as usize] += self.size[gone as usize];
        self.next.swap(keep as usize, gone as usize);
    }
}

/// Join the free pairs from `auto_bits` on; the rest of `edges`, in order, is what a person may look at.
///
/// `edges` come surest first. Equal odds are taken in the order given.
#[must_use]
pub fn cluster(book: &Book, model: &Model, counts: &Counts, edges: &[Edge], auto_bits: f32) -> Clusters {
    let mut clusters = Clusters::new(book.records.len());
    let likely = || edges.iter().take_while(|e| e.bits >= auto_bits);
    let join = |clusters: &mut Clusters, a: u32, b: u32| {
        let size = clusters.size[a as usize] + clusters.size[b as usize];
        let fits = a != b && size as usize <= MOST_RECORDS_OF_A_PERSON;
        if fits && !contradict(book, model, counts, clusters, a, b) {
            clusters.join(a, b);
        }
    };
    for edge in likely().filter(|e| e.bar.is_none()) {
        let (a, b) = (clusters.find(edge.a), clusters.find(edge.b));
        join(&mut clusters, a, b);
    }
    let doubts = likely().filter(|e| {
        let (a, b) = (&book.records[e.a as usize], &book.records[e.b as usize]);
        e.bar.is_some_and(|bar| bar.is_doubt(a, b))
    });
    let doubts: Vec<&Edge> = doubts.collect();
    for _ in 0..ROUNDS {
        let mut said: HashMap<(u32, u32), u32> = HashMap::new();
        let mut often = Vec::new();
        for edge in &doubts {
            let (a, b) = (clusters.find(edge.a), clusters.find(edge.b));
            let times = said.entry((a.min(b), a.max(b))).or_default();
            *times += 1;
            if a != b && *times == PAIRS_FOR_A_DOUBT {
                often.push((a, b));
            }
        }
        if often.is_empty() {
            break;
        }
        for (a, b) in often {
            let (a, b) = (clusters.find(a), clusters.find(b));
            join(&mut clusters, a, b);
        }
    }
    clusters
}

/// Whether anything in the two groups contradicts. A given name or a year that differs is no contradiction between
/// groups that share a card: it is what the pair that brought them here explains (a middle name in use, a new name, a
/// slip). Without a card, a given name may differ where most pairs agree: then it is the one that is written wrongly.
fn contradict(book: &Book, model: &Model, counts: &Counts, clusters: &Clusters, a: u32, b: u32) -> bool {
    let words = Words::from(&book.words);
    let (left, right) = (clusters.members(a), clusters.members(b));
    if left.len() * right.len() == 1 {
        return false;
    }
    let (mut twins, mut close, mut slips, mut shared_card) = (0u32, 0u32, false, false);
    for x in &left {
        let one = &book.records[*x as usize];
        let rarity = counts.rarity(model, one);
        for y in &right {
            let other = &book.records[*y as usize];
            let levels = compare(words, one, other);
            shared_card |= levels.of(Field::Card) == SAME;
            match bar(&levels, one, other) {
                Some(Bar::Twins) => twins += 1,
                Some(Bar::YearSlip) => slips = true,
                None => close += 1,
                Some(bar) if bar.contradicts() => return true,
                _ if model.score(&levels, &rarity).bits < APART_BITS => return true,
                _ => {}
            }
        }
    }
    !shared_card && (slips || twins * 2 > close)
}
