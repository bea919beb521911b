//! Tables about appointments.

use super::{Codes, Mapped};
use fhir::system;

/// Filler status, table 0278 (FillerStatusCodes\[Appointment\]); the rows that HL7 leaves open are ours.
pub(crate) const STATUS: Codes = &[
    ("Pending", "pending"),
    ("Waitlist", "waitlist"),
    ("Booked", "booked"),
    ("Overbook", "booked"),
    ("Confirmed", "booked"),
    ("Started", "checked-in"),
    ("Arrived", "arrived"),
    ("Complete", "fulfilled"),
    ("Completed", "fulfilled"),
    ("Cancelled", "cancelled"),
    ("Canceled", "cancelled"),
    ("Discontinued", "cancelled"),
    ("Deleted", "entered-in-error"),
    ("Blocked", "booked"),
    ("Noshow", "noshow"),
];

/// Filler status, table 0278, of one resource.
pub(crate) const PARTICIPANT: Codes = &[
    ("Pending", "needs-action"),
    ("Waitlist", "needs-action"),
    ("Booked", "accepted"),
    ("Cancelled", "declined"),
    ("Discontinued", "declined"),
    ("Deleted", "declined"),
];

/// Appointment reason, table 0276 (AppointmentReasonCodes).
pub(crate) const REASON: &[Mapped] = &[
    Mapped {
        v2: "ROUTINE",
        code: "3780001",
        display: "Routine patient disposition, no follow-up planned",
        system: system::SNOMED,
    },
    Mapped { v2: "CHECKUP", code: "866149003", display: "Annual visit (procedure)", system: system::SNOMED },
    Mapped {
        v2: "FOLLOWUP",
        code: "185389009",
        display: "Follow-up visit (procedure)",
        system: system::SNOMED,
    },
    Mapped {
        v2: "EMERGENCY",
        code: "373110003",
        display: "Emergency procedure (procedure)",
        system: system::SNOMED,
    },
];
