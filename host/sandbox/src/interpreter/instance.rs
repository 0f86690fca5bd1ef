//! An instance of an interpreted module, and making it as new.

use flux_genome::meter::{self, Stop};
use wasmi::{Func, Global, Memory, Store, TrapCode, TypedFunc, Val};

use super::border;
use super::host::{self, Host, Stopped};
use super::scalar::{self, Entering, Scalar};
use super::state::{Allocator, Changes, Writes};
use super::{Attempt, Program, Translated};
use crate::ending::{Ending, Trap, TrapKind};
use crate::setting::Setting;

/// Memory that is made as new by writing over all of it, at most; past it a new instance is cheaper.
const MAX_REWRITTEN_BYTES: usize = 128 << 10;

/// An instance and what its runs need of it.
pub(super) struct Instance {
    store: Store<Host>,
    start: Option<TypedFunc<(), ()>>,
    entry: Entry,
    cycles: Global,
    depth: Global,
    stop: Global,
    memory_bytes: usize,
    table_elements: usize,
    /// Whether the last run came back by itself.
    has_returned: bool,
    undo: Option<Undo>,
}

/// How an instance is called.
enum Entry {
    /// By the canonical ABI.
    List(List),
    /// With the numbers themselves.
    Scalar(Scalar, Call),
}

/// A function of numbers: the usual ones are called without looking at types each time.
enum Call {
    One(TypedFunc<i64, i64>),
    Two(TypedFunc<(i64, i64), i64>),
    Many { function: Func, arguments: Vec<Val>, results: Vec<Val> },
}

impl Call {
    fn of(function: Func, scalar: &Scalar, store: &Store<Host>) -> Self {
        if let Ok(function) = function.typed(store) {
            return Self::One(function);
        }
        if let Ok(function) = function.typed(store) {
            return Self::Two(function);
        }
        let zeros = |n: u32| vec![Val::I64(0); n as usize];
        Self::Many { function, arguments: zeros(scalar.n_params), results: zeros(scalar.n_results) }
    }

    /// Calls with as many numbers as the function takes.
    fn call(&mut self, store: &mut Store<Host>, input: &[i64]) -> Result<Vec<i64>, Stopping> {
        match (self, input) {
            (Self::One(function), [number]) => Ok(vec![function.call(store, *number)?]),
            (Self::Two(function), [first, second]) => Ok(vec![function.call(store, (*first, *second))?]),
            (Self::Many { function, arguments, results }, numbers) => {
                for (argument, number) in arguments.iter_mut().zip(numbers) {
                    *argument = Val::I64(*number);
                }
                function.call(store, arguments, results)?;
                Ok(results.iter().map(|result| result.i64().unwrap_or(0)).collect())
            }
            // INVARIANT: the number of numbers was compared before.
            (Self::One(_) | Self::Two(_), _) => Err(Stopping::Unreachable),
        }
    }
}

/// What the canonical ABI needs.
#[derive(Clone, Copy)]
struct List {
    memory: Memory,
    realloc: TypedFunc<(u32, u32, u32, u32), u32>,
    function: TypedFunc<(u32, u32), u32>,
    post_return: Option<TypedFunc<u32, ()>>,
    allocator: Option<Allocator>,
}

/// How an instance is made as new.
struct Undo {
    globals: Vec<(Global, Val)>,
    writes: Writes,
    /// The memory as it was, up to the last byte that was not zero.
    image: Vec<u8>,
    /// Where the last run's input was written.
    input: (usize, usize),
}

/// Why an interpreted run did not complete.
pub(super) enum Stopping {
    Engine(wasmi::Error),
    /// A value breaks the canonical ABI.
    Border,
    /// A function that need not be called would have stopped it.
    OutOfCycles,
    /// The same, trapping by itself.
    Unreachable,
}

impl From<Entering> for Stopping {
    fn from(entering: Entering) -> Self {
        match entering {
            Entering::OutOfCycles => Self::OutOfCycles,
            Entering::Unreachable => Self::Unreachable,
        }
    }
}

impl From<wasmi::Error> for Stopping {
    fn from(error: wasmi::Error) -> Self {
        Self::Engine(error)
    }
}

impl Instance {
    /// Makes an instance of `program`; the ending of every run where that cannot be done.
    pub(super) fn new(program: &Program, translated: &Translated) -> Result<Self, Ending> {
        let mut store = Store::new(translated.module.engine(), Host::new());
        store.limiter(|host| host);
        store.data_mut().can_be_called = !program.inventory.imports.is_empty();
        let imports = program.inventory.imports.iter();
        let imports: Vec<_> = imports.map(|function| host::function(&mut store, *function)).collect();
        let instance = wasmi::Instance::new(&mut store, &translated.module, &imports)
            .map_err(|error| instantiation_ending(&error))?;
        // INVARIANT: the component's validator has seen that these are exported with these types, and metering adds
        // the rest.
        Self::of(store, instance, program).ok_or(other_trap())
    }

