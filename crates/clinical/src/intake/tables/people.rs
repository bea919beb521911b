//! Tables about people: names, addresses, telephones, sex, family.

use super::{Codes, Mapped};
use fhir::system;

const RELIGIOUS: &str = "http://terminology.hl7.org/CodeSystem/v3-ReligiousAffiliation";

/// Name type, table 0200 (NameType).
pub(crate) const NAME_TYPE: Codes = &[
    ("BAD", "old"),
    ("D", "usual"),
    ("L", "official"),
    ("M", "maiden"),
    ("MSK", "anonymous"),
    ("N", "nickname"),
    ("NAV", "temp"),
    ("R", "official"),
    ("TEMP", "temp"),
];

/// Address type, table 0190, where it says a use (AddressType[Use]).
pub(crate) const ADDRESS_USE: Codes =
    &[("BA", "old"), ("BI", "billing"), ("C", "temp"), ("B", "work"), ("H", "home"), ("O", "work")];

/// Address type, table 0190, where it says a type (AddressType[Type]).
pub(crate) const ADDRESS_TYPE: Codes = &[("M", "postal"), ("SH", "postal")];

/// Telecommunication equipment type, table 0202 (TelecommunicationEquipmentType).
pub(crate) const EQUIPMENT: Codes = &[
    ("PH", "phone"),
    ("FX", "fax"),
    ("MD", "other"),
    ("CP", "mobile"),
    ("SAT", "other"),
    ("BP", "pager"),
    ("Internet", "email"),
    ("X.400", "email"),
    ("TDD", "other"),
    ("TTY", "other"),
];

/// Telecommunication use code, table 0201 (TelecommunicationUseCode).
pub(crate) const TELECOM_USE: Codes = &[("PRN", "home"), ("WPN", "work"), ("PRS", "mobile")];

/// Administrative sex, table 0001 (AdministrativeSex); X is the Canadian third value, 1 and 2 are ISO/IEC 5218.
pub(crate) const SEX: Codes = &[
    ("F", "female"),
    ("M", "male"),
    ("O", "other"),
    ("U", "unknown"),
    ("A", "other"),
    ("N", "other"),
    ("X", "other"),
    ("1", "male"),
    ("2", "female"),
];

/// Marital status, table 0002 (MaritalStatus).
pub(crate) const MARITAL: &[Mapped] = &[
    Mapped { v2: "A", code: "L", display: "Legally Separated", system: system::MARITAL_STATUS },
    Mapped { v2: "D", code: "D", display: "Divorced", system: system::MARITAL_STATUS },
    Mapped { v2: "M", code: "M", display: "Married", system: system::MARITAL_STATUS },
    Mapped { v2: "S", code: "S", display: "Never Married", system: system::MARITAL_STATUS },
    Mapped { v2: "W", code: "W", display: "Widowed", system: system::MARITAL_STATUS },
    Mapped { v2: "C", code: "C", display: "Common Law", system: system::MARITAL_STATUS },
    Mapped { v2: "G", code: "T", display: "Domestic partner", system: system::MARITAL_STATUS },
    Mapped { v2: "P", code: "T", display: "Domestic partner", system: system::MARITAL_STATUS },
    Mapped { v2: "R", code: "T", display: "Domestic partner", system: system::MARITAL_STATUS },
    Mapped { v2: "E", code: "L", display: "Legally Separated", system: system::MARITAL_STATUS },
    Mapped { v2: "N", code: "A", display: "Annulled", system: system::MARITAL_STATUS },
    Mapped { v2: "I", code: "I", display: "Interlocutory", system: system::MARITAL_STATUS },
    Mapped { v2: "B", code: "U", display: "unmarried", system: system::MARITAL_STATUS },
    Mapped { v2: "U", code: "UNK", display: "Unknown", system: system::NULL_FLAVOR },
    Mapped { v2: "O", code: "OTH", display: "Other", system: system::NULL_FLAVOR },
    Mapped { v2: "T", code: "NAVU", display: "Not available", system: system::NULL_FLAVOR },
];

