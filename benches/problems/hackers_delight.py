#!/usr/bin/env python3
"""Makes the arenas of genomes/hackers-delight, and checks their genomes against the models below.

    python3 benches/problems/hackers_delight.py               # write naive.c, arena.toml and table.toml
    python3 benches/problems/hackers_delight.py naive         # compile naive.c to naive.wat; needs clang-14, lld-14 and binaryen
    python3 benches/problems/hackers_delight.py check FLUX    # 2,000 inputs from the models in `FLUX tournament`

The models say what a function is, bit by bit or in whole numbers, not how the book computes it.
"""
import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FAMILY = HERE.parent.parent / "genomes" / "hackers-delight"
M = 0xFFFFFFFF
TOP = 0x80000000


def signed(x):
    return x - (1 << 32) if x & TOP else x


def nlz(x):
    return 32 - x.bit_length()


def ntz(x):
    return (x & -x).bit_length() - 1 if x else 32


def ones_from(x):
    """How many ones stand in a row from the lowest bit up."""
    return ntz(~x & M)


def exchange(x, m, k):
    """Bit by bit: below the mask, bit i and bit i + k differ or not, and both are turned over where they do."""
    differ = [(x >> i & 1) ^ (x >> (i + k) & 1 if i + k < 32 else 0) & 1 for i in range(32)]
    turned = [bit & (m >> i & 1) for i, bit in enumerate(differ)]
    out = 0
    for i in range(32):
        out |= ((x >> i & 1) ^ turned[i] ^ (turned[i - k] if i >= k else 0)) << i
    return out


def next_same_ones(x):
    """The next larger number with as many ones; where it does not fit, the topmost string of ones moves to the bottom.

    The book's formula then loses the carry, and its ones are those of `(x >> 2) >> ntz(x)`.
    """
    low = ntz(x)
    run = ones_from(x >> low)
    if low + run < 32:
        above = (x >> (low + run) | 1) << (low + run)
        return above | ((1 << (run - 1)) - 1)
    return (x >> 2) >> low


def cycle(x, a, b, c):
    if x == a:
        return b
    if x == c:
        return a
    return c


def round_up(x):
    if x == 0 or x > TOP:
        return 0
    power = 1
    while power < x:
        power *= 2
    return power


UNARY, BINARY, TERNARY = ["x"], ["x", "y"], ["x", "m", "k"]
S1, U1 = "int32_t x", "uint32_t x"
S2, U2 = "int32_t x, int32_t y", "uint32_t x, uint32_t y"

