//! FHIR: JSON, XML, whole resources, patches, expressions, narrative.

use super::{NOW, sum, text};
use crate::Target;
use crate::seeds::texts;
use fhir::fhirpath::{Context, Expression, Item, Node};
use fhir::patch::Patch;
use fhir::{Document, Json, Kind, Object, json, narrative, read, search, served, validate, xml};
use serde_json::value::RawValue;
use std::sync::OnceLock;

const PATIENT: &str = r##"{"resourceType":"Patient","id":"p1","meta":{"versionId":"1","lastUpdated":"2026-11-22T14:05:00Z","profile":["http://hl7.org/fhir/ca/baseline/StructureDefinition/profile-patient"]},"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Bram &amp; <b>Kestrel</b></p></div>"},"extension":[{"url":"http://example.org/x","valueDecimal":4.10}],"identifier":[{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"JHN"}]},"system":"https://fhir.infoway-inforoute.ca/NamingSystem/ca-ns-patient-healthcare-id","value":"0012345678","_value":{"extension":[{"url":"http://example.org/y","valueBoolean":true}]}}],"active":true,"name":[{"use":"official","family":"Léger","given":["Zoë",null],"_given":[null,{"extension":[{"url":"http://example.org/z","valueCode":"a"}]}]}],"telecom":[{"system":"phone","value":"902-555-0134"}],"gender":"female","birthDate":"1987-04-30","_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthTime","valueDateTime":"1987-04-30T01:02:03.004-03:00"}]},"deceasedBoolean":false,"address":[{"line":["1 Quay St"],"city":"Digby","postalCode":"B0V 1A0","country":"CA"}],"contained":[{"resourceType":"Organization","id":"o1","name":"x"}],"managingOrganization":{"reference":"#o1"},"generalPractitioner":[{"reference":"Practitioner/1"}],"link":[{"other":{"reference":"Patient/2"},"type":"seealso"}]}"##;

const OTHERS: &[&str] = &[
    r#"{"resourceType":"Observation","id":"b1","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"718-7","display":"Hemoglobin"}],"text":"Hgb"},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-11-01T01:30:00-03:00","issued":"2026-11-01T05:30:00.123456Z","valueQuantity":{"value":4.10,"comparator":"<","unit":"g/L","system":"http://unitsofmeasure.org","code":"g/L"},"referenceRange":[{"low":{"value":120},"high":{"value":160.0}}],"component":[{"code":{"text":"a"},"valueRange":{"low":{"value":1e2}}}],"hasMember":[{"reference":"Observation/b2"}]}"#,
    r#"{"resourceType":"DiagnosticReport","id":"r1","status":"amended","code":{"text":"CBC"},"subject":{"reference":"Patient/p1"},"effectivePeriod":{"start":"2026-11","end":"2026-12-01"},"issued":"2026-11-22T14:05:00Z","result":[{"reference":"Observation/b1"}],"presentedForm":[{"contentType":"application/pdf","data":"JVBERi0xLjQK","title":"x"}]}"#,
    r#"{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0","resource":{"resourceType":"Patient","name":[{"family":"A"}]},"request":{"method":"POST","url":"Patient","ifNoneExist":"identifier=a|b"}},{"request":{"method":"PUT","url":"Observation/1?x=y","ifMatch":"W/\"2\""},"resource":{"resourceType":"Observation","id":"1","status":"final","code":{"text":"x"},"subject":{"reference":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"}}},{"request":{"method":"DELETE","url":"Encounter/9"}}]}"#,
    r#"{"resourceType":"MedicationRequest","id":"m1","status":"active","intent":"order","medicationCodeableConcept":{"coding":[{"system":"http://hl7.org/fhir/NamingSystem/ca-hc-din","code":"02242705"}]},"subject":{"reference":"Patient/p1"},"authoredOn":"2026-11-22","dosageInstruction":[{"timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d","boundsPeriod":{"start":"2026-11-22"}}},"doseAndRate":[{"doseQuantity":{"value":0.5,"unit":"mg"}}],"maxDosePerPeriod":{"numerator":{"value":4},"denominator":{"value":24}}}]}"#,
    r#"{"resourceType":"DocumentReference","id":"d1","status":"current","type":{"text":"letter"},"subject":{"reference":"Patient/p1"},"date":"2026-11-22T14:05:00Z","content":[{"attachment":{"contentType":"text/plain; charset=utf-8","data":"SGVsbG8=","size":5,"hash":"9/+eizCUzTMBKzqkPHLAPdtaXqs=","creation":"2026"}}],"context":{"period":{"start":"2026"}}}"#,
    r#"{"resourceType":"Encounter","id":"e1","status":"in-progress","class":{"code":"IMP"},"subject":{"reference":"Patient/p1"},"period":{"start":"2026-11-22T14:05:00-04:00"},"location":[{"location":{"display":"7E"},"status":"active"}],"hospitalization":{"dischargeDisposition":{"text":"home"}}}"#,
    r#"{"resourceType":"Subscription","id":"s1","status":"requested","reason":"x","criteria":"Observation?code=http://loinc.org|718-7","channel":{"type":"rest-hook","endpoint":"https://ehr.example:8443/hook","payload":"application/fhir+json","header":["Authorization: Bearer abc"]}}"#,
    r#"{"resourceType":"Consent","id":"c1","status":"active","scope":{"coding":[{"code":"patient-privacy"}]},"category":[{"text":"x"}],"patient":{"reference":"Patient/p1"},"dateTime":"2026-11-22","provision":{"type":"deny","period":{"start":"2026"},"actor":[{"role":{"text":"x"},"reference":{"reference":"Practitioner/1"}}],"provision":[{"type":"permit"}]}}"#,
    r#"[1,-0,0.0,4.10,1e+2,1E-2,true,false,null,"\u00e9\ud83e\uddea\n","",[],{},{"a":{"a":{"a":[[[[1]]]]}}}]"#,
];