/// Relationship, table 0063 (Relationship).
pub(crate) const RELATIONSHIP: &[Mapped] = &[
    Mapped { v2: "SEL", code: "ONESELF", display: "self", system: system::ROLE_CODE },
    Mapped { v2: "SPO", code: "SPS", display: "spouse", system: system::ROLE_CODE },
    Mapped { v2: "DOM", code: "SIGOTHR", display: "significant other", system: system::ROLE_CODE },
    Mapped { v2: "CHD", code: "CHILD", display: "child", system: system::ROLE_CODE },
    Mapped { v2: "GCH", code: "GRNDCHILD", display: "grandchild", system: system::ROLE_CODE },
    Mapped { v2: "NCH", code: "NCHILD", display: "natural child", system: system::ROLE_CODE },
    Mapped { v2: "SCH", code: "STPCHLD", display: "step child", system: system::ROLE_CODE },
    Mapped { v2: "FCH", code: "CHLDFOST", display: "foster child", system: system::ROLE_CODE },
    Mapped { v2: "PAR", code: "PRN", display: "parent", system: system::ROLE_CODE },
    Mapped { v2: "MTH", code: "MTH", display: "mother", system: system::ROLE_CODE },
    Mapped { v2: "FTH", code: "FTH", display: "father", system: system::ROLE_CODE },
    Mapped { v2: "GRP", code: "GRPRN", display: "grandparent", system: system::ROLE_CODE },
    Mapped { v2: "EXF", code: "EXT", display: "extended family member", system: system::ROLE_CODE },
    Mapped { v2: "SIB", code: "SIB", display: "sibling", system: system::ROLE_CODE },
    Mapped { v2: "BRO", code: "BRO", display: "brother", system: system::ROLE_CODE },
    Mapped { v2: "SIS", code: "SIS", display: "sister", system: system::ROLE_CODE },
    Mapped { v2: "FND", code: "FRND", display: "unrelated friend", system: system::ROLE_CODE },
    Mapped {
        v2: "EMR",
        code: "E",
        display: "Employer",
        system: "http://terminology.hl7.org/CodeSystem/v2-0131",
    },
    Mapped {
        v2: "EMC",
        code: "C",
        display: "Emergency Contact",
        system: "http://terminology.hl7.org/CodeSystem/v2-0131",
    },
    Mapped {
        v2: "UNK",
        code: "U",
        display: "Unknown",
        system: "http://terminology.hl7.org/CodeSystem/v2-0131",
    },
    Mapped {
        v2: "OTH",
        code: "O",
        display: "Other",
        system: "http://terminology.hl7.org/CodeSystem/v2-0131",
    },
];

/// Provider role, table 0443 (ProviderRole).
pub(crate) const PROVIDER_ROLE: &[Mapped] = &[
    Mapped { v2: "AD", code: "ADM", display: "admitter", system: system::PARTICIPATION_TYPE },
    Mapped { v2: "AT", code: "ATND", display: "attender", system: system::PARTICIPATION_TYPE },
    Mapped { v2: "CP", code: "CON", display: "consultant", system: system::PARTICIPATION_TYPE },
    Mapped { v2: "PP", code: "446050000", display: "PCP - Primary care physician", system: system::SNOMED },
    Mapped { v2: "RP", code: "REF", display: "referrer", system: system::PARTICIPATION_TYPE },
    Mapped { v2: "PI", code: "40570005", display: "Interpreter", system: system::SNOMED },
];

