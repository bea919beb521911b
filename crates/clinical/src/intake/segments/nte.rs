//! NTE to Annotation (maps NTE[Observation], NTE[ServiceRequest]).

use crate::intake::datatypes::xcn;
use crate::intake::draft::Draft;
use crate::intake::reading::{field, one};
use crate::intake::scope::Scope;
use crate::intake::segments::value::prose_of;
use fhir::Object;
use hl7v2::Segment;

/// Adds the comments as notes, each with its own author and time.
pub(crate) fn notes(scope: &Scope<'_>, draft: &mut Draft, notes: &[Segment<'_>]) {
    for note in notes {
        let text = prose_of(note.field(3));
        if text.is_empty() {
            continue;
        }
        let author = one(*note, 5).map_or_else(Object::new, |rep| xcn::practitioner(scope, draft, rep));
        let author = draft.contain(author);
        let annotation = Object::new()
            .set("authorReference", author)
            .set("time", scope.date_time(&field(*note, 6)))
            .set("text", text);
        draft.add("note", annotation);
    }
}