    fn of(mut store: Store<Host>, instance: wasmi::Instance, program: &Program) -> Option<Self> {
        let cycles = instance.get_global(&store, meter::CYCLES)?;
        store.data_mut().cycles = Some(cycles);
        let entry = match program.inventory.scalar {
            Some(scalar) => {
                Entry::Scalar(scalar, Call::of(instance.get_func(&store, scalar::ENTRY)?, &scalar, &store))
            }
            None => {
                let names = program.names.as_ref()?;
                Entry::List(List {
                    memory: instance.get_memory(&store, &names.memory)?,
                    realloc: instance.get_typed_func(&store, &names.realloc).ok()?,
                    function: instance.get_typed_func(&store, &names.entry).ok()?,
                    post_return: match &names.post_return {
                        Some(name) => Some(instance.get_typed_func(&store, name).ok()?),
                        None => None,
                    },
                    allocator: program.inventory.allocator,
                })
            }
        };
        let data: &[u8] = match &entry {
            Entry::List(list) => list.memory.data(&store),
            Entry::Scalar(..) => &[],
        };
        let undo = match &program.inventory.changes {
            Changes::Lasting => None,
            Changes::Undoable { writes, .. }
                if *writes == Writes::Anywhere && data.len() > MAX_REWRITTEN_BYTES =>
            {
                None
            }
            Changes::Undoable { globals, writes } => {
                let globals = globals.iter().map(|index| {
                    let global = instance.get_global(&store, &meter::global_name(*index))?;
                    Some((global, global.get(&store)))
                });
                let globals = globals.collect::<Option<_>>()?;
                let image = if program.inventory.has_data {
                    let end = data.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
                    data.get(..end)?.to_vec()
                } else {
                    Vec::new()
                };
                Some(Undo { globals, writes: writes.clone(), image, input: (0, 0) })
            }
        };
        Some(Self {
            start: instance.get_typed_func(&store, meter::START).ok(),
            entry,
            cycles,
            depth: instance.get_global(&store, meter::DEPTH)?,
            stop: instance.get_global(&store, meter::STOP)?,
            memory_bytes: program.inventory.memories.iter().sum(),
            table_elements: program.inventory.tables.iter().sum(),
            has_returned: true,
            undo,
            store,
        })
    }

    /// Runs once. Only for an instance that is as new.
    pub(super) fn run(&mut self, input: &[i64], setting: &Setting, agent: u32, allowance: u64) -> Attempt {
        self.store.data_mut().begin(setting, agent, self.memory_bytes, self.table_elements);
        let budget = allowance.min(meter::MAX_BUDGET);
        let result = self.call(input, budget);
        self.has_returned = result.is_ok();
        let left = self.cycles.get(&self.store).i64().unwrap_or(0);
        let cycles = budget.saturating_sub(left.max(0).cast_unsigned());
        let ending = match result {
            Ok(numbers) => meter::spent(budget, left).map(|_| Ending::Numbers(numbers)),
            Err(Stopping::Border) => Some(trap(TrapKind::AbiViolation)),
            Err(Stopping::Unreachable) => Some(trap(TrapKind::Unreachable)),
            Err(Stopping::OutOfCycles) => None,
            Err(Stopping::Engine(error)) => self.read(&error),
        };
        let host = self.store.data_mut();
        Attempt { ending, cycles, acts: host.take_acts(), memory_peak_bytes: host.memory_peak_bytes }
    }

    fn call(&mut self, input: &[i64], budget: u64) -> Result<Vec<i64>, Stopping> {
        let budget = budget.cast_signed();
        match &mut self.entry {
            Entry::Scalar(scalar, function) => {
                let left = scalar.enter(input, budget)?;
                set(&mut self.store, self.cycles, left)?;
                let numbers = function.call(&mut self.store, input)?;
                let left = self.cycles.get(&self.store).i64().unwrap_or(-1);
                set(&mut self.store, self.cycles, left.saturating_sub(scalar.after))?;
                Ok(numbers)
            }
            Entry::List(list) => {
                let list = *list;
                set(&mut self.store, self.cycles, budget)?;
                self.call_list(list, input)
            }
        }
    }

    fn call_list(&mut self, list: List, input: &[i64]) -> Result<Vec<i64>, Stopping> {
        if let Some(start) = &self.start {
            start.call(&mut self.store, ())?;
        }
        // Nobody may leave while the host allocates.
        self.store.data_mut().may_leave = false;
        let bytes = input.len().checked_mul(8).and_then(|bytes| u32::try_from(bytes).ok());
        let bytes = bytes.ok_or(Stopping::Border)?;
        let address = match self.known_place(list, bytes) {
            Some(address) => address,
            None => list.realloc.call(&mut self.store, (0, 0, 8, bytes))?,
        };
        self.store.data_mut().may_leave = true;
        let place = border::write_list(list.memory.data_mut(&mut self.store), address, input);
        let place = place.ok_or(Stopping::Border)?;
        if let Some(undo) = &mut self.undo {
            undo.input = place;
        }
        let result = list.function.call(&mut self.store, (address, bytes / 8))?;
        let numbers = border::read_list(list.memory.data(&self.store), result).ok_or(Stopping::Border)?;
        if let Some(post_return) = &list.post_return {
            self.store.data_mut().may_leave = false;
            post_return.call(&mut self.store, result)?;
        }
        Ok(numbers)
    }

