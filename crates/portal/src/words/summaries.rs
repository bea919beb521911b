//! Words of the summary that is carried away.

use super::catalogue;

catalogue! {
    TAKE_ALONG: "Summary to take along", "Sommaire à emporter";
    TAKE_ALONG_TEXT: "Two pages with what another clinician must know, or the same as data for another system.", "Deux pages avec l’essentiel pour un autre clinicien, ou la même chose en données pour un autre système.";
    PAGES: "Two pages (PDF)", "Deux pages (PDF)";
    PAGES_OTHER: "Two pages in French (PDF)", "Deux pages en anglais (PDF)";
    PAGES_PATIENT: "Copy for the patient (PDF)", "Copie pour le patient (PDF)";
    DOCUMENT: "Patient summary as data (IPS, FHIR)", "Sommaire du patient en données (IPS, FHIR)";
}
