//! Lists of numbers in one column: little-endian, eight bytes each.

/// Into a column.
pub(crate) fn pack(numbers: impl IntoIterator<Item = i64>) -> Vec<u8> {
    numbers.into_iter().flat_map(i64::to_le_bytes).collect()
}

/// Out of a column; a cut tail is left out.
pub(crate) fn unpack(bytes: &[u8]) -> Vec<i64> {
    let (chunks, _) = bytes.as_chunks::<8>();
    chunks.iter().map(|chunk| i64::from_le_bytes(*chunk)).collect()
}
