//! Control flow as a graph: order, dominators, loops, and how a loop with several entries gets one.

use std::collections::{BTreeMap, BTreeSet};

/// A node of a [`Graph`], by its number.
pub(super) type Node = usize;

/// How many nodes may stand behind blocks at one place. Genomes may nest 64 deep, by default.
const MAX_NESTED: usize = 12;
/// How many nodes get one before them.
const GROUP: usize = 8;
/// How many nodes are worth one before them.
const LEAST_GROUP: usize = 3;

/// What a graph is to the algorithms here: nodes with successors, from one entry, node 0, which nothing leads to.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    /// The successors of each node, in the order in which its end names them.
    pub successors: Vec<Vec<Node>>,
}

/// A node that is put before others, and decides where to go on by a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dispatcher {
    /// Its number.
    pub node: Node,
    /// The nodes that it leads to; the label of one is its index here.
    pub entries: Vec<Node>,
    /// Edges that go through it now: from, the successor's index, and the node that it led to.
    pub edges: Vec<(Node, usize, Node)>,
}

impl Graph {
    /// Returns the nodes that can be come to from node 0, each before its successors but for those of back edges.
    pub(super) fn reverse_postorder(&self) -> Vec<Node> {
        let mut seen = vec![false; self.successors.len()];
        let mut order = Vec::new();
        let mut open = vec![(0, 0)];
        if let Some(first) = seen.first_mut() {
            *first = true;
        }
        while let Some((node, next)) = open.pop() {
            match self.successors[node].get(next) {
                Some(&successor) => {
                    open.push((node, next + 1));
                    if !seen[successor] {
                        seen[successor] = true;
                        open.push((successor, 0));
                    }
                }
                None => order.push(node),
            }
        }
        order.reverse();
        order
    }

    /// Gives every loop one entry. Where a loop had several, all edges to these go through a new node, which is
    /// returned; who carries the graph out has to tell it the label.
    ///
    /// New nodes for the edges are not made here: the successor of the edge becomes the dispatcher itself.
    pub(super) fn make_reducible(&mut self) -> Vec<Dispatcher> {
        let mut dispatchers = Vec::new();
        let mut open = vec![self.reverse_postorder()];
        // Which region a node is in now: regions only get smaller.
        let mut region_of = vec![0_usize; self.successors.len()];
        let mut n_regions = 0;
        while let Some(region) = open.pop() {
            n_regions += 1;
            for &node in &region {
                region_of[node] = n_regions;
            }
            for component in self.components(&region, &region_of, n_regions) {
                let inside: BTreeSet<Node> = component.iter().copied().collect();
                let entries = self.entries(&inside);
                let header = match entries.as_slice() {
                    [header] => *header,
                    _ => {
                        let dispatcher = self.dispatch(entries, |_, _| true);
                        region_of.push(0);
                        let node = dispatcher.node;
                        dispatchers.push(dispatcher);
                        node
                    }
                };
                open.push(component.into_iter().filter(|&node| node != header).collect());
            }
        }
        dispatchers
    }

    /// Puts nodes before those that would make blocks nest too deep: where more than [`MAX_NESTED`] nodes would stand
    /// behind blocks at one place, [`GROUP`] of them get one node before them. Returns the new nodes, none when there
    /// is nothing to be done; what they do has then to be looked at again.
    pub(super) fn make_shallow(&mut self, shape: &Shape) -> Vec<Dispatcher> {
        let mut dispatchers = Vec::new();
        for nodes in shape.children.iter().chain(&shape.exits) {
            let behind: Vec<Node> = nodes.iter().copied().filter(|&node| shape.is_merge[node]).collect();
            if behind.len() <= MAX_NESTED {
                continue;
            }
            // A group is in the same loops; else the new node would be in a loop that some of the group are not in.
            for run in behind.chunk_by(|a, b| shape.heads[*a] == shape.heads[*b]) {
                for group in run.chunks(GROUP).filter(|group| group.len() >= LEAST_GROUP) {
                    // Inside of the group there are labels.
                    let comes_from_outside = |from: Node, _: Node| !shape.is_dominated(from, group);
                    dispatchers.push(self.dispatch(group.to_vec(), comes_from_outside));
                }
            }
        }
        dispatchers
    }

    /// The nodes of a loop that something outside of it leads to, ascending; node 0 is one by itself.
    fn entries(&self, inside: &BTreeSet<Node>) -> Vec<Node> {
        let mut entries = BTreeSet::new();
        entries.extend(inside.get(&0));
        for (node, successors) in self.successors.iter().enumerate() {
            if !inside.contains(&node) {
                entries.extend(successors.iter().filter(|successor| inside.contains(successor)));
            }
        }
        entries.into_iter().collect()
    }

