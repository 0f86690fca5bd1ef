//! From a graph to blocks, loops and conditions.
//!
//! WebAssembly has no jumps but those out of a block and back to the head of a loop. A node that several forward edges
//! lead to stands behind a block, inside of the node that dominates it; a node that a back edge leads to begins a loop.
//! All other nodes stand where the one edge to them is.
//!
//! What a loop leads out to stands behind the loop, not in it, so that loops one after the other do not nest.
//!
//! # Source
//! N. Ramsey, Beyond Relooper: recursive translation of unstructured control flow to structured control flow,
//! ICFP 2022; here with a list of what is to be done in place of recursion.

use wasm_encoder::{BlockType, Instruction};

use super::code::Code;
use super::graph::{Graph, Node, Shape};

/// How a node ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// At its only successor.
    Goto,
    /// At the first of two successors if a condition holds.
    Branch,
    /// At the successor of a number; at the last one for every other number.
    Switch,
    /// With the program's end, which the label of [`DONE`] leads to.
    Done,
    /// Where nothing comes after: the node has seen to it.
    Never,
}

/// Whether a condition is wanted as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    Holds,
    Fails,
}

/// The depth of the label that ends the program: the outermost block.
pub(super) const DONE: u32 = 1;

/// Who knows what is in the nodes.
pub(super) trait Nodes {
    /// The body under construction.
    fn code(&mut self) -> &mut Code;

    /// Writes what a node does, without its end.
    fn body(&mut self, node: Node);

    /// Returns how a node ends.
    fn ending(&self, node: Node) -> Ending;

    /// Writes the condition of a branch, as a number that is zero or not.
    fn condition(&mut self, node: Node, sense: Sense);

    /// Writes the number of a switch.
    fn selector(&mut self, node: Node);
}

/// Writes all nodes that can be come to, inside of the block whose end is the program's end.
///
/// Returns false if an edge finds no label or a node would be written twice, which reducible graphs do not lead to:
/// what was written then is not to be used.
#[must_use]
pub(super) fn write(graph: &Graph, shape: &Shape, nodes: &mut impl Nodes) -> bool {
    let mut writer = Writer {
        graph,
        shape,
        nodes,
        labels: vec![None; graph.successors.len()],
        constructs: Vec::new(),
        open: Vec::new(),
        is_written: vec![false; graph.successors.len()],
        is_sound: true,
    };
    writer.nodes.code().push(Instruction::Block(BlockType::Empty));
    writer.open.push(Task::Tree(0));
    while let Some(task) = writer.open.pop() {
        writer.step(task);
    }
    writer.nodes.code().end();
    writer.is_sound
}

/// What is still to be written.
#[derive(Clone, Copy)]
enum Task {
    /// A node and everything that stands inside of it.
    Tree(Node),
    /// The way from a node to another.
    Edge(Node, Node),
    /// The other side of a condition.
    Else,
    /// The end of the innermost construct.
    Close,
}

enum Construct {
    /// A block that the node stands behind.
    Block(Node),
    Loop(Node),
    If,
}

struct Writer<'a, N> {
    graph: &'a Graph,
    shape: &'a Shape,
    nodes: &'a mut N,
    /// The depth of the label that leads to a node, while there is one.
    labels: Vec<Option<u32>>,
    constructs: Vec<Construct>,
    open: Vec<Task>,
    is_written: Vec<bool>,
    is_sound: bool,
}

