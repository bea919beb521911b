//! What laboratories measure, and values that move as an illness does.

use crate::World;
use crate::calendar::DAY_US;
use crate::people::{Condition, Person, Sex};
use crate::rng::Rng;

/// One measured thing. LOINC codes are facts of the public table; reference ranges are the usual adult ones.
#[derive(Debug)]
pub(crate) struct Analyte {
    pub(crate) local: &'static str,
    pub(crate) loinc: &'static str,
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
    pub(crate) critical: (f64, f64),
    pub(crate) decimals: usize,
    /// The usual value and how far it wanders in most people.
    pub(crate) usual: (f64, f64),
}

const NEVER: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

const fn analyte(
    codes: (&'static str, &'static str, &'static str),
    unit: &'static str,
    range: (Option<f64>, Option<f64>),
    critical: (f64, f64),
    decimals: usize,
    usual: (f64, f64),
) -> Analyte {
    let (local, loinc, name) = codes;
    Analyte { local, loinc, name, unit, low: range.0, high: range.1, critical, decimals, usual }
}

const fn within(low: f64, high: f64) -> (Option<f64>, Option<f64>) {
    (Some(low), Some(high))
}

pub(crate) static SODIUM: Analyte =
    analyte(("NA", "2951-2", "Sodium"), "mmol/L", within(136.0, 145.0), (120.0, 160.0), 0, (140.0, 3.5));
pub(crate) static POTASSIUM: Analyte =
    analyte(("K", "2823-3", "Potassium"), "mmol/L", within(3.5, 5.1), (2.5, 6.0), 1, (4.2, 0.6));
static CHLORIDE: Analyte =
    analyte(("CL", "2075-0", "Chloride"), "mmol/L", within(98.0, 107.0), NEVER, 0, (102.0, 3.5));
static CARBON_DIOXIDE: Analyte = analyte(
    ("CO2", "2028-9", "Carbon dioxide, total"),
    "mmol/L",
    within(22.0, 31.0),
    (10.0, 45.0),
    0,
    (26.0, 3.0),
);
static UREA: Analyte =
    analyte(("UREA", "22664-7", "Urea"), "mmol/L", within(2.5, 8.0), (-1.0, 40.0), 1, (5.4, 2.0));
pub(crate) static CREATININE: Analyte =
    analyte(("CREA", "14682-9", "Creatinine"), "umol/L", within(50.0, 95.0), (-1.0, 600.0), 0, (74.0, 16.0));
pub(crate) static EGFR: Analyte = analyte(
    ("EGFR", "62238-1", "eGFR (CKD-EPI)"),
    "mL/min/{1.73_m2}",
    (Some(60.0), None),
    NEVER,
    0,
    (88.0, 14.0),
);
static GLUCOSE: Analyte =
    analyte(("GLU", "14749-6", "Glucose, random"), "mmol/L", within(3.9, 7.8), (2.5, 25.0), 1, (5.6, 1.3));
static ALT: Analyte = analyte(("ALT", "1742-6", "ALT"), "U/L", (None, Some(45.0)), NEVER, 0, (24.0, 14.0));
static ALP: Analyte = analyte(("ALP", "6768-6", "ALP"), "U/L", within(40.0, 130.0), NEVER, 0, (74.0, 26.0));
pub(crate) static BILIRUBIN: Analyte = analyte(
    ("TBIL", "14631-6", "Bilirubin, total"),
    "umol/L",
    (None, Some(22.0)),
    (-1.0, 300.0),
    0,
    (10.0, 6.0),
);
static ALBUMIN: Analyte =
    analyte(("ALB", "1751-7", "Albumin"), "g/L", within(35.0, 50.0), NEVER, 0, (42.0, 4.0));
pub(crate) static HEMOGLOBIN: Analyte =
    analyte(("HGB", "718-7", "Hemoglobin"), "g/L", within(120.0, 160.0), (70.0, 200.0), 0, (138.0, 13.0));
static HEMATOCRIT: Analyte =
    analyte(("HCT", "4544-3", "Hematocrit"), "L/L", within(0.36, 0.48), NEVER, 2, (0.42, 0.04));
static MCV: Analyte = analyte(("MCV", "787-2", "MCV"), "fL", within(80.0, 97.0), NEVER, 0, (90.0, 5.0));
static LEUKOCYTES: Analyte =
    analyte(("WBC", "6690-2", "Leukocytes"), "10*9/L", within(4.5, 11.0), (1.0, 50.0), 1, (7.2, 2.2));
static NEUTROPHILS: Analyte =
    analyte(("NEUT", "751-8", "Neutrophils"), "10*9/L", within(2.0, 7.5), (0.5, 60.0), 1, (4.3, 1.6));
static PLATELETS: Analyte =
    analyte(("PLT", "777-3", "Platelets"), "10*9/L", within(150.0, 400.0), (30.0, 1000.0), 0, (250.0, 65.0));
static HBA1C: Analyte =
    analyte(("A1C", "4548-4", "Hemoglobin A1c"), "%", (None, Some(6.0)), NEVER, 1, (5.5, 0.4));
static INR: Analyte =
    analyte(("INR", "6301-6", "INR"), "{INR}", within(0.9, 1.1), (-1.0, 5.0), 1, (1.0, 0.1));
static TSH: Analyte = analyte(("TSH", "3016-3", "TSH"), "m[IU]/L", within(0.35, 4.3), NEVER, 2, (2.0, 1.4));
static CHOLESTEROL: Analyte =
    analyte(("CHOL", "14647-2", "Cholesterol"), "mmol/L", (None, Some(5.2)), NEVER, 2, (4.7, 1.0));
static HDL: Analyte =
    analyte(("HDL", "14646-4", "HDL cholesterol"), "mmol/L", (Some(1.0), None), NEVER, 2, (1.4, 0.4));
static TRIGLYCERIDES: Analyte =
    analyte(("TRIG", "14927-8", "Triglycerides"), "mmol/L", (None, Some(1.7)), NEVER, 2, (1.4, 0.6));
static FERRITIN: Analyte =
    analyte(("FER", "2276-4", "Ferritin"), "ug/L", within(30.0, 300.0), NEVER, 0, (95.0, 60.0));
static PROBNP: Analyte =
    analyte(("NTBNP", "33762-6", "NT-proBNP"), "ng/L", (None, Some(300.0)), NEVER, 0, (110.0, 60.0));

/// A group ordered together.
#[derive(Debug)]
pub(crate) struct Panel {
    pub(crate) local: &'static str,
    /// Empty when only the laboratory's own code exists.
    pub(crate) loinc: &'static str,
    pub(crate) name: &'static str,
    /// OBR-24, HL7 table 0074.
    pub(crate) section: &'static str,
    pub(crate) specimen: &'static str,
    pub(crate) analytes: &'static [&'static Analyte],
}