    /// Puts a node before others; the edges to these that are asked for, by where they come from and where they lead
    /// to, go through it.
    fn dispatch(&mut self, entries: Vec<Node>, through: impl Fn(Node, Node) -> bool) -> Dispatcher {
        let node = self.successors.len();
        let mut edges = Vec::new();
        for (from, successors) in self.successors.iter_mut().enumerate() {
            for (index, successor) in successors.iter_mut().enumerate() {
                if entries.contains(successor) && through(from, *successor) {
                    edges.push((from, index, *successor));
                    *successor = node;
                }
            }
        }
        self.successors.push(entries.clone());
        Dispatcher { node, entries, edges }
    }

    /// The strongly connected components of a region that have a cycle.
    fn components(&self, region: &[Node], region_of: &[usize], number: usize) -> Vec<Vec<Node>> {
        let mut tarjan = Tarjan::default();
        for &root in region {
            tarjan.visit(root, |node| {
                self.successors[node]
                    .iter()
                    .copied()
                    .filter(|&next| region_of.get(next).is_some_and(|&region| region == number))
                    .collect()
            });
        }
        let cyclic = |component: &Vec<Node>| match component.as_slice() {
            [node] => self.successors[*node].contains(node),
            _ => true,
        };
        tarjan.components.into_iter().filter(cyclic).collect()
    }
}

/// Strongly connected components.
///
/// # Source
/// R. Tarjan, Depth-first search and linear graph algorithms, 1972; without recursion.
#[derive(Default)]
struct Tarjan {
    /// Number in the order of discovery, and the lowest number that can be come to.
    numbers: BTreeMap<Node, (usize, usize)>,
    on_stack: BTreeSet<Node>,
    stack: Vec<Node>,
    components: Vec<Vec<Node>>,
}

impl Tarjan {
    fn visit(&mut self, root: Node, successors: impl Fn(Node) -> Vec<Node>) {
        if self.numbers.contains_key(&root) {
            return;
        }
        let mut open = vec![self.discover(root, &successors)];
        while let Some((node, mut rest)) = open.pop() {
            match rest.pop() {
                Some(next) => {
                    open.push((node, rest));
                    match self.numbers.get(&next) {
                        None => open.push(self.discover(next, &successors)),
                        Some(&(number, _)) if self.on_stack.contains(&next) => self.lower(node, number),
                        Some(_) => {}
                    }
                }
                None => {
                    let (number, low) = self.numbers.get(&node).copied().unwrap_or_default();
                    if let Some((parent, _)) = open.last() {
                        self.lower(*parent, low);
                    }
                    if number == low {
                        let at = self.stack.iter().rposition(|&other| other == node).unwrap_or_default();
                        let component = self.stack.split_off(at);
                        for member in &component {
                            self.on_stack.remove(member);
                        }
                        self.components.push(component);
                    }
                }
            }
        }
    }

    fn discover(&mut self, node: Node, successors: impl Fn(Node) -> Vec<Node>) -> (Node, Vec<Node>) {
        let number = self.numbers.len();
        self.numbers.insert(node, (number, number));
        self.stack.push(node);
        self.on_stack.insert(node);
        (node, successors(node))
    }

    fn lower(&mut self, node: Node, to: usize) {
        if let Some((_, low)) = self.numbers.get_mut(&node) {
            *low = to.min(*low);
        }
    }
}

/// The shape of a reducible graph, as structured code needs it.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    /// The place of each node in reverse postorder; [`Shape::UNREACHED`] for nodes that are never come to.
    pub position: Vec<usize>,
    /// Whether several forward edges lead to a node.
    pub is_merge: Vec<bool>,
    /// Whether a back edge leads to a node.
    pub is_loop: Vec<bool>,
    /// The heads of the loops that a node is in, from the outermost.
    pub heads: Vec<Vec<Node>>,
    /// What follows a node inside of its loop, in the order of positions: nodes that it dominates.
    pub children: Vec<Vec<Node>>,
    /// What follows the loop of a node, in the order of positions: nodes that its loop leads out to.
    pub exits: Vec<Vec<Node>>,
    dominator: Vec<Node>,
}

impl Shape {
    /// The place of a node that is never come to.
    pub(super) const UNREACHED: usize = usize::MAX;

    /// The shape of a graph of `n` nodes that nobody has looked at: each of them may be in a loop.
    pub(super) fn unknown(n: usize) -> Self {
        Self { heads: vec![vec![0]; n], ..Self::default() }
    }