    /// Charges a call of an allocator that is known, and says what it returns; nothing where it has to be called.
    fn known_place(&mut self, list: List, bytes: u32) -> Option<u32> {
        let allocator = list.allocator.filter(|allocator| bytes <= allocator.bytes)?;
        let left = self.cycles.get(&self.store).i64()?;
        let rest = left.checked_sub(allocator.cycles).filter(|rest| *rest >= 0)?;
        self.cycles.set(&mut self.store, Val::I64(rest)).ok()?;
        Some(allocator.address)
    }

    /// Reads why the engine stopped a run; nothing where the allowance was used up.
    fn read(&self, error: &wasmi::Error) -> Option<Ending> {
        match error.downcast_ref::<Stopped>() {
            Some(Stopped::OutOfCycles) => return None,
            Some(Stopped::OverMemory) => return Some(Ending::OverMemory),
            Some(Stopped::MayNotLeave) => return Some(trap(TrapKind::AbiViolation)),
            None => {}
        }
        if self.store.data().is_over_memory {
            return Some(Ending::OverMemory);
        }
        match self.stop.get(&self.store).i32().and_then(Stop::from_code) {
            Some(Stop::OutOfCycles) => None,
            Some(Stop::CallDepth) => Some(trap(TrapKind::StackOverflow)),
            None => Some(trap(error.as_trap_code().map_or(TrapKind::Other, read_trap))),
        }
    }

    /// Undoes what the last run changed; says whether the instance is as new.
    pub(super) fn undo(&mut self) -> bool {
        let Some(undo) = &self.undo else { return false };
        if self.store.data().memory_peak_bytes != self.memory_bytes {
            return false;
        }
        let zero = Val::I32(0);
        // After a run that returned, metering's own are what they were.
        let own = [(self.depth, &zero), (self.stop, &zero)];
        let own = own.into_iter().filter(|_| !self.has_returned);
        let globals = undo.globals.iter().map(|(global, value)| (*global, value));
        for (global, value) in globals.chain(own) {
            if global.set(&mut self.store, value.clone()).is_err() {
                return false;
            }
        }
        let Entry::List(list) = &self.entry else { return true };
        let memory = list.memory.data_mut(&mut self.store);
        match &undo.writes {
            Writes::Anywhere => restore(memory, &undo.image, 0, usize::MAX),
            Writes::At(places) => {
                for place in places {
                    restore(memory, &undo.image, place.start, place.end);
                }
                restore(memory, &undo.image, undo.input.0, undo.input.1);
            }
        }
        true
    }
}

fn set(store: &mut Store<Host>, counter: Global, cycles: i64) -> Result<(), Stopping> {
    counter.set(store, Val::I64(cycles)).map_err(|_| Stopping::Border)
}

/// Puts back what stood in a part of the memory: the image, and zeros after it.
fn restore(memory: &mut [u8], image: &[u8], start: usize, end: usize) {
    let end = end.min(memory.len());
    let Some(memory) = memory.get_mut(start..end) else { return };
    let image = image.get(start..end.min(image.len())).unwrap_or_default();
    let (old, zeros) = memory.split_at_mut(image.len());
    old.copy_from_slice(image);
    zeros.fill(0);
}

fn trap(kind: TrapKind) -> Ending {
    Ending::Trap(Trap { kind, function: None })
}

fn other_trap() -> Ending {
    trap(TrapKind::Other)
}

fn instantiation_ending(error: &wasmi::Error) -> Ending {
    use wasmi::errors::{ErrorKind, InstantiationError, MemoryError};
    match error.kind() {
        ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. })
        | ErrorKind::Table(_) => trap(TrapKind::OutOfBoundsTable),
        ErrorKind::Instantiation(
            InstantiationError::FailedToInstantiateMemory(_)
            | InstantiationError::FailedToInstantiateTable(_),
        )
        | ErrorKind::Memory(MemoryError::OutOfSystemMemory) => Ending::OverMemory,
        ErrorKind::Memory(_) => trap(TrapKind::OutOfBoundsMemory),
        _ => trap(error.as_trap_code().map_or(TrapKind::Other, read_trap)),
    }
}

fn read_trap(code: TrapCode) -> TrapKind {
    match code {
        TrapCode::UnreachableCodeReached => TrapKind::Unreachable,
        TrapCode::StackOverflow => TrapKind::StackOverflow,
        TrapCode::MemoryOutOfBounds => TrapKind::OutOfBoundsMemory,
        TrapCode::TableOutOfBounds => TrapKind::OutOfBoundsTable,
        TrapCode::IndirectCallToNull => TrapKind::NullReference,
        TrapCode::BadSignature => TrapKind::IndirectCallMismatch,
        TrapCode::IntegerOverflow => TrapKind::IntegerOverflow,
        TrapCode::IntegerDivisionByZero => TrapKind::IntegerDivideByZero,
        TrapCode::BadConversionToInteger => TrapKind::BadConversion,
        TrapCode::OutOfFuel | TrapCode::GrowthOperationLimited | TrapCode::OutOfSystemMemory => {
            TrapKind::Other
        }
    }
}
