//! The table: one row for each instruction, in the order of their bytes.
//!
//! In effects, a, b and c are the operands in the order of their bytes: for a register what it holds.

use super::Access::{Read, ReadWrite, Write};
use super::Bank::{F, R, V};
use super::Category::*;
use super::FlagRule::{Alu, Cmp, Keep};
use super::Flow::{Branch, Call, Halt, IndirectCall, Next, Return};
use super::Kind::{
    CompareF, Condition, Count, FlagTest, Immediate, Jump, Payload, Register, Tag, Unused, Word,
};
use super::PayloadForm::*;
use super::{Flow, Layout, Spec};

macro_rules! instruction_set {
    ($($byte:literal $name:ident $mnemonic:literal $layout:ident [$($operand:expr),*]
        $flags:ident $category:ident $cost:literal $flow:expr; $effect:literal)*) => {
        /// An instruction of the set.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Opcode {
            $(#[doc = concat!("`", $mnemonic, "`: ", $effect, ".")] $name = $byte,)*
        }

        impl Opcode {
            /// All instructions, in the order of their bytes.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Returns the instruction with this byte, if it is defined.
            pub const fn from_byte(byte: u8) -> Option<Self> {
                match byte {
                    $($byte => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// Returns what the table says of it.
            pub const fn spec(self) -> &'static Spec {
                match self {
                    $(Self::$name => &Spec {
                        opcode: Self::$name,
                        mnemonic: $mnemonic,
                        layout: Layout::$layout,
                        operands: &[$($operand),*],
                        flags: $flags,
                        category: $category,
                        cost: $cost,
                        flow: $flow,
                        effect: $effect,
                    },)*
                }
            }
        }
    };
}

impl Opcode {
    /// Returns the byte that stands for it in code.
    pub const fn byte(self) -> u8 {
        self as u8
    }

    /// Returns the instruction of this name, in capitals or not, if there is one.
    pub fn from_mnemonic(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|opcode| opcode.spec().mnemonic.eq_ignore_ascii_case(name))
    }
}

#[rustfmt::skip]
instruction_set! {
    0x00 Nop "NOP" A [] Keep Control 1 Next;
        "does nothing"
    0x01 Mov "MOV" C [Register(R, Write), Register(R, Read)] Keep Data 1 Next;
        "a = b"
    0x02 Load "LOAD" C [Register(R, Write), Register(R, Read)] Keep Memory 1 Next;
        "a = the signed 32-bit number at address b of `stack`"
    0x03 Store "STORE" C [Register(R, Read), Register(R, Read)] Keep Memory 1 Next;
        "the 32-bit number at address b of `stack` = a; a fault unless a fits"
    0x04 Jmp "JMP" D [Unused, Jump] Keep Control 1 Flow::Jump;
        "goes on at the target"
    0x05 Jz "JZ" D [Register(R, Read), Jump] Keep Control 1 Branch;
        "goes on at the target if a = 0"
    0x06 Jnz "JNZ" D [Register(R, Read), Jump] Keep Control 1 Branch;
        "goes on at the target if a is not 0"
    0x07 Call "CALL" D [Unused, Jump] Keep Control 1 Call;
        "pushes the address after the instruction and goes on at the target"
    0x08 Iadd "IADD" E [Register(R, Write), Register(R, Read), Register(R, Read)] Alu Arithmetic 1 Next;
        "a = b + c"
    0x09 Isub "ISUB" E [Register(R, Write), Register(R, Read), Register(R, Read)] Alu Arithmetic 1 Next;
        "a = b - c"
    0x0a Imul "IMUL" E [Register(R, Write), Register(R, Read), Register(R, Read)] Alu Arithmetic 1 Next;
        "a = b * c"
    0x0b Idiv "IDIV" E [Register(R, Write), Register(R, Read), Register(R, Read)] Alu Arithmetic 1 Next;
        "a = b / c, towards zero; a fault if c = 0"
    0x0c Imod "IMOD" E [Register(R, Write), Register(R, Read), Register(R, Read)] Alu Arithmetic 1 Next;
        "a = b - b / c * c, with the sign of b; a fault if c = 0"
    0x0d Ineg "INEG" C [Register(R, Write), Register(R, Read)] Alu Arithmetic 1 Next;
        "a = -b"
    0x0e Inc "INC" B [Register(R, ReadWrite)] Alu Arithmetic 1 Next;
        "a = a + 1"
    0x0f Dec "DEC" B [Register(R, ReadWrite)] Alu Arithmetic 1 Next;
        "a = a - 1"
    0x10 Iand "IAND" E [Register(R, Write), Register(R, Read), Register(R, Read)] Alu Logic 1 Next;
        "a = b and c, bit by bit"
    0x11 Ior "IOR" E [Register(R, Write), Register(R, Read), Register(R, Read)] Alu Logic 1 Next;
        "a = b or c, bit by bit"
    0x12 Ixor "IXOR" E [Register(R, Write), Register(R, Read), Register(R, Read)] Alu Logic 1 Next;
        "a = b xor c, bit by bit"
    0x13 Inot "INOT" C [Register(R, Write), Register(R, Read)] Alu Logic 1 Next;
        "a = not b, bit by bit"
    0x14 Ishl "ISHL" E [Register(R, Write), Register(R, Read), Register(R, Read)] Alu Logic 1 Next;
        "a = b shifted left by c and 63 bits"
    0x15 Ishr "ISHR" E [Register(R, Write), Register(R, Read), Register(R, Read)] Alu Logic 1 Next;
        "a = b shifted right by c and 63 bits, keeping the sign"
    0x16 Rotl "ROTL" E [Register(R, Write), Register(R, Read), Register(R, Read)] Alu Logic 1 Next;
        "a = the low 32 bits of b, rotated left by c and 31 bits, without sign"
    0x17 Rotr "ROTR" E [Register(R, Write), Register(R, Read), Register(R, Read)] Alu Logic 1 Next;
        "a = the low 32 bits of b, rotated right by c and 31 bits, without sign"
    0x18 Icmp "ICMP" E [Condition, Register(R, ReadWrite), Register(R, Read)] Alu Comparison 1 Next;
        "b = 1 if the comparison a holds for b and c, else 0"
    0x19 Ieq "IEQ" C [Register(R, ReadWrite), Register(R, Read)] Alu Comparison 1 Next;
        "a = 1 if a = b, else 0"
    0x1a Ilt "ILT" C [Register(R, ReadWrite), Register(R, Read)] Alu Comparison 1 Next;
        "a = 1 if a < b, else 0"
    0x1b Ile "ILE" C [Register(R, ReadWrite), Register(R, Read)] Alu Comparison 1 Next;
        "a = 1 if a <= b, else 0"
    0x1c Igt "IGT" C [Register(R, ReadWrite), Register(R, Read)] Alu Comparison 1 Next;
        "a = 1 if a > b, else 0"
    0x1d Ige "IGE" C [Register(R, ReadWrite), Register(R, Read)] Alu Comparison 1 Next;
        "a = 1 if a >= b, else 0"
    0x1e Test "TEST" C [Register(R, Read), Register(R, Read)] Alu Comparison 1 Next;
        "sets the flags by a and b, bit by bit; stores nothing"
    0x1f Setcc "SETCC" C [Register(R, Write), FlagTest] Keep Comparison 1 Next;
        "a = 1 if the test b of the flags holds, else 0"
    0x20 Push "PUSH" B [Register(R, Read)] Keep Stack 1 Next;
        "pushes a; a fault unless a fits into 32 bits"
    0x21 Pop "POP" B [Register(R, Write)] Keep Stack 1 Next;
        "a = the number popped"
    0x22 Dup "DUP" A [] Keep Stack 1 Next;
        "pushes the number on top once more"
    0x23 Swap "SWAP" A [] Keep Stack 1 Next;
        "exchanges the two numbers on top"
    0x24 Rot "ROT" A [] Keep Stack 1 Next;
        "the number on top sinks to the third place, the two below it rise"
    0x25 Enter "ENTER" B [Count] Keep Stack 1 Next;
        "pushes R14, sets R14 = R11 and lowers R11 by a cells"
    0x26 Leave "LEAVE" B [Unused] Keep Stack 1 Next;
        "sets R11 = R14 and pops R14"
    0x27 Alloca "ALLOCA" C [Register(R, Write), Register(R, Read)] Keep Stack 1 Next;
        "lowers R11 by b cells and sets a = R11"
    0x28 Ret "RET" A [] Keep Control 1 Return;
        "halts if the stack is empty, else goes on at the address popped"
    0x29 CallInd "CALL_IND" C [Unused, Register(R, Read)] Keep Control 1 IndirectCall;
        "pushes the address after the instruction and goes on at address b"
    0x2a Tailcall "TAILCALL" D [Unused, Jump] Keep Control 1 Flow::Jump;
        "goes on at the target without pushing anything"
    0x2b Movi "MOVI" D [Register(R, Write), Immediate] Keep Data 1 Next;
        "a = b"
    0x2c Irem "IREM" E [Register(R, Write), Register(R, Read), Register(R, Read)] Alu Arithmetic 1 Next;
        "the same as IMOD"
    0x2d Cmp "CMP" C [Register(R, Read), Register(R, Read)] Cmp Comparison 1 Next;
        "sets the flags by a compared with b"
    0x2e Je "JE" D [Unused, Jump] Keep Control 1 Branch;
        "goes on at the target if Z"
    0x2f Jne "JNE" D [Unused, Jump] Keep Control 1 Branch;
        "goes on at the target if not Z"
    0x30 RegionCreate "REGION_CREATE" G [Payload(RegionCreate)] Keep MemoryMgmt 1 Next;
        "makes a region of zeros and sets R0 = 0"
    0x31 RegionDestroy "REGION_DESTROY" G [Payload(Region)] Keep MemoryMgmt 1 Next;
        "removes a region that the program owns, other than `stack`"
    0x32 RegionTransfer "REGION_TRANSFER" G [Payload(RegionTransfer)] Keep MemoryMgmt 1 Next;
        "gives a region that the program owns, other than `stack`, to another owner"
    0x33 Memcopy "MEMCOPY" G [Payload(MemoryCopy)] Keep MemoryMgmt 1 Next;
        "copies bytes inside a region, as if by way of a buffer"
    0x34 Memset "MEMSET" G [Payload(MemorySet)] Keep MemoryMgmt 1 Next;
        "fills bytes of a region"
    0x35 Memcmp "MEMCMP" G [Payload(MemoryCompare)] Keep MemoryMgmt 1 Next;
        "R0 = -1, 0 or 1 as the first bytes are less than, equal to or greater than the second"
    0x36 Jl "JL" D [Unused, Jump] Keep Control 1 Branch;
        "goes on at the target if S"
    0x37 Jge "JGE" D [Unused, Jump] Keep Control 1 Branch;
        "goes on at the target if not S"
    0x38 Cast "CAST" E [Register(R, Write), Register(R, Read), Tag] Keep Type 1 Next;
        "tag 0: a = the single that b holds as 32 bits, times 1000, towards zero; tag 2: a = 1 if b is not 0, else 0; any other: a = b"
    0x39 Box "BOX" X [Register(R, Write), Tag, Word] Keep Type 1 Next;
        "a = the number of a new box that holds tag b and number c"
    0x3a Unbox "UNBOX" C [Register(R, Write), Register(R, Read)] Keep Type 1 Next;
        "a = the number in box b"
    0x3b CheckType "CHECK_TYPE" C [Register(R, Read), Tag] Keep Type 1 Next;
        "a fault unless box a holds tag b"
    0x3c CheckBounds "CHECK_BOUNDS" C [Register(R, Read), Register(R, Read)] Keep Type 1 Next;
        "a fault unless 0 <= a < b"
    0x3d Conf "CONF" D [Unused, Immediate] Keep Meta 1 Next;
        "does nothing: a note for readers"
    0x3e Merge "MERGE" E [Register(R, Write), Register(R, Read), Register(R, Read)] Keep Meta 1 Next;
        "a = the mean of b and c, rounded down, without overflow"
    0x3f Restore "RESTORE" D [Unused, Immediate] Keep Meta 1 Next;
        "does nothing: a note for readers"
    0x40 Fadd "FADD" E [Register(F, Write), Register(F, Read), Register(F, Read)] Keep Float 1 Next;
        "a = b + c"
    0x41 Fsub "FSUB" E [Register(F, Write), Register(F, Read), Register(F, Read)] Keep Float 1 Next;
        "a = b - c"
    0x42 Fmul "FMUL" E [Register(F, Write), Register(F, Read), Register(F, Read)] Keep Float 1 Next;
        "a = b * c"
    0x43 Fdiv "FDIV" E [Register(F, Write), Register(F, Read), Register(F, Read)] Keep Float 1 Next;
        "a = b / c; a fault if c is a zero"
    0x44 Fneg "FNEG" C [Register(F, Write), Register(F, Read)] Keep Float 1 Next;
        "a = -b"
    0x45 Fabs "FABS" C [Register(F, Write), Register(F, Read)] Keep Float 1 Next;
        "a = b without its sign"
    0x46 Fmin "FMIN" C [Register(F, ReadWrite), Register(F, Read)] Keep Float 1 Next;
        "a = a if a < b, else b"
    0x47 Fmax "FMAX" C [Register(F, ReadWrite), Register(F, Read)] Keep Float 1 Next;
        "a = a if a > b, else b"
    0x48 Feq "FEQ" C [CompareF, Register(F, Read)] Keep Float 1 Next;
        "R register a = 1 if F register a = b, else 0"
    0x49 Flt "FLT" C [CompareF, Register(F, Read)] Keep Float 1 Next;
        "R register a = 1 if F register a < b, else 0"
    0x4a Fle "FLE" C [CompareF, Register(F, Read)] Keep Float 1 Next;
        "R register a = 1 if F register a <= b, else 0"
    0x4b Fgt "FGT" C [CompareF, Register(F, Read)] Keep Float 1 Next;
        "R register a = 1 if F register a > b, else 0"
    0x4c Fge "FGE" C [CompareF, Register(F, Read)] Keep Float 1 Next;
        "R register a = 1 if F register a >= b, else 0"
    0x4d Jg "JG" D [Unused, Jump] Keep Control 1 Branch;
        "goes on at the target if neither Z nor S"
    0x4e Jle "JLE" D [Unused, Jump] Keep Control 1 Branch;
        "goes on at the target if Z or S"
    0x4f Load8 "LOAD8" C [Register(R, Write), Register(R, Read)] Keep Memory 1 Next;
        "a = the byte at address b of `stack`"
    0x50 Vload "VLOAD" C [Register(V, Write), Register(R, Read)] Keep Simd 1 Next;
        "a = the 16 bytes at address b of `stack`"
    0x51 Vstore "VSTORE" C [Register(V, Read), Register(R, Read)] Keep Simd 1 Next;
        "the 16 bytes at address b of `stack` = a"
    0x52 Vadd "VADD" C [Register(V, ReadWrite), Register(V, Read)] Keep Simd 1 Next;
        "a = a + b in each lane; a fault if a lane passes 255"
    0x53 Vsub "VSUB" C [Register(V, ReadWrite), Register(V, Read)] Keep Simd 1 Next;
        "a = a - b in each lane; a fault if a lane passes below 0"
    0x54 Vmul "VMUL" C [Register(V, ReadWrite), Register(V, Read)] Keep Simd 1 Next;
        "a = a * b in each lane; a fault if a lane passes 255"
    0x55 Vdiv "VDIV" C [Register(V, ReadWrite), Register(V, Read)] Keep Simd 1 Next;
        "a = a / b in each lane; a fault if a lane of b is 0"
    0x56 Vfma "VFMA" E [Register(V, ReadWrite), Register(V, Read), Register(V, Read)] Keep Simd 1 Next;
        "a = a + b * c in each lane; a fault if a lane passes 255"
    0x57 Store8 "STORE8" C [Register(R, Read), Register(R, Read)] Keep Memory 1 Next;
        "the byte at address b of `stack` = the low 8 bits of a"
    0x60 Tell "TELL" G [Payload(Message)] Keep A2a 1 Next;
        "sends register a to the agent named; R0 = 0 delivered, 1 refused"
    0x61 Ask "ASK" G [Payload(Message)] Keep A2a 1 Next;
        "sends register a to the agent named and waits; R0 = 0 and a = the answer, or R0 = 1"
    0x62 Delegate "DELEGATE" G [Payload(Message)] Keep A2a 1 Next;
        "hands the question in hand to the agent named; R0 = 0 handed on, 1 refused"
    0x63 DelegateResult "DELEGATE_RESULT" G [Payload(Message)] Keep A2a 1 Next;
        "answers the question in hand with register a; R0 = 0 answered, 1 refused"
    0x64 ReportStatus "REPORT_STATUS" G [Payload(Message)] Keep A2a 1 Next;
        "tells the host register a and the name; R0 = 0 noted, 1 if nobody listens"
    0x65 RequestOverride "REQUEST_OVERRIDE" G [Payload(Message)] Keep A2a 1 Next;
        "tells the host register a and the name; R0 = 0 noted, 1 if nobody listens"
    0x66 Broadcast "BROADCAST" G [Payload(Message)] Keep A2a 1 Next;
        "sends register a to all other agents; R0 = how many it reached"
    0x67 Reduce "REDUCE" G [Payload(Message)] Keep A2a 1 Next;
        "waits until every agent takes part; a = the sum, min, max, and, or, xor or count of all; R0 = how many took part"
    0x68 DeclareIntent "DECLARE_INTENT" G [Payload(Message)] Keep A2a 1 Next;
        "tells the host register a and the name; R0 = 0 noted, 1 if nobody listens"
    0x69 AssertGoal "ASSERT_GOAL" G [Payload(Message)] Keep A2a 1 Next;
        "tells the host register a and the name; R0 = 0 noted, 1 if nobody listens"
    0x6a VerifyOutcome "VERIFY_OUTCOME" G [Payload(Message)] Keep A2a 1 Next;
        "tells the host register a and the name; R0 = 0 noted, 1 if nobody listens"
    0x6b ExplainFailure "EXPLAIN_FAILURE" G [Payload(Message)] Keep A2a 1 Next;
        "tells the host register a and the name; R0 = 0 noted, 1 if nobody listens"
    0x6c SetPriority "SET_PRIORITY" G [Payload(Message)] Keep A2a 1 Next;
        "tells the host register a and the name; R0 = 0 noted, 1 if nobody listens"
    0x6d Receive "RECEIVE" G [Payload(Message)] Keep A2a 1 Next;
        "waits for a message; R0 = 0, a = its number, b = its sender, or R0 = 1 when none can come any more"
    0x6e Poll "POLL" G [Payload(Message)] Keep A2a 1 Next;
        "takes a message if one is there; R0 = 0, a = its number, b = its sender, or R0 = 1"
    0x70 TrustCheck "TRUST_CHECK" G [Payload(Message)] Keep A2a 1 Next;
        "R0 = 1 if the agent named is trusted with a millionths at least, else 0"
    0x71 TrustUpdate "TRUST_UPDATE" G [Payload(Message)] Keep A2a 1 Next;
        "records that the agent named did well if a is not 0, in b milliseconds; R0 = 0, or 1 if nobody has that name"
    0x72 TrustQuery "TRUST_QUERY" G [Payload(Message)] Keep A2a 1 Next;
        "a = the trust in the agent named, in millionths; R0 = 0, or 1 if nobody has that name"
    0x73 RevokeTrust "REVOKE_TRUST" G [Payload(Message)] Keep A2a 1 Next;
        "trusts the agent named with nothing until the host restores it; R0 = 0, or 1 if nobody has that name"
    0x74 CapRequire "CAP_REQUIRE" G [Payload(Capability)] Keep A2a 1 Next;
        "R0 = 0 if the capability is held, else a fault"
    0x75 CapRequest "CAP_REQUEST" G [Payload(Capability)] Keep A2a 1 Next;
        "asks the host for a capability; R0 = 0 granted, 1 refused"
    0x76 CapGrant "CAP_GRANT" G [Payload(Capability)] Keep A2a 1 Next;
        "gives a capability that may be passed on to the agent named; R0 = 0 given, 1 refused"
    0x77 CapRevoke "CAP_REVOKE" G [Payload(Capability)] Keep A2a 1 Next;
        "gives up a capability; R0 = 0"
    0x78 Barrier "BARRIER" G [Payload(Message)] Keep A2a 1 Next;
        "waits until every agent that has not ended is there; R0 = how many"
    0x79 SyncClock "SYNC_CLOCK" G [Payload(Message)] Keep A2a 1 Next;
        "a = the tick of the colony, or of the machine alone; R0 = 0"
    0x7a FormationUpdate "FORMATION_UPDATE" G [Payload(Message)] Keep A2a 1 Next;
        "tells the host register a and the name; R0 = 0 noted, 1 if nobody listens"
    0x7b EmergencyStop "EMERGENCY_STOP" A [] Keep A2a 1 Halt;
        "halts and tells the host"
    0x7c Evolve "EVOLVE" D [Register(R, Write), Immediate] Keep Evolution 1 Next;
        "a = how many generations there were, this one included"
    0x7d Instinct "INSTINCT" D [Register(R, Write), Immediate] Keep Evolution 1 Next;
        "a = b"
    0x7e Witness "WITNESS" D [Register(R, Write), Immediate] Keep Evolution 1 Next;
        "writes place, a's number, b and cycle to the witness log and sets a = its length"
    0x7f Snapshot "SNAPSHOT" D [Unused, Immediate] Keep Evolution 1 Next;
        "does nothing: a note for readers"
    0x80 Halt "HALT" A [] Keep Control 1 Halt;
        "halts"
    0x81 Yield "YIELD" A [] Keep System 1 Next;
        "ends the turn of this agent"
    0x82 ResourceAcquire "RESOURCE_ACQUIRE" G [Payload(Resource)] Keep System 1 Next;
        "marks a resource as acquired; R0 = 0"
    0x83 ResourceRelease "RESOURCE_RELEASE" G [Payload(Resource)] Keep System 1 Next;
        "marks a resource as released; R0 = 0"
    0x84 DebugBreak "DEBUG_BREAK" A [] Keep System 1 Next;
        "stops a machine that is being debugged, else does nothing"
    0x85 Sense "SENSE" C [Register(R, Write), Register(R, Read)] Keep Sensing 1 Next;
        "a = the next reading of channel b"
    0x86 Act "ACT" C [Register(R, Read), Register(R, Read)] Keep Sensing 1 Next;
        "puts number b out on channel a"
    0xb0 PhyAbsorb "PHY_ABSORB" E [Register(F, Write), Register(F, Read), Register(F, Read)] Keep Physics 1 Next;
        "a = absorption at wavelength b in water of type c"
    0xb1 PhyScatter "PHY_SCATTER" E [Register(F, Write), Register(F, Read), Register(F, Read)] Keep Physics 1 Next;
        "a = scattering at wavelength b with particles of size c"
    0xb2 PhyJerlov "PHY_JERLOV" E [Register(F, Write), Register(F, Read), Register(F, Read)] Keep Physics 1 Next;
        "a = the water type at depth b with chlorophyll c"
    0xb3 PhyThermo "PHY_THERMO" E [Register(F, Write), Register(F, Read), Register(F, Read)] Keep Physics 1 Next;
        "a = the thermal gradient at depth b in season c"
    0xb4 PhySeabed "PHY_SEABED" E [Register(F, Write), Register(F, Read), Register(F, Read)] Keep Physics 1 Next;
        "a = the reflection of the seabed of type c at depth b"
    0xb5 PhyAtten "PHY_ATTEN" E [Register(F, Write), Register(F, Read), Register(F, Read)] Keep Physics 1 Next;
        "a = b + c"
    0xb6 PhyVisib "PHY_VISIB" E [Register(F, Write), Register(F, Read), Register(F, Read)] Keep Physics 1 Next;
        "a = visibility at attenuation b, at most 1.7 / b"
    0xb7 PhySoundv "PHY_SOUNDV" E [Register(F, Write), Register(F, Read), Register(F, Read)] Keep Physics 1 Next;
        "a = the speed of sound at temperature b and salinity c"
    0xb8 PhyRefrac "PHY_REFRAC" E [Register(F, Write), Register(F, Read), Register(F, Read)] Keep Physics 1 Next;
        "a = the angle of a ray of angle b after a border of index c"
}