    /// Looks at a graph whose loops have one entry each. Nodes that are small stand inside of the loop that leads to
    /// them, if one edge does.
    ///
    /// # Source
    /// Dominators: K. Cooper, T. Harvey, K. Kennedy, A simple, fast dominance algorithm, 2001.
    pub(super) fn of(graph: &Graph, is_small: impl Fn(Node) -> bool) -> Self {
        let n = graph.successors.len();
        let order = graph.reverse_postorder();
        let mut position = vec![Self::UNREACHED; n];
        for (place, &node) in order.iter().enumerate() {
            position[node] = place;
        }
        let mut predecessors = vec![Vec::new(); n];
        for &node in &order {
            for &successor in &graph.successors[node] {
                predecessors[successor].push(node);
            }
        }
        let dominator = dominators(&order, &position, &predecessors);
        let is_back = |from: Node, to: Node| position[from] >= position[to];
        let mut shape = Self {
            is_merge: vec![false; n],
            is_loop: vec![false; n],
            heads: Vec::new(),
            children: vec![Vec::new(); n],
            exits: vec![Vec::new(); n],
            position: position.clone(),
            dominator,
        };
        for &node in &order {
            let back = predecessors[node].iter().filter(|&&from| is_back(from, node)).count();
            shape.is_loop[node] = back > 0;
            shape.is_merge[node] = predecessors[node].len() - back > 1;
        }
        shape.heads = loop_heads(&order, &predecessors, is_back);
        for &node in order.iter().skip(1) {
            let parent = shape.dominator[node];
            match shape.left_by(parent, node).filter(|_| shape.is_merge[node] || !is_small(node)) {
                Some(header) => {
                    shape.is_merge[node] = true;
                    shape.exits[header].push(node);
                }
                None => shape.children[parent].push(node),
            }
        }
        shape
    }

    /// How many nodes stand behind blocks at one place, at most.
    pub(super) fn most_behind(&self) -> usize {
        let behind = |nodes: &Vec<Node>| nodes.iter().filter(|node| self.is_merge[**node]).count();
        self.children.iter().chain(&self.exits).map(behind).max().unwrap_or_default()
    }

    /// Whether one of some nodes is on every way to a node.
    fn is_dominated(&self, node: Node, by: &[Node]) -> bool {
        let mut node = node;
        while node != 0 && node != Self::UNREACHED {
            if by.contains(&node) {
                return true;
            }
            node = self.dominator.get(node).copied().unwrap_or_default();
        }
        false
    }

    /// The outermost loop that `from` is in and `to` is not.
    fn left_by(&self, from: Node, to: Node) -> Option<Node> {
        self.heads[from].iter().copied().find(|head| !self.heads[to].contains(head))
    }

    /// Whether an edge goes back to the head of a loop.
    pub(super) fn is_back(&self, from: Node, to: Node) -> bool {
        self.position[from] >= self.position[to]
    }
}

fn dominators(order: &[Node], position: &[usize], predecessors: &[Vec<Node>]) -> Vec<Node> {
    let mut dominator = vec![Shape::UNREACHED; position.len()];
    if let Some(first) = dominator.first_mut() {
        *first = 0;
    }
    let mut changed = true;
    while changed {
        changed = false;
        for &node in order.iter().skip(1) {
            let known =
                predecessors[node].iter().copied().filter(|&from| dominator[from] != Shape::UNREACHED);
            let common = known.reduce(|mut a, mut b| {
                while a != b {
                    if position[a] > position[b] {
                        a = dominator[a];
                    } else {
                        b = dominator[b];
                    }
                }
                a
            });
            if let Some(common) = common.filter(|&common| dominator[node] != common) {
                dominator[node] = common;
                changed = true;
            }
        }
    }
    dominator
}

/// The heads of the loops that each node is in, from the outermost.
fn loop_heads(
    order: &[Node],
    predecessors: &[Vec<Node>],
    is_back: impl Fn(Node, Node) -> bool,
) -> Vec<Vec<Node>> {
    let mut heads = vec![Vec::new(); predecessors.len()];
    for &head in order {
        let mut open: Vec<Node> =
            predecessors[head].iter().copied().filter(|&from| is_back(from, head)).collect();
        if open.is_empty() {
            continue;
        }
        let mut body = BTreeSet::from([head]);
        while let Some(node) = open.pop() {
            if body.insert(node) {
                open.extend(&predecessors[node]);
            }
        }
        for node in body {
            heads[node].push(head);
        }
    }
    heads
}

#[cfg(test)]
mod tests;
