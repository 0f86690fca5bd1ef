//! The functions that are copied into programs have the bits of the library that the interpreter calls.

use wasmi::{Engine, Instance, Linker, Module, Store};

use super::generate::Dice;
use crate::aot::mathematics::{Function, MODULE};

/// How many random numbers of each kind a function is asked for.
const N_RANDOM: usize = 3000;

/// The module by itself.
struct Library {
    store: Store<()>,
    instance: Instance,
}

impl Library {
    fn new() -> Self {
        let engine = Engine::default();
        let mut store = Store::new(&engine, ());
        let module = Module::new(&engine, MODULE).unwrap();
        let instance = Linker::new(&engine).instantiate_and_start(&mut store, &module).unwrap();
        Self { store, instance }
    }

    fn call(&mut self, function: Function, x: f64) -> f64 {
        let called = self.instance.get_typed_func::<f64, f64>(&self.store, function.name()).unwrap();
        called.call(&mut self.store, x).unwrap()
    }

    fn pow(&mut self, x: f64, y: f64) -> f64 {
        let name = Function::Pow.name();
        let called = self.instance.get_typed_func::<(f64, f64), f64>(&self.store, name).unwrap();
        called.call(&mut self.store, (x, y)).unwrap()
    }
}

/// Numbers of both signs: all powers of two with their neighbours, what functions treat in a way of its own, and
/// random ones of all sizes and of the sizes that programs have.
fn numbers() -> Vec<f64> {
    use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, LN_2, PI};
    let mut numbers = vec![f64::NAN, f64::INFINITY, f64::MAX, f64::MIN_POSITIVE, 0.0, f64::from_bits(1)];
    numbers.extend((-1074..1024).map(|exponent| libm::scalbn(1.0, exponent)));
    // Where an exponential is too large, too small or subnormal.
    numbers.extend([709.782_712_893_384, 708.396_418_532_264_1, 745.133_219_101_941_1, 745.2]);
    numbers.extend([0.5 * LN_2, 1.5 * LN_2, LN_2, 4.3, 0.5, 3.0, 1.5, 10.0, 0.1, 0.975, 0.999]);
    // Where a sine is nearly nought, which takes all digits of pi to see.
    numbers.extend((1..200).map(|n| f64::from(n) * FRAC_PI_2));
    numbers.extend((1..50).map(|n| f64::from(1 << (n % 31)) * FRAC_PI_4));
    numbers.extend([1e5 * PI, 1e15 * PI, 6_381_956_970_095_103.0 * libm::scalbn(1.0, 797), 1e22, 1e300]);
    let near = |x: f64| [x.to_bits().wrapping_sub(1), x.to_bits(), x.to_bits().wrapping_add(1)];
    let mut numbers: Vec<f64> = numbers.into_iter().flat_map(near).map(f64::from_bits).collect();
    let mut dice = Dice::new(5);
    for _ in 0..N_RANDOM {
        numbers.push(f64::from_bits(dice.next()));
        let one = dice.next() as f64 / u64::MAX as f64;
        numbers.extend([one, 100.0 * one, 1000.0 * one, 1e9 * one]);
    }
    numbers.into_iter().flat_map(|x| [x, -x]).collect()
}

/// Which not-a-number it is does not count.
#[track_caller]
fn agree(found: f64, expected: f64, context: impl Fn() -> String) {
    let alike = found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan();
    assert!(alike, "{}: expected {expected:?}, found {found:?}", context());
}

#[track_caller]
fn check(function: Function, expected: fn(f64) -> f64) {
    let mut library = Library::new();
    for x in numbers() {
        agree(library.call(function, x), expected(x), || format!("{} of {x:?}", function.name()));
    }
}

#[test]
fn exponentials_have_the_same_bits() {
    check(Function::Exp, libm::exp);
}

#[test]
fn sines_have_the_same_bits() {
    check(Function::Sin, libm::sin);
}

#[test]
fn angles_have_the_same_bits() {
    check(Function::Asin, libm::asin);
}

#[test]
fn powers_have_the_same_bits() {
    let mut library = Library::new();
    let mut check = |x: f64, y: f64| {
        agree(library.pow(x, y), libm::pow(x, y), || format!("{x:?} to the power of {y:?}"));
    };
    let (numbers, mut dice) = (numbers(), Dice::new(6));
    for &x in &numbers {
        check(x, 4.3);
        check(x, dice.pick(&numbers));
        check(x, dice.pick(&[-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 1e15, f64::NAN, f64::INFINITY]));
        check(400.0 / x.clamp(200.0, 800.0), 4.3);
    }
}
