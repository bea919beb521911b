//! What is remembered of somebody's looks, and the judgement of a day.

use super::chance::{surprise_of_count, surprise_of_volume};
use super::signs::{Reason, Sign};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// From this weight on a privacy officer is asked.
pub const THRESHOLD: i64 = 100;
/// Days with looks before a volume can be unusual.
pub const DAYS_OF_BASELINE: u32 = 20;
/// Signs count together for so many days.
const DAYS_OF_SIGNS: i64 = 28;
/// Weeks over which a drip is counted.
const WEEKS_OF_DRIP: i64 = 104;
/// Most that coming back to people weighs together.
const MOST_AGAIN: i64 = 60;
/// How fast the baseline of a day's volume follows.
const FOLLOW: f64 = 0.02;
/// What is unusual for somebody must be at least this unusual among their peers too.
const PEERS_TOO: i64 = 50;
/// Each day is judged anew, so that one day's count must surprise by so much more than a month's.
const OF_ONE_DAY: i64 = 12;

/// A look that has signs, or no relation on file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Whom: any number that is theirs alone.
    pub subject: i64,
    /// Nothing on file ties them.
    pub untied: bool,
    /// Its signs with their weights.
    pub signs: Vec<(Sign, i64)>,
}

/// What somebody did on one day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Day {
    /// Days since 1970, local.
    pub day: i64,
    /// Different people looked at, all of them.
    pub people: u32,
    /// Looks worth a second one: with signs, or without a relation.
    pub looks: Vec<Look>,
}

/// A sign that still counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    day: i64,
    subject: i64,
    sign: Sign,
    weight: i64,
}

/// What is remembered of somebody.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Signs of the last days, and whom without a relation (weight 0).
    kept: Vec<Kept>,
    /// Different people without a relation, by week.
    weeks: BTreeMap<i64, u32>,
    /// Different people looked at, by week, since the last decision.
    people: BTreeMap<i64, u32>,
    /// Days with looks.
    days: u32,
    /// Mean and variance of the square root of a day's people.
    mean_root: f64,
    variance: f64,
    /// The day under way: people counted, so that it can be judged more than once.
    day: i64,
    today: u32,
}

/// What is usual in a role.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peers {
    /// Share of the people looked at to whom nothing on file ties the reader.
    pub untied_share: f64,
    /// Mean of the square root of a day's people.
    pub mean_root: f64,
    /// Spread of it between days.
    pub spread: f64,
}

impl Default for Peers {
    /// Before anything is known: a share of 3 in 1,000, and 20 people a day.
    fn default() -> Self {
        Self { untied_share: 0.003, mean_root: 4.5, spread: 1.2 }
    }
}

impl Peers {
    /// What is usual, from the members of a role; the usual of nobody is supposed until enough is known.
    pub fn of<'h>(members: impl Iterator<Item = &'h History>) -> Self {
        const SUPPOSED_PEOPLE: f64 = 1_000.0;
        let supposed = Self::default();
        let (mut untied, mut people) = (supposed.untied_share * SUPPOSED_PEOPLE, SUPPOSED_PEOPLE);
        let (mut roots, mut squares, mut n) = (0.0, 0.0, 0.0);
        for member in members {
            untied += f64::from(member.weeks.values().sum::<u32>());
            people += f64::from(member.people.values().sum::<u32>());
            if member.days >= DAYS_OF_BASELINE {
                roots += member.mean_root;
                squares += member.variance + member.mean_root * member.mean_root;
                n += 1.0;
            }
        }
        let untied_share = (untied / people).min(0.5);
        if n < 5.0 {
            return Self { untied_share, ..supposed };
        }
        let mean_root = roots / n;
        Self { untied_share, mean_root, spread: (squares / n - mean_root * mean_root).max(0.0).sqrt() }
    }
}

/// A day that a privacy officer is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flagged {
    /// What it weighs.
    pub score: i64,
    /// Why, the heaviest first.
    pub reasons: Vec<Reason>,
    /// Whose records: those with signs, else those without a relation.
    pub subjects: Vec<i64>,
    /// Day of the earliest look that it rests on, since 1970, local; of a drip the first of its week.
    pub since: i64,
}

