//! The basic blocks of a program, and where each of them goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use flux_vm::error::ErrorClass;
use flux_vm::instruction::Instruction;
use flux_vm::isa::{Flow, Opcode};
use flux_vm::payload::Payload;
use flux_vm::verify::Verified;

use super::code::Local;
use super::graph::{Graph, Node, Shape};
use super::structure::Ending;

/// A program as a graph of blocks.
pub(super) struct Blocks<'a> {
    /// The instructions that can be come to, with their offsets.
    pub instructions: Rc<[(u32, Instruction<'a>)]>,
    /// What is in each node.
    pub blocks: Vec<Block>,
    /// Where each node leads to.
    pub graph: Graph,
    /// Where returns lead to.
    pub returns: Returns,
    /// Where calls by address may go, ascending.
    pads: Rc<[u32]>,
}

/// What is known of all returns of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Returns {
    /// They end the program.
    Halt,
    /// They pop an address that a call has pushed, or end the program.
    Calls,
    /// They pop any number, or end the program.
    Anywhere,
}

/// A row of instructions that is entered at its first and left at its last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// The index of its first instruction.
    pub first: usize,
    /// How many it has.
    pub len: usize,
    /// How it ends.
    pub end: End,
}

/// How a block ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// At its successor.
    Goto,
    /// At its successor, which is to find this label.
    Labelled(Local, i32),
    /// As its last instruction decides.
    Branch,
    /// At the first successor if [`Local::Target`] is this.
    TargetIs(u32),
    /// At the first successor if [`Local::Target`] is below this, without sign.
    TargetBelow(u32),
    /// At the successor of a local less this number; else at the last one.
    Switch(Local, u32),
    /// With the end of the program.
    Halt,
    /// In another function, at the entry of this number.
    Leave(i32),
    /// With an error.
    Fail(Failure),
}

/// An error that is the end of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The code ends.
    EndOfCode,
    /// A return or a call went where it may not.
    BadTarget,
}

impl Failure {
    /// The class of the error.
    pub(super) const CLASS: ErrorClass = ErrorClass::Control;
}

impl Block {
    /// Returns how the block ends, as far as structure goes.
    pub(super) const fn ending(&self) -> Ending {
        match self.end {
            End::Goto | End::Labelled(..) => Ending::Goto,
            End::Branch | End::TargetIs(_) | End::TargetBelow(_) => Ending::Branch,
            End::Switch(..) => Ending::Switch,
            End::Halt | End::Leave(_) => Ending::Done,
            End::Fail(_) => Ending::Never,
        }
    }

    pub(super) const fn empty(end: End) -> Self {
        Self { first: 0, len: 0, end }
    }
}

impl<'a> Blocks<'a> {
    /// Finds the blocks of a program and gives every loop one entry. Node 0 is empty and leads to the program's entry.
    pub(super) fn of(verified: &'a Verified) -> Self {
        let mut blocks = Self::found(verified, usize::MAX);
        blocks.make_structured();
        blocks
    }