const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "null",
    "true",
    "false",
    "4.10",
    "1e5",
    "-0",
    "\\u0000",
    "\\ud83e\\uddea",
    "\\ud83e",
    "\"resourceType\"",
    "\"Patient\"",
    "\"Observation\"",
    "\"Bundle\"",
    "\"extension\"",
    "\"contained\"",
    "\"id\"",
    "\"_value\"",
    "\"meta\"",
    "\"url\"",
    "\"value\"",
    "\"valueQuantity\"",
    "\"valueDateTime\"",
    "\"reference\"",
    "\"text\"",
    "\"div\"",
    "\"coding\"",
    "\"2026-11-22T14:05:00Z\"",
    "\"2026-02-30\"",
    "\"#o1\"",
    "\"urn:uuid:\"",
    "[[[[[[[[",
    "{\"a\":",
    "\"a\":1,\"a\":2",
];

fn resources() -> Vec<Vec<u8>> {
    let mut all = texts(OTHERS);
    all.push(PATIENT.as_bytes().to_vec());
    all
}

pub(super) const JSON: Target = Target {
    name: "json",
    reads: "FHIR's JSON: unique keys, whole characters, bounded depth",
    seeds: resources,
    words: WORDS,
    take: |input| {
        let Ok(value) = json::parse(input) else { return };
        let printed = value.to_bytes();
        assert_eq!(json::parse(&printed).as_ref(), Ok(&value), "printed, it reads otherwise");
        assert_eq!(
            json::parse(&printed).map(|again| again.to_bytes()),
            Ok(printed),
            "printed twice, it differs"
        );
        // A library of others reads whatever ours takes: ours is the stricter one.
        let other = serde_json::from_slice::<&RawValue>(input);
        assert!(other.is_ok(), "ours reads what is no JSON: {:?}", other.err());
    },
    usual: 6_000,
};

pub(super) const XML: Target = Target {
    name: "xml",
    reads: "FHIR's XML",
    seeds: || {
        let objects =
            resources().into_iter().filter_map(|bytes| Some(Document::parse(bytes).ok()?.into_value()));
        let mut all: Vec<Vec<u8>> = objects.map(|object| xml::xml(&object).into_bytes()).collect();
        all.extend(texts(&[
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><!-- a --><f:Patient xmlns:f=\"http://hl7.org/fhir\"><f:active value=\"true\"/></f:Patient>",
            "<!DOCTYPE x [<!ENTITY a \"b\"><!ENTITY c \"&a;&a;\">]><Patient xmlns=\"http://hl7.org/fhir\"><id value=\"&c;\"/></Patient>",
            "<a><![CDATA[x]]>&#x41;&lt;<b c='d'/></a>",
        ]));
        all
    },
    words: &[
        "<",
        ">",
        "/>",
        "</",
        "\"",
        "'",
        "=",
        "&",
        ";",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?xml version=\"1.0\"?>",
        "<!DOCTYPE a [",
        "<!ENTITY a SYSTEM \"file:///etc/passwd\">",
        "&amp;",
        "&#0;",
        "&#x10FFFF;",
        "&#xD800;",
        "&a;",
        "xmlns=\"http://hl7.org/fhir\"",
        "xmlns:f=\"http://hl7.org/fhir\"",
        " value=\"",
        "<div xmlns=\"http://www.w3.org/1999/xhtml\">",
        "</div>",
        "<extension url=\"x\">",
        "<contained>",
        "<Patient xmlns=\"http://hl7.org/fhir\">",
        "<id value=\"1\"/>",
        "<a>",
        "</a>",
    ],
    take: |input| {
        let _ = xml::parse(input);
        let Ok(object) = xml::resource(input) else { return };
        let written = xml::xml(&object);
        assert_eq!(
            xml::resource(written.as_bytes()).as_ref(),
            Ok(&object),
            "written, it reads otherwise: {written}"
        );
        let bytes = object.to_bytes();
        assert_eq!(json::parse(&bytes).ok(), Some(Json::Object(object)), "as JSON it reads otherwise");
    },
    usual: 3_000,
};

