//! Demo sign-in by choosing a persona. Exists only in demo and practice; no password anywhere.

/// A persona of the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Persona {
    /// Id in the address: `cairnwood`.
    pub id: String,
    /// `Cairnwood, Aoife`.
    pub name: String,
    /// Role.
    pub role: clinical::access::Role,
    /// Where they work, as text in both languages.
    pub place: clinical::words::Words,
    /// Directory id of the practitioner.
    pub practitioner: Option<String>,
}
