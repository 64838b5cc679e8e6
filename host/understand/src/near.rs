//! Words that are near another one: found by the hashes of what is left of a word when one letter is left out.

use std::hash::{BuildHasherDefault, Hasher};

/// Longer words are near none: no word of the tables is that long.
pub const LETTERS_MAX: usize = 40;

/// The base of the hash: a polynomial over the bytes, so that leaving a letter out costs one multiplication.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hash of short words (FNV-1a): the keys are the tables' own, so nobody can choose them to collide.
#[derive(Clone, Copy)]
pub struct ShortHash(u64);

/// Makes [`ShortHash`]es.
pub type BuildShortHash = BuildHasherDefault<ShortHash>;

impl Default for ShortHash {
    fn default() -> ShortHash {
        ShortHash(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for ShortHash {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// The hashes of a word and of what is left of it without one of its bytes.
#[derive(Debug)]
pub struct Hashes {
    /// Of the whole word.
    pub whole: u64,
    without: [u64; LETTERS_MAX],
    len: usize,
}

impl Hashes {
    /// Those of a word of up to [`LETTERS_MAX`] bytes.
    pub fn of(word: &[u8]) -> Option<Hashes> {
        let len = word.len();
        if len > LETTERS_MAX {
            return None;
        }
        let value = |byte: u8| u64::from(byte) + 1;
        // Of the bytes after each place, and the base to the power of how many they are.
        let (mut after, mut power) = ([0_u64; LETTERS_MAX + 1], [1_u64; LETTERS_MAX + 1]);
        for at in (0..len).rev() {
            let behind = len - 1 - at;
            after[at] = value(word[at]).wrapping_mul(power[behind]).wrapping_add(after[at + 1]);
            power[behind + 1] = power[behind].wrapping_mul(BASE);
        }
        let mut without = [0; LETTERS_MAX];
        let mut before = 0_u64;
        for at in 0..len {
            without[at] = mixed(before.wrapping_mul(power[len - 1 - at]).wrapping_add(after[at + 1]));
            before = before.wrapping_mul(BASE).wrapping_add(value(word[at]));
        }
        Some(Hashes { whole: mixed(before), without, len })
    }

    /// Those without a byte, by its place.
    pub fn without(&self) -> &[u64] {
        &self.without[..self.len]
    }
}

/// Spreads a hash over all bits.
fn mixed(hash: u64) -> u64 {
    (hash ^ hash >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93)
}

/// Numbers by hash.
#[derive(Debug, Default)]
pub struct Table {
    shift: u32,
    /// Where the entries begin whose hashes begin with the same bits.
    starts: Vec<u32>,
    entries: Vec<(u64, u32)>,
}

impl Table {
    /// A table of hashes with their numbers.
    pub fn of(mut entries: Vec<(u64, u32)>) -> Table {
        entries.sort_unstable();
        entries.dedup();
        let bits = entries.len().next_power_of_two().trailing_zeros().clamp(1, 24);
        let shift = u64::BITS - bits;
        let mut starts = vec![0_u32; (1 << bits) + 1];
        for (hash, _) in &entries {
            starts[(hash >> shift) as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Table { shift, starts, entries }
    }

    /// The numbers of a hash, in their order.
    pub fn get(&self, hash: u64) -> impl Iterator<Item = u32> {
        let at = if self.starts.is_empty() { 0 } else { (hash >> self.shift) as usize };
        let place = |at: usize| self.starts.get(at).map_or(0, |start| *start as usize);
        let near = self.entries.get(place(at)..place(at + 1)).unwrap_or_default();
        near.iter().filter(move |(known, _)| *known == hash).map(|(_, number)| *number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_without_a_letter_has_the_hash_of_what_is_left() {
        for word in ["a", "ab", "kigali", "umushoferi", "déjà"] {
            let hashes = Hashes::of(word.as_bytes()).unwrap();
            for at in 0..word.len() {
                let mut left = word.as_bytes().to_vec();
                left.remove(at);
                assert_eq!(Hashes::of(&left).unwrap().whole, hashes.without()[at], "{word} {at}");
            }
        }
        assert!(Hashes::of(&[b'a'; LETTERS_MAX + 1]).is_none());
    }

    #[test]
    fn a_table_gives_the_numbers_of_a_hash_in_their_order() {
        let table = Table::of(vec![(7, 2), (u64::MAX, 3), (7, 1), (7, 2)]);
        assert_eq!(table.get(7).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(table.get(u64::MAX).collect::<Vec<_>>(), [3]);
        assert_eq!(table.get(8).count() + Table::default().get(8).count(), 0);
    }
}
