//! Changes known inputs at random, with a seed: the same seed gives the same inputs.

/// What parsers stumble over.
const MARKS: [&[u8]; 40] = [
    b"\0",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xc0\xaf",
    b"\\u0000",
    b"\\ud800",
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"null",
    b"true",
    b"-1",
    b"0",
    b"1e999",
    b"-0.0",
    b"NaN",
    b"9223372036854775808",
    b"18446744073709551616",
    b"99999999999999999999999999",
    b"\r\n",
    b"\n  ",
    b" ",
    b"\t",
    "\u{202e}".as_bytes(),
    "\u{200b}".as_bytes(),
    "\u{feff}".as_bytes(),
    "e\u{301}".as_bytes(),
    "\u{fdfa}".as_bytes(),
    "\u{10ffff}".as_bytes(),
    "👩‍👩‍👧‍👦".as_bytes(),
    "½٣".as_bytes(),
    b"+250 788 000 001",
    b"../",
    b"%00",
    b"\x80\x80\x80\x80\x10",
];

/// Numbers from a seed (xorshift64*, Marsaglia and Vigna).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        // Zero is the one state that it never leaves.
        Random(seed | 1)
    }

    fn number(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`, 0 if there is none.
    fn below(&mut self, end: usize) -> usize {
        // The upper bits are the better ones.
        ((u128::from(self.number()) * end as u128) >> 64) as usize
    }
}

/// Known inputs, and chance.
pub(super) struct Mutator {
    random: Random,
    known: Vec<Vec<u8>>,
    /// The most bytes of an input.
    bytes_max: usize,
}

impl Mutator {
    pub(super) fn new(seed: u64, known: Vec<Vec<u8>>, bytes_max: usize) -> Mutator {
        Mutator { random: Random::new(seed), known, bytes_max }
    }

    /// The next input: a known one with a few changes.
    pub(super) fn next(&mut self) -> Vec<u8> {
        let mut input = self.one().to_vec();
        // Mostly few: what is changed much is refused at its first byte.
        let changes = 1 << self.random.below(5);
        for _ in 0..1 + self.random.below(changes) {
            self.change(&mut input);
        }
        input.truncate(self.bytes_max);
        input
    }

    fn one(&mut self) -> &[u8] {
        let n = self.random.below(self.known.len());
        &self.known[n]
    }

    /// A place in the input, its end included.
    fn place(&mut self, input: &[u8]) -> usize {
        self.random.below(input.len() + 1)
    }

    /// A part of the input.
    fn part(&mut self, input: &[u8]) -> std::ops::Range<usize> {
        let from = self.place(input);
        let most = if self.random.below(4) == 0 { input.len() } else { 16 };
        from..(from + self.random.below(most + 1)).min(input.len())
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        match self.random.below(10) {
            // A bit, a byte, a number.
            0 if !input.is_empty() => {
                let at = self.random.below(input.len());
                input[at] ^= 1 << self.random.below(8);
            }
            1 if !input.is_empty() => {
                let at = self.random.below(input.len());
                input[at] = self.random.number() as u8;
            }
            2 if !input.is_empty() => {
                let at = self.random.below(input.len());
                input[at] = input[at].wrapping_add([1, 0xff, 0x7f, 0x80][self.random.below(4)]);
            }
            3 => {
                let part = self.part(input);
                input.drain(part);
            }
            4 => {
                let (part, at) = (self.part(input), self.place(input));
                let copied = input[part].to_vec();
                input.splice(at..at, copied);
            }
            // The same again and again: what grows worse than its input is found by it.
            5 => {
                let part = self.part(input);
                let times = 1 << self.random.below(11);
                let copied = input[part.clone()].repeat(times.min(self.bytes_max / part.len().max(1)));
                input.splice(part.end..part.end, copied);
            }
            6 => {
                let other = self.one().to_vec();
                let (from, part) = (self.part(&other), self.part(input));
                input.splice(part, other[from].to_vec());
            }
            7 => {
                let length = self.place(input);
                input.truncate(length);
            }
            _ => {
                let (mark, at) = (MARKS[self.random.below(MARKS.len())], self.part(input));
                let at = if self.random.below(2) == 0 { at.start..at.start } else { at };
                input.splice(at, mark.iter().copied());
            }
        }
    }
}

#[test]
fn a_seed_gives_the_same_inputs_and_they_differ() {
    let inputs = |seed| {
        let mut mutator = Mutator::new(seed, vec![b"{\"a\": 1}".to_vec()], 1_000);
        (0..200).map(|_| mutator.next()).collect::<Vec<_>>()
    };
    assert_eq!(inputs(7), inputs(7));
    assert_ne!(inputs(7), inputs(8));
    let different: std::collections::HashSet<_> = inputs(7).into_iter().collect();
    assert!(different.len() > 150, "{}", different.len());
}