impl History {
    /// Begins anew after a decision: what has been looked at by a person is not held against anybody twice. The usual volume
    /// stays.
    pub fn decided(&mut self) {
        self.kept.clear();
        self.weeks.clear();
        self.people.clear();
    }

    fn take(&mut self, day: &Day) {
        let week = day.day.div_euclid(7);
        if self.day != day.day {
            self.close_day();
            self.day = day.day;
        }
        self.today += day.people;
        *self.people.entry(week).or_default() += day.people;
        for look in &day.looks {
            let known = |sign: Option<Sign>| {
                self.kept
                    .iter()
                    .any(|kept| kept.subject == look.subject && sign.is_none_or(|sign| kept.sign == sign))
            };
            let came_back = look.untied
                && self.kept.iter().any(|kept| {
                    kept.subject == look.subject && kept.sign == Sign::Count && kept.day < day.day
                });
            let mut new: Vec<(Sign, i64)> = Vec::new();
            for (sign, weight) in &look.signs {
                // Once for each person: a chart of ten pages is one look.
                if !known(Some(*sign)) {
                    new.push((*sign, *weight));
                }
            }
            if came_back && !known(Some(Sign::Again)) {
                new.push((Sign::Again, Sign::Again.weight()));
            }
            if look.untied && !known(Some(Sign::Count)) {
                new.push((Sign::Count, 0));
                *self.weeks.entry(week).or_default() += 1;
            }
            let kept = new.into_iter().map(|(sign, weight)| Kept {
                day: day.day,
                subject: look.subject,
                sign,
                weight,
            });
            self.kept.extend(kept);
        }
        self.kept.retain(|kept| kept.day > day.day - DAYS_OF_SIGNS);
        self.weeks.retain(|of, _| *of > week - WEEKS_OF_DRIP);
        self.people.retain(|of, _| *of > week - WEEKS_OF_DRIP);
    }

    /// The day before is over: it becomes part of what is usual.
    fn close_day(&mut self) {
        if self.today > 0 {
            let root = f64::from(self.today).sqrt();
            self.days += 1;
            let follow = FOLLOW.max(1.0 / f64::from(self.days));
            let off = root - self.mean_root;
            self.mean_root += follow * off;
            self.variance = (1.0 - follow) * (self.variance + follow * off * off);
        }
        self.today = 0;
    }

    /// Different people without a relation on a day, in the days that signs count, and over the weeks of a drip; each with
    /// the people looked at meanwhile.
    fn counts(&self) -> [(u32, f64); 3] {
        let untied = |from: i64| {
            let n = self.kept.iter().filter(|kept| kept.sign == Sign::Count && kept.day >= from).count();
            u32::try_from(n).unwrap_or(u32::MAX)
        };
        let week = self.day.div_euclid(7);
        let people = |weeks: i64| {
            let sum: u32 = self.people.range(week - weeks + 1..).map(|(_, n)| *n).sum();
            f64::from(sum)
        };
        [
            (untied(self.day), f64::from(self.today)),
            (untied(self.day - DAYS_OF_SIGNS + 1), people(DAYS_OF_SIGNS / 7)),
            (self.weeks.values().sum(), people(WEEKS_OF_DRIP)),
        ]
    }
}