impl<N: Nodes> Writer<'_, N> {
    fn step(&mut self, task: Task) {
        match task {
            Task::Tree(node) => self.tree(node),
            Task::Edge(from, to) => self.edge(from, to),
            Task::Else => {
                self.nodes.code().push(Instruction::Else);
            }
            Task::Close => {
                if let Some(Construct::Block(node) | Construct::Loop(node)) = self.constructs.pop() {
                    self.labels[node] = None;
                }
                self.nodes.code().end();
            }
        }
    }

    fn tree(&mut self, node: Node) {
        let shape = self.shape;
        if std::mem::replace(&mut self.is_written[node], true) {
            self.is_sound = false;
            return;
        }
        self.open_blocks(&shape.exits[node]);
        if shape.is_loop[node] {
            self.nodes.code().push(Instruction::Loop(BlockType::Empty));
            self.labels[node] = Some(self.nodes.code().depth());
            self.constructs.push(Construct::Loop(node));
            self.open.push(Task::Close);
        }
        self.open_blocks(&shape.children[node]);
        self.nodes.body(node);
        self.end(node);
    }

    /// Opens a block for each node that has to stand behind one, the last one outermost.
    fn open_blocks(&mut self, nodes: &[Node]) {
        for &node in nodes.iter().rev().filter(|&&node| self.shape.is_merge[node]) {
            self.nodes.code().push(Instruction::Block(BlockType::Empty));
            self.labels[node] = Some(self.nodes.code().depth());
            self.constructs.push(Construct::Block(node));
            self.open.extend([Task::Tree(node), Task::Close]);
        }
    }

    fn end(&mut self, node: Node) {
        let successors = self.graph.successors[node].as_slice();
        match (self.nodes.ending(node), successors) {
            (Ending::Goto, [next]) => self.open.push(Task::Edge(node, *next)),
            (Ending::Branch, [yes, no]) => self.branch(node, *yes, *no),
            (Ending::Switch, [cases @ .., _]) => {
                self.nodes.selector(node);
                let depth = self.nodes.code().depth();
                let labels: Vec<Option<u32>> =
                    successors.iter().map(|&next| self.label(node, next)).collect();
                // What a switch leads to stands behind a block, see `Blocks::shape`.
                self.is_sound &= labels.iter().all(Option::is_some);
                let distance = |label: Option<u32>| depth - label.unwrap_or(DONE);
                let other = distance(labels[cases.len()]);
                let cases: Vec<u32> = labels[..cases.len()].iter().copied().map(distance).collect();
                self.nodes.code().push(Instruction::BrTable(cases.into(), other));
            }
            (Ending::Done, _) if self.falls_through_to().is_some() => {
                self.nodes.code().leave_to(DONE);
            }
            _ => {}
        }
    }

    fn branch(&mut self, node: Node, yes: Node, no: Node) {
        let next = self.falls_through_to();
        match (self.label(node, yes), self.label(node, no)) {
            (Some(depth), other) if other.is_none() || next != Some(yes) => {
                self.jump_if(node, Sense::Holds, depth);
                self.open.push(Task::Edge(node, no));
            }
            (_, Some(depth)) => {
                self.jump_if(node, Sense::Fails, depth);
                self.open.push(Task::Edge(node, yes));
            }
            _ => {
                self.nodes.condition(node, Sense::Holds);
                self.nodes.code().open_if();
                self.constructs.push(Construct::If);
                self.open.extend([Task::Close, Task::Edge(node, no), Task::Else, Task::Edge(node, yes)]);
            }
        }
    }

    fn jump_if(&mut self, node: Node, sense: Sense, depth: u32) {
        self.nodes.condition(node, sense);
        let code = self.nodes.code();
        let distance = code.depth() - depth;
        code.push(Instruction::BrIf(distance));
    }

    fn edge(&mut self, from: Node, to: Node) {
        match self.label(from, to) {
            Some(_) if self.falls_through_to() == Some(to) && !self.shape.is_back(from, to) => {}
            Some(depth) => {
                self.nodes.code().leave_to(depth);
            }
            // A node that several edges lead to stands behind a block.
            None if self.shape.is_merge[to] || self.shape.is_back(from, to) => self.is_sound = false,
            None => self.open.push(Task::Tree(to)),
        }
    }

    /// The depth of the label for an edge, if the edge takes one.
    fn label(&self, from: Node, to: Node) -> Option<u32> {
        let takes_one = self.shape.is_merge[to] || self.shape.is_back(from, to);
        self.labels[to].filter(|_| takes_one)
    }

    /// What comes when nothing more is written: the node behind the innermost block; none for the end of the program.
    ///
    /// All that is written stands at the end of the construct that it is in.
    fn falls_through_to(&self) -> Option<Node> {
        self.constructs.iter().rev().find_map(|construct| match construct {
            Construct::Block(node) => Some(*node),
            Construct::Loop(_) | Construct::If => None,
        })
    }
}
