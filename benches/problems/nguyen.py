#!/usr/bin/env python3
"""Makes genomes/nguyen: twelve formulas to be found from points.

    python3 benches/problems/nguyen.py              # write the folder
    python3 benches/problems/nguyen.py check FLUX   # best and oracle against Python's mathematics on 500 points each

Expected values of written cases come from Python's mathematics, those of generated ones from oracle.wat.
"""
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FAMILY = HERE.parent.parent / "genomes" / "nguyen"
ONE = 1 << 32
POINTS = 20
# The error, in units of 2^-32, up to which a value is right. What is not right earns by how near it is.
TOLERANCE = 16

X, Y = "(local.get $x)", "(local.get $y)"


def add(*terms):
    out = terms[0]
    for term in terms[1:]:
        out = f"(f64.add {out} {term})"
    return out


def sub(a, b):
    return f"(f64.sub {a} {b})"


def mul(*factors):
    out = factors[0]
    for factor in factors[1:]:
        out = f"(f64.mul {out} {factor})"
    return out


def const(value):
    return f"(f64.const {value})"


def call(name, *given):
    return f"(call ${name} {' '.join(given)})"


def horner(n):
    """x + x^2 + ... + x^n with n - 1 products."""
    out = X
    for _ in range(n - 1):
        out = mul(add(out, const(1)), X)
    return out


def power_sum(n):
    return add(*(mul(*[X] * k) for k in range(1, n + 1)))


# number: (formula, variables, least, greatest, best, oracle, model)
PROBLEMS = {
    **{n - 2: (" + ".join(["x"] + [f"x^{k}" for k in range(2, n + 1)]), 1, -1, 1, horner(n), power_sum(n),
               lambda x, n=n: sum(x ** k for k in range(1, n + 1))) for n in range(3, 7)},
    5: ("sin(x^2) cos(x) - 1", 1, -1, 1, sub(mul(call("sin", mul(X, X)), call("cos", X)), const(1)),
        add(const(-1), mul(call("cos", X), call("sin", mul(X, X)))), lambda x: math.sin(x * x) * math.cos(x) - 1),
    6: ("sin(x) + sin(x + x^2)", 1, -1, 1, add(call("sin", X), call("sin", add(X, mul(X, X)))),
        add(call("sin", mul(X, add(X, const(1)))), call("sin", X)), lambda x: math.sin(x) + math.sin(x + x * x)),
    7: ("log(x + 1) + log(x^2 + 1)", 1, 0, 2,
        call("log", mul(add(X, const(1)), add(mul(X, X), const(1)))),
        add(call("log", add(X, const(1))), call("log", add(mul(X, X), const(1)))),
        lambda x: math.log(x + 1) + math.log(x * x + 1)),
    8: ("sqrt(x)", 1, 0, 4, f"(f64.sqrt {X})", call("exp", f"(f64.div {call('log', X)} {const(2)})"), math.sqrt),
    9: ("sin(x) + sin(y^2)", 2, 0, 1, add(call("sin", X), call("sin", mul(Y, Y))),
        add(call("sin", mul(Y, Y)), call("sin", X)), lambda x, y: math.sin(x) + math.sin(y * y)),
    10: ("2 sin(x) cos(y)", 2, 0, 1, mul(const(2), call("sin", X), call("cos", Y)),
         add(call("sin", add(X, Y)), call("sin", sub(X, Y))), lambda x, y: 2 * math.sin(x) * math.cos(y)),
    11: ("x^y", 2, 0, 1, call("exp", mul(Y, call("log", X))), call("exp", mul(call("log", X), Y)),
         lambda x, y: x ** y),
    12: ("x^4 - x^3 + y^2/2 - y", 2, 0, 1,
         add(mul(X, X, X, sub(X, const(1))), mul(Y, sub(mul(Y, const(0.5)), const(1)))),
         sub(add(sub(mul(X, X, X, X), mul(X, X, X)), f"(f64.div {mul(Y, Y)} {const(2)})"), Y),
         lambda x, y: x ** 4 - x ** 3 + y * y / 2 - y),
}

