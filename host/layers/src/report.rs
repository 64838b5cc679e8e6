//! The graph as text, for people.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::graph::{Graph, Use, components, floors};

/// How many places of a name are shown for an arrow between top-level modules.
const PLACES: usize = 3;

/// The circles of a graph's files: each with every arrow inside it, its lines and names. Empty if there is none.
pub fn file_circles(graph: &Graph) -> Vec<String> {
    let circles = components(graph.files.len(), graph.arrows.keys().copied());
    let circles = circles.into_iter().filter(|circle| circle.len() > 1);
    circles
        .map(|circle| {
            let names: Vec<String> = circle.iter().map(|&file| graph.files[file].name()).collect();
            let mut text = format!("circle of {} modules: {}\n", circle.len(), names.join(", "));
            for (&(from, to), uses) in &graph.arrows {
                if circle.contains(&from) && circle.contains(&to) {
                    file_arrow(&mut text, graph, from, to, uses);
                }
            }
            text
        })
        .collect()
}

/// The circles of a crate's top-level modules, as [`file_circles`].
pub fn room_circles(graph: &Graph) -> Vec<String> {
    let (rooms, arrows) = graph.rooms();
    let circles = components(rooms.len(), arrows);
    let circles = circles.into_iter().filter(|circle| circle.len() > 1);
    circles
        .map(|circle| {
            let names: BTreeSet<&str> = circle.iter().map(|&room| rooms[room].as_str()).collect();
            let joined: Vec<&str> = names.iter().copied().collect();
            let mut text = format!("circle of {} top-level modules: {}\n", circle.len(), joined.join(", "));
            for ((from, to), uses) in room_uses(graph) {
                if names.contains(from) && names.contains(to) {
                    room_arrow(&mut text, graph, from, to, &uses);
                }
            }
            text
        })
        .collect()
}

/// All arrows between top-level modules.
pub fn room_arrows(graph: &Graph) -> String {
    let mut text = String::new();
    for ((from, to), uses) in room_uses(graph) {
        room_arrow(&mut text, graph, from, to, &uses);
    }
    text
}

/// All arrows between files.
pub fn file_arrows(graph: &Graph) -> String {
    let mut text = String::new();
    for (&(from, to), uses) in &graph.arrows {
        file_arrow(&mut text, graph, from, to, uses);
    }
    text
}

/// The top-level modules by floor, the highest first.
pub fn room_floors(graph: &Graph) -> String {
    let (rooms, arrows) = graph.rooms();
    by_floor(&floors(rooms.len(), &arrows), &rooms)
}

/// The files by floor, the highest first.
pub fn file_floors(graph: &Graph) -> String {
    let names: Vec<String> = graph.files.iter().map(|file| file.name()).collect();
    by_floor(&floors(names.len(), &graph.arrows.keys().copied().collect()), &names)
}

fn by_floor(floor: &[usize], names: &[String]) -> String {
    let mut text = String::new();
    for height in (1..=floor.iter().copied().max().unwrap_or(0)).rev() {
        let mut on: Vec<&str> = (0..names.len()).filter(|&n| floor[n] == height).map(|n| names[n].as_str()).collect();
        on.sort_unstable();
        let _ = writeln!(text, "{height:>4}  {}", on.join("  "));
    }
    text
}

/// A use, with the files from and to which it goes.
type Placed<'a> = (usize, usize, &'a Use);

/// The uses between each pair of top-level modules, with the files they are in.
fn room_uses(graph: &Graph) -> BTreeMap<(&str, &str), Vec<Placed<'_>>> {
    let mut rooms: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (&(from, to), uses) in &graph.arrows {
        let pair = (graph.files[from].room(), graph.files[to].room());
        if pair.0 != pair.1 {
            rooms.entry(pair).or_default().extend(uses.iter().map(|one| (from, to, one)));
        }
    }
    rooms
}

fn room_arrow(text: &mut String, graph: &Graph, from: &str, to: &str, uses: &[Placed<'_>]) {
    let _ = writeln!(text, "{from} -> {to}");
    let mut names: BTreeMap<(String, &str), Vec<String>> = BTreeMap::new();
    for (at, definer, one) in uses {
        let place = format!("{}:{}", graph.files[*at].path.display(), one.line);
        names.entry((graph.files[*definer].name(), &one.name)).or_default().push(place);
    }
    for ((module, name), places) in names {
        let more = if places.len() > PLACES { format!(" (and {} more)", places.len() - PLACES) } else { String::new() };
        let places = &places[..places.len().min(PLACES)];
        let _ = writeln!(text, "    {module}::{name}  {}{more}", places.join(" "));
    }
}

fn file_arrow(text: &mut String, graph: &Graph, from: usize, to: usize, uses: &BTreeSet<Use>) {
    let _ = writeln!(text, "{} -> {}", graph.files[from].name(), graph.files[to].name());
    let mut names: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for one in uses {
        names.entry(&one.name).or_default().push(one.line.to_string());
    }
    let path = graph.files[from].path.display();
    for (name, lines) in names {
        let _ = writeln!(text, "    {name}  {path}:{}", lines.join(","));
    }
}
