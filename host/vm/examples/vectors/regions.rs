//! Regions: bytes with a name and an owner. A program is `system` and owns `stack` and `heap`.

use super::vector::{Vector, ins, payload};

fn name(name: &str) -> Vec<u8> {
    // INVARIANT: names here are short.
    [&[name.len() as u8], name.as_bytes()].concat()
}

fn create(region: &str, size: u32, owner: &str) -> Vec<u8> {
    payload("REGION_CREATE", &[name(region), size.to_le_bytes().to_vec(), name(owner)].concat())
}

fn destroy(region: &str) -> Vec<u8> {
    payload("REGION_DESTROY", region.as_bytes())
}

fn transfer(region: &str, owner: &str) -> Vec<u8> {
    payload("REGION_TRANSFER", &[name(region), name(owner)].concat())
}

fn set(region: &str, address: u32, value: u8, size: u32) -> Vec<u8> {
    let numbers = [address.to_le_bytes().to_vec(), vec![value], size.to_le_bytes().to_vec()].concat();
    payload("MEMSET", &[name(region), numbers].concat())
}

fn three(mnemonic: &str, region: &str, numbers: [u32; 3]) -> Vec<u8> {
    let numbers: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    payload(mnemonic, &[name(region), numbers].concat())
}

fn copy(region: &str, source: u32, destination: u32, size: u32) -> Vec<u8> {
    three("MEMCOPY", region, [source, destination, size])
}

fn compare(region: &str, first: u32, second: u32, size: u32) -> Vec<u8> {
    three("MEMCMP", region, [first, second, size])
}

pub fn vectors() -> Vec<Vector> {
    let mut all = made();
    all.extend(filled());
    all.extend(copied());
    all.extend(compared());
    all.extend(malformed());
    all
}

fn made() -> Vec<Vector> {
    let many = |n: usize| (0..n).map(|idx| create(&format!("{idx}"), 1, "system")).collect::<Vec<_>>();
    vec![
        Vector::new("REGION_CREATE", "new", "R0 becomes 0", &[create("room", 64, "system")])
            .r(0, 5)
            .then_r(0, 0),
        Vector::new(
            "REGION_CREATE",
            "empty",
            "a region of 0 bytes",
            &[create("room", 0, "system"), set("room", 0, 1, 0)],
        )
        .r(0, 5)
        .then_r(0, 0),
        Vector::new(
            "REGION_CREATE",
            "twice",
            "there is one of this name",
            &[create("room", 64, "system"), create("room", 64, "system")],
        )
        .fails("VMMemoryError"),
        Vector::new(
            "REGION_CREATE",
            "heap",
            "there is one of this name from the start",
            &[create("heap", 4, "system")],
        )
        .r(0, 5)
        .fails("VMMemoryError")
        .then_r(0, 5),
        Vector::new(
            "REGION_CREATE",
            "stack",
            "there is one of this name from the start",
            &[create("stack", 4, "system")],
        )
        .fails("VMMemoryError"),
        Vector::new(
            "REGION_CREATE",
            "too_large",
            "4 GiB are above every limit",
            &[create("room", u32::MAX, "system")],
        )
        .fails("VMResourceError"),
        // 16 MiB, of which `stack` and `heap` take 128 KiB.
        Vector::new(
            "REGION_CREATE",
            "the_largest",
            "all bytes that are left",
            &[create("room", (16 << 20) - (128 << 10), "system")],
        )
        .then_r(0, 0),
        Vector::new(
            "REGION_CREATE",
            "a_byte_too_large",
            "one byte more than is left",
            &[create("room", (16 << 20) - (128 << 10) + 1, "system")],
        )
        .fails("VMResourceError"),
        Vector::new("REGION_CREATE", "the_last", "254 beside the two from the start", &many(254))
            .then_r(0, 0),
        Vector::new("REGION_CREATE", "one_too_many", "256 regions are the limit", &many(255))
            .fails("VMResourceError"),
        Vector::new(
            "REGION_CREATE",
            "zero_bytes_in_names",
            "zero bytes at the end are no part of a name",
            &[payload("REGION_CREATE", b"\x06room\0\0\x08\0\0\0\x07system\0"), set("room", 0, 1, 8)],
        )
        .then_r(0, 0),
        Vector::new(
            "REGION_DESTROY",
            "and_make_again",
            "the name is free again",
            &[create("room", 64, "system"), destroy("room"), create("room", 32, "system")],
        )
        .then_r(0, 0),
        Vector::new(
            "REGION_DESTROY",
            "heap",
            "a program may do without it",
            &[destroy("heap"), create("heap", 8, "system")],
        )
        .then_r(0, 0),
        Vector::new("REGION_DESTROY", "and_use", "it is gone", &[destroy("heap"), set("heap", 0, 1, 1)])
            .fails("VMMemoryError"),
        Vector::new("REGION_DESTROY", "leaves_r0", "it has no result", &[destroy("heap")])
            .r(0, 5)
            .then_r(0, 5),
        Vector::new("REGION_DESTROY", "unknown", "there is none of this name", &[destroy("room")])
            .fails("VMMemoryError"),
        Vector::new("REGION_DESTROY", "stack", "it stays where it is", &[destroy("stack")])
            .fails("VMOwnershipError"),
        Vector::new(
            "REGION_DESTROY",
            "of_another",
            "it belongs to somebody else",
            &[create("room", 64, "ada"), destroy("room")],
        )
        .fails("VMOwnershipError"),
        Vector::new(
            "REGION_DESTROY",
            "gives_bytes_back",
            "what it took is free again",
            &[create("a", 10 << 20, "system"), destroy("a"), create("b", 10 << 20, "system")],
        )
        .then_r(0, 0),
        Vector::new("REGION_TRANSFER", "to_another", "it has no result", &[transfer("heap", "ada")])
            .r(0, 5)
            .then_r(0, 5),
        Vector::new(
            "REGION_TRANSFER",
            "and_fill",
            "it belongs to somebody else now",
            &[transfer("heap", "ada"), set("heap", 0, 1, 1)],
        )
        .fails("VMOwnershipError"),
        Vector::new(
            "REGION_TRANSFER",
            "and_copy",
            "it belongs to somebody else now",
            &[transfer("heap", "ada"), copy("heap", 0, 8, 1)],
        )
        .fails("VMOwnershipError"),
        Vector::new(
            "REGION_TRANSFER",
            "and_compare",
            "it belongs to somebody else now",
            &[transfer("heap", "ada"), compare("heap", 0, 8, 1)],
        )
        .fails("VMOwnershipError"),
        Vector::new(
            "REGION_TRANSFER",
            "and_destroy",
            "it belongs to somebody else now",
            &[transfer("heap", "ada"), destroy("heap")],
        )
        .fails("VMOwnershipError"),
        Vector::new(
            "REGION_TRANSFER",
            "back",
            "what was given away cannot be taken back",
            &[transfer("heap", "ada"), transfer("heap", "system")],
        )
        .fails("VMOwnershipError"),
        Vector::new(
            "REGION_TRANSFER",
            "to_itself",
            "it stays where it is",
            &[transfer("heap", "system"), set("heap", 0, 1, 1)],
        )
        .r(0, 5)
        .then_r(0, 5),
        Vector::new("REGION_TRANSFER", "stack", "it stays where it is", &[transfer("stack", "ada")])
            .fails("VMOwnershipError"),
        Vector::new("REGION_TRANSFER", "unknown", "there is none of this name", &[transfer("room", "ada")])
            .fails("VMMemoryError"),
    ]
}

