#!/usr/bin/env python3
"""Makes genomes/sorting-networks, and checks a network by the 0/1 principle.

    python3 benches/problems/sorting_networks.py                  # write arenas and genomes
    python3 benches/problems/sorting_networks.py check N FILE.wat # is the straight line of comparators in FILE a network?
"""
import itertools
import pathlib
import random
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
FAMILY = HERE.parent.parent / "genomes" / "sorting-networks"

# Networks of the best known sizes, which are proved to be the least for up to 12 numbers; `write` proves that they sort.
BEST = {
    8: "0-2 1-3 4-6 5-7 0-4 1-5 2-6 3-7 0-1 2-3 4-5 6-7 2-4 3-5 1-4 3-6 1-2 3-4 5-6",
    9: "0-3 1-7 2-5 4-8 0-7 2-4 3-8 5-6 0-2 1-3 4-5 7-8 1-4 3-6 5-7 0-1 2-4 3-5 6-8 2-3 4-5 6-7 1-2 3-4 5-6",
    10: "0-8 1-9 2-7 3-5 4-6 0-2 1-4 5-8 7-9 0-3 2-4 5-7 6-9 0-1 3-6 8-9 1-5 2-3 4-8 6-7 1-2 3-5 4-6 7-8 2-3 4-5 "
        "6-7 3-4 5-6",
    11: "0-9 1-6 2-4 3-7 5-8 0-1 3-5 4-10 6-9 7-8 1-3 2-5 4-7 8-10 0-4 1-2 3-7 5-9 6-8 0-1 2-6 4-5 7-8 9-10 2-4 3-6 "
        "5-7 8-9 1-2 3-4 5-6 7-8 2-3 4-5 6-7",
    12: "0-8 1-7 2-6 3-11 4-10 5-9 0-1 2-5 3-4 6-9 7-8 10-11 0-2 1-6 5-10 9-11 0-3 1-2 4-6 5-7 8-11 9-10 1-4 3-5 "
        "6-8 7-10 1-3 2-5 6-9 8-10 2-3 4-5 6-7 8-9 4-6 5-7 3-4 5-6 7-8",
    13: "0-12 1-10 2-9 3-7 5-11 6-8 1-6 2-3 4-11 7-9 8-10 0-4 1-2 3-6 7-8 9-10 11-12 4-6 5-9 8-11 10-12 0-5 3-8 4-7 "
        "6-11 9-10 0-1 2-5 6-9 7-8 10-11 1-3 2-4 5-6 9-10 1-2 3-4 5-7 6-8 2-3 4-5 6-7 8-9 3-4 5-6",
    14: "0-1 2-3 4-5 6-7 8-9 10-11 12-13 0-2 1-3 4-8 5-9 10-12 11-13 0-4 1-2 3-7 5-8 6-10 9-13 11-12 0-6 1-5 3-9 "
        "4-10 7-13 8-12 2-10 3-11 4-6 7-9 1-3 2-8 5-11 6-7 10-12 1-4 2-6 3-5 7-11 8-10 9-12 2-4 3-6 5-8 7-10 9-11 "
        "3-4 5-6 7-8 9-10 6-7",
}
SIZES = {8: 19, 9: 25, 10: 29, 11: 35, 12: 39, 13: 45, 14: 51}


def pairs(text):
    return [tuple(map(int, pair.split("-"))) for pair in text.split()]


def sorts(n, network):
    """Whether all 2^n vectors of zeros and ones come out in order: bit v of lane i is element i of vector v."""
    everything = (1 << (1 << n)) - 1
    lane = []
    for i in range(n):
        bits = ((1 << (1 << i)) - 1) << (1 << i)
        for doubled in range(i + 1, n):
            bits |= bits << (1 << doubled)
        lane.append(bits & everything)
    for i, j in network:
        lane[i], lane[j] = lane[i] & lane[j], lane[i] | lane[j]
    return all(lane[i] & ~lane[i + 1] == 0 for i in range(n - 1))


def bubble(n):
    return [(j, j + 1) for end in range(n - 1, 0, -1) for j in range(end)]


def random_network(n):
    """Comparators drawn by a fixed seed until the whole sorts: many are idle."""
    rng, network = random.Random(n), []
    while not sorts(n, network):
        network += [tuple(sorted(rng.sample(range(n), 2))) for _ in range(n)]
    return network


def wat(comment, network):
    lines = [f";; {line}" for line in comment] + [
        "(module",
        '  (memory (export "memory") 1)',
        "  ;; Where the numbers lie.",
        "  (global $at (mut i32) (i32.const 0))",
        "  ;; A comparator on 64 vectors at once: zeros go to the lower of $i and $j, ones to the upper.",
        "  (func $compare (param $i i32) (param $j i32)",
        "    (local $a i64) (local $b i64)",
        "    (local.set $i (i32.add (global.get $at) (i32.shl (local.get $i) (i32.const 3))))",
        "    (local.set $j (i32.add (global.get $at) (i32.shl (local.get $j) (i32.const 3))))",
        "    (local.set $a (i64.load (local.get $i)))",
        "    (local.set $b (i64.load (local.get $j)))",
        "    (i64.store",
        "      (select (local.get $i) (local.get $j) (i32.lt_u (local.get $i) (local.get $j)))",
        "      (i64.and (local.get $a) (local.get $b)))",
        "    (i64.store",
        "      (select (local.get $j) (local.get $i) (i32.lt_u (local.get $i) (local.get $j)))",
        "      (i64.or (local.get $a) (local.get $b))))",
        '  (func (export "run") (param $ptr i32) (param $len i32) (result i32 i32)',
        "    (global.set $at (local.get $ptr))",
    ] + [f"    (call $compare (i32.const {i}) (i32.const {j}))" for i, j in network] + [
        "    (local.get $ptr)", "    (local.get $len)))"]
    return "\n".join(lines) + "\n"


