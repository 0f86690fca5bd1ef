//! Functions that compiled code calls for what is too long to stand in line.

use wasm_encoder::{BlockType, Function, InstructionSink, MemArg, ValType};

use super::emit::Helper;

const BYTE: MemArg = MemArg { offset: 0, align: 0, memory_index: 0 };

impl Helper {
    /// Returns parameters and results.
    pub(super) const fn signature(self) -> (&'static [ValType], &'static [ValType]) {
        use ValType::{I32, I64, V128};
        match self {
            Self::DivideLanes => (&[V128, V128], &[V128]),
            Self::Compare => (&[I32, I32, I32], &[I64]),
            Self::Digest => (&[I64, I32, I32], &[I64]),
            Self::Reserve => (&[I32], &[]),
        }
    }

    /// Returns the name, for people.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::DivideLanes => "divide_lanes",
            Self::Compare => "compare_bytes",
            Self::Digest => "add_to_digest",
            Self::Reserve => "reserve_pages",
        }
    }

    /// Returns the body.
    pub(super) fn function(self) -> Function {
        match self {
            Self::DivideLanes => divide_lanes(),
            Self::Compare => compare(),
            Self::Digest => digest(),
            Self::Reserve => reserve(),
        }
    }
}

/// `(a, b)`: no lane of b is zero.
fn divide_lanes() -> Function {
    let (a, b) = (0, 1);
    let mut function = Function::new([]);
    let mut code = function.instructions();
    // A lane of the result takes the place of the lane that it comes from.
    for lane in 0..16 {
        code.local_get(a).local_get(a).i8x16_extract_lane_u(lane).local_get(b).i8x16_extract_lane_u(lane);
        code.i32_div_u().i8x16_replace_lane(lane).local_set(a);
    }
    code.local_get(a).end();
    function
}

/// `(first, second, len)`: -1, 0 or 1.
fn compare() -> Function {
    let (first, second, len, x, y) = (0, 1, 2, 3, 4);
    let mut function = Function::new([(2, ValType::I32)]);
    let mut code = function.instructions();
    code.block(BlockType::Empty).loop_(BlockType::Empty).local_get(len).i32_eqz().br_if(1);
    code.local_get(first).i32_load8_u(BYTE).local_tee(x).local_get(second).i32_load8_u(BYTE).local_tee(y);
    code.i32_ne().if_(BlockType::Empty).i64_const(-1).i64_const(1).local_get(x).local_get(y).i32_lt_u();
    code.select().return_().end();
    step(&mut code, first, 1);
    step(&mut code, second, 1);
    step(&mut code, len, -1);
    code.br(0).end().end().i64_const(0).end();
    function
}

/// `(sum, address, len)`: the sum with the bytes in it, by FNV-1a.
fn digest() -> Function {
    let (sum, address, len) = (0, 1, 2);
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.block(BlockType::Empty).loop_(BlockType::Empty).local_get(len).i32_eqz().br_if(1);
    code.local_get(sum)
        .local_get(address)
        .i64_load8_u(BYTE)
        .i64_xor()
        .i64_const(0x0000_0100_0000_01b3)
        .i64_mul();
    code.local_set(sum);
    step(&mut code, address, 1);
    step(&mut code, len, -1);
    code.br(0).end().end().local_get(sum).end();
    function
}

/// `(pages)`: the memory has so many, or the program ends here.
fn reserve() -> Function {
    let pages = 0;
    let mut function = Function::new([]);
    let mut code = function.instructions();
    code.local_get(pages).memory_size(0).i32_gt_u().if_(BlockType::Empty);
    code.local_get(pages).memory_size(0).i32_sub().memory_grow(0);
    code.i32_const(-1).i32_eq().if_(BlockType::Empty).unreachable().end().end().end();
    function
}

fn step(code: &mut InstructionSink<'_>, local: u32, by: i32) {
    code.local_get(local).i32_const(by).i32_add().local_set(local);
}
