//! FHIR R4 resources as lossless documents, ids, references and the search-parameter table.
