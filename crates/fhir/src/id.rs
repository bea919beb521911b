//! Ids that carry their place.
//!
//! Everything clinical belongs to one *source record*: one patient as one sender knows them. A [`RecordId`] is
//! derived from that sender's identifier, so the same message always speaks of the same ids (replay changes
//! nothing), and its top ten bits are the [`Part`] by which tables shard (DESIGN.md section 5).

use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// Number of parts; a part is one hash bucket of source records.
pub const PARTS: u16 = 1024;

const RECORD_BITS: u32 = 60;
const RECORD_CHARS: usize = 12;
const LOCAL_CHARS: usize = 13;
/// Longest logical id.
const ID_CHARS: usize = RECORD_CHARS + 1 + LOCAL_CHARS;
/// Crockford's base 32 in lower case: no i, l, o, u, so that an id survives a telephone.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// One of [`PARTS`] hash buckets of source records; first column of every clinical key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part(pub u16);

/// A source record: one patient as one assigning authority knows them. 60 bits, printed as 12 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId(u64);

impl RecordId {
    /// The record of `value` as assigned by `authority`; both are compared exactly as given.
    #[must_use]
    pub fn of(authority: &str, value: &str) -> Self {
        Self(hash64(&["record", authority, value]) >> (64 - RECORD_BITS))
    }
    /// The bucket this record lives in: its ten highest bits.
    #[must_use]
    pub fn part(self) -> Part {
        Part((self.0 >> (RECORD_BITS - 10)) as u16)
    }
    /// As a database key; never negative.
    #[must_use]
    pub fn as_i64(self) -> i64 {
        self.0 as i64
    }
    /// From a database key; bits above the sixtieth are ignored.
    #[must_use]
    pub fn from_i64(key: i64) -> Self {
        Self(key as u64 & ((1 << RECORD_BITS) - 1))
    }
}

/// A person of the enterprise: a set of linked source records, never a copy of their data. 60 bits, 12 characters.
///
/// A person is born with its first record and carries that record's number, so that no second writer can make another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(u64);

impl PersonId {
    /// The person that comes into being with `record`.
    #[must_use]
    pub fn born_with(record: RecordId) -> Self {
        Self(record.0)
    }
    /// As a database key; never negative.
    #[must_use]
    pub fn as_i64(self) -> i64 {
        self.0 as i64
    }
    /// From a database key.
    #[must_use]
    pub fn from_i64(key: i64) -> Self {
        Self(RecordId::from_i64(key).0)
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_base32::<RECORD_CHARS>(f, self.0)
    }
}
impl FromStr for PersonId {
    type Err = MalformedId;
    fn from_str(s: &str) -> Result<Self, MalformedId> {
        read_base32(s, RECORD_CHARS).map(Self)
    }
}

/// Which resource within a record and kind; 0 for the Patient itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalId(u64);

impl LocalId {
    /// The Patient of a record has no business key of its own.
    pub const PATIENT: Self = Self(0);
    /// Derived from the business key (filler number and code, visit number …) so that a resend finds it again.
    #[must_use]
    pub fn of(kind: Kind, business_key: &[&str]) -> Self {
        let mut words = vec!["local", kind.as_str()];
        words.extend_from_slice(business_key);
        Self(hash64(&words).max(1))
    }
    /// As a database key (two's complement of the 64 bits).
    #[must_use]
    pub fn as_i64(self) -> i64 {
        self.0 as i64
    }
    /// From a database key.
    #[must_use]
    pub fn from_i64(key: i64) -> Self {
        Self(key as u64)
    }
}

