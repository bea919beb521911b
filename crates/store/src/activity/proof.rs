//! Proofs that a row is in the log, and that a longer log begins with a shorter one (RFC 9162 sections 2.1.3 and 2.1.4).

use super::tree::{Hash, Nodes, node_hash, whole};
use sha2::{Digest, Sha256};

/// The largest power of two below `n`; `n` is 2 or more.
fn split(n: u64) -> u64 {
    1 << (u64::BITS - 1 - (n - 1).leading_zeros())
}

/// Root over the leaves from `lo` on, `n` of them; `lo` is where a subtree of that many begins.
fn range<N: Nodes>(nodes: &N, lo: u64, n: u64) -> Result<Hash, N::Problem> {
    if n == 0 {
        return Ok(Sha256::digest([]).into());
    }
    if n.is_power_of_two() {
        let level = n.trailing_zeros();
        return whole(nodes, u8::try_from(level).unwrap_or(u8::MAX), lo >> level);
    }
    let k = split(n);
    Ok(node_hash(&range(nodes, lo, k)?, &range(nodes, lo + k, n - k)?))
}

/// Root of the tree as it was with `size` leaves.
///
/// # Errors
/// When something of it cannot be read.
pub fn root_at<N: Nodes>(nodes: &N, size: u64) -> Result<Hash, N::Problem> {
    range(nodes, 0, size)
}

/// Path that proves that leaf `index` is in the tree of `size` leaves; `index` is below `size`.
///
/// # Errors
/// When something of it cannot be read.
pub fn inclusion<N: Nodes>(nodes: &N, index: u64, size: u64) -> Result<Vec<Hash>, N::Problem> {
    let (mut lo, mut n, mut path) = (0, size, Vec::new());
    while n > 1 {
        let k = split(n);
        if index < lo + k {
            path.push(range(nodes, lo + k, n - k)?);
            n = k;
        } else {
            path.push(range(nodes, lo, k)?);
            lo += k;
            n -= k;
        }
    }
    path.reverse();
    Ok(path)
}

/// Proof that the tree of `size` leaves begins with the tree of `first` leaves; empty where nothing is to be proved.
///
/// # Errors
/// When something of it cannot be read.
pub fn consistency<N: Nodes>(nodes: &N, first: u64, size: u64) -> Result<Vec<Hash>, N::Problem> {
    if first == 0 || first >= size {
        return Ok(Vec::new());
    }
    let (mut lo, mut n, mut proof, mut is_old_root) = (0, size, Vec::new(), true);
    // The old tree ends `left` leaves after `lo`.
    let mut left = first;
    while left != n {
        let k = split(n);
        if left <= k {
            proof.push(range(nodes, lo + k, n - k)?);
            n = k;
        } else {
            proof.push(range(nodes, lo, k)?);
            lo += k;
            left -= k;
            n -= k;
            is_old_root = false;
        }
    }
    if !is_old_root {
        proof.push(range(nodes, lo, n)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Whether a path proves a leaf in a tree (RFC 9162 section 2.1.3.2).
#[must_use]
pub fn is_included(leaf: &Hash, index: u64, size: u64, root: &Hash, path: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, *leaf);
    for step in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node_hash(step, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, step);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether a proof shows that a tree begins with another (RFC 9162 section 2.1.4.2).
#[must_use]
pub fn is_consistent(first: u64, first_root: &Hash, size: u64, root: &Hash, proof: &[Hash]) -> bool {
    if first > size {
        return false;
    }
    if first == size {
        return proof.is_empty() && first_root == root;
    }
    if first == 0 {
        return proof.is_empty();
    }
    let mut path = proof.iter();
    let (mut at, mut last) = (first - 1, size - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let start = if first.is_power_of_two() { Some(first_root) } else { path.next() };
    let Some(start) = start else { return false };
    let (mut old, mut new) = (*start, *start);
    for step in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            old = node_hash(step, &old);
            new = node_hash(step, &new);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, step);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && old == *first_root && new == *root
}

#[cfg(test)]
mod tests {
    use super::super::tree::{Frontier, NODE_LEVELS, leaf_hash};
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;
    use std::convert::Infallible;

    /// Keeps what the writer keeps.
    struct Kept {
        leaves: Vec<Hash>,
        nodes: HashMap<(u8, u64), Hash>,
        edge: Frontier,
    }

    impl Kept {
        fn of(size: u64) -> Self {
            let mut kept = Self { leaves: Vec::new(), nodes: HashMap::new(), edge: Frontier::default() };
            for n in 0..size {
                let leaf = leaf_hash(&n.to_be_bytes());
                kept.leaves.push(leaf);
                let nodes = &mut kept.nodes;
                kept.edge
                    .push(leaf, |level, index, hash| assert!(nodes.insert((level, index), hash).is_none()));
            }
            kept
        }
    }

    impl Nodes for Kept {
        type Problem = Infallible;
        fn kept(&self, level: u8, first: u64, count: u64) -> Result<Vec<Hash>, Infallible> {
            assert!(count <= 1 << NODE_LEVELS, "a proof reads few hashes");
            Ok((first..first + count)
                .map(|n| if level == 0 { self.leaves[n as usize] } else { self.nodes[&(level, n)] })
                .collect())
        }
    }

    /// The definition of RFC 9162 section 2.1.1, word by word.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [leaf] => *leaf,
            _ => {
                let k = split(leaves.len() as u64) as usize;
                node_hash(&by_definition(&leaves[..k]), &by_definition(&leaves[k..]))
            }
        }
    }

    #[test]
    fn roots_are_those_of_the_definition_at_every_size() {
        let kept = Kept::of(600);
        let mut edge = Frontier::default();
        for size in 0..=600u64 {
            let root = by_definition(&kept.leaves[..size as usize]);
            assert_eq!(edge.root(), root, "{size}");
            assert_eq!(root_at(&kept, size).unwrap(), root, "{size}");
            assert_eq!(Frontier::read(&kept, size).unwrap().root(), root, "{size}");
            if size < 600 {
                edge.push(kept.leaves[size as usize], |_, _, _| {});
            }
        }
    }

    #[test]
    fn known_roots() {
        // The empty tree, and the tree of one empty leaf, as published with the RFC's reference trees.
        let hex = |hash: Hash| hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(
            hex(Frontier::default().root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(hex(leaf_hash(b"")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn proofs_hold_and_nothing_else_does(size in 1u64..1_500, a in any::<u64>(), b in any::<u64>(), flip in any::<u8>()) {
            let kept = Kept::of(size);
            let root = kept.edge.root();
            let index = a % size;
            let path = inclusion(&kept, index, size).unwrap();
            let leaf = kept.leaves[index as usize];
            prop_assert!(is_included(&leaf, index, size, &root, &path));
            prop_assert!(!is_included(&leaf_hash(b"another"), index, size, &root, &path));
            prop_assert!(!is_included(&leaf, size, size, &root, &path));
            let first = b % (size + 1);
            let old = root_at(&kept, first).unwrap();
            let proof = consistency(&kept, first, size).unwrap();
            prop_assert!(is_consistent(first, &old, size, &root, &proof));
            if first > 0 {
                let mut other = old;
                other[usize::from(flip) % 32] ^= 1 << (flip % 8);
                prop_assert!(!is_consistent(first, &other, size, &root, &proof));
            }
            if !proof.is_empty() {
                let mut wrong = proof.clone();
                wrong[usize::from(flip) % proof.len()][0] ^= 1;
                prop_assert!(!is_consistent(first, &old, size, &root, &wrong));
                prop_assert!(!is_consistent(first, &old, size, &root, &proof[1..]));
            }
        }
    }
}