pub(crate) static RENAL: Panel = Panel {
    local: "RENAL",
    loinc: "24362-6",
    name: "Renal function panel",
    section: "CH",
    specimen: "SER^Serum^HL70487",
    analytes: &[&SODIUM, &POTASSIUM, &CHLORIDE, &CARBON_DIOXIDE, &UREA, &CREATININE, &EGFR, &GLUCOSE],
};
pub(crate) static BLOOD_COUNT: Panel = Panel {
    local: "CBC",
    loinc: "58410-2",
    name: "Complete blood count",
    section: "HM",
    specimen: "BLD^Whole blood^HL70487",
    analytes: &[&HEMOGLOBIN, &HEMATOCRIT, &MCV, &LEUKOCYTES, &NEUTROPHILS, &PLATELETS],
};
static LIVER: Panel = Panel {
    local: "LFT",
    loinc: "24325-3",
    name: "Liver panel",
    section: "CH",
    specimen: "SER^Serum^HL70487",
    analytes: &[&ALT, &ALP, &BILIRUBIN, &ALBUMIN],
};
static LIPIDS: Panel = Panel {
    local: "LIPID",
    loinc: "24331-1",
    name: "Lipid panel",
    section: "CH",
    specimen: "SER^Serum^HL70487",
    analytes: &[&CHOLESTEROL, &HDL, &TRIGLYCERIDES],
};
static SUGAR: Panel = Panel {
    local: "A1C",
    loinc: "4548-4",
    name: "Hemoglobin A1c",
    section: "CH",
    specimen: "BLD^Whole blood^HL70487",
    analytes: &[&HBA1C],
};
static CLOTTING: Panel = Panel {
    local: "INR",
    loinc: "",
    name: "Prothrombin time and INR",
    section: "HM",
    specimen: "PLAS^Plasma^HL70487",
    analytes: &[&INR],
};
static THYROID: Panel = Panel {
    local: "TSH",
    loinc: "3016-3",
    name: "Thyroid stimulating hormone",
    section: "CH",
    specimen: "SER^Serum^HL70487",
    analytes: &[&TSH],
};
static IRON: Panel = Panel {
    local: "FER",
    loinc: "2276-4",
    name: "Ferritin",
    section: "CH",
    specimen: "SER^Serum^HL70487",
    analytes: &[&FERRITIN],
};
static HEART: Panel = Panel {
    local: "NTBNP",
    loinc: "33762-6",
    name: "NT-proBNP",
    section: "CH",
    specimen: "PLAS^Plasma^HL70487",
    analytes: &[&PROBNP],
};
pub(crate) static NEWBORN_BILIRUBIN: Panel = Panel {
    local: "NBIL",
    loinc: "14631-6",
    name: "Bilirubin, newborn",
    section: "CH",
    specimen: "BLDC^Blood capillary^HL70487",
    analytes: &[&BILIRUBIN],
};

