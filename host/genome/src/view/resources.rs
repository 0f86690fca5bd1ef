//! What wasmparser's function validator asks about a module, answered from the module view.

use wasmparser::types::CoreTypeId;
use wasmparser::{
    Error, FuncType, GlobalType, HeapType, MemoryType, RefType, SubType, TableType, ValType,
    WasmModuleResources,
};

use super::ModuleView;
use super::function::is_plain;

/// The module view as the validator's source of types.
///
/// `ref.func` never reaches it (see [`super::function`]), and typed function references, garbage collection and
/// exceptions are switched off, so no type is ever asked for by identity. Things of types that flux does not rewrite
/// are answered as missing: a function that uses one does not validate here, and is left alone.
pub(super) struct Resources<'m, 'a>(pub(super) &'m ModuleView<'a>);

impl WasmModuleResources for Resources<'_, '_> {
    fn table_at(&self, at: u32) -> Option<TableType> {
        let plain =
            |table: &TableType| is_plain(ValType::Ref(table.element_type)) && !table.table64 && !table.shared;
        self.0.tables.get(at as usize).copied().filter(plain)
    }

    fn memory_at(&self, at: u32) -> Option<MemoryType> {
        self.0.memories.get(at as usize).copied().filter(|memory| !memory.memory64 && !memory.shared)
    }

    fn tag_at(&self, _at: u32) -> Option<&FuncType> {
        None
    }

    fn global_at(&self, at: u32) -> Option<GlobalType> {
        self.0.globals.get(at as usize).map(|g| g.ty).filter(|ty| is_plain(ty.content_type) && !ty.shared)
    }

    fn sub_type_at(&self, type_index: u32) -> Option<&SubType> {
        self.0
            .types
            .get(type_index as usize)
            .filter(|_| self.0.plain_types.get(type_index as usize) == Some(&true))
    }

    fn sub_type_at_id(&self, _id: CoreTypeId) -> &SubType {
        // INVARIANT: no value has a type by identity, so no identity exists to ask with.
        unreachable!("types by identity are switched off")
    }

    fn type_id_of_function(&self, _func_idx: u32) -> Option<CoreTypeId> {
        None
    }

    fn type_index_of_function(&self, func_index: u32) -> Option<u32> {
        self.0.functions.get(func_index as usize).map(|function| function.type_index)
    }

    fn element_type_at(&self, at: u32) -> Option<RefType> {
        self.0.elements.get(at as usize).copied().filter(|&ty| is_plain(ValType::Ref(ty)))
    }

    fn is_subtype(&self, a: ValType, b: ValType) -> bool {
        match (a, b) {
            (ValType::Ref(a), ValType::Ref(b)) => {
                a.heap_type() == b.heap_type() && (b.is_nullable() || !a.is_nullable())
            }
            _ => a == b,
        }
    }

    fn is_shared(&self, _ty: RefType) -> bool {
        false
    }

    fn check_heap_type(&self, heap_type: &mut HeapType, offset: usize) -> Result<(), Error> {
        let _ = (heap_type, offset);
        Ok(())
    }

    fn top_type(&self, heap_type: &HeapType) -> HeapType {
        *heap_type
    }

    fn element_count(&self) -> u32 {
        self.0.elements.len() as u32
    }

    fn data_count(&self) -> Option<u32> {
        self.0.data_count
    }

    fn is_function_referenced(&self, _idx: u32) -> bool {
        true
    }

    fn has_function_exact_type(&self, _idx: u32) -> bool {
        false
    }
}
