//! Genomes that came about lately, by their bytes: more than every second child is one that was there before.

use std::sync::{Arc, Mutex, PoisonError};

use flux_genome::Genome;

/// Places for genomes; each genome has one, which the next one takes over.
const N_PLACES: usize = 1 << 13;

/// The largest genome that is kept, in bytes: with all places taken, 32 MiB of them.
const MAX_BYTES: usize = 4096;

/// Room for a genome, with the hash of its bytes.
type Place = Mutex<Option<(u64, Arc<Genome>)>>;

/// A bounded memory of genomes. May be shared by threads.
///
/// What is known changes how fast a run is, never what comes of it: whoever is given back has the bytes that were asked
/// for, and was admitted under the same bounds.
pub(super) struct Lately {
    places: Vec<Place>,
}

impl Default for Lately {
    fn default() -> Self {
        Self { places: (0..N_PLACES).map(|_| Mutex::default()).collect() }
    }
}

impl Lately {
    /// The genome with these bytes, if it is still there.
    pub(super) fn recall(&self, bytes: &[u8]) -> Option<Arc<Genome>> {
        let hash = hash(bytes);
        let place = self.place(hash)?.lock().unwrap_or_else(PoisonError::into_inner);
        let (known, genome) = place.as_ref()?;
        (*known == hash && genome.bytes() == bytes).then(|| Arc::clone(genome))
    }

    pub(super) fn keep(&self, genome: &Arc<Genome>) {
        let hash = hash(genome.bytes());
        let Some(place) = self.place(hash).filter(|_| genome.bytes().len() <= MAX_BYTES) else { return };
        let before = place.lock().unwrap_or_else(PoisonError::into_inner).replace((hash, Arc::clone(genome)));
        // Whoever was there goes when nobody waits for the place any more.
        drop(before);
    }

    fn place(&self, hash: u64) -> Option<&Place> {
        // The upper bits are the ones that multiplication mixes.
        self.places.get((hash >> (64 - N_PLACES.ilog2())) as usize)
    }
}

/// A hash that is fast and nothing else: bytes are compared where it matters.
fn hash(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, rest) = bytes.as_chunks::<8>();
    let last = rest.iter().fold(bytes.len() as u64, |last, byte| last << 8 | u64::from(*byte));
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    words.chain([last]).fold(0, |hash: u64, word| (hash.rotate_left(23) ^ word).wrapping_mul(FACTOR))
}

#[cfg(test)]
mod tests {
    use flux_genome::{Bounds, text};

    use super::*;

    #[test]
    fn a_genome_is_given_back_by_its_bytes_until_another_takes_its_place() {
        let genome = |n: usize| {
            let text = format!("(module (func (export \"run\") (result i64) (i64.const {n})))");
            Arc::new(text::compile(&text, &Bounds::DEFAULT).unwrap())
        };
        let lately = Lately::default();
        let first = genome(0);
        assert!(lately.recall(first.bytes()).is_none());
        lately.keep(&first);
        assert!(Arc::ptr_eq(&lately.recall(first.bytes()).unwrap(), &first));
        assert!(lately.recall(genome(1).bytes()).is_none());
        let other = (1..).map(genome).find(|other| {
            let place = |genome: &Genome| hash(genome.bytes()) >> (64 - N_PLACES.ilog2());
            place(other) == place(&first)
        });
        lately.keep(&other.unwrap());
        assert!(lately.recall(first.bytes()).is_none());
    }
}
