//! Lists that are longer than a page: which part is shown, and whether there is more.

/// Rows that stand before a part, at most: an address that asks for what is further on reads no whole table.
const MOST_BEFORE: usize = 20_000;

/// Which part of a list is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Part {
    /// How many stand before it.
    pub from: usize,
    /// How many stand before its end.
    pub to: usize,
    /// How many a page takes.
    pub most: usize,
    /// Whether there are more behind it.
    pub more: bool,
}

impl Part {
    /// How many rows are read to know whether there are more behind a page of `most` from `from` on.
    pub(crate) fn reads(from: usize, most: usize) -> usize {
        from.min(MOST_BEFORE).saturating_add(most).saturating_add(1)
    }

    /// The rows of the page among those read from the beginning of the list. Further on than is read, it is the last page
    /// that is, which says that there are more.
    pub(crate) fn of<T>(rows: Vec<T>, from: usize, most: usize) -> (Vec<T>, Self) {
        let from = from.min(MOST_BEFORE);
        let more = rows.len() > from.saturating_add(most);
        let rows: Vec<T> = rows.into_iter().skip(from).take(most).collect();
        let to = from.saturating_add(rows.len());
        (rows, Self { from, to, most, more })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_never_cut_without_saying_so() {
        let list: Vec<u32> = (0..25).collect();
        let page = |from| {
            let read: Vec<u32> = list.iter().copied().take(Part::reads(from, 10)).collect();
            let (rows, part) = Part::of(read, from, 10);
            (rows.len(), part.more)
        };
        assert_eq!([page(0), page(10), page(20)], [(10, true), (10, true), (5, false)]);
        assert_eq!(page(15), (10, false), "nothing behind the last full page");
        assert_eq!(page(usize::MAX), (0, false));
        assert_eq!(Part::reads(usize::MAX, 10), MOST_BEFORE + 11);
        let (rows, part) = Part::of((0..Part::reads(usize::MAX, 10)).collect(), usize::MAX, 10);
        assert_eq!((rows.len(), part.from, part.more), (10, MOST_BEFORE, true));
    }
}
