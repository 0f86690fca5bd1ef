//! Arithmetic of doubles and vectors: functions of their arguments alone, with the same bits everywhere.

use crate::error::ErrorKind;
use crate::isa::Opcode;

/// The bits of the one not-a-number that results have.
pub const NAN_BITS: u64 = 0x7ff8_0000_0000_0000;

/// Returns `value`, or the one not-a-number for any of them.
pub(crate) fn canonical(value: f64) -> f64 {
    if value.is_nan() { f64::from_bits(NAN_BITS) } else { value }
}

/// Applies a float instruction that makes a double.
pub(crate) fn float(opcode: Opcode, a: f64, b: f64, c: f64) -> Result<f64, ErrorKind> {
    let value = match opcode {
        Opcode::Fadd => b + c,
        Opcode::Fsub => b - c,
        Opcode::Fmul => b * c,
        Opcode::Fdiv if c == 0.0 => return Err(ErrorKind::DivisionByZero),
        Opcode::Fdiv => b / c,
        Opcode::Fneg => -b,
        Opcode::Fabs => b.abs(),
        Opcode::Fmin if a < b => a,
        Opcode::Fmax if a > b => a,
        // The second is taken if it is no number, and if the first is none.
        _ => b,
    };
    Ok(canonical(value))
}

/// Applies a comparison of doubles.
pub(crate) fn float_compare(opcode: Opcode, a: f64, b: f64) -> bool {
    match opcode {
        Opcode::Feq => a == b,
        Opcode::Flt => a < b,
        Opcode::Fle => a <= b,
        Opcode::Fgt => a > b,
        _ => a >= b,
    }
}

/// Applies a vector instruction lane by lane.
pub(crate) fn vector(opcode: Opcode, a: [u8; 16], b: [u8; 16], c: [u8; 16]) -> Result<[u8; 16], ErrorKind> {
    if opcode == Opcode::Vdiv && b.contains(&0) {
        return Err(ErrorKind::DivisionByZero);
    }
    let mut result = [0; 16];
    for lane in 0..16 {
        let (x, y, z) = (i32::from(a[lane]), i32::from(b[lane]), i32::from(c[lane]));
        let value = match opcode {
            Opcode::Vadd => x + y,
            Opcode::Vsub => x - y,
            Opcode::Vmul => x * y,
            Opcode::Vdiv => x / y,
            _ => x + y * z,
        };
        result[lane] = u8::try_from(value).map_err(|_| ErrorKind::Lane { lane: lane as u8, value })?;
    }
    Ok(result)
}

/// Applies `CAST` with tag 0: the single that the low 32 bits hold, times 1000, towards zero.
pub(crate) fn cast_single(value: i32) -> Result<i64, ErrorKind> {
    // The bits are meant.
    let bits = value as u32;
    let thousandfold = f64::from(f32::from_bits(bits)) * 1000.0;
    // 2 to the 63rd and its negative are exact.
    let limit = 9_223_372_036_854_775_808.0;
    if thousandfold >= -limit && thousandfold < limit {
        Ok(thousandfold as i64)
    } else {
        Err(ErrorKind::NotInteger { bits })
    }
}

/// Applies an instruction of marine physics. Sums are taken from left to right.
pub(crate) fn physics(opcode: Opcode, x: f64, y: f64) -> f64 {
    // `f64::clamp` would keep a not-a-number as well.
    let wavelength = x.clamp(200.0, 800.0);
    let bell = |center: f64, width: f64| libm::exp(-((wavelength - center) * (wavelength - center)) / width);
    // Towards zero; what is no integer is none of the kinds.
    let kind = y.trunc();
    let value = match opcode {
        Opcode::PhyAbsorb => {
            if kind == 0.0 {
                0.2 + 0.8 * bell(480.0, 5000.0)
            } else if kind == 1.0 {
                0.05 + 0.3 * bell(420.0, 8000.0)
            } else if kind == 2.0 {
                0.3 + 0.9 * bell(480.0, 4000.0)
            } else {
                0.1 + 0.5 * bell(450.0, 6000.0)
            }
        }
        Opcode::PhyScatter => 0.002 * libm::pow(400.0 / wavelength, 4.3) + 0.01 / (1.0 + 0.005 * y),
        Opcode::PhyJerlov => {
            if y > 10.0 || x < 5.0 {
                0.0
            } else if y > 1.0 {
                1.0
            } else if y > 0.1 {
                2.0
            } else {
                3.0
            }
        }
        Opcode::PhyThermo => {
            let (surface, center, width) = if kind == 0.0 { (22.0, 15.0, 5.0) } else { (8.0, 40.0, 15.0) };
            let distance = x - center;
            ((4.0 - surface) / width) * libm::exp(-(distance * distance) / (2.0 * width * width))
        }
        Opcode::PhySeabed => {
            let reflection = if kind == 1.0 {
                0.5
            } else if kind == 2.0 {
                0.7
            } else if kind == 3.0 {
                0.85
            } else if kind == 4.0 {
                0.2
            } else {
                0.3
            };
            reflection * libm::exp(-0.005 * x)
        }
        Opcode::PhyAtten => x + y,
        Opcode::PhyVisib => {
            if x <= 0.01 {
                60.0
            } else {
                let least = if y > 0.1 { y } else { 0.1 };
                let seen = 1.7 / x;
                if seen < least { seen } else { least }
            }
        }
        Opcode::PhySoundv => {
            1449.2 + 4.6 * x - 0.055 * (x * x) + 0.00029 * (x * x * x) + (1.34 - 0.01 * x) * (y - 35.0)
        }
        _ if y == 0.0 => 0.0,
        _ => libm::asin((libm::sin(x) / y).clamp(-1.0, 1.0)),
    };
    canonical(value)
}