pub(super) const RESOURCES: Target = Target {
    name: "resources",
    reads: "whole resources: validation, index, readers, what is served of them",
    seeds: resources,
    words: WORDS,
    take: |input| {
        let Ok(document) = Document::parse(input.to_vec()) else { return };
        let (kind, value) = (document.kind(), document.value());
        let _ = validate::resource(value, &[], NOW);
        let _ = (search::rows(kind, value), search::r4::noted(kind, value, search::r4::Extent::All));
        readers(value);
        for bytes in [
            served::with_id(input, "an-id"),
            served::served(input, "an-id", 7, NOW, Some("urn:opor:message:1")).body,
            served::subset(input, |name| name.len() % 2 == 0),
            json::relinked(input, "an-id", |to| (to.len() % 2 == 0).then(|| "Patient/another".to_owned())),
        ] {
            let read = json::parse(&bytes);
            assert!(read.is_ok(), "what is served cannot be read: {:?}", read.err());
        }
        let _ = xml::xml(value);
    },
    usual: 1_200,
};

fn readers(value: &Object) {
    let _ = read::patient::read(value);
    let _ = read::patient::identifiers(value);
    let _ = read::observation::read(value);
    let _ = read::report::read(value);
    let _ = read::encounter::read(value);
    let _ = read::document_reference::read(value);
}

pub(super) const PATCHES: Target = Target {
    name: "patches",
    reads: "the three sorts of patch, upon a patient",
    seeds: || {
        texts(&[
            r#"[{"op":"test","path":"/active","value":true},{"op":"replace","path":"/name/0/family","value":"B"},{"op":"add","path":"/name/-","value":{"family":"C"}},{"op":"remove","path":"/telecom"},{"op":"move","from":"/gender","path":"/name/0/text"},{"op":"copy","from":"/name/0","path":"/name/1"}]"#,
            r#"{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"replace"},{"name":"path","valueString":"Patient.birthDate"},{"name":"value","valueDate":"1930-01-01"}]},{"name":"operation","part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":"Patient"},{"name":"name","valueString":"contact"},{"name":"value","part":[{"name":"name","valueHumanName":{"text":"a name"}}]}]},{"name":"operation","part":[{"name":"type","valueCode":"move"},{"name":"path","valueString":"Patient.identifier"},{"name":"source","valueInteger":3},{"name":"destination","valueInteger":1}]},{"name":"operation","part":[{"name":"type","valueCode":"delete"},{"name":"path","valueString":"Patient.name.where(use='official')"}]}]}"#,
            r#"{"active":null,"name":[{"family":"D"}],"maritalStatus":{"text":"x"}}"#,
        ])
    },
    words: &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "/",
        "~0",
        "~1",
        "\"op\":\"add\"",
        "\"op\":\"copy\"",
        "\"op\":\"move\"",
        "\"path\":\"/name/-\"",
        "\"path\":\"\"",
        "\"from\":\"/name\"",
        "\"value\":",
        "/name/0/given/0",
        "/name/99999999999999999999",
        "/-1",
        "valueCode",
        "valueString",
        "valueInteger",
        "\"part\":[",
        "Patient.name",
        ".where(",
        "insert",
        "delete",
        "replace",
        "null",
    ],
    take: |input| {
        let Ok(patch) = Patch::read(input) else { return };
        let Ok(patched) = patch.apply(PATIENT.as_bytes()) else { return };
        let read = json::parse(&patched);
        assert!(read.is_ok(), "patched, it cannot be read: {:?}", read.err());
    },
    usual: 1_500,
};