/// Adds what somebody did to what is remembered, and says whether a privacy officer is to be asked. The same day can be
/// given in pieces, each look once.
pub fn judge(history: &mut History, day: &Day, peers: &Peers) -> Option<Flagged> {
    history.take(day);
    let mut reasons: BTreeMap<Sign, Reason> = BTreeMap::new();
    let mut add = |sign: Sign, times: u32, weight: i64| {
        if weight > 0 {
            let reason = reasons.entry(sign).or_insert(Reason { sign, times: 0, weight: 0 });
            reason.times += times;
            reason.weight += weight;
        }
    };
    for kept in &history.kept {
        add(kept.sign, 1, kept.weight);
    }
    let [on_day, in_weeks, in_years] = history.counts();
    let surprise = |(count, people): (u32, f64)| surprise_of_count(count, people * peers.untied_share);
    let (short, long) = ((surprise(on_day) - OF_ONE_DAY).max(surprise(in_weeks)), surprise(in_years));
    // Few lately and many since long is a drip; one and the same look is not counted twice.
    if long > short {
        add(Sign::Drip, in_years.0, long);
    } else {
        add(Sign::Count, in_weeks.0, short);
    }
    if history.days >= DAYS_OF_BASELINE {
        let own = surprise_of_volume(history.today, history.mean_root, history.variance.sqrt());
        if surprise_of_volume(history.today, peers.mean_root, peers.spread) >= PEERS_TOO {
            add(Sign::Volume, history.today, own);
        }
    }
    if let Some(again) = reasons.get_mut(&Sign::Again) {
        again.weight = again.weight.min(MOST_AGAIN);
    }
    let score = reasons.values().map(|reason| reason.weight).sum();
    if score < THRESHOLD {
        return None;
    }
    let mut reasons: Vec<Reason> = reasons.into_values().collect();
    reasons.sort_by_key(|reason| (std::cmp::Reverse(reason.weight), reason.sign));
    let telling = history.kept.iter().any(|kept| kept.weight > 0);
    let mut subjects: Vec<i64> =
        history.kept.iter().filter(|kept| !telling || kept.weight > 0).map(|kept| kept.subject).collect();
    subjects.sort_unstable();
    subjects.dedup();
    let drips = reasons.iter().any(|reason| reason.sign == Sign::Drip);
    let weeks = history.weeks.keys().next().filter(|_| drips).map(|week| week * 7);
    let since = history.kept.iter().map(|kept| kept.day).chain(weeks).fold(history.day, i64::min);
    Some(Flagged { score, reasons, subjects, since })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(subject: i64, signs: &[Sign]) -> Look {
        Look { subject, untied: true, signs: signs.iter().map(|sign| (*sign, sign.weight())).collect() }
    }

    #[test]
    fn x19_one_flag_says_why_and_a_decision_ends_what_was_looked_at() {
        let mut history = History::default();
        let day =
            Day { day: 100, people: 9, looks: vec![look(5, &[Sign::Watched]), look(5, &[Sign::Watched])] };
        let flagged = judge(&mut history, &day, &Peers::default()).expect("a flag");
        assert_eq!(
            (flagged.reasons[0].sign, flagged.reasons[0].times),
            (Sign::Watched, 1),
            "a person counts once"
        );
        assert_eq!(flagged.subjects, [5]);
        history.decided();
        let quiet = Day { day: 100, people: 4, looks: Vec::new() };
        assert_eq!(judge(&mut history, &quiet, &Peers::default()), None);
    }

    #[test]
    fn a_day_in_pieces_is_the_same_day() {
        let looks: Vec<Look> = (0..7).map(|n| look(n, &[Sign::OffShift])).collect();
        let mut whole = History::default();
        let at_once = judge(&mut whole, &Day { day: 8, people: 20, looks: looks.clone() }, &Peers::default());
        let mut pieces = History::default();
        judge(&mut pieces, &Day { day: 8, people: 13, looks: looks[..3].to_vec() }, &Peers::default());
        let in_pieces =
            judge(&mut pieces, &Day { day: 8, people: 7, looks: looks[3..].to_vec() }, &Peers::default());
        assert_eq!((whole, at_once), (pieces, in_pieces));
    }

    #[test]
    fn l07_a_flag_reaches_back_to_the_earliest_look_that_it_rests_on() {
        let mut history = History::default();
        let mut on = |day, sign| {
            judge(&mut history, &Day { day, people: 1, looks: vec![look(day, &[sign])] }, &Peers::default())
        };
        assert_eq!(on(80, Sign::OffShift), None);
        assert_eq!(on(100, Sign::Watched).expect("a flag").since, 80);
    }

    #[test]
    fn what_is_remembered_reads_back() {
        let mut history = History::default();
        judge(
            &mut history,
            &Day { day: 8, people: 20, looks: vec![look(1, &[Sign::OffShift])] },
            &Peers::default(),
        );
        let text = serde_json::to_string(&history).unwrap();
        assert_eq!(serde_json::from_str::<History>(&text).unwrap(), history);
    }
}
