//! What is recorded: the conversations of all agents, and seeded variations of them in names, amounts and order.

use std::path::{Path, PathBuf};

use switchboard_kit::agents::root;

/// Places and names that take each other's place.
const NAMES: [&[&str]; 2] = [
    &["Kimironko", "Remera", "Nyamirambo", "Kacyiru", "Musanze", "Huye", "Gisenyi"],
    &["Alice", "Bob", "Carol", "Dan", "Eve", "Grace"],
];

/// The texts of all conversation files, by path.
pub(super) fn conversations() -> Vec<String> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for agent in std::fs::read_dir(root().join("agents")).expect("agents").flatten() {
        let Ok(folder) = std::fs::read_dir(agent.path().join("conversations")) else { continue };
        paths.extend(folder.flatten().map(|entry| entry.path()));
    }
    paths.retain(|path: &PathBuf| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    paths.iter().map(|path: &PathBuf| text(path)).collect()
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a conversation")
}

/// Numbers of chance from a seed (SplitMix64).
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as usize % bound.max(1)
    }
}

/// A conversation in which names and amounts are others, and now and then two messages change places.
pub(super) fn varied(script: &str, seed: u64) -> String {
    let mut chance = Chance(seed);
    let mut lines: Vec<String> = script.lines().map(|line| varied_line(line, &mut chance)).collect();
    let said: Vec<usize> = (0..lines.len()).filter(|at| is_words(&lines[*at])).collect();
    for pair in said.windows(2) {
        if chance.below(8) == 0 {
            lines.swap(pair[0], pair[1]);
        }
    }
    lines.join("\n") + "\n"
}

/// Whether a line is words that a person writes: no tap, no wait, no file.
fn is_words(line: &str) -> bool {
    line.starts_with("> ") && !line.starts_with("> [") && !line.starts_with("> (")
}

fn varied_line(line: &str, chance: &mut Chance) -> String {
    if !is_words(line) {
        return line.to_owned();
    }
    let mut line = line.to_owned();
    for names in NAMES {
        let other = names[chance.below(names.len())];
        if let Some(name) = names.iter().find(|name| line.contains(**name)) {
            line = line.replace(name, other);
        }
    }
    let mut varied = String::with_capacity(line.len());
    let digits: Vec<char> = line.chars().collect();
    for (at, sign) in digits.iter().enumerate() {
        let is_amount = sign.is_ascii_digit() && *sign != '0' && digits.len() > 5;
        let is_first = at == 0 || !digits[at - 1].is_ascii_digit();
        match is_amount && is_first {
            true => varied.push(char::from(b'1' + chance.below(9) as u8)),
            false => varied.push(*sign),
        }
    }
    varied
}
