//! Lists of numbers in one column: little-endian, eight bytes each.

/// Into a column.
pub(crate) fn pack(numbers: impl IntoIterator<Item = i64>) -> Vec<u8> {
    numbers.into_iter().flat_map(i64::to_le_bytes).collect()
}

/// The next `N` bytes of a column, which it then no longer has; `None` when it is cut short.
pub(crate) fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*head)
}

/// The next number of a column.
pub(crate) fn take_number(bytes: &mut &[u8]) -> Option<i64> {
    take(bytes).map(i64::from_le_bytes)
}

/// Out of a column; a cut tail is left out.
pub(crate) fn unpack(bytes: &[u8]) -> Vec<i64> {
    let (chunks, _) = bytes.as_chunks::<8>();
    chunks.iter().map(|chunk| i64::from_le_bytes(*chunk)).collect()
}
