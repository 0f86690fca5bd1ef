//! Lists of numbers across the border, by the component model's canonical ABI.

/// Bytes of one number.
const NUMBER: usize = 8;

/// The most bytes that a list may have on its way out: what the compiled tier copies in one go.
const MAX_LIST_BYTES: usize = 128 << 20;

/// Writes `numbers` at `address`, which a module has allocated; returns where they lie. Nothing where they cannot.
pub(super) fn write_list(memory: &mut [u8], address: u32, numbers: &[i64]) -> Option<(usize, usize)> {
    let start = aligned(address, NUMBER)?;
    let end = start.checked_add(numbers.len().checked_mul(NUMBER)?)?;
    let bytes = memory.get_mut(start..end)?;
    for (bytes, number) in bytes.as_chunks_mut::<NUMBER>().0.iter_mut().zip(numbers) {
        *bytes = number.to_le_bytes();
    }
    Some((start, end))
}

/// Reads the list whose address and length stand at `result`. Nothing where there is none.
pub(super) fn read_list(memory: &[u8], result: u32) -> Option<Vec<i64>> {
    let at = aligned(result, 4)?;
    let word = |at: usize| memory.get(at..)?.first_chunk().copied().map(u32::from_le_bytes);
    let (address, length) = (word(at)?, word(at.checked_add(4)?)?);
    let bytes = usize::try_from(length).ok()?.checked_mul(NUMBER)?;
    if bytes > MAX_LIST_BYTES {
        return None;
    }
    let start = aligned(address, NUMBER)?;
    let list = memory.get(start..start.checked_add(bytes)?)?;
    Some(list.as_chunks::<NUMBER>().0.iter().map(|number| i64::from_le_bytes(*number)).collect())
}

fn aligned(address: u32, alignment: usize) -> Option<usize> {
    usize::try_from(address).ok().filter(|address| address.is_multiple_of(alignment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_lie_within_the_memory_and_are_aligned() {
        let mut memory = [0; 64];
        assert_eq!(write_list(&mut memory, 48, &[1, -2]), Some((48, 64)));
        assert_eq!(write_list(&mut memory, 56, &[1, 2]), None);
        assert_eq!(write_list(&mut memory, 44, &[1]), None);
        assert_eq!(write_list(&mut memory, 64, &[]), Some((64, 64)));
        assert_eq!(write_list(&mut memory, 72, &[]), None);
        memory[0..8].copy_from_slice(&[48, 0, 0, 0, 2, 0, 0, 0]);
        assert_eq!(read_list(&memory, 0), Some(vec![1, -2]));
        assert_eq!(read_list(&memory, 2), None);
        assert_eq!(read_list(&memory, 60), None);
        memory[4] = 3;
        assert_eq!(read_list(&memory, 0), None);
        memory[0..8].copy_from_slice(&[64, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(read_list(&memory, 0), Some(vec![]));
    }
}
