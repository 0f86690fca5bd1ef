//! Vectors of sixteen bytes. They are filled in memory, loaded, stored, and looked at as cells.

use super::vector::{Vector, ins, movi, payload};

/// Where the results are stored.
const OUT: i16 = 256;

type Lanes = [u8; 16];

/// An opcode, a case, both sides, and what becomes of a lane.
type Binary = (&'static str, &'static str, Lanes, Lanes, fn(i32, i32) -> i32);

/// Fills memory from `address` on with `lanes`, as far as they are not zero, and loads them into a V register.
fn load(register: u8, address: i16, lanes: Lanes) -> Vec<u8> {
    let mut code = Vec::new();
    for (at, lane) in (address..).zip(lanes) {
        if lane != 0 {
            code.extend([movi(1, lane.into()), movi(2, at), ins("STORE8", &[1, 2])].concat());
        }
    }
    code.extend([movi(2, address), ins("VLOAD", &[register, 2])].concat());
    code
}

/// Stores a V register and loads its four cells into R4 to R7.
fn store(register: u8) -> Vec<u8> {
    let mut code = [movi(2, OUT), ins("VSTORE", &[register, 2])].concat();
    for (target, at) in (4..8).zip((OUT..).step_by(4)) {
        code.extend([movi(2, at), ins("LOAD", &[target, 2])].concat());
    }
    code
}

fn then_lanes(vector: Vector, lanes: Lanes) -> Vector {
    let cells = lanes.chunks_exact(4).map(|cell| {
        // INVARIANT: a chunk has four bytes.
        let number = cell.iter().rev().fold(0_u32, |number, &byte| number << 8 | u32::from(byte));
        i64::from(number as i32)
    });
    (4..8).zip(cells).fold(vector, |vector, (register, cell)| vector.then_r(register, cell))
}

fn one(lane: usize, value: u8, rest: u8) -> Lanes {
    let mut lanes = [rest; 16];
    lanes[lane] = value;
    lanes
}

const COUNT: Lanes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