fn filled() -> Vec<Vector> {
    vec![
        Vector::new(
            "MEMSET",
            "stack",
            "bytes that loads see; the one behind them stays",
            &[set("stack", 8, 0xab, 3), ins("LOAD", &[0, 1])],
        )
        .r(1, 8)
        .then_r(0, 0x00ab_abab),
        Vector::new("MEMSET", "leaves_r0", "it has no result", &[set("heap", 0, 1, 1)]).r(0, 5).then_r(0, 5),
        Vector::new(
            "MEMSET",
            "everything",
            "the whole region",
            &[set("stack", 0, 0xff, 65_536), ins("LOAD8", &[0, 1])],
        )
        .r(1, 65_535)
        .then_r(0, 255),
        Vector::new("MEMSET", "past_the_end", "one byte too many", &[set("heap", 1, 0, 65_536)])
            .fails("VMMemoryError"),
        Vector::new(
            "MEMSET",
            "nothing_at_the_end",
            "no byte, where the region ends",
            &[set("heap", 65_536, 1, 0)],
        )
        .r(0, 5)
        .then_r(0, 5),
        Vector::new(
            "MEMSET",
            "nothing_past_the_end",
            "no byte, but the address is outside",
            &[set("heap", 65_537, 1, 0)],
        )
        .fails("VMMemoryError"),
        Vector::new(
            "MEMSET",
            "wraps_not",
            "address and size together pass 32 bits",
            &[set("heap", u32::MAX, 1, u32::MAX)],
        )
        .fails("VMMemoryError"),
        Vector::new("MEMSET", "unknown", "there is no such region", &[set("room", 0, 1, 1)])
            .fails("VMMemoryError"),
        Vector::new(
            "MEMSET",
            "of_another",
            "it belongs to somebody else",
            &[create("room", 9, "ada"), set("room", 0, 1, 1)],
        )
        .fails("VMOwnershipError"),
    ]
}