def signed(lane):
    return lane - (1 << 64) if lane >> 63 else lane


def packed(n):
    """Cases: the vectors with k ones, for every k, 64 at a time. What is left of 64 is filled with all zeros and all ones."""
    for k in range(1, n):
        vectors = [sum(1 << i for i in chosen) for chosen in itertools.combinations(range(n), k)]
        for part, at in enumerate(range(0, len(vectors), 64)):
            chunk = vectors[at:at + 64]
            chunk += [0 if at % 2 else (1 << n) - 1 for at in range(64 - len(chunk))]
            lanes = [sum((vector >> i & 1) << bit for bit, vector in enumerate(chunk)) for i in range(n)]
            ones = [vector.bit_count() for vector in chunk]
            ordered = [sum(1 << bit for bit, count in enumerate(ones) if i >= n - count) for i in range(n)]
            name = "1 one" if k == 1 else f"{k} ones"
            yield name if len(vectors) <= 64 else f"{name}, part {part + 1}", lanes, ordered


def arena(n, count):
    lines = [
        f"# {n} numbers in order, by comparators; {SIZES[n]} are the fewest known.", "#",
        f"# Input:  {n} numbers, each 64 bits: bit v of number i is element i of the v-th vector of zeros and ones.",
        "# Output: the same vectors in order, zeros first.", "#",
        f"# The cases are all 2^{n} vectors, grouped by how many ones they have, so passing them is a proof (0/1 principle).",
        "# Nothing is held out, because nothing is left over.", "#",
        "# Written by benches/problems/sorting_networks.py. Rivals, best first:",
        f"#   best.wat    {SIZES[n]} comparators, the best known",
        f"#   bubble.wat  {n * (n - 1) // 2} comparators between neighbours: none can be left out, though others could do with fewer",
        f"#   random.wat  {count} comparators drawn by a fixed seed until they sorted: many are idle", "",
        f'name = "sorting-network-{n}"', f'title = "{n} numbers in order, by comparators"', 'world = "program"',
        'rivals = ["best.wat", "bubble.wat", "random.wat"]', "held_out = 0.0", f"seed = {n}", "",
        "[budget]", "cycles = 40_000", ""]
    for name, lanes, ordered in packed(n):
        lines += ["[[case]]", f'name = "{name}"', f"input = {list(map(signed, lanes))}",
                  f"expected = {list(map(signed, ordered))}", ""]
    return "\n".join(lines).rstrip() + "\n"


def write():
    rows = ["# Comparators. `proved`: no network with fewer exists. `sorterhunter_s`: CPU-seconds of SorterHunter to `best`.", ""]
    hunter = {8: "up to 0.04", 9: "up to 0.04", 10: "up to 0.63", 11: "up to 0.16", 12: "up to 0.81",
              13: "two of five seeds in 40", 14: "0.63 to 6.4"}
    for n, text in BEST.items():
        folder = FAMILY / f"n{n:03}"
        folder.mkdir(parents=True, exist_ok=True)
        networks = {"best": pairs(text), "bubble": bubble(n), "random": random_network(n)}
        for name, network in networks.items():
            assert sorts(n, network), (n, name)
        assert len(networks["best"]) == SIZES[n], n
        about = {"best": [f"{SIZES[n]} comparators: the fewest known for {n} numbers."],
                 "bubble": ["Bubble sort as a network: comparators between neighbours only."],
                 "random": ["Comparators drawn by a fixed seed until the whole sorts."]}
        for name, network in networks.items():
            (folder / f"{name}.wat").write_text(wat(about[name], network))
        (folder / "arena.toml").write_text(arena(n, len(networks["random"])))
        rows += ["[[problem]]", f'name = "n{n:03}"', f"n = {n}", f"best = {SIZES[n]}",
                 f"proved = {'true' if n <= 12 else 'false'}", f"bubble = {len(networks['bubble'])}",
                 f"random = {len(networks['random'])}", f'sorterhunter_s = "{hunter[n]}"', ""]
    (FAMILY / "table.toml").write_text("\n".join(rows).rstrip() + "\n")


def check(n, file):
    """Reads calls with two constants, folded or not; more in the file than these is not looked at."""
    text = re.sub(r"\(;[^;]*;\)|;;[^\n]*", " ", pathlib.Path(file).read_text())
    folded = re.findall(r"\(call \S+ \(i32\.const (\d+)\) \(i32\.const (\d+)\)\)", text)
    line = re.findall(r"i32\.const (\d+)\s+i32\.const (\d+)\s+call \S+", text)
    network = [tuple(sorted((int(i), int(j)))) for i, j in folded or line]
    good = all(i < n and j < n for i, j in network) and sorts(n, network)
    print(f"{len(network)} comparators, {'a' if good else 'not a'} sorting network for {n} numbers; best known {SIZES[n]}")
    return good


if __name__ == "__main__":
    if sys.argv[1:2] == ["check"]:
        sys.exit(0 if check(int(sys.argv[2]), sys.argv[3]) else 1)
    write()
