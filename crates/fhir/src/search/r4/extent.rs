//! How much of R4 is searched by, as the settings say: all of it, or what clients of a record ask for. The
//! CapabilityStatement, the searches that are answered and what is noted beside resources all go by it.

use super::order::SortKey;
use super::request::{Clause, Params, Request, RequestError, Unknown};
use super::table::{self, SearchParam};
use crate::id::Kind;
use crate::search::directory::of_directory;
use crate::search::table as spine;
use crate::time::Instant;

/// How much of R4 is searched by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Extent {
    /// Every parameter.
    #[default]
    All,
    /// What whose a resource is, what it is, when and how it stands says, and what feeds and the directory are found by.
    Usual,
}

/// What every type that has it is searched by.
const USUAL: [&str; 18] = [
    "_id",
    "_lastUpdated",
    "_profile",
    "_security",
    "_source",
    "_tag",
    "category",
    "clinical-status",
    "code",
    "date",
    "encounter",
    "identifier",
    "intent",
    "name",
    "patient",
    "status",
    "subject",
    "type",
];

impl Extent {
    /// Whether a type is searched by a parameter.
    #[must_use]
    pub fn has(self, kind: Kind, param: &SearchParam) -> bool {
        self == Self::All
            || USUAL.contains(&param.code)
            || table::compartment(kind).contains(&param.code)
            || spine::of_kind(kind).any(|known| known.name == param.code)
            || of_directory(kind).any(|known| known.name == param.code)
    }

    /// [`Request::read`], where parameters beyond this extent are parameters that there are not.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn read(
        self,
        kind: Kind,
        pairs: &[(String, String)],
        unknown: Unknown,
        now: Instant,
    ) -> Result<Request, RequestError> {
        if self == Self::All {
            return Request::read(kind, pairs, unknown, now);
        }
        let (mut within, mut left_out) = (Params::new(), Vec::new());
        for pair in pairs {
            // What cannot be read is told below, in its order.
            let alone = Request::read(kind, std::slice::from_ref(pair), Unknown::Refuse, now).ok();
            match alone.and_then(|alone| self.beyond(&alone)) {
                Some(error) if unknown == Unknown::Refuse => return Err(error),
                Some(error) => left_out.push(error.to_string()),
                None => within.push(pair.clone()),
            }
        }
        let mut request = Request::read(kind, &within, unknown, now)?;
        request.left_out.extend(left_out);
        for include in request.includes.iter_mut().chain(&mut request.revincludes) {
            include.params.retain(|param| self.has(include.kind, param));
        }
        Ok(request)
    }

    /// The first parameter of a request beyond this extent, as an error.
    fn beyond(self, request: &Request) -> Option<RequestError> {
        let sorted = request.sort.iter().filter_map(|(key, _)| match key {
            SortKey::Param(param) => Some((request.kind, *param)),
            SortKey::LastUpdated | SortKey::Id => None,
        });
        // `Type:*` means those that there are.
        let included = request.includes.iter().chain(&request.revincludes);
        let included = included.filter_map(|include| match include.params[..] {
            [one] => Some((include.kind, one)),
            _ => None,
        });
        let mut asked = Vec::new();
        request.clauses.iter().for_each(|clause| parameters(request.kind, clause, &mut asked));
        let mut all = asked.into_iter().chain(sorted).chain(included);
        let (kind, param) = all.find(|(kind, param)| !self.has(*kind, param))?;
        let mut known: Vec<&str> = self.of_kind(kind).map(|param| param.code).collect();
        known.sort_unstable();
        Some(RequestError::Parameter { kind, name: param.code.to_owned(), known: known.join(", ") })
    }

    /// Every parameter that a type is searched by.
    pub fn of_kind(self, kind: Kind) -> impl Iterator<Item = &'static SearchParam> {
        table::of_kind(kind).filter(move |param| self.has(kind, param))
    }
}

/// Every parameter that a clause asks of, with the type it is asked of.
fn parameters(kind: Kind, clause: &Clause, found: &mut Vec<(Kind, &'static SearchParam)>) {
    match clause {
        Clause::Ids(_) | Clause::LastUpdated(_) | Clause::Words(..) => {}
        Clause::Own(condition) => found.push((kind, condition.param)),
        Clause::AnyOf(conditions) => {
            found.extend(conditions.iter().map(|condition| (kind, condition.param)));
        }
        Clause::Chain(param, inner) => {
            found.push((kind, param));
            inner.iter().for_each(|(to, clause)| parameters(*to, clause, found));
        }
        Clause::Has(from, param, inner) => {
            found.push((*from, param));
            parameters(*from, inner, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str, unknown: Unknown) -> Result<Request, RequestError> {
        let pairs = super::super::decode_pairs(query).expect("pairs");
        Extent::Usual.read(Kind::Condition, &pairs, unknown, Instant(0))
    }

    #[test]
    fn a_parameter_beyond_the_extent_is_one_that_there_is_not_wherever_it_stands() {
        for query in [
            "patient=p&code=http://loinc.org|1&clinical-status=active&_sort=-_lastUpdated",
            "subject:Patient.name=a&_include=Condition:subject",
            "_include=Condition:*&_count=5&_tag=a",
        ] {
            let request = read(query, Unknown::Refuse).expect(query);
            assert_eq!(request.left_out, Vec::<String>::new(), "{query}");
            let whole = super::super::decode_pairs(query).expect("pairs");
            let all = Request::read(Kind::Condition, &whole, Unknown::Refuse, Instant(0)).expect(query);
            assert_eq!((request.clauses, request.sort), (all.clauses, all.sort), "{query}");
        }
        for (query, name) in [
            ("patient=p&onset-age=5", "onset-age"),
            ("_sort=onset-date", "onset-date"),
            ("_include=Condition:evidence-detail", "evidence-detail"),
            ("_has:Provenance:target:recorded=2020", "recorded"),
            ("encounter.length=5", "length"),
        ] {
            let error = read(query, Unknown::Refuse).expect_err(query);
            assert_eq!(error.parameter(), Some(name), "{query}");
            assert!(!error.to_string().contains(&format!("{name},")), "{error}");
            let lenient = read(query, Unknown::LeaveOut).expect(query);
            assert_eq!(lenient.left_out.len(), 1, "{query}");
            assert!(lenient.left_out[0].contains(name), "{query}");
        }
        // What is wrong in itself is told as before.
        assert!(matches!(read("code:above=x", Unknown::Refuse), Err(RequestError::Value { .. })));
        assert!(matches!(read("nothing=x", Unknown::Refuse), Err(RequestError::Parameter { .. })));
    }

    #[test]
    fn whose_a_resource_is_and_what_the_index_knows_is_within_every_extent() {
        for kind in Kind::ALL.iter().copied() {
            for param in table::of_kind(kind) {
                let is_tie = table::compartment(kind).contains(&param.code);
                let is_known = spine::of_kind(kind).any(|known| known.name == param.code);
                assert!(Extent::All.has(kind, param));
                assert!(Extent::Usual.has(kind, param) || !(is_tie || is_known), "{kind} {}", param.code);
            }
        }
        let count =
            |extent: Extent| Kind::ALL.iter().map(|kind| extent.of_kind(*kind).count()).sum::<usize>();
        assert!(count(Extent::Usual) * 5 < count(Extent::All) * 4, "{}", count(Extent::Usual));
    }
}
