//! The WebAssembly features that genomes may use: one set for every validator and engine.

use wasmparser::WasmFeatures;

/// WebAssembly 2.0 with tail calls, several memories, extended constants, and components.
///
/// Left out on purpose: threads and relaxed SIMD (their results differ from machine to machine), 64-bit memories
/// (not needed within the memory limits), exceptions and garbage collection (their costs are not priced yet).
pub const FEATURES: WasmFeatures = WasmFeatures::WASM2
    .union(WasmFeatures::TAIL_CALL)
    .union(WasmFeatures::MULTI_MEMORY)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::COMPONENT_MODEL);
