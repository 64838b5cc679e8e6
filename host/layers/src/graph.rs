//! The graph of a crate's modules: which file names items of which other file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::mention::{How, Mention, mentions};
use crate::resolve::{Resolver, Target};
use crate::source::Sources;
use crate::tree::{File, Tree, TreeError};

/// One use of another module's item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The line of the path, counted from 1.
    pub line: usize,
    /// The item that the path leads to.
    pub name: String,
}

/// The arrows between some nodes: for each pair, the uses that make it.
pub type Arrows = BTreeMap<(usize, usize), BTreeSet<Use>>;

/// Whether `self.name(..)` inside an impl block is an arrow to the block that defines `name`, if that is another one of
/// the same type. All other method calls are never counted, since only the compiler knows the receiver's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SelfCalls {
    /// It is.
    Counted,
    /// It is not.
    Ignored,
}

/// A crate's files and the arrows between them.
#[derive(Debug)]
pub struct Graph {
    /// The files, which are the nodes.
    pub files: Vec<File>,
    /// From a file to another whose items it names.
    pub arrows: Arrows,
}

impl Graph {
    /// Reads a crate from its root file and resolves every path in it.
    ///
    /// # Errors
    /// If a file is missing or is not Rust.
    pub fn read(sources: &dyn Sources, root: &Path, self_calls: SelfCalls) -> Result<Graph, TreeError> {
        let mut tree = Tree::read(sources, root)?;
        let mentioned: Vec<_> = tree.modules.iter().map(mentions).collect();
        for (module, found) in tree.modules.iter_mut().zip(&mentioned) {
            found.inner_uses.iter().for_each(|item| module.import(item));
        }
        let resolver = Resolver::new(&tree);
        let mut arrows = Arrows::new();
        for (index, found) in mentioned.iter().enumerate() {
            let from = tree.modules[index].file;
            let counted = |mention: &&Mention| self_calls == SelfCalls::Counted || mention.how != How::Call;
            for mention in found.paths.iter().filter(counted) {
                for target in resolver.mention(index, mention) {
                    let (Target::Item(module, name) | Target::Assoc(module, name)) = target else { continue };
                    let to = tree.modules[module].file;
                    if to != from {
                        arrows.entry((from, to)).or_default().insert(Use { line: mention.line, name });
                    }
                }
            }
        }
        Ok(Graph { files: tree.files, arrows })
    }

    /// The top-level modules of the crate, and the arrows between them; `crate` is the root file.
    pub fn rooms(&self) -> (Vec<String>, BTreeSet<(usize, usize)>) {
        let names: BTreeSet<&str> = self.files.iter().map(File::room).collect();
        let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
        let room = |file: usize| names.iter().position(|name| name == self.files[file].room()).expect("listed");
        let arrows = self.arrows.keys().map(|&(from, to)| (room(from), room(to))).filter(|(from, to)| from != to);
        let arrows = arrows.collect();
        (names, arrows)
    }
}

/// The strongly connected components of a graph, in an order in which each comes after all that it points to.
pub fn components(nodes: usize, arrows: impl IntoIterator<Item = (usize, usize)>) -> Vec<Vec<usize>> {
    let mut graph = DiGraph::<(), ()>::new();
    let at: Vec<NodeIndex> = (0..nodes).map(|_| graph.add_node(())).collect();
    for (from, to) in arrows {
        graph.add_edge(at[from], at[to], ());
    }
    tarjan_scc(&graph)
        .into_iter()
        .map(|component| {
            let mut component: Vec<usize> = component.into_iter().map(NodeIndex::index).collect();
            component.sort_unstable();
            component
        })
        .collect()
}

/// The floor of each node: 1 if it points to nothing, else one more than the highest that it points to. The nodes of a
/// circle share a floor.
pub fn floors(nodes: usize, arrows: &BTreeSet<(usize, usize)>) -> Vec<usize> {
    let mut floor = vec![0; nodes];
    for component in components(nodes, arrows.iter().copied()) {
        let below = arrows.iter().filter(|(from, to)| component.contains(from) && !component.contains(to));
        let height = 1 + below.map(|&(_, to)| floor[to]).max().unwrap_or(0);
        component.iter().for_each(|&node| floor[node] = height);
    }
    floor
}