# number: (title, C parameters, C body, model, published operator counts: -O0, -O0 + wasm-opt -O4, -O3, by hand)
PROBLEMS = {
    1: ("turn off the rightmost 1-bit", S1, "return x & (x - 1);",
        lambda x: x & ~(1 << ntz(x)) if x else 0, (28, 11, 5, 5)),
    2: ("test for the form 2^n - 1 (zero if so)", S1, "return x & (x + 1);",
        lambda x: x >> ones_from(x) << ones_from(x), (28, 11, 5, 5)),
    3: ("isolate the rightmost 1-bit", S1, "return x & -x;",
        lambda x: 1 << ntz(x) if x else 0, (28, 11, 5, 5)),
    4: ("mask of the rightmost 1-bit and the zeros behind it", S1, "return x ^ (x - 1);",
        lambda x: (2 << ntz(x)) - 1 & M if x else M, (28, 11, 5, 5)),
    5: ("propagate the rightmost 1-bit to the right", S1, "return x | (x - 1);",
        lambda x: x | (1 << ntz(x)) - 1 if x else M, (28, 11, 5, 5)),
    6: ("turn on the rightmost 0-bit", S1, "return x | (x + 1);",
        lambda x: x | 1 << ones_from(x) if x != M else M, (28, 11, 5, 5)),
    7: ("isolate the rightmost 0-bit", S1, "return ~x & (x + 1);",
        lambda x: 1 << ones_from(x) if x != M else 0, (34, 13, 7, 7)),
    8: ("mask of the trailing zeros", S1, "return ~x & (x - 1);",
        lambda x: (1 << ntz(x)) - 1, (34, 13, 7, 7)),
    9: ("absolute value", S1, "int32_t y = x >> 31; return (x ^ y) - y;",
        lambda x: abs(signed(x)), (41, 18, 8, 8)),
    10: ("test nlz(x) = nlz(y)", U2, "return (x ^ y) <= (x & y);",
         lambda x, y: nlz(x) == nlz(y), (49, 18, 7, 5)),
    11: ("test nlz(x) < nlz(y)", U2, "return (x & ~y) > y;",
         lambda x, y: nlz(x) < nlz(y), (48, 17, 7, 5)),
    12: ("test nlz(x) <= nlz(y)", U2, "return (y & ~x) <= x;",
         lambda x, y: nlz(x) <= nlz(y), (48, 17, 7, 5)),
    13: ("sign: -1, 0 or 1", S1, "return (x >> 31) | ((uint32_t)-x >> 31);",
         lambda x: (signed(x) > 0) - (signed(x) < 0), (40, 15, 7, 7)),
    14: ("floor of the average of two signed numbers", S2, "return (x & y) + ((x ^ y) >> 1);",
         lambda x, y: (signed(x) + signed(y)) // 2, (45, 20, 9, 8)),
    15: ("ceiling of the average of two signed numbers", S2, "return (x | y) - ((x ^ y) >> 1);",
         lambda x, y: -(-(signed(x) + signed(y)) // 2), (45, 20, 9, 9)),
    16: ("the larger of two signed numbers", S2, "return ((x ^ y) & -(x >= y)) ^ y;",
         lambda x, y: max(signed(x), signed(y)), (62, 22, 6, 6)),
    17: ("turn off the rightmost string of 1-bits", S1, "return (((x - 1) | x) + 1) & x;",
         lambda x: x & ~(((1 << ones_from(x >> ntz(x))) - 1) << ntz(x)) if x else 0, (41, 15, 9, 9)),
    18: ("test for a power of two", U1, "return x != 0 && (x & (x - 1)) == 0;",
         lambda x: x.bit_count() == 1, (58, 16, 4, 4)),
    19: ("exchange two fields: those under m, and those k bits higher", "uint32_t x, uint32_t m, uint32_t k",
         "uint32_t t = ((x >> k) ^ x) & m; return x ^ t ^ (t << k);",
         exchange, (69, 34, 14, 14)),
    20: ("the next larger number with as many 1-bits", U1,
         "uint32_t s = x & -x; uint32_t r = x + s; uint32_t t = x ^ r; return r | ((t >> 2) / s);",
         next_same_ones, (80, 37, 17, 17)),
    21: ("go round three values: a to b, b to c, c to a", "int32_t x, int32_t a, int32_t b, int32_t c",
         "return (-(x == c) & (a ^ c)) ^ (-(x == a) & (b ^ c)) ^ c;",
         cycle, (112, 41, 15, 11)),
    22: ("parity", U1, "x = x ^ (x >> 1); x = (x ^ (x >> 2)) & 0x11111111; x = x * 0x11111111; return (x >> 28) & 1;",
         lambda x: x.bit_count() & 1, (83, 36, 18, 4)),
    23: ("how many 1-bits", U1,
         "x = x - ((x >> 1) & 0x55555555); x = (x & 0x33333333) + ((x >> 2) & 0x33333333); "
         "x = (x + (x >> 4)) & 0x0f0f0f0f; x = x + (x >> 8); x = x + (x >> 16); return x & 0x3f;",
         lambda x: x.bit_count(), (140, 61, 35, 2)),
    24: ("round up to a power of two", U1,
         "x = x - 1; x = x | (x >> 1); x = x | (x >> 2); x = x | (x >> 4); x = x | (x >> 8); x = x | (x >> 16); "
         "return x + 1;",
         round_up, (128, 59, 30, 10)),
    25: ("the high half of an unsigned product", U2,
         "uint32_t x0 = x & 0xffff; uint32_t x1 = x >> 16; uint32_t y0 = y & 0xffff; uint32_t y1 = y >> 16; "
         "uint32_t low = x0 * y0; uint32_t t = x1 * y0 + (low >> 16); uint32_t w1 = t & 0xffff; "
         "uint32_t w2 = t >> 16; w1 = x0 * y1 + w1; uint32_t w3 = w1 >> 16; return x1 * y1 + w2 + w3;",
         lambda x, y: x * y >> 32, (182, 89, 38, 8)),
}

EDGES = [0, 1, 2, 3, 5, 7, 8, 0x80, 0x8000, 0x10000, 0x55555555, 0x33333333, 0x0F0F0F0F, 0x12345678, 0x40000000,
         0x7FFFFFFE, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xAAAAAAAA, 0xC0000000, 0xFFFF0000, 0xFFFFFFFE, 0xFFFFFFFF]
PAIRS = [0, 1, 2, 0x55555555, 0x7FFFFFFF, 0x80000000, 0xAAAAAAAA, 0xFFFFFFFE, 0xFFFFFFFF]
FIELDS = [(0x12345678, 0xFF, 8), (0x12345678, 0xFF, 24), (0x12345678, 0xFFFF, 16), (0xAAAAAAAA, 0x55555555, 1),
          (0x0000FFFF, 0x00000F0F, 4), (0xFFFFFFFF, 0x0000FFFF, 16), (0x80000000, 0x1, 31), (0x1, 0x1, 31),
          (0, 0xFFFF, 16), (0xDEADBEEF, 0, 7), (0x13579BDF, 0x00FF00FF, 8), (0xCAFEBABE, 0xFFFFFFFF, 0),
          (0xCAFEBABE, 0xFFFFFFFF, 3)]
CYCLES = [(1, 1, 2, 3), (2, 1, 2, 3), (3, 1, 2, 3), (0, 0, M, TOP), (M, 0, M, TOP), (TOP, 0, M, TOP),
          (0x55555555, 0x55555555, 0xAAAAAAAA, 0x33333333), (0xAAAAAAAA, 0x55555555, 0xAAAAAAAA, 0x33333333),
          (0x33333333, 0x55555555, 0xAAAAAAAA, 0x33333333), (0x7FFFFFFF, 0x7FFFFFFF, TOP, 1),
          (TOP, 0x7FFFFFFF, TOP, 1), (1, 0x7FFFFFFF, TOP, 1)]


def parameters(n):
    return [part.split()[-1] for part in PROBLEMS[n][1].split(",")]


def edges(n):
    if n == 19:
        return FIELDS
    if n == 21:
        return CYCLES
    if len(parameters(n)) == 2:
        return [(x, y) for x in PAIRS for y in PAIRS]
    return [(x,) for x in EDGES if not (n == 20 and x == 0)]


def expected(n, values):
    return int(PROBLEMS[n][3](*values)) & M


def ranges(n):
    """How each parameter is drawn: as a signed number, so that small and large ones of both signs are seen."""
    if n == 19:
        return [(0, M), (0, M), (0, 31)]
    if n == 20:
        return [(1, M)]
    if n == 21:
        return [(-2, 2)] * 4
    return [(-TOP, TOP - 1)] * len(parameters(n))


def draw(n, rng):
    if n == 21:
        return tuple(rng.randint(0, 3) if rng.random() < 0.5 else rng.choice((7, TOP)) for _ in range(4))
    values = []
    for low, high in ranges(n):
        value = rng.randint(low, high) if high < 32 or rng.random() < 0.7 else rng.getrandbits(rng.randint(1, 32))
        values.append(max(value, 1 if n == 20 else value) & M)
    return tuple(values)


def number(value):
    return f"{value:_}"


def cases(n, inputs):
    return "".join(
        f"[[case]]\ninput = [{', '.join(number(v) for v in values)}]\nexpected = [{number(expected(n, values))}]\n\n"
        for values in inputs)


def head(n, rivals):
    return (f'name = "p{n:02}"\ntitle = "{PROBLEMS[n][0]}"\nworld = "program"\nrivals = {json.dumps(rivals)}\n'
            f"held_out = 0.25\nseed = {n}\n\n[budget]\ncycles = 2_000\n\n")


def arena(n):
    given = ", ".join(f"`{name}`" for name in parameters(n))
    text = (f"# Hacker's Delight p{n:02}: {PROBLEMS[n][0]}.\n#\n# Input:  {given}; the low 32 bits of each number count.\n"
            "# Output: 32 bits, as a number from 0 to 4294967295.\n#\n"
            "# Written by benches/problems/hackers_delight.py. Rivals, best first:\n"
            "#   best.wat   by hand\n#   naive.wat  naive.c as LLVM compiles it without optimising\n\n")
    text += head(n, ["best.wat", "naive.wat"]) + cases(n, edges(n))
    parts = ", ".join(f"{{ min = {number(low)}, max = {number(high)} }}" for low, high in ranges(n))
    return text + f'[generate]\ncount = 40\noracle = "oracle.wat"\ninput = [{parts}]\n'


def write():
    rows = ["# Static operators of the function alone: `end`, the wrapper and the entry are not counted.",
            "# Published: clang 14, binaryen 108; `by_hand` is an upper bound. `best` is best.wat here.", ""]
    for n, (title, c_parameters, body, _, counts) in PROBLEMS.items():
        folder = FAMILY / f"p{n:02}"
        folder.mkdir(parents=True, exist_ok=True)
        kind = "uint32_t" if "uint" in c_parameters and n not in (10, 11, 12, 18) else "int32_t"
        lines = "\n".join("    " + line.strip() + ";" for line in body.rstrip(";").split(";"))
        (folder / "naive.c").write_text(
            f"// {title[0].upper()}{title[1:]}.\n#include <stdint.h>\n\n{kind} p{n:02}({c_parameters}) {{\n{lines}\n}}\n")
        (folder / "arena.toml").write_text(arena(n))
        arity = {1: "unary", 2: "binary"}.get(len(parameters(n)), "more")
        rows += ["[[problem]]", f'name = "p{n:02}"', f'title = "{title}"', f'arity = "{arity}"',
                 f"parameters = {len(parameters(n))}", f"llvm_o0 = {counts[0]}", f"wasm_opt_o4 = {counts[1]}",
                 f"llvm_o3 = {counts[2]}", f"by_hand = {counts[3]}"]
        for file in ("naive", "best"):
            if (folder / f"{file}.wat").exists():
                rows.append(f"{file} = {count((folder / f'{file}.wat').read_text())}")
        rows.append("")
    (FAMILY / "table.toml").write_text("\n".join(rows).rstrip() + "\n")


def count(wat):
    """Operators of the first function, by the parentheses of folded text."""
    body = re.sub(r";;.*", "", wat).split('(func (export "run")')[0].split("(func", 1)[1]
    operators = re.findall(r"\(([a-z0-9_.]+)", body)
    return sum(1 for name in operators if name not in ("param", "result", "local", "return", "then", "block", "func"))


def fold(text):
    """S-expressions as nested lists."""
    stack = [[]]
    for token in re.findall(r'"[^"]*"|[()]|[^\s()]+', re.sub(r";;.*", "", text)):
        if token == "(":
            stack.append([])
        elif token == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(token)
    return stack[0][0]


def flat(node):
    return node if isinstance(node, str) else "(" + " ".join(map(flat, node)) + ")"


def naive():
    for n in PROBLEMS:
        folder = FAMILY / f"p{n:02}"
        name = f"p{n:02}"
        with tempfile.TemporaryDirectory() as place:
            out = f"{place}/naive.wasm"
            subprocess.run(["clang-14", "--target=wasm32", "-O0", "-fwrapv", "-nostdlib", "-fuse-ld=/usr/bin/wasm-ld-14",
                            "-Wl,--no-entry", f"-Wl,--export={name}", "-Wl,--export=__heap_base",
                            "-Wl,-z,stack-size=1024", str(folder / "naive.c"), "-o", out], check=True)
            module = fold(subprocess.run(["wasm-dis", out], check=True, capture_output=True, text=True).stdout)
        stack = next(part for part in module if part[0] == "global" and part[1] == "$__stack_pointer")
        base = next(part for part in module if part[0] == "global" and part[1] != "$__stack_pointer")
        function = next(part for part in module if part[0] == "func" and part[1] == f"${name}")
        names = parameters(n)
        given = " ".join(f"(param ${p} i64)" for p in names)
        wrapped = " ".join(f"(i32.wrap_i64 (local.get ${p}))" for p in names)
        lines = [";; naive.c as clang-14 compiles it with -O0, and a wrapper that makes 32 bits of each number.",
                 "(module", "  (memory (export \"memory\") 1)", f"  {flat(stack)}",
                 f"  (global (export \"__heap_base\") i32 {flat(base[-1])})"]
        header = [part for part in function[1:] if isinstance(part, str) or part[0] in ("param", "result")]
        lines.append(f"  (func {' '.join(map(flat, header))}")
        rest = [part for part in function[1:] if part not in header]
        local = [flat(part) for part in rest if part[0] == "local"]
        for at in range(0, len(local), 6):
            lines.append("    " + " ".join(local[at:at + 6]))
        for part in rest:
            if part[0] == "block":
                lines.append("    (" + " ".join(part[:2]))
                lines += ["      " + flat(inner) for inner in part[2:]]
                lines[-1] += ")"
            elif part[0] != "local":
                lines.append("    " + flat(part))
        lines[-1] += ")"
        lines.append(f"  (func (export \"run\") {given} (result i64)\n    (i64.extend_i32_u (call ${name} {wrapped}))))")
        (folder / "naive.wat").write_text("\n".join(lines) + "\n")


def check(flux):
    good = True
    for n in PROBLEMS:
        rng = random.Random(n)
        folder = FAMILY / f"p{n:02}"
        inputs = list(dict.fromkeys(draw(n, rng) for _ in range(2_000)))
        with tempfile.TemporaryDirectory() as place:
            place = pathlib.Path(place)
            names = ["naive.wat", "best.wat", "oracle.wat"]
            for file in names:
                text = (folder / file).read_text()
                (place / file).write_text(text)
            (place / "arena.toml").write_text(head(n, names).replace("2_000", "100_000") + cases(n, inputs))
            done = subprocess.run([flux, "tournament", str(place), "--json"], capture_output=True, text=True)
        if not done.stdout:
            print(n, done.stderr)
            good = False
            continue
        for standing in json.loads(done.stdout)["standings"]:
            if standing["score"]["confidence"] != 1:
                print(f"p{n:02}: {standing['name']} has confidence {standing['confidence']}")
                good = False
        print(f"p{n:02}: {len(inputs)} inputs")
    return good


if __name__ == "__main__":
    what = sys.argv[1] if len(sys.argv) > 1 else "write"
    if what == "check":
        sys.exit(0 if check(sys.argv[2]) else 1)
    elif what == "naive":
        naive()
    write()