macro_rules! kinds {
    ($($name:ident = $code:literal),* $(,)?) => {
        /// The R4 resource types. Codes are database keys: never reuse one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $(#[doc = concat!("FHIR R4 ", stringify!($name))] $name = $code),* }
        impl Kind {
            /// All kinds, in code order.
            pub const ALL: &'static [Kind] = &[$(Kind::$name),*];
            /// The FHIR resource type name.
            #[must_use]
            pub fn as_str(self) -> &'static str { match self { $(Kind::$name => stringify!($name)),* } }
            /// The stable database code.
            #[must_use]
            pub fn code(self) -> i64 { self as i64 }
            /// From a database code.
            #[must_use]
            pub fn from_code(code: i64) -> Option<Kind> { match code { $($code => Some(Kind::$name),)* _ => None } }
        }
        impl FromStr for Kind {
            type Err = UnknownKind;
            fn from_str(s: &str) -> Result<Self, UnknownKind> { match s { $(stringify!($name) => Ok(Kind::$name),)* _ => Err(UnknownKind(s.to_owned())) } }
        }
    };
}

kinds! {
    Patient = 1, Encounter = 2, DiagnosticReport = 3, Observation = 4, DocumentReference = 5, ServiceRequest = 6,
    Specimen = 7, Provenance = 8, Practitioner = 9, PractitionerRole = 10, Organization = 11, Location = 12,
    Condition = 13, AllergyIntolerance = 14, Procedure = 15, Coverage = 16, RelatedPerson = 17, MedicationRequest = 18,
    MedicationAdministration = 19, MedicationDispense = 20, Immunization = 21, Appointment = 22, Account = 23,
    Device = 24, Composition = 25, ImagingStudy = 26, CarePlan = 27, CareTeam = 28, Claim = 29, ExplanationOfBenefit = 30,
    Goal = 31, Medication = 32, Media = 33, SupplyDelivery = 34, Binary = 35,
    Endpoint = 36, HealthcareService = 37, MessageHeader = 38, Task = 39, Flag = 40, EpisodeOfCare = 41, ChargeItem = 42,
    ActivityDefinition = 43, AdverseEvent = 44, AppointmentResponse = 45, AuditEvent = 46, Basic = 47,
    BiologicallyDerivedProduct = 48, BodyStructure = 49, Bundle = 50, CapabilityStatement = 51,
    CatalogEntry = 52, ChargeItemDefinition = 53, ClaimResponse = 54, ClinicalImpression = 55, CodeSystem = 56,
    Communication = 57, CommunicationRequest = 58, CompartmentDefinition = 59, ConceptMap = 60, Consent = 61,
    Contract = 62, CoverageEligibilityRequest = 63, CoverageEligibilityResponse = 64, DetectedIssue = 65,
    DeviceDefinition = 66, DeviceMetric = 67, DeviceRequest = 68, DeviceUseStatement = 69,
    DocumentManifest = 70, EffectEvidenceSynthesis = 71, EnrollmentRequest = 72, EnrollmentResponse = 73,
    EventDefinition = 74, Evidence = 75, EvidenceVariable = 76, ExampleScenario = 77, FamilyMemberHistory = 78,
    GraphDefinition = 79, Group = 80, GuidanceResponse = 81, ImmunizationEvaluation = 82,
    ImmunizationRecommendation = 83, ImplementationGuide = 84, InsurancePlan = 85, Invoice = 86, Library = 87,
    Linkage = 88, List = 89, Measure = 90, MeasureReport = 91, MedicationKnowledge = 92,
    MedicationStatement = 93, MedicinalProduct = 94, MedicinalProductAuthorization = 95,
    MedicinalProductContraindication = 96, MedicinalProductIndication = 97, MedicinalProductIngredient = 98,
    MedicinalProductInteraction = 99, MedicinalProductManufactured = 100, MedicinalProductPackaged = 101,
    MedicinalProductPharmaceutical = 102, MedicinalProductUndesirableEffect = 103, MessageDefinition = 104,
    MolecularSequence = 105, NamingSystem = 106, NutritionOrder = 107, ObservationDefinition = 108,
    OperationDefinition = 109, OrganizationAffiliation = 110, Parameters = 111, PaymentNotice = 112,
    PaymentReconciliation = 113, Person = 114, PlanDefinition = 115, Questionnaire = 116,
    QuestionnaireResponse = 117, RequestGroup = 118, ResearchDefinition = 119, ResearchElementDefinition = 120,
    ResearchStudy = 121, ResearchSubject = 122, RiskAssessment = 123, RiskEvidenceSynthesis = 124,
    Schedule = 125, SearchParameter = 126, Slot = 127, SpecimenDefinition = 128, StructureDefinition = 129,
    StructureMap = 130, Subscription = 131, Substance = 132, SubstanceNucleicAcid = 133, SubstancePolymer = 134,
    SubstanceProtein = 135, SubstanceReferenceInformation = 136, SubstanceSourceMaterial = 137,
    SubstanceSpecification = 138, SupplyRequest = 139, TerminologyCapabilities = 140, TestReport = 141,
    TestScript = 142, ValueSet = 143, VerificationResult = 144, VisionPrescription = 145,
    OperationOutcome = 146,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No resource type of R4.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no resource type of FHIR R4 (case counts); GET /fhir/metadata lists the types")]
pub struct UnknownKind(pub String);

/// The full key of a resource. Its FHIR id is `record` for a Patient and `record-local` for everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceKey {
    /// Source record it belongs to.
    pub record: RecordId,
    /// Resource type.
    pub kind: Kind,
    /// Which one.
    pub local: LocalId,
}

