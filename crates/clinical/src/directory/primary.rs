//! Whose primary care provider somebody is, as a practice's or a registry's list states it: dated facts about people, of
//! which there are as many as people. They are kept as changes like every fact of the directory and read one by one.

use crate::words::Words;
use fhir::RecordId;
use serde::{Deserialize, Serialize};

/// Sort of these facts among the directory's.
pub const PRIMARY_SORT: &str = "primary";

/// Sort of withdrawals among the directory's facts.
pub const WITHDRAWN_SORT: &str = "primary-withdrawn";

/// What somebody withdrew: that a practitioner is the primary care provider of a person, whoever states it. It is a fact of
/// its own, so that it can be taken back, and holds for every record of the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawn {
    /// Directory id of the practitioner.
    pub practitioner: String,
    /// As the directory named them on that day.
    pub name: String,
    /// The day, `YYYY-MM-DD`.
    pub on: String,
    /// Who withdrew it.
    pub by: String,
    /// Why, in their words.
    pub why: String,
}

impl Withdrawn {
    /// What the ids of all withdrawals at one source record begin with.
    #[must_use]
    pub fn prefix(record: RecordId) -> String {
        format!("{record}:")
    }

    /// Its id: one for each practitioner at one source record.
    #[must_use]
    pub fn id(record: RecordId, practitioner: &str) -> String {
        format!("{}{practitioner}", Self::prefix(record))
    }

    /// When, by whom and why, as part of a sentence.
    #[must_use]
    pub fn said(&self) -> Words {
        let (name, on, by) = (&self.name, &self.on, &self.by);
        let why = self.why.trim_end_matches('.');
        Words::new(
            format!(
                "{name} as primary care provider was withdrawn on {on} by {by} because \u{201c}{why}\u{201d}"
            ),
            format!(
                "{name} comme fournisseur de soins primaires a été retiré le {on} par {by} parce que «\u{a0}{why}\u{a0}»"
            ),
        )
    }
}

/// A stated primary care provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Primary {
    /// Issuer of the person's number: `NS`.
    pub authority: String,
    /// Number of the person: the health card, or a record number.
    pub number: String,
    /// Directory id of the practitioner.
    pub practitioner: String,
    /// First day, `YYYY-MM-DD`.
    pub from: String,
    /// Last day; left out while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Who attests it: the practice or the registry, and the list.
    pub source: String,
}

impl Primary {
    /// What the ids of all facts about one person's number begin with.
    #[must_use]
    pub fn prefix(authority: &str, number: &str) -> String {
        format!("{}:{}:", authority.trim().to_uppercase(), number.trim())
    }

    /// Its id: the number and the first day. The same person from the same day is the same fact.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}{}", Self::prefix(&self.authority, &self.number), self.from)
    }

    /// The one that counts on a day: what began last takes the place of what began before, also when it has ended.
    #[must_use]
    pub fn on<'p>(facts: &'p [Self], day: &str) -> Option<&'p Self> {
        let begun = facts.iter().filter(|fact| fact.from.as_str() <= day);
        let last = begun.max_by(|a, b| a.from.cmp(&b.from))?;
        last.to.as_deref().is_none_or(|to| day <= to).then_some(last)
    }

    /// The lines of a list: `authority,number,practitioner,from,to` in the first line, `to` empty while it goes on.
    ///
    /// # Errors
    /// Every line to mend, with its number.
    pub fn read(text: &str, source: &str) -> Result<Vec<Self>, Vec<String>> {
        let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
        let head = lines.next().map(|(_, line)| line.trim()).unwrap_or_default();
        if head != "authority,number,practitioner,from,to" {
            return Err(vec!["line 1: write authority,number,practitioner,from,to".to_owned()]);
        }
        let (mut facts, mut wrong) = (Vec::new(), Vec::new());
        for (n, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let fields: Vec<&str> = line.split(',').map(str::trim).collect();
            let [authority, number, practitioner, from, to] = fields.as_slice() else {
                wrong.push(format!("line {}: it has not five fields", n + 1));
                continue;
            };
            let is_day = |day: &str| day.len() == 10 && fhir::time::interval(day).is_some();
            if [authority, number, practitioner].iter().any(|field| field.is_empty()) {
                wrong.push(format!("line {}: authority, number and practitioner must be there", n + 1));
            } else if !is_day(from) || !(to.is_empty() || is_day(to) && to >= from) {
                wrong.push(format!(
                    "line {}: write from and to as 2026-11-22, to empty or not before from",
                    n + 1
                ));
            } else {
                facts.push(Self {
                    authority: authority.to_uppercase(),
                    number: (*number).to_owned(),
                    practitioner: (*practitioner).to_owned(),
                    from: (*from).to_owned(),
                    to: (!to.is_empty()).then(|| (*to).to_owned()),
                    source: source.to_owned(),
                });
            }
        }
        if wrong.is_empty() { Ok(facts) } else { Err(wrong) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s002_the_list_that_began_last_counts_and_one_that_ended_leaves_nobody() {
        let text = "authority,number,practitioner,from,to\nns,100,p-hill,2020-01-01,\nNS,100,p-shore,2026-03-01,2026-09-30\n";
        let facts = Primary::read(text, "Hill Clinic, list of November").expect("a list");
        let on = |day| Primary::on(&facts, day).map(|fact| fact.practitioner.as_str());
        assert_eq!(on("2019-12-31"), None);
        assert_eq!(on("2026-02-28"), Some("p-hill"));
        assert_eq!((on("2026-03-01"), on("2026-09-30")), (Some("p-shore"), Some("p-shore")));
        assert_eq!(on("2026-10-01"), None, "whoever left a list is not back on the former");
        assert_eq!(facts[0].id(), "NS:100:2020-01-01");
        let wrong = Primary::read(
            "authority,number,practitioner,from,to\n,1,p,2026-01-01,\nNS,1,p,soon,\nNS,1\n",
            "x",
        );
        assert_eq!(wrong.expect_err("three to mend").len(), 3);
    }
}
