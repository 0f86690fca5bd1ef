//! Types of the contract as they cross the border.

use wasmtime::component::{ComponentType, Lift, Lower};

use crate::ending::{Fault, FaultCode};

/// `types.fault-code`.
#[derive(Clone, Copy, ComponentType, Lift, Lower)]
#[component(enum)]
#[repr(u8)]
pub(crate) enum WireFaultCode {
    #[component(name = "invalid-input")]
    InvalidInput,
    #[component(name = "not-found")]
    NotFound,
    #[component(name = "denied")]
    Denied,
    #[component(name = "exhausted")]
    Exhausted,
    #[component(name = "unavailable")]
    Unavailable,
    #[component(name = "failed")]
    Failed,
}

/// `types.fault`.
#[derive(Clone, ComponentType, Lift, Lower)]
#[component(record)]
pub(crate) struct WireFault {
    code: WireFaultCode,
    message: String,
}

impl From<WireFault> for Fault {
    fn from(wire: WireFault) -> Self {
        let code = match wire.code {
            WireFaultCode::InvalidInput => FaultCode::InvalidInput,
            WireFaultCode::NotFound => FaultCode::NotFound,
            WireFaultCode::Denied => FaultCode::Denied,
            WireFaultCode::Exhausted => FaultCode::Exhausted,
            WireFaultCode::Unavailable => FaultCode::Unavailable,
            WireFaultCode::Failed => FaultCode::Failed,
        };
        Self { code, message: wire.message }
    }
}

impl From<Fault> for WireFault {
    fn from(fault: Fault) -> Self {
        let code = match fault.code {
            FaultCode::InvalidInput => WireFaultCode::InvalidInput,
            FaultCode::NotFound => WireFaultCode::NotFound,
            FaultCode::Denied => WireFaultCode::Denied,
            FaultCode::Exhausted => WireFaultCode::Exhausted,
            FaultCode::Unavailable => WireFaultCode::Unavailable,
            FaultCode::Failed => WireFaultCode::Failed,
        };
        Self { code, message: fault.message }
    }
}

/// The bytes of a fault that are charged.
pub(crate) fn fault_bytes(fault: &Fault) -> usize {
    fault.message.len()
}

/// Splits a result for the border: what is charged for it, and its wire form.
pub(crate) fn outbound<T>(
    result: Result<T, Fault>,
    payload_bytes: impl FnOnce(&T) -> usize,
) -> (usize, Result<T, WireFault>) {
    match result {
        Ok(value) => (payload_bytes(&value), Ok(value)),
        Err(fault) => (fault_bytes(&fault), Err(fault.into())),
    }
}