impl ResourceKey {
    /// The Patient of a record.
    #[must_use]
    pub fn patient(record: RecordId) -> Self {
        Self { record, kind: Kind::Patient, local: LocalId::PATIENT }
    }
    /// A resource of a record by business key.
    #[must_use]
    pub fn of(record: RecordId, kind: Kind, business_key: &[&str]) -> Self {
        Self { record, kind, local: LocalId::of(kind, business_key) }
    }
    /// The logical id, without the type.
    #[must_use]
    pub fn id(self) -> String {
        let mut out = String::with_capacity(ID_CHARS);
        self.write_id(&mut out);
        out
    }
    /// The relative reference `Type/id`, written without the formatting machinery: a result carries fifty of them.
    #[must_use]
    pub fn reference(self) -> String {
        let kind = self.kind.as_str();
        let mut out = String::with_capacity(kind.len() + 1 + ID_CHARS);
        out.push_str(kind);
        out.push('/');
        self.write_id(&mut out);
        out
    }
    fn write_id(self, out: &mut String) {
        push_base32::<RECORD_CHARS>(out, self.record.0);
        if self.local != LocalId::PATIENT {
            out.push('-');
            push_base32::<LOCAL_CHARS>(out, self.local.0);
        }
    }
    /// From a type and a logical id.
    ///
    /// # Errors
    /// [`MalformedId`] when the id was not made by this record.
    pub fn parse(kind: Kind, id: &str) -> Result<Self, MalformedId> {
        match id.split_once('-') {
            None => Ok(Self { record: id.parse()?, kind, local: LocalId::PATIENT }),
            Some((record, local)) => Ok(Self { record: record.parse()?, kind, local: local.parse()? }),
        }
    }
    /// The key that an id stands for which a client chose: one of our own form is that key, any other is hashed, so that
    /// it needs no look-up. A resource that belongs to a patient may stand at the patient's record instead, under the
    /// same local id (decision 31).
    #[must_use]
    pub fn named(kind: Kind, id: &str) -> Self {
        if let Ok(key) = Self::parse(kind, id) {
            return key;
        }
        match kind {
            Kind::Patient => Self::patient(RecordId::of(CLIENTS, id)),
            _ => Self {
                record: RecordId::of(CLIENTS, &format!("{kind}/{id}")),
                kind,
                local: LocalId::of(kind, &[CLIENTS, id]),
            },
        }
    }
    /// A key for a resource that is made now: at the record of its patient when it has one. `seed` must be new.
    #[must_use]
    pub fn fresh(kind: Kind, patient: Option<RecordId>, seed: &[&str]) -> Self {
        let local = LocalId::of(kind, seed);
        let record = patient.unwrap_or(RecordId(local.0 >> (64 - RECORD_BITS)));
        match kind {
            Kind::Patient => Self::patient(RecordId(local.0 >> (64 - RECORD_BITS))),
            _ => Self { record, kind, local },
        }
    }
    /// From a relative reference such as `Observation/abc-def`.
    #[must_use]
    pub fn from_reference(reference: &str) -> Option<Self> {
        let (kind, id) = reference.split_once('/')?;
        Self::parse(kind.parse().ok()?, id).ok()
    }
}

