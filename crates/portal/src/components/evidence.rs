//! Records side by side: what each says, what speaks for and against, where characters differ.

use super::banner::sex;
use super::numbers::{health_card, postal_code, record_number, signed, telephone};
use crate::screens::reader::feature_word;
use crate::words::{Lang, chart as c, identity as w};
use actions::values::{Claim, Evidence, Feature, IdentifierSort, Outcome, Sex};
use maud::{Markup, html};

/// The widest bar of the drawing stands for this many bits.
const BAR_BITS: f64 = 15.0;

/// Rows in the order in which people check them.
pub(crate) const FEATURES: &[Feature] = &[
    Feature::FamilyName,
    Feature::GivenName,
    Feature::BirthDate,
    Feature::Sex,
    Feature::HealthCard,
    Feature::RecordNumber,
    Feature::BirthOrder,
    Feature::Telephone,
    Feature::Street,
    Feature::PostalCode,
    Feature::Email,
];

/// One of the records compared.
pub(crate) struct Column<'a> {
    /// Head of the column: a letter and a number, or "the message says".
    pub(crate) heading: Markup,
    /// What it says.
    pub(crate) claim: &'a Claim,
    /// How it compares with the first column; empty for the first itself.
    pub(crate) evidence: &'a [Evidence],
    /// Odds that the two are one person, in bits: less than the sum of the evidence.
    pub(crate) total: f64,
}

/// A rest smaller than this is rounding, in bits.
const ROUNDING: f64 = 0.1;

impl Column<'_> {
    /// What is set against the evidence: how rarely two records are of one person, how alike households are.
    fn set_against(&self) -> Option<f64> {
        let rest = self.total - self.evidence.iter().map(|e| e.weight).sum::<f64>();
        (!self.evidence.is_empty() && rest.abs() >= ROUNDING).then_some(rest)
    }
}

