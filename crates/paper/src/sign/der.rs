//! Reading DER (X.690): tag, length, value, with definite lengths only.

pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
pub(super) const OID: u8 = 0x06;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const BITS: u8 = 0x03;
pub(super) const INTEGER: u8 = 0x02;

pub(super) const SIGNED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 2];
pub(super) const MESSAGE_DIGEST: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 4];
pub(super) const EMAIL_ADDRESS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 1];
pub(super) const COMMON_NAME: &[u8] = &[0x55, 4, 3];
pub(super) const KEY_IDENTIFIER: &[u8] = &[0x55, 0x1D, 0x0E];
pub(super) const ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1D, 0x11];
pub(super) const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
pub(super) const SHA384: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
pub(super) const SHA512: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];
pub(super) const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1];
pub(super) const RSA_PSS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 10];
pub(super) const EC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1];
pub(super) const P256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];
pub(super) const P384: &[u8] = &[0x2B, 0x81, 4, 0, 0x22];
pub(super) const ED25519: &[u8] = &[0x2B, 0x65, 0x70];

/// One value: its tag, what is in it, and all its bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Value<'b> {
    pub(super) tag: u8,
    pub(super) inside: &'b [u8],
    pub(super) whole: &'b [u8],
}

/// Values one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'b>(pub(super) &'b [u8]);

impl<'b> Reader<'b> {
    /// The next value; `None` at the end, and where the bytes are none.
    pub(super) fn next(&mut self) -> Option<Value<'b>> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let length = match first {
            0..=0x7F => usize::from(first),
            0x81..=0x84 => {
                let count = usize::from(first - 0x80);
                let bytes = rest.get(..count)?;
                rest = &rest[count..];
                bytes.iter().fold(0, |all, &byte| all << 8 | usize::from(byte))
            }
            _ => return None,
        };
        let inside = rest.get(..length)?;
        let head = self.0.len() - rest.len();
        let whole = &self.0[..head + length];
        self.0 = &rest[length..];
        Some(Value { tag, inside, whole })
    }

    /// The next value when it has this tag.
    pub(super) fn tagged(&mut self, tag: u8) -> Option<Value<'b>> {
        self.next().filter(|value| value.tag == tag)
    }

    /// The next value when it has this tag; stays where it is otherwise.
    pub(super) fn optional(&mut self, tag: u8) -> Option<Value<'b>> {
        if self.0.first() == Some(&tag) { self.next() } else { None }
    }
}

impl<'b> Value<'b> {
    /// What is in it, value by value.
    pub(super) fn reader(&self) -> Reader<'b> {
        Reader(self.inside)
    }
    /// The text of a string of any sort.
    pub(super) fn text(&self) -> String {
        match self.tag {
            // BMPString.
            0x1E => {
                let pairs = self.inside.chunks_exact(2);
                let units: Vec<u16> = pairs.map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
                String::from_utf16_lossy(&units)
            }
            _ => String::from_utf8_lossy(self.inside).into_owned(),
        }
    }
}
