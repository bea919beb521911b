//! Segment names of the standard (HL7 v2.3 to v2.8, appendix A). Needed for one doubt only: in a message whose
//! segments end in CR, a line after a bare LF is text unless its name is one of these (`NEG|` may be a result).

/// In order of the alphabet.
const STANDARD: &[&[u8; 3]] = &[
    b"ABS", b"ACC", b"ADD", b"ADJ", b"AFF", b"AIG", b"AIL", b"AIP", b"AIS", b"AL1", b"APR", b"ARQ", b"ARV",
    b"AUT", b"BHS", b"BLC", b"BLG", b"BPO", b"BPX", b"BTS", b"BTX", b"BUI", b"CDM", b"CDO", b"CER", b"CM0",
    b"CM1", b"CM2", b"CNS", b"CON", b"CSP", b"CSR", b"CSS", b"CTD", b"CTI", b"CTR", b"DB1", b"DEV", b"DG1",
    b"DMI", b"DON", b"DPS", b"DRG", b"DSC", b"DSP", b"DST", b"ECD", b"ECR", b"EDU", b"EQL", b"EQP", b"EQU",
    b"ERQ", b"ERR", b"EVN", b"FAC", b"FHS", b"FT1", b"FTS", b"GOL", b"GP1", b"GP2", b"GT1", b"IAM", b"IAR",
    b"IIM", b"ILT", b"IN1", b"IN2", b"IN3", b"INV", b"IPC", b"IPR", b"ISD", b"ITM", b"IVC", b"IVT", b"LAN",
    b"LCC", b"LCH", b"LDP", b"LOC", b"LRL", b"MCP", b"MFA", b"MFE", b"MFI", b"MRG", b"MSA", b"MSH", b"NCK",
    b"NDS", b"NK1", b"NPU", b"NSC", b"NST", b"NTE", b"OBR", b"OBX", b"ODS", b"ODT", b"OH1", b"OH2", b"OH3",
    b"OH4", b"OM1", b"OM2", b"OM3", b"OM4", b"OM5", b"OM6", b"OM7", b"OMC", b"ORC", b"ORG", b"OVR", b"PAC",
    b"PCE", b"PCR", b"PD1", b"PDA", b"PDC", b"PEO", b"PES", b"PID", b"PKG", b"PM1", b"PMT", b"PR1", b"PRA",
    b"PRB", b"PRC", b"PRD", b"PRT", b"PSG", b"PSH", b"PSL", b"PSS", b"PTH", b"PV1", b"PV2", b"PYE", b"QAK",
    b"QID", b"QPD", b"QRD", b"QRF", b"QRI", b"RCP", b"RDF", b"RDT", b"REL", b"RF1", b"RFI", b"RGS", b"RMI",
    b"ROL", b"RQ1", b"RQD", b"RXA", b"RXC", b"RXD", b"RXE", b"RXG", b"RXO", b"RXR", b"RXV", b"SAC", b"SCD",
    b"SCH", b"SCP", b"SDD", b"SFT", b"SGH", b"SGT", b"SHP", b"SID", b"SLT", b"SPM", b"SPR", b"STF", b"STZ",
    b"TCC", b"TCD", b"TQ1", b"TQ2", b"TXA", b"UAC", b"UB1", b"UB2", b"URD", b"URS", b"VAR", b"VND", b"VTQ",
];

/// A name of the standard, or a local one (Z segments).
pub(crate) fn is_usual(name: &[u8]) -> bool {
    name.first() == Some(&b'Z')
        || <&[u8; 3]>::try_from(name).is_ok_and(|name| STANDARD.binary_search(&name).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order() {
        assert!(STANDARD.is_sorted());
        assert!(is_usual(b"OBX") && is_usual(b"ZX1") && !is_usual(b"NEG") && !is_usual(b""));
    }
}
