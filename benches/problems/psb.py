#!/usr/bin/env python3
"""Makes the arenas of genomes/psb, and checks their genomes against the models below.

    python3 benches/problems/psb.py               # write arena.toml of each problem, and table.toml
    python3 benches/problems/psb.py check FLUX    # best and oracle on 2,000 inputs from the models
"""
import json
import math
import pathlib
import random
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FAMILY = HERE.parent.parent / "genomes" / "psb"


def coins(n):
    quarters, rest = divmod(n, 25)
    dimes, rest = divmod(rest, 10)
    nickels, pennies = divmod(rest, 5)
    return [pennies, nickels, dimes, quarters]


def fizz_buzz(n):
    return [-3 if n % 15 == 0 else -1 if n % 3 == 0 else -2 if n % 5 == 0 else n]


# name: (suite, title, input and output in words, parts as (least, greatest, fewest, most), edges, selection cases,
#        PushGP successes of 100 or None, model)
PROBLEMS = {
    "count-odds": (1, "how many numbers are odd", "up to 50 numbers from -1000 to 1000", "the count",
                   [(-1000, 1000, 0, 50)],
                   [[], [-10], [-9], [-8], [-1], [0], [1], [2], [3], [-7, 4], [12, -3], [-1000, 999, 0],
                    [1] * 50, [0] * 50, [7, 14, 21, 28, 35, 42]], 200, None,
                   lambda *x: [sum(1 for value in x if value % 2 == 1)]),
    "last-index-of-zero": (1, "the position of the last zero", "1 to 50 numbers from -50 to 50, a zero among them",
                           "its position, from 0",
                           [(-50, 50, 0, 24), (0, 0, 1, 1), (-50, 50, 0, 25)],
                           [[0], [0, 0], [1, 0], [0, 1], [-7, 0, 3], [0, -44], [0] * 50, [0] + [9] * 49, [9] * 49 + [0],
                            [0, 5, 0, 5, 0], [50, 0, -50, 0], [3, 0, 0, 0, 3]], 150, None,
                           lambda *x: [max(at for at, value in enumerate(x) if value == 0)]),
    "median": (1, "the middle one of three numbers", "three numbers from -100 to 100", "the middle one",
               [(-100, 100, 3, 3)],
               [[0, 0, 0], [1, 2, 3], [3, 2, 1], [2, 1, 3], [2, 3, 1], [1, 3, 2], [3, 1, 2], [5, 5, 1], [5, 1, 5],
                [1, 5, 5], [1, 1, 5], [1, 5, 1], [5, 1, 1], [-100, 0, 100]], 100, None,
               lambda *x: [sorted(x)[1]]),
    "smallest": (1, "the smallest of four numbers", "four numbers from -100 to 100", "the smallest",
                 [(-100, 100, 4, 4)],
                 [[0, 0, 0, 0], [1, 2, 3, 4], [4, 3, 2, 1], [2, 1, 4, 3], [3, 4, 1, 2], [-44, -10, -100, 100],
                  [9, 9, 9, 8], [8, 9, 9, 9], [100, 100, 99, 100]], 100, None,
                 lambda *x: [min(x)]),
    "sum-of-squares": (1, "the sum of the first squares", "a number n from 1 to 100", "1 + 4 + ... + n^2",
                       [(1, 100, 1, 1)], [[1], [2], [3], [4], [5], [100]], 50, None,
                       lambda n: [sum(k * k for k in range(1, n + 1))]),
    "coin-sums": (2, "the fewest coins", "an amount in cents from 1 to 10000", "pennies, nickels, dimes, quarters",
                  [(1, 10000, 1, 1)],
                  [[n] for n in (1, 4, 5, 9, 10, 15, 20, 24, 25, 30, 35, 49, 50, 99, 100, 9999, 10000)], 200, 2,
                  coins),
    "fizz-buzz": (2, "fizz buzz", "a number from 1 to 1000000",
                  "-1 for Fizz (3 divides it), -2 for Buzz (5), -3 for FizzBuzz (both), else the number",
                  [(1, 1000000, 1, 1)], [[n] for n in range(1, 21)] + [[49995], [999999], [1000000]], 200, 25,
                  fizz_buzz),
    "fuel-cost": (2, "fuel for masses", "1 to 20 numbers from 6 to 100000",
                  "the sum of each number's third, rounded down, less 2",
                  [(6, 100000, 1, 20)],
                  [[6], [7], [8], [9], [14], [9, 14], [12, 14, 1969, 100000], [6] * 20, [100000] * 20], 200, 50,
                  lambda *x: [sum(value // 3 - 2 for value in x)]),
    "gcd": (2, "the greatest common divisor", "two numbers from 1 to 1000000", "the greatest number that divides both",
            [(1, 1000000, 2, 2)],
            [[1, 1], [1, 1000000], [1000000, 1], [4, 400000], [400000, 4], [54, 24], [24, 54], [130232, 988543],
             [1000000, 1000000], [317811, 514229], [999999, 999998]], 200, 8,
            lambda a, b: [math.gcd(a, b)]),
}

# Where the distance to the right answer says something, as the suites have it: ten further inputs, once for each bound.
NEAR = {"count-odds": [16, 8, 4, 2, 1], "last-index-of-zero": [16, 8, 4, 2, 1],
        "sum-of-squares": [1 << 17, 1 << 14, 1 << 11, 1 << 8, 1 << 5], "coin-sums": [1 << 10, 1 << 8, 1 << 6, 1 << 4, 1 << 2],
        "fuel-cost": [1 << 18, 1 << 15, 1 << 12, 1 << 9, 1 << 6, 1 << 3]}
N_NEAR = 10


def number(value):
    return f"{value:_}"


def head(name, rivals, held_out, seed):
    return (f'name = "{name}"\ntitle = "{PROBLEMS[name][1]}"\nworld = "program"\nrivals = {json.dumps(rivals)}\n'
            f"held_out = {held_out}\nseed = {seed}\n\n[budget]\ncycles = 20_000\n\n")


def case(name, values, fixed=""):
    out = PROBLEMS[name][-1](*values)
    return (f"[[case]]\ninput = [{', '.join(map(number, values))}]\nexpected = [{', '.join(map(number, out))}]\n"
            f"{fixed}\n")


def draw(name, rng):
    return [rng.randint(least, greatest) for least, greatest, fewest, most in PROBLEMS[name][4]
            for _ in range(rng.randint(fewest, most))]


def arena(name, seed):
    suite, title, given, wanted, parts, edges, n_selection, *_ = PROBLEMS[name]
    n_held = n_selection // 2
    near = NEAR.get(name, [])
    n_written = len(edges) + N_NEAR * len(near)
    total = n_selection + N_NEAR * len(near) + n_held
    also = f"# {N_NEAR} inputs more count once for each of {len(near)} bounds on the error.\n" if near else ""
    text = (f"# {title[0].upper()}{title[1:]}: PSB{suite}.\n#\n# Input:  {given}.\n# Output: {wanted}.\n#\n"
            f"# {n_selection} cases for selection, as in the suite, and half as many held out.\n{also}#\n"
            "# Written by benches/problems/psb.py. Rivals, best first:\n#   best.wat     by hand\n"
            "#   founder.wat  a wrong answer, with parts of a right one\n\n")
    text += head(name, ["best.wat", "founder.wat"], round(n_held / total, 6), seed)
    for values in edges:
        text += case(name, values, "held_out = false\n")
    rng = random.Random(f"near {name}")
    for _ in range(N_NEAR if near else 0):
        values = draw(name, rng)
        for bound in near:
            text += case(name, values, f"tolerance = {bound}\nheld_out = false\n")
    ranges = []
    for least, greatest, fewest, most in parts:
        repeat = "" if fewest == most == 1 else f", repeat = {most if fewest == most else [fewest, most]}"
        ranges.append(f"{{ min = {number(least)}, max = {number(greatest)}{repeat} }}")
    return text + f'[generate]\ncount = {total - n_written}\noracle = "oracle.wat"\ninput = [{", ".join(ranges)}]\n'


def write():
    rows = ["# `pushgp`: successes of 100 runs with lexicase selection, where we have the figure.", ""]
    for seed, name in enumerate(PROBLEMS, 1):
        suite, title, *_, n_selection, rate, _ = PROBLEMS[name]
        folder = FAMILY / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "arena.toml").write_text(arena(name, seed))
        rows += ["[[problem]]", f'name = "{name}"', f'title = "{title}"', f"suite = {suite}",
                 f"selection_cases = {n_selection}"]
        rows += [f"pushgp = {rate}"] if rate is not None else []
        rows.append("")
    (FAMILY / "table.toml").write_text("\n".join(rows).rstrip() + "\n")


def check(flux):
    good = True
    for name in PROBLEMS:
        rng = random.Random(name)
        inputs = [draw(name, rng) for _ in range(2_000)]
        with tempfile.TemporaryDirectory() as place:
            place = pathlib.Path(place)
            for file in ("best.wat", "oracle.wat"):
                (place / file).write_text((FAMILY / name / file).read_text())
            text = head(name, ["best.wat", "oracle.wat"], 0.0, 1).replace("20_000", "100_000")
            text += "".join(case(name, values) for values in PROBLEMS[name][5] + inputs)
            (place / "arena.toml").write_text(text)
            done = subprocess.run([flux, "tournament", str(place), "--json"], capture_output=True, text=True)
        found = {s["name"]: s["score"]["confidence"] for s in json.loads(done.stdout)["standings"]} if done.stdout else done.stderr
        good &= found == {"best": 1.0, "oracle": 1.0}
        print(f"{name}: {found}")
    return good


if __name__ == "__main__":
    if sys.argv[1:2] == ["check"]:
        sys.exit(0 if check(sys.argv[2]) else 1)
    write()
