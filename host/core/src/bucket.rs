//! Rollout buckets: a hash assigns each person a fixed number, 0 to 9999.
//!
//! The bucket is `murmur3_32("<salt>:<number>")`, scaled to 10 000 by multiply-and-shift: no floats and no modulo
//! bias, the same in every language. It is computed once, when a person is first seen, and stored, so that a changed
//! number keeps its bucket.

/// The number of buckets: steps of 0.01 %.
pub const COUNT: u16 = 10_000;

/// The salt, which makes the buckets independent of those of other rollouts over the same numbers.
const SALT: &str = "unified_service_flags";

/// The bucket of a normalised number (digits only, with the country code), or of a user id where there is no number.
pub fn of(identity: &str) -> u16 {
    in_rollout(SALT, identity)
}

/// The hash that assigns buckets. It is used when a person is first seen; a stored bucket is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// [`of`].
    Murmur3,
    /// The legacy service's hash, over the digits as Meta sends them: steps of 1 %.
    Legacy,
    /// The legacy service's hash over the number with its `+`.
    LegacyPlus,
}

impl Hash {
    /// Reads `murmur3`, `legacy` or `legacy+`.
    pub fn parse(name: &str) -> Option<Hash> {
        Some(match name {
            "murmur3" => Hash::Murmur3,
            "legacy" => Hash::Legacy,
            "legacy+" => Hash::LegacyPlus,
            _ => return None,
        })
    }

    /// The function from an identity to a bucket.
    pub fn function(self) -> fn(&str) -> u16 {
        match self {
            Hash::Murmur3 => of,
            Hash::Legacy => legacy,
            Hash::LegacyPlus => |identity| match identity.bytes().all(|byte| byte.is_ascii_digit()) {
                true => legacy(&format!("+{identity}")),
                false => legacy(identity),
            },
        }
    }
}

/// The legacy service's hash: `h = 31 h + c` over UTF-16 in 32 bits with wrap-around, its absolute value modulo 100.
/// Returns the first bucket of that percent.
fn legacy(identity: &str) -> u16 {
    let step = |hash: i32, unit: u16| hash.wrapping_mul(31).wrapping_add(i32::from(unit));
    let hash = identity.encode_utf16().fold(0, step).unsigned_abs();
    (hash % 100) as u16 * (COUNT / 100)
}

/// The bucket in another rollout, independent of this one.
pub fn in_rollout(name: &str, identity: &str) -> u16 {
    scaled(murmur3_32(format!("{name}:{identity}").as_bytes(), 0))
}

/// Whether a bucket is within a percentage. Everyone within a percentage is also within a larger one.
pub fn is_below(bucket: u16, percent: f64) -> bool {
    f64::from(bucket) < percent / 100.0 * f64::from(COUNT)
}

/// Scales a hash to 0..10 000 by multiply-and-shift.
fn scaled(hash: u32) -> u16 {
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

    /// 200,000 numbers as Rwanda gives them out: 072, 073, 078 and 079.
    fn rwanda() -> impl Iterator<Item = String> {
        (0..200_000_u32)
            .map(|n| format!("2507{}{:07}", [2, 3, 8, 9][n as usize % 4], n.wrapping_mul(7919) % 10_000_000))
    }

    #[test]
    fn buckets_are_even_and_growing_removes_nobody() {
        let mut counts = [0_u32; 100];
        for number in rwanda() {
            counts[usize::from(of(&number) / 100)] += 1;
        }
        // Five standard deviations of 2,000.
        assert!(counts.iter().all(|count| (1777..2223).contains(count)), "{counts:?}");
        let mut inside: Vec<u16> = rwanda().map(|number| of(&number)).collect();
        for percent in [100.0, 50.0, 10.0, 1.0, 0.01] {
            let smaller: Vec<u16> = inside.iter().copied().filter(|bucket| is_below(*bucket, percent)).collect();
            let share = smaller.len() as f64 / 2000.0;
            assert!((share - percent).abs() < 0.2, "{percent} % are {share} %");
            inside = smaller;
        }
    }

    #[test]
    fn two_rollouts_choose_independently() {
        let both = |number: &String| is_below(of(number), 10.0) && is_below(in_rollout("agent:jobs", number), 10.0);
        let share = rwanda().filter(both).count() as f64 / 2000.0;
        assert!((share - 1.0).abs() < 0.1, "{share} % are in both; 1 % is independent");
    }

    /// Values from the legacy service.
    #[test]
    fn the_old_hash_gives_its_values() {
        let cases = [
            ("+250788123456", 84),
            ("250788123456", 71),
            ("250788000001", 41),
            ("+250788000001", 54),
            ("+250722345678", 16),
            ("+35699123456", 72),
            ("", 0),
            ("a", 97),
        ];
        for (identity, percent) in cases {
            assert_eq!(legacy(identity), percent * 100, "{identity}");
        }
        assert_eq!(Hash::LegacyPlus.function()("250788123456"), 8400);
        assert_eq!(Hash::LegacyPlus.function()("RW.1349abc"), legacy("RW.1349abc"));
    }
}
