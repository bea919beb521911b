//! What a sender marks as confidential: HL7 table 0177 (ORC-28, TXA-18) and the VIP indicator (PV1-16, table 0099).

/// Codes of table 0177 beyond the usual control of a record.
const RESTRICTED: [&str; 7] = ["V", "R", "VIP", "PSY", "HIV", "ETH", "EMP"];

/// Whether a confidentiality code asks for more than the usual care.
pub(crate) fn is_confidential(code: &str) -> bool {
    let code = code.split(['^', '~']).next().unwrap_or_default().trim().to_uppercase();
    RESTRICTED.contains(&code.as_str())
}

/// Whether PV1-16 says that the patient is to be protected; its codes are each site's own.
pub(crate) fn is_protected(vip: &str) -> bool {
    !matches!(vip.trim().to_uppercase().as_str(), "" | "\"\"" | "N" | "NO" | "0" | "FALSE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_read() {
        assert!(
            is_confidential("R") && is_confidential("v^very restricted^HL70177") && is_confidential("PSY")
        );
        assert!(!is_confidential("") && !is_confidential("U") && !is_confidential("N"));
        assert!(is_protected("VIP") && is_protected("Y") && !is_protected("N") && !is_protected(""));
    }
}
