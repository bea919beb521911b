//! HL7 v2 messages from bytes and back, MLLP frames, acknowledgements.
