//! Small loops written several times over.
//!
//! At the head of a loop an engine looks whether the budget is used up and whether somebody wants it to stop, which takes
//! longer than a short loop's own work. A loop that is written four times has its head looked at every fourth time
//! round. Rounds stay what they are: every copy has the way out of the loop.

use flux_vm::isa::{Flow, Opcode};

use super::blocks::{Blocks, End};
use super::graph::{Node, Shape};

/// How often a loop is written.
const TIMES: usize = 4;

/// A loop of more instructions is written once: its head costs little beside them.
const MAX_INSTRUCTIONS: usize = 24;

/// A loop of more nodes is written once: its copies might nest deeper than a genome may.
const MAX_NODES: usize = 4;

/// Writes the loops of a graph several times that have no loop in them, are small, and hold nothing that has to be there
/// once.
pub(super) fn unroll(blocks: &mut Blocks<'_>) {
    let shape = blocks.shape();
    let mut predecessors = vec![Vec::new(); blocks.blocks.len()];
    for (from, successors) in blocks.graph.successors.iter().enumerate() {
        if shape.position[from] != Shape::UNREACHED {
            for &to in successors {
                predecessors[to].push(from);
            }
        }
    }
    // Innermost loops have no node in common, so that each is found as it was.
    let loops: Vec<Vec<Node>> = (0..blocks.blocks.len())
        .filter(|&head| shape.is_loop[head])
        .filter_map(|head| members(&shape, &predecessors, head))
        .filter(|nodes| may_be_repeated(blocks, nodes))
        .collect();
    for nodes in loops {
        repeat(blocks, &nodes);
    }
}

/// The nodes of the loop with a head, which comes first; none where there is another loop in it or it is too large.
fn members(shape: &Shape, predecessors: &[Vec<Node>], head: Node) -> Option<Vec<Node>> {
    let mut nodes = vec![head];
    let mut at = 0;
    while let Some(&node) = nodes.get(at) {
        for &from in &predecessors[node] {
            // Into the head only back edges count; the other ones come from outside.
            if (node != head || shape.is_back(from, head)) && !nodes.contains(&from) {
                nodes.push(from);
            }
        }
        if nodes.len() > MAX_NODES || (node != head && shape.is_loop[node]) {
            return None;
        }
        at += 1;
    }
    Some(nodes)
}

fn may_be_repeated(blocks: &Blocks<'_>, nodes: &[Node]) -> bool {
    let has_plain_end = |node: &Node| matches!(blocks.blocks[*node].end, End::Goto | End::Branch);
    let mut instructions = nodes.iter().flat_map(|node| {
        let block = &blocks.blocks[*node];
        blocks.instructions.get(block.first..block.first + block.len).unwrap_or_default()
    });
    let n_instructions: usize = nodes.iter().map(|node| blocks.blocks[*node].len).sum();
    n_instructions <= MAX_INSTRUCTIONS
        && nodes.iter().all(has_plain_end)
        && instructions.all(|(_, found)| {
            // A constant is one gene, and boxes are counted where they are made.
            let is_once = matches!(found.opcode, Opcode::Movi | Opcode::Instinct | Opcode::Box);
            matches!(found.opcode.spec().flow, Flow::Next | Flow::Jump | Flow::Branch) && !is_once
        })
}

/// Writes a loop [`TIMES`] times: each copy's way back leads to the next copy, and the last one's to the first.
fn repeat(blocks: &mut Blocks<'_>, nodes: &[Node]) {
    let n_before = blocks.blocks.len();
    let copy_of = |node: Node, copy: usize| {
        let index = nodes.iter().position(|known| *known == node)?;
        Some(if copy.is_multiple_of(TIMES) {
            node
        } else {
            n_before + (copy % TIMES - 1) * nodes.len() + index
        })
    };
    let head = nodes[0];
    let lead = |successors: &[Node], copy: usize| -> Vec<Node> {
        let to = |node: &Node| copy_of(*node, if *node == head { copy + 1 } else { copy }).unwrap_or(*node);
        successors.iter().map(to).collect()
    };
    for copy in 1..TIMES {
        for &node in nodes {
            let successors = lead(&blocks.graph.successors[node], copy);
            blocks.blocks.push(blocks.blocks[node].clone());
            blocks.graph.successors.push(successors);
        }
    }
    for &node in nodes {
        blocks.graph.successors[node] = lead(&blocks.graph.successors[node], 0);
    }
}