/// The panels a visit to the blood collection asks for: those of the illness first.
pub(crate) fn ordered(person: &Person, rng: &mut Rng) -> Vec<&'static Panel> {
    let mut panels: Vec<&'static Panel> = match person.condition {
        Condition::Kidney => vec![&RENAL, &BLOOD_COUNT],
        Condition::Diabetes => vec![&SUGAR],
        Condition::Warfarin => vec![&CLOTTING],
        Condition::HeartFailure => vec![&RENAL, &HEART],
        Condition::Anemia => vec![&BLOOD_COUNT, &IRON],
        Condition::None => Vec::new(),
    };
    let more: [&'static Panel; 5] = [&BLOOD_COUNT, &RENAL, &LIVER, &LIPIDS, &THYROID];
    let extra = if panels.is_empty() { rng.between(1, 2) } else { rng.between(0, 1) };
    for _ in 0..extra {
        let panel = *rng.pick(&more);
        if !panels.iter().any(|have| have.local == panel.local) {
            panels.push(panel);
        }
    }
    if panels.is_empty() {
        panels.push(&BLOOD_COUNT);
    }
    panels
}

/// A rough adult product of eGFR and creatinine, so that the two move against each other.
const EGFR_TIMES_CREATININE: f64 = 6_500.0;

/// A person's value of one analyte at an instant: their own usual value, moved by their illness, with small noise.
pub(crate) fn value(world: &World, person: &Person, analyte: &Analyte, at_us: i64) -> f64 {
    if analyte.local == EGFR.local {
        return (EGFR_TIMES_CREATININE / value(world, person, &CREATININE, at_us)).clamp(4.0, 120.0);
    }
    let name = analyte.local.bytes().fold(0u64, |sum, byte| sum * 31 + u64::from(byte));
    let mut own = Rng::keyed(world.seed, &[6, person.number as u64, name]);
    let day = at_us.div_euclid(DAY_US);
    let mut now = Rng::keyed(world.seed, &[7, person.number as u64, name, day as u64]);
    let (centre, spread) = analyte.usual;
    let usual = centre + own.wobble() * spread;
    let noise = now.wobble() * spread * 0.35;
    let months = (at_us - world.start_us) as f64 / (30.0 * DAY_US as f64);
    let severity = 0.6 + own.below(100) as f64 / 100.0;
    let moved = match (person.condition, analyte.local) {
        (Condition::Kidney, "CREA") => 150.0 * severity + 6.0 * severity * (months + 12.0).max(0.0) + noise,
        (Condition::Kidney, "K") => 5.0 + 0.35 * severity + 0.05 * months + noise * 1.6,
        (Condition::Kidney, "UREA") => 12.0 * severity + 0.4 * months + noise,
        (Condition::Kidney, "HGB") => 118.0 - 8.0 * severity + noise,
        (Condition::Diabetes, "A1C") => 8.9 * severity.max(0.8) - 0.12 * (months + 8.0).max(0.0) + noise,
        (Condition::Diabetes, "GLU") => 10.5 * severity.max(0.7) + noise * 3.0,
        (Condition::Warfarin, "INR") => 2.5 + now.wobble() * 1.5 + if now.chance(60) { 2.6 } else { 0.0 },
        (Condition::HeartFailure, "NTBNP") => 1400.0 * severity + now.wobble() * 600.0,
        (Condition::HeartFailure, "NA") => 134.0 + noise,
        (Condition::HeartFailure, "CREA") => 108.0 * severity + noise,
        (Condition::Anemia, "HGB") => {
            92.0 / severity.max(0.8) + 2.2 * (months + 3.0).clamp(0.0, 12.0) + noise
        }
        (Condition::Anemia, "FER") => 9.0 + 4.0 * (months + 3.0).clamp(0.0, 12.0) + noise * 0.1,
        (Condition::Anemia, "MCV") => 76.0 + noise,
        (_, "HGB") if person.sex == Sex::Male => usual + 10.0 + noise,
        _ => usual + noise,
    };
    let floor = if analyte.decimals == 0 { 1.0 } else { 0.1 };
    moved.max(floor)
}

impl Analyte {
    /// The value as the analyser prints it.
    pub(crate) fn print(&self, value: f64) -> String {
        format!("{value:.*}", self.decimals)
    }

    /// OBX-8, HL7 table 0078.
    pub(crate) fn flag(&self, value: f64) -> &'static str {
        let (critical_low, critical_high) = self.critical;
        match value {
            v if v <= critical_low => "LL",
            v if v >= critical_high => "HH",
            v if self.low.is_some_and(|low| v < low) => "L",
            v if self.high.is_some_and(|high| v > high) => "H",
            _ => "N",
        }
    }

    /// OBX-6: the UCUM code, and the unit as the laboratory prints it.
    pub(crate) fn unit(&self) -> String {
        let printed = match self.unit {
            "umol/L" => "µmol/L",
            "ug/L" => "µg/L",
            "mL/min/{1.73_m2}" => "mL/min/1.73 m²",
            "m[IU]/L" => "mIU/L",
            "10*9/L" => "×10E9/L",
            "{INR}" => "INR",
            other => other,
        };
        format!("{}^{printed}^UCUM", self.unit)
    }

    /// OBX-7.
    pub(crate) fn range(&self) -> String {
        let print = |value: f64| self.print(value);
        match (self.low, self.high) {
            (Some(low), Some(high)) => format!("{}-{}", print(low), print(high)),
            (Some(low), None) => format!(">={}", print(low)),
            (None, Some(high)) => format!("<={}", print(high)),
            (None, None) => String::new(),
        }
    }
}