/// Religion, table 0006 (Religion).
pub(crate) const RELIGION: &[Mapped] = &[
    Mapped { v2: "A", code: "1007", display: "Atheism", system: RELIGIOUS },
    Mapped { v2: "B", code: "1009", display: "Baptist", system: RELIGIOUS },
    Mapped { v2: "E", code: "1069", display: "Episcopalian", system: RELIGIOUS },
    Mapped { v2: "J", code: "1026", display: "Judaism", system: RELIGIOUS },
    Mapped { v2: "L", code: "1028", display: "Lutheran", system: RELIGIOUS },
    Mapped { v2: "M", code: "1027", display: "Latter Day Saints", system: RELIGIOUS },
    Mapped { v2: "N", code: "1020", display: "Hinduism", system: RELIGIOUS },
    Mapped { v2: "P", code: "1077", display: "Protestant", system: RELIGIOUS },
    Mapped { v2: "AGN", code: "1004", display: "Agnosticism", system: RELIGIOUS },
    Mapped { v2: "ATH", code: "1007", display: "Atheism", system: RELIGIOUS },
    Mapped { v2: "BAH", code: "1008", display: "Babi & Baha'I faiths", system: RELIGIOUS },
    Mapped { v2: "BRE", code: "1062", display: "Brethren", system: RELIGIOUS },
    Mapped { v2: "BMA", code: "1029", display: "Mahayana", system: RELIGIOUS },
    Mapped { v2: "BTH", code: "1051", display: "Theravada", system: RELIGIOUS },
    Mapped { v2: "CHR", code: "1013", display: "Christian (non-Catholic, non-specific)", system: RELIGIOUS },
    Mapped { v2: "ANG", code: "1005", display: "Anglican", system: RELIGIOUS },
    Mapped { v2: "AOG", code: "1061", display: "Assembly of God", system: RELIGIOUS },
    Mapped { v2: "BAP", code: "1009", display: "Baptist", system: RELIGIOUS },
    Mapped { v2: "CRR", code: "1079", display: "Reformed", system: RELIGIOUS },
    Mapped { v2: "CHS", code: "1063", display: "Christian Scientist", system: RELIGIOUS },
    Mapped { v2: "COC", code: "1064", display: "Church of Christ", system: RELIGIOUS },
    Mapped { v2: "COG", code: "1065", display: "Church of God", system: RELIGIOUS },
    Mapped { v2: "COL", code: "1066", display: "Congregational", system: RELIGIOUS },
    Mapped { v2: "EOT", code: "1068", display: "Eastern Orthodox", system: RELIGIOUS },
    Mapped { v2: "EPI", code: "1069", display: "Episcopalian", system: RELIGIOUS },
    Mapped { v2: "FRQ", code: "1071", display: "Friends", system: RELIGIOUS },
    Mapped { v2: "FUL", code: "1072", display: "Full Gospel", system: RELIGIOUS },
    Mapped { v2: "JWN", code: "1025", display: "Jehovah's Witnesses", system: RELIGIOUS },
    Mapped { v2: "MOM", code: "1027", display: "Latter Day Saints", system: RELIGIOUS },
    Mapped { v2: "LUT", code: "1028", display: "Lutheran", system: RELIGIOUS },
    Mapped { v2: "MET", code: "1073", display: "Methodist", system: RELIGIOUS },
    Mapped { v2: "NAZ", code: "1075", display: "Nazarene", system: RELIGIOUS },
    Mapped { v2: "ORT", code: "1036", display: "Orthodox", system: RELIGIOUS },
    Mapped { v2: "PEN", code: "1038", display: "Pentecostal", system: RELIGIOUS },
    Mapped { v2: "PRE", code: "1076", display: "Presbyterian", system: RELIGIOUS },
    Mapped { v2: "PRO", code: "1077", display: "Protestant", system: RELIGIOUS },
    Mapped { v2: "PRC", code: "1078", display: "Protestant, No Denomination", system: RELIGIOUS },
    Mapped { v2: "QUA", code: "1071", display: "Friends", system: RELIGIOUS },
    Mapped { v2: "REC", code: "1079", display: "Reformed", system: RELIGIOUS },
    Mapped { v2: "CAT", code: "1041", display: "Roman Catholic Church", system: RELIGIOUS },
    Mapped { v2: "SAA", code: "1080", display: "Salvation Army", system: RELIGIOUS },
    Mapped { v2: "SEV", code: "1001", display: "Adventist", system: RELIGIOUS },
    Mapped { v2: "UCC", code: "1082", display: "United Church of Christ", system: RELIGIOUS },
    Mapped { v2: "UNI", code: "1052", display: "Unitarian-Universalism", system: RELIGIOUS },
    Mapped { v2: "UNU", code: "1081", display: "Unitarian Universalist", system: RELIGIOUS },
    Mapped { v2: "CNF", code: "1014", display: "Confucianism", system: RELIGIOUS },
    Mapped { v2: "DOC", code: "1067", display: "Disciples of Christ", system: RELIGIOUS },
    Mapped { v2: "HSH", code: "1020", display: "Hinduism", system: RELIGIOUS },
    Mapped { v2: "HVA", code: "1020", display: "Hinduism", system: RELIGIOUS },
    Mapped { v2: "HOT", code: "1020", display: "Hinduism", system: RELIGIOUS },
    Mapped { v2: "JAI", code: "1024", display: "Jainism", system: RELIGIOUS },
    Mapped { v2: "MOS", code: "1023", display: "Islam", system: RELIGIOUS },
    Mapped { v2: "MSH", code: "1045", display: "Shiite (Islam)", system: RELIGIOUS },
    Mapped { v2: "MSU", code: "1049", display: "Sunni (Islam)", system: RELIGIOUS },
    Mapped { v2: "NAM", code: "1074", display: "Native American", system: RELIGIOUS },
    Mapped { v2: "SHN", code: "1046", display: "Shinto", system: RELIGIOUS },
    Mapped { v2: "SIK", code: "1047", display: "Sikism", system: RELIGIOUS },
    Mapped { v2: "SPI", code: "1048", display: "Spiritualism", system: RELIGIOUS },
];
