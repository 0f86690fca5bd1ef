use super::*;

fn round(text: &str) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let genome = wat::parse_str(text).unwrap();
    let compact = encode(&genome).unwrap();
    let decoded = decode(&compact, &Limits::DEFAULT).unwrap();
    wasmparser::validate(&decoded).unwrap();
    assert_eq!(encode(&decoded).unwrap(), compact, "encoding again");
    (genome, compact, decoded)
}

/// A module of `n` functions that are nearly alike.
fn repetitive(n: usize) -> String {
    let function = |i: usize| {
        format!(
            "(func (param i32 i64) (result i64) nop (if (result i64) (i32.gt_s (local.get 0) (i32.const {i}))
               (then (i64.add (local.get 1) (i64.const 1))) (else (i64.mul (local.get 1) (i64.const 3)))) nop)"
        )
    };
    let run = "(drop (i32.const 7))".repeat(200);
    format!("(module {} (func {run}))", (0..n).map(function).collect::<String>())
}

#[test]
fn what_has_no_nop_comes_back_as_it_was() {
    for text in [
        "(module)",
        "(component)",
        "(module (memory 1) (data (i32.const 0) \"hello\") (func i32.const 1 drop))",
    ] {
        let (genome, _, decoded) = round(text);
        assert_eq!(decoded, genome);
    }
}

#[test]
fn nops_go_in_every_module_of_a_component() {
    let with =
        "(component (core module (func nop i32.const 1 drop nop)) (component (core module (func nop))))";
    let (_, _, decoded) = round(with);
    assert_eq!(decoded, wat::parse_str(with.replace("nop", "")).unwrap());
}

#[test]
fn nops_stay_where_something_counts_instructions() {
    for name in ["flux.genes", "metadata.code.branch_hint"] {
        let (genome, _, decoded) = round(&format!("(module (func nop) (@custom \"{name}\" \"\"))"));
        assert_eq!(decoded, genome);
    }
    let (genome, _, decoded) = round("(component (core module (func nop)) (@custom \"flux.genes\" \"\"))");
    assert_eq!(decoded, genome);
}

/// A module in which 32 short windows follow one another in no order.
fn shuffled(n: usize) -> String {
    let window = |i: usize| {
        let mixed = (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let i = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 59;
        format!(
            "(local.set 0 (i32.xor (i32.add (local.get 0) (i32.const {})) (i32.const {})))",
            100 + i,
            900 - i
        )
    };
    format!("(module (func (param i32) {}))", (0..n).map(window).collect::<String>())
}

#[test]
fn short_windows_in_no_order_are_folded() {
    let (genome, compact, _) = round(&shuffled(2000));
    assert_eq!(compact[5], FOLDED);
    assert!(ratio(&genome, &compact) > 6.0, "{} bytes became {}", genome.len(), compact.len());
}

#[test]
fn what_does_not_fold_is_only_compressed() {
    let (genome, compact, _) = round(&repetitive(100));
    assert_eq!(compact[5], PLAIN);
    assert!(ratio(&genome, &compact) > 2.5, "{} bytes became {}", genome.len(), compact.len());
}

#[test]
fn too_large_a_genome_is_refused_before_it_is_unpacked() {
    let genome = wat::parse_str(shuffled(500)).unwrap();
    let compact = encode(&genome).unwrap();
    let len = decode(&compact, &Limits::DEFAULT).unwrap().len() as u64;
    assert!(decode(&compact, &Limits { decoded_bytes: len }).is_ok());
    let refused = decode(&compact, &Limits { decoded_bytes: len - 1 });
    assert!(
        matches!(refused, Err(DecodeError::TooLarge { actual, limit }) if actual == len && limit == len - 1)
    );
}

#[test]
fn a_bomb_of_windows_is_refused() {
    // Windows that double 60 times, in a header that announces a kilobyte.
    let mut folded = Vec::new();
    write(&mut folded, 0);
    for number in [1, 0, 1, 1, 0x01, 60] {
        write(&mut folded, number);
    }
    for symbol in 1..=60 {
        write(&mut folded, 1);
        write(&mut folded, symbol);
    }
    for number in [2, 61 * 2, 0] {
        write(&mut folded, number);
    }
    let mut compact = MAGIC.to_vec();
    compact.extend([VERSION, FOLDED]);
    write(&mut compact, 1024);
    write(&mut compact, folded.len());
    compact.extend(compress_to_vec(folded.as_slice(), CompressionLevel::Fastest));
    let refused = decode(&compact, &Limits::DEFAULT);
    assert!(
        matches!(refused, Err(DecodeError::Damaged { what: "it is longer than announced" })),
        "{refused:?}"
    );
}

#[test]
fn damage_is_an_error_and_never_a_panic() {
    for text in [repetitive(5), shuffled(300)] {
        let compact = encode(&wat::parse_str(text).unwrap()).unwrap();
        for at in 0..compact.len() {
            assert!(decode(&compact[..at], &Limits::DEFAULT).is_err(), "cut at {at}");
            for flip in [1, 0x80, 0xff] {
                let mut damaged = compact.clone();
                damaged[at] ^= flip;
                let _ = decode(&damaged, &Limits::DEFAULT);
            }
        }
    }
    assert!(matches!(decode(b"\0asm", &Limits::DEFAULT), Err(DecodeError::NotCompact)));
    assert!(matches!(decode(b"fxgz\x02", &Limits::DEFAULT), Err(DecodeError::Version { found: 2 })));
}

#[test]
fn what_is_not_webassembly_is_not_encoded() {
    assert!(matches!(encode(b"hello, world"), Err(EncodeError::Malformed(_))));
    assert!(matches!(encode(b"\0asm\x01\0\0\0\x0a\x05"), Err(EncodeError::Malformed(_))));
}
