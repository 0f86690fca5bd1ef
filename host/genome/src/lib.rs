//! flux-genome
