//! What is agreed about the senders of the synthetic province: a dialect and a code map, in the forms of the product's own
//! files.

/// Registration of Valley General Hospital: old versions, times without a zone.
pub const DIALECT: &str = r#"name = "valley-registration"
version = 1
about = "Registration of Valley General Hospital: HL7 2.3 and 2.4, local times without an offset"
senders = ["VGADT|VGH"]
time_zone = "America/Halifax"
tolerates = ["undeclared-charset", "lowercase-names"]

# A class of patient that says nothing is an outpatient's.
[[rule]]
do = "default"
at = "PV1-2"
text = "O"

[[rule]]
do = "drop-empty"
segment = "NTE"
"#;

/// Tests of Tidewater Laboratory, which sends some results under its own codes alone.
pub const CODES: &str = r#"name = "tidewater-lab"
version = 1
about = "Tests of Tidewater Laboratory"
senders = ["TIDELIS|LAB"]
local = ["99LAB"]

[[code]]
system = "99LAB"
code = "NA"
to = "2951-2"
units = ["mmol/L"]

[[code]]
system = "99LAB"
code = "K"
to = "2823-3"
units = ["mmol/L"]

[[code]]
system = "99LAB"
code = "CL"
to = "2075-0"
units = ["mmol/L"]

[[code]]
system = "99LAB"
code = "CO2"
to = "2028-9"
units = ["mmol/L"]

[[code]]
system = "99LAB"
code = "UREA"
to = "22664-7"
units = ["mmol/L"]

[[code]]
system = "99LAB"
code = "CREA"
to = "14682-9"
units = ["umol/L"]

[[code]]
system = "99LAB"
code = "EGFR"
to = "62238-1"
units = ["mL/min/{1.73_m2}"]

[[code]]
system = "99LAB"
code = "GLU"
to = "14749-6"
units = ["mmol/L"]

[[code]]
system = "99LAB"
code = "ALT"
to = "1742-6"
units = ["U/L"]

[[code]]
system = "99LAB"
code = "ALP"
to = "6768-6"
units = ["U/L"]

[[code]]
system = "99LAB"
code = "TBIL"
to = "14631-6"
units = ["umol/L"]

[[code]]
system = "99LAB"
code = "ALB"
to = "1751-7"
units = ["g/L"]

[[code]]
system = "99LAB"
code = "HGB"
to = "718-7"
units = ["g/L"]

[[code]]
system = "99LAB"
code = "HCT"
to = "4544-3"
units = ["L/L"]

[[code]]
system = "99LAB"
code = "MCV"
to = "787-2"
units = ["fL"]

[[code]]
system = "99LAB"
code = "WBC"
to = "6690-2"
units = ["10*9/L"]

[[code]]
system = "99LAB"
code = "NEUT"
to = "751-8"
units = ["10*9/L"]

[[code]]
system = "99LAB"
code = "PLT"
to = "777-3"
units = ["10*9/L"]

[[code]]
system = "99LAB"
code = "A1C"
to = "4548-4"
units = ["%"]

[[code]]
system = "99LAB"
code = "INR"
to = "6301-6"
units = ["{INR}"]

[[code]]
system = "99LAB"
code = "TSH"
to = "3016-3"
units = ["m[IU]/L"]

[[code]]
system = "99LAB"
code = "CHOL"
to = "14647-2"
units = ["mmol/L"]

[[code]]
system = "99LAB"
code = "HDL"
to = "14646-4"
units = ["mmol/L"]

[[code]]
system = "99LAB"
code = "TRIG"
to = "14927-8"
units = ["mmol/L"]

[[code]]
system = "99LAB"
code = "FER"
to = "2276-4"
units = ["ug/L"]

[[code]]
system = "99LAB"
code = "NTBNP"
to = "33762-6"
units = ["ng/L"]

[[code]]
system = "99LAB"
code = "RENAL"
to = "24362-6"

[[code]]
system = "99LAB"
code = "CBC"
to = "58410-2"

[[code]]
system = "99LAB"
code = "LFT"
to = "24325-3"

[[code]]
system = "99LAB"
code = "LIPID"
to = "24331-1"
"#;