fn copied() -> Vec<Vector> {
    vec![
        Vector::new(
            "MEMCOPY",
            "stack",
            "four bytes",
            &[ins("STORE", &[1, 2]), copy("stack", 0, 100, 4), ins("LOAD", &[0, 3])],
        )
        .r(1, 123_456_789)
        .r(3, 100)
        .then_r(0, 123_456_789),
        Vector::new(
            "MEMCOPY",
            "overlapping_upwards",
            "as if by way of a buffer",
            &[ins("STORE", &[1, 2]), copy("stack", 0, 1, 3), ins("LOAD", &[0, 2])],
        )
        .r(1, 0x0403_0201)
        .then_r(0, 0x0302_0101),
        Vector::new(
            "MEMCOPY",
            "overlapping_downwards",
            "as if by way of a buffer",
            &[ins("STORE", &[1, 2]), copy("stack", 1, 0, 3), ins("LOAD", &[0, 2])],
        )
        .r(1, 0x0403_0201)
        .then_r(0, 0x0404_0302),
        Vector::new("MEMCOPY", "source_outside", "one byte too many is read", &[copy("heap", 65_533, 0, 4)])
            .fails("VMMemoryError"),
        Vector::new(
            "MEMCOPY",
            "destination_outside",
            "one byte too many is written",
            &[copy("heap", 0, 65_533, 4)],
        )
        .fails("VMMemoryError"),
        Vector::new("MEMCOPY", "nothing", "no byte", &[copy("heap", 0, 65_536, 0)]).r(0, 5).then_r(0, 5),
        Vector::new("MEMCOPY", "unknown", "there is no such region", &[copy("room", 0, 0, 0)])
            .fails("VMMemoryError"),
    ]
}

fn compared() -> Vec<Vector> {
    let outcome = |case: &str, first: u8, second: u8, size: u32, expected: i64| {
        Vector::new(
            "MEMCMP",
            case,
            format!("{size} bytes, {first} against {second}"),
            &[set("heap", 10, first, 4), set("heap", 20, second, 4), compare("heap", 10, 20, size)],
        )
        .r(0, 5)
        .then_r(0, expected)
    };
    vec![
        outcome("less", 1, 2, 4, -1),
        outcome("equal", 7, 7, 4, 0),
        outcome("greater", 2, 1, 4, 1),
        outcome("without_sign", 0xff, 1, 4, 1),
        outcome("nothing", 1, 2, 0, 0),
        Vector::new(
            "MEMCMP",
            "first_difference",
            "the first byte that differs decides",
            &[set("heap", 0, 5, 8), set("heap", 1, 6, 1), set("heap", 6, 9, 1), compare("heap", 0, 4, 4)],
        )
        .then_r(0, 1),
        Vector::new("MEMCMP", "with_itself", "the same bytes", &[compare("heap", 3, 3, 100)])
            .r(0, 5)
            .then_r(0, 0),
        Vector::new("MEMCMP", "outside", "one byte too many", &[compare("heap", 0, 65_533, 4)])
            .r(0, 5)
            .fails("VMMemoryError")
            .then_r(0, 5),
        Vector::new("MEMCMP", "unknown", "there is no such region", &[compare("room", 0, 0, 1)])
            .fails("VMMemoryError"),
    ]
}

/// Memory is not to be guessed at: a payload that is not formed as it has to be is an error.
fn malformed() -> Vec<Vector> {
    let mut all = Vec::new();
    for mnemonic in ["REGION_CREATE", "REGION_TRANSFER", "MEMCOPY", "MEMSET", "MEMCMP"] {
        for (case, bytes) in [
            ("without_payload", b"".as_slice()),
            ("short_payload", b"\x04heap\x01"),
            ("long_payload", b"\x04heap\0\0\0\0\0\0\0\0\0\0\0\0too long"),
        ] {
            all.push(
                Vector::new(
                    mnemonic,
                    case,
                    "the payload is not formed as it has to be",
                    &[payload(mnemonic, bytes)],
                )
                .r(0, 5)
                .fails("VMRangeError")
                .then_r(0, 5),
            );
        }
    }
    for (len, class) in [(255, "VMMemoryError"), (256, "VMRangeError")] {
        all.push(
            Vector::new(
                "REGION_DESTROY",
                &format!("name_of_{len}"),
                "a name has 255 bytes at most; there is no region of that name",
                &[destroy(&"n".repeat(len))],
            )
            .fails(class),
        );
    }
    all.push(
        Vector::new(
            "REGION_DESTROY",
            "no_text",
            "a name that is not UTF-8",
            &[payload("REGION_DESTROY", &[0xff, 0xfe])],
        )
        .fails("VMRangeError"),
    );
    all
}