/// The table: the first column is what the others are compared with.
pub(crate) fn table(lang: Lang, name: &str, columns: &[Column<'_>]) -> Markup {
    let Some((first, others)) = columns.split_first() else { return html! {} };
    let two = others.len() == 1;
    html! {
        div.scroll tabindex="0" role="region" aria-label=(name) {
            table.pair.wt[two].many[!two] {
                caption.vh { (name) }
                thead {
                    tr {
                        th scope="col" { (lang.say(w::COL_EVIDENCE)) }
                        @for column in columns { th scope="col" { (column.heading) } }
                        @if two {
                            th.num scope="col" { (lang.say(w::COL_WEIGHT)) }
                            th scope="col" { (lang.say(w::COL_WORDS)) }
                        }
                    }
                }
                tbody {
                    @for feature in FEATURES.iter().filter(|feature| stated(lang, columns, **feature)) {
                        @if two { (row_of_two(lang, *feature, first, &others[0])) } @else { (row_of_many(lang, *feature, first, others)) }
                    }
                    (against(lang, others))
                }
            }
        }
    }
}

/// Whether any of the records says something of a feature.
fn stated(lang: Lang, columns: &[Column<'_>], feature: Feature) -> bool {
    columns.iter().any(|column| !fact(lang, column.claim, feature).is_empty())
}

/// What none of the records states, in words; empty when each feature is stated by one of them.
pub(crate) fn unstated(lang: Lang, columns: &[Column<'_>]) -> String {
    let absent = FEATURES.iter().filter(|feature| !stated(lang, columns, **feature));
    let names: Vec<&str> = absent.map(|feature| lang.say(feature_word(*feature))).collect();
    if names.is_empty() { String::new() } else { lang.fill(w::UNSTATED, &[&names.join(", ")]) }
}

fn of(evidence: &[Evidence], feature: Feature) -> Option<&Evidence> {
    evidence.iter().find(|e| e.feature == feature)
}

/// How a row is tinted. What weighs nothing speaks neither for nor against: record numbers of two sources differ as a
/// rule.
fn class(evidence: Option<&Evidence>) -> &'static str {
    let telling = evidence.filter(|e| e.outcome == Outcome::Agrees || e.weight.abs() >= ROUNDING);
    match telling.map(|e| e.outcome) {
        Some(Outcome::Agrees) => "same",
        Some(Outcome::Nearly) => "diff",
        Some(Outcome::Disagrees) => "clash",
        Some(Outcome::Absent) | None => "none",
    }
}

fn row_of_two(lang: Lang, feature: Feature, first: &Column<'_>, other: &Column<'_>) -> Markup {
    let evidence = of(other.evidence, feature);
    let (a, b) = (fact(lang, first.claim, feature), fact(lang, other.claim, feature));
    let class = class(evidence);
    let marked = matches!(class, "diff" | "clash");
    html! {
        tr class=(class) {
            th scope="row" { (lang.say(feature_word(feature))) }
            td { (shown(lang, &a, &b, marked)) }
            td { (shown(lang, &b, &a, marked)) }
            td.num { (weight(lang, evidence)) }
            td.say { (said(lang, evidence)) }
        }
    }
}

fn row_of_many(lang: Lang, feature: Feature, first: &Column<'_>, others: &[Column<'_>]) -> Markup {
    let a = fact(lang, first.claim, feature);
    html! {
        tr.same {
            th scope="row" { (lang.say(feature_word(feature))) }
            td { (shown(lang, &a, "", false)) }
            @for other in others {
                @let evidence = of(other.evidence, feature);
                @let class = class(evidence);
                @let b = fact(lang, other.claim, feature);
                td class=(class) {
                    (shown(lang, &b, &a, matches!(class, "diff" | "clash")))
                    span.sub.why { (weight(lang, evidence)) " " (said(lang, evidence)) }
                }
            }
        }
    }
}

/// The row that makes the lines above add up to the total.
fn against(lang: Lang, others: &[Column<'_>]) -> Markup {
    let rest: Vec<Option<f64>> = others.iter().map(Column::set_against).collect();
    let number = |bits: f64| html! { (bar(bits)) span.bits { (signed(lang, bits)) } };
    html! {
        @if rest.iter().any(Option::is_some) {
            tr.none {
                th scope="row" { (lang.say(w::SET_AGAINST)) }
                @if let [only] = rest.as_slice() {
                    td colspan="2" {}
                    td.num { (number(only.unwrap_or_default())) }
                    td.say { (lang.say(w::SET_AGAINST_WHY)) }
                } @else {
                    td { (lang.say(w::SET_AGAINST_WHY)) }
                    @for one in rest { td { span.sub.why { (number(one.unwrap_or_default())) } } }
                }
            }
        }
    }
}

fn weight(lang: Lang, evidence: Option<&Evidence>) -> Markup {
    let bits = evidence.map_or(0.0, |e| e.weight);
    html! { (bar(bits)) span.bits { (signed(lang, bits)) } }
}

/// What the comparison says, as a sentence of its own.
fn said(lang: Lang, evidence: Option<&Evidence>) -> String {
    let bare = plain(lang, evidence);
    let mut letters = bare.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What the comparison says in words; the name of the feature stands beside it already.
pub(crate) fn plain(lang: Lang, evidence: Option<&Evidence>) -> String {
    let Some(evidence) = evidence else { return lang.say(c::NOT_COMPARED).to_owned() };
    let words = lang.of(&evidence.words);
    words.split_once(": ").map_or(words, |(_, rest)| rest).to_owned()
}

fn shown(lang: Lang, text: &str, other: &str, marked: bool) -> Markup {
    html! {
        @if text.is_empty() { span.soft { (lang.say(w::NOT_STATED)) } }
        @else if marked && !other.is_empty() {
            span { @for (differs, run) in differing(text, other) { @if differs { mark { (run) } } @else { (run) } } }
        } @else { (text) }
    }
}

/// A bar to the right for, to the left against; the number beside it says the same.
pub(crate) fn bar(bits: f64) -> Markup {
    let width = (bits.abs() / BAR_BITS).min(1.0) * 38.0;
    html! {
        svg.weight viewBox="0 0 80 12" aria-hidden="true" {
            path.zero d="M40 0v12" {}
            @if bits >= 0.0 { rect.plus x="40" y="2" width=(format!("{width:.1}")) height="8" {} }
            @else { rect.minus x=(format!("{:.1}", 40.0 - width)) y="2" width=(format!("{width:.1}")) height="8" {} }
        }
    }
}

/// What a claim says of a feature, as people read it; empty when it says nothing.
pub(crate) fn fact(lang: Lang, claim: &Claim, feature: Feature) -> String {
    let name = claim.names.first();
    let numbers = |sort: IdentifierSort| {
        let all = claim.identifiers.iter().filter(|i| i.sort == sort);
        all.map(|i| match sort {
            IdentifierSort::HealthCard => format!("{} {}", health_card(&i.value), i.authority),
            _ => format!("{} {}", i.authority, record_number(&i.value)),
        })
        .collect::<Vec<_>>()
        .join(", ")
    };
    match feature {
        Feature::FamilyName => name.map(|n| n.family.to_uppercase()).unwrap_or_default(),
        Feature::GivenName => {
            name.map(|n| format!("{} {}", n.given, n.middle).trim().to_owned()).unwrap_or_default()
        }
        Feature::BirthDate => claim.birth_date.clone(),
        Feature::Sex => match claim.sex {
            Sex::Female => sex(lang, "female").to_owned(),
            Sex::Male => sex(lang, "male").to_owned(),
            Sex::Other => sex(lang, "other").to_owned(),
            Sex::Unknown => String::new(),
        },
        Feature::HealthCard => numbers(IdentifierSort::HealthCard),
        Feature::RecordNumber => numbers(IdentifierSort::RecordNumber),
        Feature::Telephone => {
            claim.telephones.iter().map(|digits| telephone(digits)).collect::<Vec<_>>().join(", ")
        }
        Feature::Street => claim.street.clone(),
        Feature::PostalCode => postal_code(&claim.postal_code),
        Feature::Email => claim.emails.join(", "),
        Feature::BirthOrder => claim.birth_order.map(|order| order.to_string()).unwrap_or_default(),
    }
}

/// Everything a claim says, as a list.
pub(crate) fn facts(lang: Lang, claim: &Claim) -> Markup {
    html! {
        dl.facts {
            @for feature in FEATURES {
                @let text = fact(lang, claim, *feature);
                dt { (lang.say(feature_word(*feature))) }
                dd.plain { @if text.is_empty() { (lang.say(w::NOT_STATED)) } @else { (text) } }
            }
        }
    }
}

/// Two identifiers of a claim, so that an answer names the person and not only a row:
/// `DRUMLIN, Maren · 1961-03-09 · HI 0071 8264`.
pub(crate) fn who(claim: &Claim) -> String {
    let name =
        claim.names.first().map(|n| format!("{}, {}", n.family.to_uppercase(), n.given)).unwrap_or_default();
    [name, claim.birth_date.clone(), own(claim)]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

/// The number that names a record: `HI 0071 8264`.
pub(crate) fn own(claim: &Claim) -> String {
    let number =
        |own: &actions::values::Identifier| format!("{} {}", own.authority, record_number(&own.value));
    claim.own.as_ref().map(number).unwrap_or_default()
}

/// Runs of `text`, marked where they are not in the longest common subsequence with `other`, case aside.
fn differing(text: &str, other: &str) -> Vec<(bool, String)> {
    let (a, b): (Vec<char>, Vec<char>) = (text.chars().collect(), other.chars().collect());
    let same = |x: char, y: char| x.to_lowercase().eq(y.to_lowercase());
    let mut table = vec![vec![0u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            table[i][j] =
                if same(a[i], b[j]) { table[i + 1][j + 1] + 1 } else { table[i + 1][j].max(table[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut runs: Vec<(bool, String)> = Vec::new();
    while i < a.len() {
        let kept = j < b.len() && same(a[i], b[j]);
        if !kept && j < b.len() && table[i][j + 1] > table[i + 1][j] {
            j += 1;
            continue;
        }
        match runs.last_mut() {
            Some((differs, run)) if *differs != kept => run.push(a[i]),
            _ => runs.push((!kept, a[i].to_string())),
        }
        i += 1;
        j += usize::from(kept);
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use actions::values::Words;

    #[test]
    fn only_the_characters_that_differ_are_marked() {
        let marked = |a: &str, b: &str| {
            differing(a, b).into_iter().filter(|(d, _)| *d).map(|(_, r)| r).collect::<Vec<_>>()
        };
        assert_eq!(marked("1961-03-09", "1961-03-09"), Vec::<String>::new());
        assert_eq!(marked("McDonald", "MacDonald"), Vec::<String>::new());
        assert_eq!(marked("MacDonald", "McDonald"), vec!["a"]);
        assert_eq!(marked("Marin", "Maren"), vec!["i"]);
        let joined: String = differing("Léa-Rose", "Lea Rose").into_iter().map(|(_, r)| r).collect();
        assert_eq!(joined, "Léa-Rose");
    }

    #[test]
    fn what_weighs_nothing_is_not_tinted() {
        let evidence =
            |feature, outcome, weight| Evidence { feature, outcome, weight, words: Words::new("a", "a") };
        let (number, card) = (Feature::RecordNumber, Feature::HealthCard);
        assert_eq!(class(Some(&evidence(number, Outcome::Disagrees, 0.0))), "none");
        assert_eq!(class(Some(&evidence(card, Outcome::Disagrees, -9.0))), "clash");
        assert_eq!(class(Some(&evidence(number, Outcome::Agrees, 18.0))), "same");
    }

    #[test]
    fn words_do_not_repeat_the_head_of_their_row() {
        let evidence = |en: &str| Evidence {
            feature: Feature::FamilyName,
            outcome: Outcome::Nearly,
            weight: 2.0,
            words: Words::new(en, en),
        };
        assert_eq!(said(Lang::En, Some(&evidence("family name: one letter differs"))), "One letter differs");
        assert_eq!(said(Lang::En, Some(&evidence("agrees"))), "Agrees");
    }
}
