//! The tree as it grows: its right edge, and where whole subtrees are kept.

use sha2::{Digest, Sha256};

/// A hash of the tree.
pub type Hash = [u8; 32];

/// Every so many levels the hash of a whole subtree is kept: 256 leaves, 65,536 leaves and so on.
pub const NODE_LEVELS: u8 = 8;

/// Levels that a right edge has room for: more leaves than a country writes in a thousand years.
const LEVELS: usize = 40;

/// Leaf hash of a row's bytes.
#[must_use]
pub fn leaf_hash(row: &[u8]) -> Hash {
    Sha256::new().chain_update([0u8]).chain_update(row).finalize().into()
}

/// Hash of an inner node.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1u8]).chain_update(left).chain_update(right).finalize().into()
}

/// The right edge of the tree: the roots of its whole subtrees, one for each bit of its size.
#[derive(Debug, Clone, Copy)]
pub struct Frontier {
    size: u64,
    peaks: [Hash; LEVELS],
}

impl Default for Frontier {
    fn default() -> Self {
        Self { size: 0, peaks: [[0; 32]; LEVELS] }
    }
}

impl Frontier {
    /// The right edge of a tree of `size` leaves, from what is kept of it.
    ///
    /// # Errors
    /// When something of it cannot be read.
    pub fn read<N: Nodes>(nodes: &N, size: u64) -> Result<Self, N::Problem> {
        let mut edge = Self { size, ..Self::default() };
        let mut done = 0;
        for level in (0..LEVELS).rev() {
            if size >> level & 1 == 1 {
                let level_code = u8::try_from(level).unwrap_or(u8::MAX);
                edge.peaks[level] = whole(nodes, level_code, done >> level)?;
                done += 1 << level;
            }
        }
        Ok(edge)
    }

    /// Leaves in the tree.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf; what is to be kept of it is told as (level, index, hash).
    pub fn push(&mut self, leaf: Hash, mut keep: impl FnMut(u8, u64, Hash)) {
        let (mut hash, mut level, mut index) = (leaf, 0u8, self.size);
        while index & 1 == 1 {
            hash = node_hash(&self.peaks[usize::from(level)], &hash);
            level += 1;
            index >>= 1;
            if level.is_multiple_of(NODE_LEVELS) {
                keep(level, index, hash);
            }
        }
        self.peaks[usize::from(level)] = hash;
        self.size += 1;
    }

    /// Root of the tree; of no leaves the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let standing = (0..LEVELS).filter(|level| self.size >> level & 1 == 1);
        let root = standing.map(|level| self.peaks[level]).reduce(|right, left| node_hash(&left, &right));
        root.unwrap_or_else(|| Sha256::digest([]).into())
    }
}

/// Where hashes are kept: leaves at level 0, whole subtrees at each multiple of [`NODE_LEVELS`].
pub trait Nodes {
    /// Why they could not be read.
    type Problem;
    /// `count` hashes of a level from `first` on.
    ///
    /// # Errors
    /// When they cannot be read, or are not all there.
    fn kept(&self, level: u8, first: u64, count: u64) -> Result<Vec<Hash>, Self::Problem>;
}

/// Hash of a whole subtree.
pub(super) fn whole<N: Nodes>(nodes: &N, level: u8, index: u64) -> Result<Hash, N::Problem> {
    let above = level % NODE_LEVELS;
    let mut row = nodes.kept(level - above, index << above, 1 << above)?;
    while row.len() > 1 {
        row = row.chunks(2).map(|pair| node_hash(&pair[0], pair.last().unwrap_or(&pair[0]))).collect();
    }
    Ok(row.first().copied().unwrap_or_default())
}
