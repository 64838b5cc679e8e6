//! The files of the lexicon.

use super::entry::Concept;

/// A line each: concept, kind, category, and the names in the four languages. Their heads say what they hold.
const FILES: [&str; 5] = [
    include_str!("../../data/lexicon/goods.tsv"),
    include_str!("../../data/lexicon/trades.tsv"),
    include_str!("../../data/lexicon/food.tsv"),
    include_str!("../../data/lexicon/homes.tsv"),
    include_str!("../../data/lexicon/farm.tsv"),
];

/// What stands where there is no name or category.
pub(super) const NONE: &str = "-";

/// The lines with concepts, as cells.
pub(super) fn lines() -> impl Iterator<Item = Vec<&'static str>> {
    let lines = FILES.iter().flat_map(|file| file.lines());
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(|line| line.split('\t').collect())
}

/// All concepts. A test holds that every line is one.
pub(super) fn concepts() -> Vec<Concept> {
    let cell = |cells: &[&str], at: usize| cells.get(at).copied().unwrap_or_default().trim().to_owned();
    let concept = |cells: Vec<&str>| Concept {
        id: cell(&cells, 0),
        kind: cell(&cells, 1),
        category: Some(cell(&cells, 2)).filter(|category| category != NONE).unwrap_or_default(),
        names: [3, 4, 5, 6].map(|at| names(cells.get(at).copied().unwrap_or_default())),
    };
    lines().map(concept).collect()
}

/// The names of a cell.
fn names(cell: &str) -> Vec<String> {
    let names = cell.split(',').map(str::trim);
    names.filter(|name| !name.is_empty() && *name != NONE).map(str::to_owned).collect()
}
