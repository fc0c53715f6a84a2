//! How the hash of goods follows from those of their chunks. BLAKE3 is a tree over pieces of 1,024 bytes, and a chunk of a power of two
//! of them at a multiple of its length is a whole subtree (the BLAKE3 paper, section 2.1). So chunks are hashed apart, in any order and
//! on all cores, and the list of their digests proves itself against the hash of the whole before any chunk is there. It does not know
//! where chunks are.

use blake3::hazmat::{ChainingValue, HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root};

/// Bytes of a chunk; the last one may be shorter.
pub const CHUNK_BYTES: usize = 512 * 1024;

/// What is known of a chunk: its place in the tree is part of it.
pub type Digest = ChainingValue;

/// The number of chunks of goods of so many bytes.
pub fn chunks(bytes: u64) -> usize {
    (bytes.div_ceil(CHUNK_BYTES as u64) as usize).max(1)
}

/// The digest of the chunk of this index, of goods of so many bytes in all.
pub fn digest(index: usize, chunk: &[u8], bytes: u64) -> Digest {
    if chunks(bytes) == 1 {
        // It is the whole tree.
        return *blake3::hash(chunk).as_bytes();
    }
    let mut hasher = blake3::Hasher::new();
    hasher.set_input_offset((index * CHUNK_BYTES) as u64);
    hasher.update(chunk).finalize_non_root()
}

/// The hash of the whole, in hex; `None` where there is no chunk.
pub fn root(digests: &[Digest]) -> Option<String> {
    let hash = match digests {
        [] => return None,
        [only] => blake3::Hash::from_bytes(*only),
        _ => {
            let (left, right) = digests.split_at(left_half(digests.len()));
            merge_subtrees_root(&subtree(left), &subtree(right), Mode::Hash)
        }
    };
    Some(hash.to_hex().to_string())
}

/// As deep as the tree is high, not more.
fn subtree(digests: &[Digest]) -> Digest {
    match digests {
        [only] => *only,
        _ => {
            let (left, right) = digests.split_at(left_half(digests.len()));
            merge_subtrees_non_root(&subtree(left), &subtree(right), Mode::Hash)
        }
    }
}

/// The left side of a node is the largest whole tree that leaves something to the right.
fn left_half(count: usize) -> usize {
    count.next_power_of_two() / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_of_chunks_has_the_hash_of_the_whole() {
        for bytes in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 5 * CHUNK_BYTES + 77] {
            let whole: Vec<u8> = (0..bytes).map(|at| (at % 251) as u8).collect();
            let mut digests: Vec<Digest> =
                whole.chunks(CHUNK_BYTES).enumerate().map(|(index, chunk)| digest(index, chunk, bytes as u64)).collect();
            if bytes == 0 {
                digests.push(digest(0, &[], 0));
            }
            assert_eq!(digests.len(), chunks(bytes as u64));
            assert_eq!(root(&digests).unwrap(), blake3::hash(&whole).to_hex().to_string(), "{bytes}");
        }
        assert_eq!(root(&[]), None);
    }
}