pub fn vectors() -> Vec<Vector> {
    let mut all = vec![
        then_lanes(Vector::new("VSTORE", "of_nothing", "a register begins as zeros", &[store(15)]), [0; 16]),
        then_lanes(
            Vector::new("VLOAD", "and_store", "sixteen bytes", &[load(3, 64, COUNT), store(3)]),
            COUNT,
        ),
        then_lanes(
            Vector::new(
                "VLOAD",
                "at_an_odd_address",
                "addresses need not be multiples of 16",
                &[load(0, 33, one(5, 200, 1)), store(0)],
            ),
            one(5, 200, 1),
        ),
        Vector::new("VLOAD", "the_last_bytes", "the region ends behind them", &[ins("VLOAD", &[0, 1])])
            .r(1, 65_520),
        Vector::new("VLOAD", "past_the_end", "one byte too many", &[ins("VLOAD", &[0, 1])])
            .r(1, 65_521)
            .fails("VMMemoryError"),
        Vector::new("VLOAD", "negative_address", "there is no memory there", &[ins("VLOAD", &[0, 1])])
            .r(1, -1)
            .fails("VMMemoryError"),
        Vector::new("VSTORE", "past_the_end", "one byte too many", &[ins("VSTORE", &[0, 1])])
            .r(1, 65_521)
            .fails("VMMemoryError"),
        Vector::new("VSTORE", "negative_address", "there is no memory there", &[ins("VSTORE", &[0, 1])])
            .r(1, -16)
            .fails("VMMemoryError"),
        Vector::new("VADD", "no_register", "there are 16 of them", &[ins("VADD", &[16, 0])])
            .fails("VMRangeError"),
        Vector::new("VLOAD", "no_register", "there are 16 of them", &[ins("VLOAD", &[16, 0])])
            .fails("VMRangeError"),
        Vector::new(
            "VSTORE",
            "covers_sixteen",
            "the byte behind them stays",
            &[
                payload("MEMSET", b"\x05stack\0\x01\0\0\x07\x11\0\0\0"),
                movi(2, OUT),
                ins("VSTORE", &[0, 2]),
                movi(2, OUT + 15),
                ins("LOAD8", &[3, 2]),
                movi(2, OUT + 16),
                ins("LOAD8", &[4, 2]),
            ],
        )
        .r(3, 9)
        .then_r(3, 0)
        .then_r(4, 7),
    ];
    let ones = [1; 16];
    let binary: [Binary; 14] = [
        ("VADD", "count_and_ones", COUNT, ones, |a, b| a + b),
        ("VADD", "to_the_top", [250; 16], [5; 16], |a, b| a + b),
        ("VADD", "over_the_top", [250; 16], [6; 16], |a, b| a + b),
        ("VADD", "last_lane_over_the_top", one(15, 255, 1), ones, |a, b| a + b),
        ("VSUB", "to_zero", COUNT, COUNT, |a, b| a - b),
        ("VSUB", "differences", [200; 16], COUNT, |a, b| a - b),
        ("VSUB", "below_zero", COUNT, ones, |a, b| a - b),
        ("VMUL", "squares", COUNT, COUNT, |a, b| a * b),
        ("VMUL", "to_the_top", [15; 16], [17; 16], |a, b| a * b),
        ("VMUL", "over_the_top", [16; 16], [16; 16], |a, b| a * b),
        ("VDIV", "quotients", [200; 16], one(7, 3, 7), |a, b| a / b),
        ("VDIV", "by_one", COUNT, ones, |a, b| a / b),
        ("VDIV", "of_the_less", COUNT, [16; 16], |a, b| a / b),
        ("VDIV", "by_255", [254; 16], one(0, 254, 255), |a, b| a / b),
    ];
    for (mnemonic, case, a, b, compute) in binary {
        let results: Vec<i32> = a.into_iter().zip(b).map(|(a, b)| compute(a.into(), b.into())).collect();
        let vector = Vector::new(
            mnemonic,
            case,
            "lane by lane",
            &[load(1, 32, a), load(2, 64, b), ins(mnemonic, &[1, 2]), store(1)],
        );
        let fits = results.iter().all(|result| (0..256).contains(result));
        let mut lanes = [0; 16];
        for (lane, result) in lanes.iter_mut().zip(results) {
            *lane = (result & 0xff) as u8;
        }
        all.push(if fits { then_lanes(vector, lanes) } else { vector.fails("VMRangeError") });
    }
    for (case, divisor) in [("by_zeros", [0; 16]), ("by_one_zero", one(9, 0, 3))] {
        all.push(
            Vector::new(
                "VDIV",
                case,
                "a lane of the divisor is 0",
                &[load(1, 32, COUNT), load(2, 64, divisor), ins("VDIV", &[1, 2])],
            )
            .fails("VMDivisionByZeroError"),
        );
    }
    let fused: [(&str, Lanes, Lanes, Lanes); 4] = [
        ("count", COUNT, COUNT, [3; 16]),
        ("to_the_top", [5; 16], [25; 16], [10; 16]),
        ("over_the_top", [6; 16], [25; 16], [10; 16]),
        ("one_lane_over_the_top", one(3, 6, 5), [25; 16], [10; 16]),
    ];
    for (case, a, b, c) in fused {
        let results: Vec<i32> =
            (0..16).map(|lane| i32::from(a[lane]) + i32::from(b[lane]) * i32::from(c[lane])).collect();
        let vector = Vector::new(
            "VFMA",
            case,
            "lane by lane: the first, and the product of the others",
            &[load(1, 32, a), load(2, 64, b), load(3, 96, c), ins("VFMA", &[1, 2, 3]), store(1)],
        );
        let fits = results.iter().all(|result| (0..256).contains(result));
        let mut lanes = [0; 16];
        for (lane, result) in lanes.iter_mut().zip(results) {
            *lane = (result & 0xff) as u8;
        }
        all.push(if fits { then_lanes(vector, lanes) } else { vector.fails("VMRangeError") });
    }
    all.push(then_lanes(
        Vector::new(
            "VADD",
            "with_itself",
            "both sides are one register",
            &[load(1, 32, COUNT), ins("VADD", &[1, 1]), store(1)],
        ),
        COUNT.map(|lane| 2 * lane),
    ));
    all
}