/// The relative reference: `Type/id`.
impl fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reference())
    }
}

/// An id that this record did not make.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an id of this record; use the id from a search result")]
pub struct MalformedId(pub String);

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_base32::<RECORD_CHARS>(f, self.0)
    }
}
impl FromStr for RecordId {
    type Err = MalformedId;
    fn from_str(s: &str) -> Result<Self, MalformedId> {
        read_base32(s, RECORD_CHARS).map(Self)
    }
}
impl fmt::Display for LocalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_base32::<LOCAL_CHARS>(f, self.0)
    }
}
impl FromStr for LocalId {
    type Err = MalformedId;
    fn from_str(s: &str) -> Result<Self, MalformedId> {
        read_base32(s, LOCAL_CHARS).map(Self)
    }
}

fn base32<const CHARS: usize>(value: u64) -> [u8; CHARS] {
    let mut out = [0u8; CHARS];
    for (i, slot) in out.iter_mut().enumerate() {
        let shift = 5 * (CHARS - 1 - i) as u32;
        *slot = ALPHABET[((value >> shift) & 31) as usize];
    }
    out
}

fn push_base32<const CHARS: usize>(out: &mut String, value: u64) {
    out.push_str(std::str::from_utf8(&base32::<CHARS>(value)).unwrap_or_default());
}

fn write_base32<const CHARS: usize>(f: &mut fmt::Formatter<'_>, value: u64) -> fmt::Result {
    f.write_str(std::str::from_utf8(&base32::<CHARS>(value)).unwrap_or_default())
}

fn read_base32(s: &str, chars: usize) -> Result<u64, MalformedId> {
    let malformed = || MalformedId(s.to_owned());
    if s.len() != chars {
        return Err(malformed());
    }
    s.bytes()
        .try_fold(0u128, |acc, byte| {
            let digit = ALPHABET.iter().position(|&a| a == byte).ok_or_else(malformed)?;
            Ok(acc << 5 | digit as u128)
        })
        .and_then(|value| u64::try_from(value).map_err(|_| malformed()))
}

/// Who gave an id that is not of our form: a client of the FHIR door.
const CLIENTS: &str = "urn:opor:fhir";

/// Whether a text can be a logical id (FHIR R4 data type `id`).
#[must_use]
pub fn is_logical_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}

/// First 64 bits of SHA-256 over the words, each with its length so that no two lists collide by joining.
fn hash64(words: &[&str]) -> u64 {
    let mut hasher = Sha256::new();
    for word in words {
        hasher.update((word.len() as u64).to_be_bytes());
        hasher.update(word.as_bytes());
    }
    let digest = hasher.finalize();
    let mut first = [0u8; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_and_read_back() {
        let record = RecordId::of("QEII", "0071824");
        let key = ResourceKey::of(record, Kind::Observation, &["HIX-1", "718-7", "0"]);
        assert_eq!(ResourceKey::from_reference(&key.to_string()), Some(key));
        assert_eq!(key.reference(), format!("Observation/{}-{}", key.record, key.local));
        assert_eq!((key.id().len(), key.reference()), (ID_CHARS, key.to_string()));
        let patient = ResourceKey::patient(record);
        assert_eq!(ResourceKey::parse(Kind::Patient, &patient.id()), Ok(patient));
        assert_eq!(RecordId::from_i64(record.as_i64()), record);
        assert!(record.part().0 < PARTS);
    }

    #[test]
    fn joined_words_do_not_collide() {
        assert_ne!(RecordId::of("ab", "c"), RecordId::of("a", "bc"));
    }

    #[test]
    fn foreign_ids_are_refused() {
        assert!(ResourceKey::parse(Kind::Patient, "example").is_err());
        assert!(ResourceKey::parse(Kind::Observation, "0123456789ab-zzzzzzzzzzzzz").is_err());
    }
}
