//! Readers of MSH (HL7 v2.5.1 2.15.9).

use std::borrow::Cow;

use crate::tree::Segment;

/// MSH of a message, field by field.
#[derive(Debug, Clone, Copy)]
pub struct Header<'m> {
    segment: Segment<'m>,
}

impl<'m> Header<'m> {
    pub(crate) fn new(segment: Segment<'m>) -> Header<'m> {
        Header { segment }
    }

    /// MSH itself, for what has no reader here.
    pub fn segment(&self) -> Segment<'m> {
        self.segment
    }

    /// MSH-3.1.
    pub fn sending_application(&self) -> Cow<'m, str> {
        self.segment.field(3).text()
    }

    /// MSH-4.1.
    pub fn sending_facility(&self) -> Cow<'m, str> {
        self.segment.field(4).text()
    }

    /// MSH-5.1.
    pub fn receiving_application(&self) -> Cow<'m, str> {
        self.segment.field(5).text()
    }

    /// MSH-6.1.
    pub fn receiving_facility(&self) -> Cow<'m, str> {
        self.segment.field(6).text()
    }

    /// MSH-7 as sent; read it with [`crate::time::Hl7Time::parse`].
    pub fn timestamp(&self) -> Cow<'m, str> {
        self.segment.field(7).text()
    }

    /// MSH-9.1, as in `ORU`.
    pub fn message_code(&self) -> Cow<'m, str> {
        self.segment.field(9).comp(1).text()
    }

    /// MSH-9.2, as in `R01`.
    pub fn trigger(&self) -> Cow<'m, str> {
        self.segment.field(9).comp(2).text()
    }

    /// MSH-9.3, as in `ORU_R01`.
    pub fn structure(&self) -> Cow<'m, str> {
        self.segment.field(9).comp(3).text()
    }

    /// MSH-10, the control id.
    pub fn control_id(&self) -> Cow<'m, str> {
        self.segment.field(10).text()
    }

    /// MSH-11.1: P, T or D.
    pub fn processing_id(&self) -> Cow<'m, str> {
        self.segment.field(11).text()
    }

    /// MSH-12.1, as in `2.5.1`.
    pub fn version(&self) -> Cow<'m, str> {
        self.segment.field(12).text()
    }

    /// MSH-15: when an accept acknowledgement is asked for (table 0155: AL, NE, ER, SU), or empty.
    pub fn accept_ack(&self) -> Cow<'m, str> {
        self.segment.field(15).text()
    }

    /// MSH-16: when an application acknowledgement is asked for (table 0155), or empty.
    pub fn application_ack(&self) -> Cow<'m, str> {
        self.segment.field(16).text()
    }

    /// MSH-17, three letters (ISO 3166).
    pub fn country(&self) -> Cow<'m, str> {
        self.segment.field(17).text()
    }

    /// MSH-18, first repetition, as sent.
    pub fn charset(&self) -> Cow<'m, str> {
        self.segment.field(18).text()
    }

    /// Enhanced acknowledgement mode: MSH-15 or MSH-16 has a value (HL7 v2.5.1 2.9.3).
    pub fn is_enhanced(&self) -> bool {
        let asked = |n| {
            let field = self.segment.field(n);
            !field.is_empty() && !field.is_null()
        };
        asked(15) || asked(16)
    }
}