    /// Finds the blocks of a program, of at most `longest` instructions; jumps stay as they are.
    pub(super) fn found(verified: &'a Verified, longest: usize) -> Self {
        let instructions: Rc<[(u32, Instruction<'a>)]> = verified.instructions().collect();
        let returns = Returns::of(verified, &instructions);
        let pads = verified.starts().iter().copied().filter(|offset| verified.is_pad(*offset)).collect();
        let mut builder = Builder {
            verified,
            blocks: Self { instructions, blocks: Vec::new(), graph: Graph::default(), returns, pads },
            node_at: BTreeMap::new(),
            longest,
        };
        builder.build();
        builder.blocks
    }

    /// Returns the same program without any blocks.
    pub(super) fn without_blocks(&self) -> Self {
        Self {
            instructions: Rc::clone(&self.instructions),
            blocks: Vec::new(),
            graph: Graph::default(),
            returns: self.returns,
            pads: Rc::clone(&self.pads),
        }
    }

    /// Gives every loop one entry.
    pub(super) fn make_structured(&mut self) {
        for dispatcher in self.graph.make_reducible() {
            self.dispatch(dispatcher);
        }
        self.make_shallow();
    }

    /// Returns the shape of the graph; what a switch leads to has a label in it.
    pub(super) fn shape(&self) -> Shape {
        let is_small = |node: Node| {
            matches!(self.blocks[node].end, End::Labelled(..) | End::Fail(_))
                || self.graph.successors[node].is_empty()
        };
        let mut shape = Shape::of(&self.graph, is_small);
        for (block, successors) in self.blocks.iter().zip(&self.graph.successors) {
            if block.ending() == Ending::Switch {
                for &successor in successors {
                    shape.is_merge[successor] = true;
                }
            }
        }
        shape
    }

    /// Says whether a call by address may go to an offset.
    pub(super) fn is_pad(&self, offset: u32) -> bool {
        self.pads.binary_search(&offset).is_ok()
    }

    /// Puts nodes together for as long as that makes blocks nest less.
    fn make_shallow(&mut self) {
        let mut most = usize::MAX;
        loop {
            let shape = self.shape();
            if shape.most_behind() >= most {
                return;
            }
            most = shape.most_behind();
            let dispatchers = self.graph.make_shallow(&shape);
            if dispatchers.is_empty() {
                return;
            }
            for dispatcher in dispatchers {
                self.dispatch(dispatcher);
            }
        }
    }

    /// Gives the dispatcher of a loop its block, and tells it on each edge which entry is meant.
    fn dispatch(&mut self, dispatcher: super::graph::Dispatcher) {
        let label = Local::Label(dispatcher.node);
        // Dispatchers are numbered in the order in which they were made, behind all blocks.
        while self.blocks.len() < self.graph.successors.len() {
            self.blocks.push(Block::empty(End::Goto));
        }
        self.blocks[dispatcher.node] = Block::empty(End::Switch(label, 0));
        for (from, index, entry) in dispatcher.edges {
            let number = dispatcher.entries.iter().position(|&known| known == entry).unwrap_or_default();
            let step = self.add(Block::empty(End::Labelled(label, number as i32)), vec![dispatcher.node]);
            self.graph.successors[from][index] = step;
        }
    }

    pub(super) fn add(&mut self, block: Block, successors: Vec<Node>) -> Node {
        self.blocks.push(block);
        self.graph.successors.push(successors);
        self.blocks.len() - 1
    }
}

impl Returns {
    fn of(verified: &Verified, instructions: &[(u32, Instruction<'_>)]) -> Self {
        let writes_stack = |(_, instruction): &(u32, Instruction<'_>)| match instruction.opcode {
            Opcode::Store | Opcode::Store8 | Opcode::Vstore => true,
            Opcode::Memcopy | Opcode::Memset => {
                let [flux_vm::isa::Kind::Payload(form)] = *instruction.opcode.spec().operands else {
                    return true;
                };
                match Payload::parse(form, instruction.payload()) {
                    Ok(Payload::MemoryCopy { name, .. } | Payload::MemorySet { name, .. }) => name == "stack",
                    _ => false,
                }
            }
            _ => false,
        };
        // The depth of the stack is known, so each return finds what its call has pushed.
        if verified.stack_cells().is_none() || instructions.iter().any(writes_stack) {
            return Self::Anywhere;
        }
        let calls = |(_, instruction): &(u32, Instruction<'_>)| instruction.opcode == Opcode::Call;
        if instructions.iter().any(calls) { Self::Calls } else { Self::Halt }
    }
}

struct Builder<'a> {
    verified: &'a Verified,
    blocks: Blocks<'a>,
    /// The node that begins with the instruction of an index.
    node_at: BTreeMap<usize, Node>,
    /// How many instructions a block may have.
    longest: usize,
}

impl Builder<'_> {
    fn build(&mut self) {
        let leaders = self.leaders();
        let entry = self.verified.index_of(self.verified.program().entry).unwrap_or_default();
        self.blocks.add(Block::empty(End::Goto), Vec::new());
        let mut starts: Vec<usize> = Vec::new();
        let n_instructions = self.blocks.instructions.len();
        for leader in leaders.into_iter().chain([n_instructions]) {
            let row = starts.last().map_or(leader, |last| last.saturating_add(self.longest));
            starts.extend((row..leader).step_by(self.longest));
            starts.push(leader);
        }
        starts.pop();
        for &first in &starts {
            let node = self.blocks.add(Block { first, len: 0, end: End::Goto }, Vec::new());
            self.node_at.insert(first, node);
        }
        self.blocks.graph.successors[0].push(self.node_at[&entry]);
        starts.push(n_instructions);
        for pair in starts.windows(2) {
            self.fill(pair[0], pair[1]);
        }
        self.lead_back();
    }

    /// The indices of instructions that begin a block.
    fn leaders(&self) -> BTreeSet<usize> {
        let instructions = &self.blocks.instructions;
        let index_of = |offset: u32| self.verified.index_of(offset);
        let mut leaders: BTreeSet<usize> = [0].into();
        leaders.extend(index_of(self.verified.program().entry));
        let mut anywhere = false;
        for (index, (offset, instruction)) in instructions.iter().enumerate() {
            let flow = instruction.opcode.spec().flow;
            if flow != Flow::Next {
                leaders.extend(Some(index + 1).filter(|next| *next < instructions.len()));
            } else if index_of(offset + instruction.len() as u32) != Some(index + 1) {
                // Data comes between.
                leaders.extend(Some(index + 1).filter(|next| *next < instructions.len()));
            }
            leaders.extend(target(*offset, instruction).and_then(index_of));
            anywhere |= flow == Flow::IndirectCall;
            anywhere |= flow == Flow::Return && self.blocks.returns == Returns::Anywhere;
        }
        if anywhere {
            let pads =
                instructions.iter().enumerate().filter(|(_, (offset, _))| self.verified.is_pad(*offset));
            leaders.extend(pads.map(|(index, _)| index));
        }
        leaders
    }

    /// Fills in the block from instruction `first` to before `end`.
    fn fill(&mut self, first: usize, end: usize) {
        let node = self.node_at[&first];
        let mut len = end - first;
        let (offset, instruction) = self.blocks.instructions[end - 1];
        let next = offset + instruction.len() as u32;
        let flow = instruction.opcode.spec().flow;
        let mut successors = Vec::new();
        let block_end = match flow {
            Flow::Next => {
                successors.push(self.node_of(next));
                End::Goto
            }
            Flow::Jump | Flow::Call => {
                successors.extend(target(offset, &instruction).map(|target| self.node_of(target)));
                // A jump has nothing to do by itself, but it is counted: it stays in the block.
                End::Goto
            }
            Flow::Branch => {
                successors.extend(target(offset, &instruction).map(|target| self.node_of(target)));
                successors.push(self.node_of(next));
                if successors[0] == successors[1] {
                    successors.pop();
                    End::Goto
                } else {
                    End::Branch
                }
            }
            Flow::Halt => End::Halt,
            Flow::Return if self.blocks.returns == Returns::Halt => End::Halt,
            // Where they lead to is added when all blocks are known.
            Flow::Return | Flow::IndirectCall => End::Goto,
        };
        len = len.min(self.blocks.instructions.len() - first);
        self.blocks.blocks[node] = Block { first, len, end: block_end };
        self.blocks.graph.successors[node] = successors;
    }

    /// The node that begins at an offset; the end of the code is one that fails.
    fn node_of(&mut self, offset: u32) -> Node {
        let known = self.verified.index_of(offset).and_then(|index| self.node_at.get(&index).copied());
        known.unwrap_or_else(|| self.blocks.add(Block::empty(End::Fail(Failure::EndOfCode)), Vec::new()))
    }

    /// Leads returns and calls by address to where they may go.
    fn lead_back(&mut self) {
        let flow_of = |blocks: &Blocks<'_>, node: Node| {
            let block = &blocks.blocks[node];
            let last = (block.first + block.len).checked_sub(1).filter(|_| block.len > 0)?;
            let (_, instruction) = blocks.instructions.get(last)?;
            Some(instruction.opcode.spec().flow)
        };
        for (flow, all) in
            [(Flow::IndirectCall, true), (Flow::Return, self.blocks.returns == Returns::Anywhere)]
        {
            let sources: Vec<Node> = self
                .node_at
                .values()
                .copied()
                .filter(|&node| {
                    flow_of(&self.blocks, node) == Some(flow) && self.blocks.blocks[node].end == End::Goto
                })
                .collect();
            if sources.is_empty() {
                continue;
            }
            let len = self.verified.program().code.len() as u32;
            let may = |offset: &u32| match flow {
                Flow::Return if all => self.verified.is_return_point(*offset),
                Flow::Return => self.is_after_call(*offset),
                _ => self.verified.is_pad(*offset),
            };
            let offsets: Vec<u32> = self.verified.starts().iter().copied().chain([len]).filter(may).collect();
            let targets: Vec<(u32, Node)> =
                offsets.into_iter().map(|offset| (offset, self.node_of(offset))).collect();
            let lookup = self.lookup(&targets);
            for source in sources {
                self.blocks.graph.successors[source].push(lookup);
            }
        }
    }

    fn is_after_call(&self, offset: u32) -> bool {
        self.blocks.instructions.iter().any(|(start, instruction)| {
            let calls = matches!(instruction.opcode.spec().flow, Flow::Call | Flow::IndirectCall);
            calls && start + instruction.len() as u32 == offset
        })
    }

    /// Says whether all blocks are for one function. Many tables in a part are more than a genome may have.
    fn is_whole(&self) -> bool {
        self.longest == usize::MAX
    }

    /// A node from which the target is found, by comparisons and, where targets lie close together, by a table.
    fn lookup(&mut self, targets: &[(u32, Node)]) -> Node {
        let fail = self.blocks.add(Block::empty(End::Fail(Failure::BadTarget)), Vec::new());
        match targets {
            [] => fail,
            [(offset, node)] => self.blocks.add(Block::empty(End::TargetIs(*offset)), vec![*node, fail]),
            [(first, _), .., (last, _)]
                if self.is_whole()
                    && (4..=8).contains(&targets.len())
                    && (last - first) as usize <= 4 * targets.len() =>
            {
                let mut successors = vec![fail; (last - first + 1) as usize];
                for (offset, node) in targets {
                    successors[(offset - first) as usize] = *node;
                }
                successors.push(fail);
                self.blocks.add(Block::empty(End::Switch(Local::Target, *first)), successors)
            }
            _ => {
                let (low, high) = targets.split_at(targets.len() / 2);
                let bound = high[0].0;
                let successors = vec![self.lookup(low), self.lookup(high)];
                self.blocks.add(Block::empty(End::TargetBelow(bound)), successors)
            }
        }
    }
}

/// Where a jump or a call goes to.
fn target(offset: u32, instruction: &Instruction<'_>) -> Option<u32> {
    instruction.target(offset as usize).and_then(|target| u32::try_from(target).ok())
}