LIBRARY = f"""  ;; Sine by its series after whole turns are taken away; 14 terms leave less than the last bit.
  (func $sin (param $x f64) (result f64)
    (local $k f64) (local $r f64)
    (local.set $x
      (f64.sub
        (local.get $x)
        (f64.mul
          (f64.nearest (f64.mul (local.get $x) (f64.const {1 / (2 * math.pi)!r})))
          (f64.const {2 * math.pi!r}))))
    (local.set $k (f64.const 28))
    (local.set $r (f64.const 1))
    (loop $again
      (local.set $r
        (f64.sub
          (f64.const 1)
          (f64.div
            (f64.mul (local.get $r) (f64.mul (local.get $x) (local.get $x)))
            (f64.mul (local.get $k) (f64.add (local.get $k) (f64.const 1))))))
      (local.set $k (f64.sub (local.get $k) (f64.const 2)))
      (br_if $again (f64.gt (local.get $k) (f64.const 0))))
    (f64.mul (local.get $x) (local.get $r)))
  (func $cos (param $x f64) (result f64)
    (call $sin (f64.add (local.get $x) (f64.const {math.pi / 2!r}))))
  ;; A power of two times the series of what is left, at most half the logarithm of two.
  (func $exp (param $x f64) (result f64)
    (local $n f64) (local $k f64) (local $r f64)
    (local.set $n
      (f64.max
        (f64.const -1022)
        (f64.min (f64.const 1023) (f64.nearest (f64.mul (local.get $x) (f64.const {1 / math.log(2)!r}))))))
    (local.set $x (f64.sub (local.get $x) (f64.mul (local.get $n) (f64.const {math.log(2)!r}))))
    (local.set $k (f64.const 14))
    (local.set $r (f64.const 1))
    (loop $again
      (local.set $r
        (f64.add
          (f64.const 1)
          (f64.div (f64.mul (local.get $r) (local.get $x)) (local.get $k))))
      (local.set $k (f64.sub (local.get $k) (f64.const 1)))
      (br_if $again (f64.gt (local.get $k) (f64.const 0))))
    (f64.mul
      (local.get $r)
      (f64.reinterpret_i64
        (i64.shl
          (i64.add (i64.trunc_sat_f64_s (local.get $n)) (i64.const 1023))
          (i64.const 52)))))
  ;; The exponent times the logarithm of two, and the series of (1 + s) / (1 - s) for the mantissa.
  ;; Not a number for what is negative.
  (func $log (param $x f64) (result f64)
    (local $k f64) (local $r f64) (local $m f64) (local $s f64)
    (if (f64.lt (local.get $x) (f64.const 0)) (then (return (f64.const nan))))
    (local.set $m
      (f64.reinterpret_i64
        (i64.or
          (i64.and (i64.reinterpret_f64 (local.get $x)) (i64.const 0x000fffffffffffff))
          (i64.const 0x3ff0000000000000))))
    (local.set $s
      (f64.div
        (f64.sub (local.get $m) (f64.const 1))
        (f64.add (local.get $m) (f64.const 1))))
    (local.set $k (f64.const 37))
    (loop $again
      (local.set $r
        (f64.add
          (f64.div (f64.const 1) (local.get $k))
          (f64.mul (local.get $r) (f64.mul (local.get $s) (local.get $s)))))
      (local.set $k (f64.sub (local.get $k) (f64.const 2)))
      (br_if $again (f64.gt (local.get $k) (f64.const 0))))
    (f64.add
      (f64.mul
        (f64.convert_i64_s
          (i64.sub
            (i64.shr_u (i64.reinterpret_f64 (local.get $x)) (i64.const 52))
            (i64.const 1023)))
        (f64.const {math.log(2)!r}))
      (f64.mul (f64.const 2) (f64.mul (local.get $s) (local.get $r)))))
"""

PARTS = {
    1: ["(f64.mul (local.get $x) (local.get $x))", "(f64.add (local.get $x) (f64.const 1))",
        "(f64.sub (local.get $x) (f64.const 1))", "(f64.div (local.get $x) (f64.const 2))", "(call $sin (local.get $x))",
        "(call $cos (local.get $x))", "(call $exp (local.get $x))", "(call $log (local.get $x))"],
}
PARTS[2] = PARTS[1] + ["(f64.mul (local.get $x) (local.get $y))", "(f64.add (local.get $x) (local.get $y))",
                       "(f64.sub (local.get $x) (local.get $y))", "(f64.div (local.get $x) (local.get $y))",
                       "(call $sin (local.get $y))", "(call $cos (local.get $y))", "(call $exp (local.get $y))",
                       "(call $log (local.get $y))"]


def names(variables):
    return ["x", "y"][:variables]


def genes():
    """The gene map (host/genome/GENES.md): `$f` may change, `$parts` is there to be copied from and stays what it is."""
    named = [(b"f", 0, b"\x00"), (b"parts", 1, b"\x01\x00\x00")]
    return b"\x01" + bytes([len(named)]) + b"".join(
        b"\x04" + bytes([len(name)]) + name + b"\x02" + bytes([function]) + bounds for name, function, bounds in named)


def wat(comment, variables, body, parts=False):
    given = " ".join(f"(param ${name} f64)" for name in names(variables))
    scaled = [f"(f64.mul (f64.convert_i64_s (local.get ${name})) (f64.const 0x1p-32))" for name in names(variables)]
    lines = [f";; {line}" for line in comment] + ["(module", f"  (func $f {given} (result f64)", f"    {body})"]
    if parts:
        lines += ["  ;; Never called: parts for a search to put together.", f"  (func $parts {given} (result f64)"]
        lines += [f"    (local.set $x {part})" for part in PARTS[variables]] + ["    (local.get $x))"]
    lines.append(LIBRARY.rstrip("\n"))
    lines += [f'  (func (export "run") {given.replace("f64", "i64")} (result i64)',
              "    (i64.trunc_sat_f64_s", "      (f64.nearest", "        (f64.mul",
              f"          (call $f {' '.join(scaled)})", "          (f64.const 0x1p32)))))"]
    if parts:
        escaped = "".join(f"\\{byte:02x}" for byte in genes())
        lines += ["  ;; The gene map: $f may change, $parts is there to be copied from.",
                  f'  (@custom "flux.genes" "{escaped}")']
    lines[-1] += ")"
    return "\n".join(lines) + "\n"


