// Runs metered modules under V8 and prints how each run ended.
//
// Usage: node node.mjs RUNS.json
// RUNS.json is a list of { module: PATH, runs: [{ function, args: [[type, bits]], budget }] }.
// The answer on stdout is a list of lists in the same order: { ending, results, cycles, memories, globals }.
import { readFileSync } from "node:fs";

const HOST_PRICE = 64n;
const floats = new DataView(new ArrayBuffer(8));

function argument([type, bits]) {
  switch (type) {
    case "i32": return Number(bits);
    case "i64": return BigInt(bits);
    case "f32": floats.setUint32(0, Number(bits)); return floats.getFloat32(0);
    case "f64": floats.setBigUint64(0, BigInt(bits)); return floats.getFloat64(0);
    default: return null;
  }
}

// JavaScript does not keep the bits of a NaN, so no NaN is told from another here.
function answer(type, value) {
  switch (type) {
    case "i32": return String(value);
    case "i64": return String(value);
    case "f32":
      if (Number.isNaN(value)) return "nan";
      floats.setFloat32(0, value);
      return String(floats.getUint32(0));
    case "f64":
      if (Number.isNaN(value)) return "nan";
      floats.setFloat64(0, value);
      return String(floats.getBigUint64(0));
    default: return value === null ? "null" : "reference";
  }
}

// FNV-1a over the kilobytes that are not all zero.
function hash(bytes) {
  let hash = 0x811c9dc5;
  for (let at = 0; at < bytes.length; at += 1024) {
    const chunk = bytes.subarray(at, at + 1024);
    if (chunk.every((byte) => byte === 0)) continue;
    hash = Math.imul(hash ^ ((at / 1024) & 255), 0x01000193);
    for (let i = 0; i < chunk.length; i++) hash = Math.imul(hash ^ chunk[i], 0x01000193);
  }
  return hash >>> 0;
}

class OutOfCycles extends Error {}

function trap(message) {
  const kinds = [
    ["unreachable", "unreachable"], ["memory access out of bounds", "memory"], ["data segment", "memory"],
    ["table index is out of bounds", "table"], ["table access out of bounds", "table"],
    ["element segment", "table"], ["null function or function signature mismatch", "callee"],
    ["divide by zero", "division"], ["remainder by zero", "division"], ["divide result unrepresentable", "number"],
    ["float unrepresentable in integer range", "number"], ["Maximum call stack", "stack"],
  ];
  const found = kinds.find(([part]) => message.includes(part));
  return found ? found[1] : message;
}

function run(module, { function: name, args, results: types, budget }) {
  let exports;
  const pay = () => {
    const left = exports["flux.cycles"].value - HOST_PRICE;
    exports["flux.cycles"].value = left;
    if (left < 0n) throw new OutOfCycles();
  };
  const host = {
    sense: (channel) => (pay(), BigInt.asIntN(64, BigInt(channel) * 31n + 7n)),
    act: () => pay(),
    next: () => (pay(), 0x123456789abcdef0n),
  };
  try {
    exports = new WebAssembly.Instance(module, { host }).exports;
  } catch {
    return { ending: "not instantiated" };
  }
  const counter = exports["flux.cycles"];
  counter.value = BigInt(budget);
  let results;
  try {
    exports["flux.start"]?.();
    results = exports[name](...args.map(argument));
  } catch (error) {
    if (error instanceof OutOfCycles || exports["flux.stop"].value === 1) return { ending: "exhausted" };
    if (exports["flux.stop"].value === 2) return { ending: "too deep" };
    return { ending: `trapped: ${trap(String(error.message))}` };
  }
  if (counter.value < 0n) return { ending: "exhausted" };
  const list = types.length === 0 ? [] : types.length === 1 ? [results] : results;
  const memories = {};
  for (const [key, value] of Object.entries(exports)) {
    if (value instanceof WebAssembly.Memory) {
      const bytes = new Uint8Array(value.buffer);
      memories[key] = [bytes.length, hash(bytes)];
    }
  }
  return {
    ending: "completed",
    results: list.map((value, i) => answer(types[i], value)),
    cycles: String(BigInt(budget) - counter.value),
    memories,
  };
}

const answers = JSON.parse(readFileSync(process.argv[2], "utf8")).map(({ module: path, runs }) => {
  let module;
  try {
    module = new WebAssembly.Module(readFileSync(path));
  } catch (error) {
    return { refused: String(error.message) };
  }
  return runs.map((one) => run(module, one));
});
process.stdout.write(JSON.stringify(answers));
