//! Tests that the feeds report.

use crate::people::Sex;
use crate::rng::Rng;

/// One test or panel, as OBR-4 names it.
#[derive(Debug, PartialEq, Eq)]
pub struct Test {
    /// LOINC.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
    /// OBR-24, HL7 table 0074.
    pub section: &'static str,
}

const fn test(code: &'static str, name: &'static str, section: &'static str) -> Test {
    Test { code, name, section }
}

pub(super) static COUNT: Test = test("58410-2", "CBC panel - Blood by Automated count", "HM");
pub(super) static RENAL: Test = test("24362-6", "Renal function panel - Serum or Plasma", "CH");
pub(super) static GAS: Test = test("24338-6", "Gas panel - Blood", "CH");
pub(super) static LACTATE: Test = test("2524-7", "Lactate [Moles/volume] in Serum or Plasma", "CH");
pub(super) static COAGULATION: Test = test("34529-8", "PT and aPTT panel - Platelet poor plasma", "HM");
pub(super) static TROPONIN: Test = test("10839-9", "Troponin I [Mass/volume] in Serum or Plasma", "CH");
pub(super) static GLUCOSE: Test = test("2339-0", "Glucose [Mass/volume] in Blood", "CH");
pub(super) static LIVER: Test = test("24325-3", "Hepatic function panel - Serum or Plasma", "CH");
pub(super) static MAGNESIUM: Test = test("2601-3", "Magnesium [Moles/volume] in Serum or Plasma", "CH");
pub(super) static BILIRUBIN: Test = test("1975-2", "Bilirubin.total [Mass/volume] in Serum or Plasma", "CH");
pub(super) static SCREEN: Test =
    test("54089-8", "Newborn screening panel American Health Information Community", "CH");
pub(super) static BLOOD_CULTURE: Test = test("600-7", "Bacteria identified in Blood by Culture", "MB");
pub(super) static URINE_CULTURE: Test = test("630-4", "Bacteria identified in Urine by Culture", "MB");
pub(super) static WOUND_CULTURE: Test = test("6462-6", "Bacteria identified in Wound by Culture", "MB");
pub(super) static CHEST: Test = test("36643-5", "XR Chest 2 Views", "RAD");
pub(super) static HEAD: Test = test("24725-4", "CT Head", "RAD");
pub(super) static ABDOMEN: Test = test("36813-4", "CT Abdomen and Pelvis W contrast IV", "RAD");
pub(super) static SPINE: Test = test("24946-6", "CT Cervical spine", "RAD");
pub(super) static HIP: Test = test("24762-7", "XR Hip Views", "RAD");
static PSA: Test = test("2857-1", "Prostate specific Ag [Mass/volume] in Serum or Plasma", "CH");
static PREGNANCY: Test =
    test("2118-8", "Choriogonadotropin (pregnancy test) [Presence] in Serum or Plasma", "CH");
static CYTOLOGY: Test =
    test("19762-4", "General categories of Cervical or vaginal smear by Cyto stain", "CP");
static LIPIDS: Test = test("24331-1", "Lipid 1996 panel - Serum or Plasma", "CH");
static A1C: Test = test("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "CH");
static THYROID: Test = test("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma", "CH");
static FERRITIN: Test = test("2276-4", "Ferritin [Mass/volume] in Serum or Plasma", "CH");
static INR: Test = test("6301-6", "INR in Platelet poor plasma by Coagulation assay", "HM");
static URINALYSIS: Test = test("24356-8", "Urinalysis complete panel - Urine", "CH");

/// Usual tests of those who come from a family doctor.
static COMMUNITY: [&Test; 10] =
    [&COUNT, &RENAL, &LIPIDS, &A1C, &THYROID, &FERRITIN, &INR, &URINALYSIS, &LIVER, &GLUCOSE];

/// A test for somebody of a sex and age; now and then one that belongs to one sex. One in 4,000 of those is for
/// somebody whose registered sex is another, as happens.
pub(super) fn community(rng: &mut Rng, sex: Sex, age: i32) -> &'static Test {
    let sex =
        if rng.below(4_000) == 0 { if sex == Sex::Male { Sex::Female } else { Sex::Male } } else { sex };
    match (rng.below(100), sex) {
        (0..4, Sex::Male) if age >= 50 => &PSA,
        (0..3, Sex::Female) if (16..46).contains(&age) => &PREGNANCY,
        (3..6, Sex::Female) if (25..70).contains(&age) => &CYTOLOGY,
        _ => COMMUNITY[rng.below(COMMUNITY.len())],
    }
}
