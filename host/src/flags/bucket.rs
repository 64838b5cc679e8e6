//! A person's fixed place, 0 to 9999, in every rollout.
//!
//! `murmur3_32("<salt>:<number>")` scaled to 10 000 by multiply-and-shift: no floats and no modulo bias, the same in every
//! language. It is computed once, when a person is first seen, and stored, so that a changed number keeps its place.

/// How many buckets there are: steps of 0.01 %.
pub const COUNT: u16 = 10_000;

/// Keeps this rollout's first people apart from those of other rollouts over the same numbers.
const SALT: &str = "unified_service_flags";

/// The bucket of a normalised number (digits only, with the country code), or of a user id where there is no number.
pub fn of(identity: &str) -> u16 {
    let hash = murmur3_32(format!("{SALT}:{identity}").as_bytes(), 0);
    // The product of a u32 and 10 000 shifted by 32 is below 10 000.
    ((u64::from(hash) * u64::from(COUNT)) >> 32) as u16
}

/// MurmurHash3, x86, 32 bits (Austin Appleby, public domain).
fn murmur3_32(data: &[u8], seed: u32) -> u32 {
    let mix = |k: u32| k.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    let (blocks, tail) = data.as_chunks::<4>();
    let mut hash = seed;
    for block in blocks {
        hash ^= mix(u32::from_le_bytes(*block));
        hash = hash.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    if !tail.is_empty() {
        hash ^= mix(tail.iter().rev().fold(0, |k, byte| k << 8 | u32::from(*byte)));
    }
    hash ^= data.len() as u32;
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn murmur3_gives_the_published_values() {
        let fox: &[u8] = b"The quick brown fox jumps over the lazy dog";
        let cases: [(&[u8], u32, u32); 6] = [
            (b"", 0, 0),
            (b"", 1, 0x514e_28b7),
            (b"test", 0, 0xba6b_d213),
            (b"Hello, world!", 0, 0xc036_3e43),
            (fox, 0, 0x2e4f_f723),
            (fox, 0x9747_b28c, 0x2fa8_26cd),
        ];
        for (data, seed, hash) in cases {
            assert_eq!(murmur3_32(data, seed), hash, "{data:?} {seed:#x}");
        }
    }

    /// Pinned: a change here moves every person in every rollout.
    #[test]
    fn buckets_never_move() {
        let pinned = [
            ("250788123456", 3052),
            ("250788000001", 4477),
            ("250722345678", 8190),
            ("35699123456", 1271),
            ("RW.1349abc", 2511),
        ];
        let found: Vec<(&str, u16)> = pinned.iter().map(|(identity, _)| (*identity, of(identity))).collect();
        assert_eq!(found, pinned);
    }

    #[test]
    fn buckets_are_even() {
        let mut counts = [0_u32; 100];
        for number in 0..100_000_u32 {
            counts[usize::from(of(&format!("2507{number:08}")) / 100)] += 1;
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
    }
}