def drawn(n, count, seed):
    _, variables, least, greatest, *_ = PROBLEMS[n]
    rng = random.Random(seed)
    return [tuple(rng.randint(max(least * ONE, 1 if least == 0 else least * ONE), greatest * ONE)
                  for _ in range(variables)) for _ in range(count)]


def expected(n, point):
    return round(PROBLEMS[n][6](*(value / ONE for value in point)) * ONE)


def head(n, rivals, held_out):
    return (f'name = "nguyen-{n}"\ntitle = "{PROBLEMS[n][0]}"\nworld = "program"\nrivals = {json.dumps(rivals)}\n'
            f"held_out = {held_out}\nseed = {n}\n\n[budget]\ncycles = 20_000\n\n")


def arena(n):
    formula, variables, least, greatest, *_ = PROBLEMS[n]
    text = (f"# Nguyen {n}: {formula}, to be found from {POINTS} points from {least} to {greatest}.\n#\n"
            f"# Input:  {' and '.join(names(variables))}, in units of 2^-32.\n# Output: the value, in units of 2^-32.\n#\n"
            "# A value is right within 2^-28; what is generated is held out.\n#\n"
            "# Written by benches/problems/nguyen.py. Rivals, best first:\n#   best.wat     the formula\n"
            "#   founder.wat  x, and parts that nobody calls yet\n\n")
    text += head(n, ["best.wat", "founder.wat"], 0.5)
    for point in drawn(n, POINTS, n):
        text += (f"[[case]]\ninput = {list(point)}\nexpected = [{expected(n, point)}]\ntolerance = {TOLERANCE}\n"
                 "held_out = false\n\n")
    low = 1 if least == 0 else least * ONE
    parts = ", ".join([f"{{ min = {low}, max = {greatest * ONE} }}"] * variables)
    return text + f'[generate]\ncount = {POINTS}\noracle = "oracle.wat"\ninput = [{parts}]\ntolerance = {TOLERANCE}\n'


def write():
    rows = ["# `points` are drawn evenly from `least` to `greatest`.", ""]
    for n, (formula, variables, least, greatest, best, oracle, _) in sorted(PROBLEMS.items()):
        folder = FAMILY / f"f{n:02}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "arena.toml").write_text(arena(n))
        (folder / "best.wat").write_text(wat([f"{formula}."], variables, best))
        (folder / "founder.wat").write_text(
            wat(["A founder: x itself, with functions and parts that a search may use."], variables, X, parts=True))
        (folder / "oracle.wat").write_text(
            wat(["Says what is expected in generated cases.", f"{formula}, in another form than best.wat where there is one."],
                variables, oracle))
        rows += ["[[problem]]", f'name = "f{n:02}"', f'formula = "{formula}"', f"variables = {variables}",
                 f"least = {least}", f"greatest = {greatest}", f"points = {POINTS}", ""]
    rows += ["# Share of exact recoveries over 100 runs of each formula, at 2 million evaluations, in per cent.",
             "[published]", "mcts = 93.3", "nggp = 92.3", "gegl = 86.0", "dsr = 83.6", "pysr = 74.4"]
    (FAMILY / "table.toml").write_text("\n".join(rows) + "\n")


def check(flux):
    good = True
    for n in sorted(PROBLEMS):
        with tempfile.TemporaryDirectory() as place:
            place = pathlib.Path(place)
            for file in ("best.wat", "oracle.wat"):
                (place / file).write_text((FAMILY / f"f{n:02}" / file).read_text())
            text = head(n, ["best.wat", "oracle.wat"], 0.0)
            for point in dict.fromkeys(drawn(n, 500, 1000 + n)):
                text += f"[[case]]\ninput = {list(point)}\nexpected = [{expected(n, point)}]\ntolerance = 1\n\n"
            (place / "arena.toml").write_text(text)
            done = subprocess.run([flux, "tournament", str(place), "--json"], capture_output=True, text=True)
        confidences = {s["name"]: s["score"]["confidence"] for s in json.loads(done.stdout)["standings"]} if done.stdout else done.stderr
        good &= confidences == {"best": 1.0, "oracle": 1.0}
        print(f"f{n:02}: {confidences}")
    return good


if __name__ == "__main__":
    if sys.argv[1:2] == ["check"]:
        sys.exit(0 if check(sys.argv[2]) else 1)
    write()
