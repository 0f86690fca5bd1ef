//! What an instruction costs, in cycles: the one table that every engine is held to.
//!
//! A cycle count must be exact, the same everywhere and not worth cheating. This module is the only place where a
//! price stands; it is handed to wasmtime as its operator costs, compiled into metered modules, and named in every
//! record by its version.
//!
//! | what | cycles |
//! | --- | --- |
//! | an executed operator | 1 |
//! | `nop`, `drop`, `block`, `loop`, `else`, `end`, `return`, `unreachable` | 0: they make no machine code of their own |
//! | entering a function that the genome defines | 1 |
//! | starting a module that has a start function | 2, beside what the function costs |
//! | `memory.copy`, `memory.fill`, `memory.init` | 1 more for each byte |
//! | `memory.grow` | 255 more for each page asked for, granted or not |
//! | `table.copy`, `table.fill`, `table.init`, `table.grow` | 1 more for each element |
//! | calling the host | 64 more, and 1 for each byte of text, list or record payload that crosses, either way |
//!
//! Sizes are read as unsigned numbers. A sum that would pass `i64::MAX` stays there.
//! No loop is free: going round takes a branch, and a branch costs 1.
//! A page is 64 KiB, so growing is priced at one cycle for every 257 bytes: the most that wasmtime's table, whose
//! entries are bytes, can say.

use wasmparser::Operator;

/// A version of the cost table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostTable {
    /// The name that stands in records, `cycles/N`.
    pub name: &'static str,
    /// Operators that cost nothing, by their names in wasmparser. Every other operator costs 1.
    pub free_operators: &'static [&'static str],
    /// For entering a function.
    pub function_entry: u8,
    /// For starting a module that has a start function: the call, and the engine's own function that makes it.
    pub start: u8,
    /// For each byte that `memory.copy` copies.
    pub memory_copy_per_byte: u8,
    /// For each byte that `memory.fill` writes.
    pub memory_fill_per_byte: u8,
    /// For each byte that `memory.init` copies.
    pub memory_init_per_byte: u8,
    /// For each page of 64 KiB that `memory.grow` asks for.
    pub memory_grow_per_page: u8,
    /// For each element that `table.copy` copies.
    pub table_copy_per_element: u8,
    /// For each element that `table.fill` writes.
    pub table_fill_per_element: u8,
    /// For each element that `table.init` copies.
    pub table_init_per_element: u8,
    /// For each element that `table.grow` asks for.
    pub table_grow_per_element: u8,
    /// For calling the host, beside the call operator itself.
    pub host_call: u64,
    /// For each byte of variable-sized payload that crosses the border to the host or back.
    pub host_call_per_byte: u64,
}

/// The current table, `cycles/1`.
pub const CYCLES_1: CostTable = CostTable {
    name: "cycles/1",
    free_operators: &["Block", "Drop", "Else", "End", "Loop", "Nop", "Return", "Unreachable"],
    function_entry: 1,
    start: 2,
    memory_copy_per_byte: 1,
    memory_fill_per_byte: 1,
    memory_init_per_byte: 1,
    memory_grow_per_page: 255,
    table_copy_per_element: 1,
    table_fill_per_element: 1,
    table_init_per_element: 1,
    table_grow_per_element: 1,
    // A host call measures about 24 ns from compiled code, an operator 0.1 to 0.4 ns.
    host_call: 64,
    host_call_per_byte: 1,
};

impl CostTable {
    /// The flat cost of an operator by its name in wasmparser, for building an engine's table.
    #[must_use]
    pub const fn operator_by_name(&self, name: &str) -> u8 {
        let mut i = 0;
        while i < self.free_operators.len() {
            if same(self.free_operators[i], name) {
                return 0;
            }
            i += 1;
        }
        1
    }

    /// The flat cost of an operator under [`CYCLES_1`].
    ///
    /// Work that depends on a run-time size is priced by the table's other fields.
    #[must_use]
    pub fn operator(operator: &Operator<'_>) -> u8 {
        macro_rules! cost_of {
            ($(@$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
                match operator {
                    $(Operator::$op { .. } => const { CYCLES_1.operator_by_name(stringify!($op)) },)*
                    // INVARIANT: the macro lists every operator of this wasmparser; the enum is open for later ones.
                    _ => 1,
                }
            };
        }
        wasmparser::for_each_operator!(cost_of)
    }

    /// The price of a host call with `payload_bytes` bytes of text, lists and records crossing either way.
    #[must_use]
    pub fn host_call(&self, payload_bytes: u64) -> u64 {
        self.host_call.saturating_add(payload_bytes.saturating_mul(self.host_call_per_byte))
    }
}

/// String equality that works at compile time.
const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_free_operators_are_free_and_the_others_are_not() {
        for (operator, cost) in [
            (Operator::Nop, 0),
            (Operator::Drop, 0),
            (Operator::Else, 0),
            (Operator::End, 0),
            (Operator::Return, 0),
            (Operator::Unreachable, 0),
            (Operator::Br { relative_depth: 0 }, 1),
            (Operator::LocalGet { local_index: 0 }, 1),
            (Operator::I64Const { value: 0 }, 1),
            (Operator::I64Add, 1),
            (Operator::Select, 1),
            (Operator::Call { function_index: 0 }, 1),
        ] {
            assert_eq!(CostTable::operator(&operator), cost, "{operator:?}");
        }
    }

    #[test]
    fn host_calls_saturate() {
        assert_eq!(CYCLES_1.host_call(0), 64);
        assert_eq!(CYCLES_1.host_call(10), 74);
        assert_eq!(CYCLES_1.host_call(u64::MAX), u64::MAX);
    }
}