pub(super) const PATHS: Target = Target {
    name: "fhirpath",
    reads: "FHIRPath expressions, upon a patient",
    seeds: || {
        texts(&[
            "Patient.name.where(use = 'official').given.first() & ' ' & %resource.id",
            "identifier.exists(system = 'x' and value.matches('^[0-9]{10}$')) or birthDate > @1987-04 and today() >= @T12:30",
            "name.given.select($this.length() + 1).aggregate($this + $total, 0) div 3 mod 2 - (4.10 * -2.5)",
            "extension('http://example.org/x').value is decimal implies (1 | 2 | 3).count() = 3",
            "repeat(link.other).ofType(Reference).reference.replaceMatches('a(b)*', '$1').substring(1, 2).toInteger()",
            "iif(active, 4 'mg' = 4.0 'mg', @2026-11-22T14:05:00.000-03:00 + 1 month).toString().trace('x')",
            "descendants().where($this is string and contains('a')).distinct().tail().skip(1).take(2).not().allTrue()",
            "birthDate.lowBoundary(8).toDateTime() ~ @1987-04-30T00:00:00 xor {} and name[0].family in ('A' | 'B')",
        ])
    },
    words: &[
        "(",
        ")",
        "[",
        "]",
        ".",
        ",",
        "'",
        "`",
        "|",
        "&",
        "=",
        "~",
        "+",
        "-",
        "*",
        "/",
        " div ",
        " mod ",
        " and ",
        " implies ",
        " is ",
        " as ",
        "{}",
        "$this",
        "$index",
        "$total",
        "%resource",
        "%`a`",
        "@2026-11-22",
        "@T12:30",
        "4 'mg'",
        "9223372036854775807",
        "0.00000000000000001",
        "name",
        "given",
        "descendants()",
        "repeat(",
        "where(",
        "select(",
        "aggregate(",
        "replaceMatches(",
        "matches('(a*)*b')",
        "power(99)",
        "round(99)",
        "sqrt()",
        "ln()",
        "exp()",
        "log(0)",
        "toQuantity()",
        "lowBoundary(31)",
        "substring(-1)",
        "children()",
        "combine(",
        "\\u00e9",
    ],
    take: |input| {
        static PARSED: OnceLock<Option<Json>> = OnceLock::new();
        let Ok(expression) = Expression::parse(&text(input)) else { return };
        let Some(patient) = PARSED.get_or_init(|| json::parse(PATIENT.as_bytes()).ok()) else { return };
        let context = Context::of(patient, NOW).with_most(20_000);
        let _ = expression.evaluate(&context, &[Item::Node(Node::of_resource(patient))]);
    },
    usual: 2_500,
};

pub(super) const NARRATIVE: Target = Target {
    name: "narrative",
    reads: "narrative, addresses, base64, ids",
    seeds: || {
        texts(&[
            "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p class=\"a\">x &amp; <b>y</b><br/><a href=\"#b\">z</a><img src=\"#c\" alt=\"d\"/></p><table><tr><td colspan=\"2\">1</td></tr></table></div>",
            "Patient/p1/_history/2",
            "https://opor.example/fhir/Observation/01hf-7",
            "SGVsbG8gd29ybGQ=",
        ])
    },
    words: &[
        "<",
        ">",
        "</",
        "\"",
        "'",
        "=",
        "&",
        "/",
        "<script>",
        " onclick=\"",
        "javascript:",
        "data:text/html;base64,",
        "<svg>",
        "<style>",
        "<div",
        "xmlns=\"http://www.w3.org/1999/xhtml\"",
        "href=\"",
        "src=\"http://",
        "&#106;",
        "&Tab;",
        "<!--",
        "-->",
        "<![CDATA[",
        "====",
        "A===",
    ],
    take: |input| {
        let text = text(input);
        if narrative::problem(&text).is_none() {
            let lower = text.to_lowercase();
            assert!(
                !lower.contains("<script") && !lower.contains("<svg") && !lower.contains("<iframe"),
                "it is let through"
            );
        }
        if let Some(bytes) = fhir::base64::decode(&text) {
            assert_eq!(fhir::base64::decode(&fhir::base64::encode(&bytes)), Some(bytes));
        }
        let kind = Kind::ALL[sum(input) as usize % Kind::ALL.len()];
        let _ = (fhir::ResourceKey::parse(kind, &text), fhir::ResourceKey::from_reference(&text));
        let _ = (
            served::base(Some(&text), true),
            text.parse::<Kind>(),
            fhir::address::percent_encoded(&text, b"-"),
        );
    },
    usual: 4_000,
};
