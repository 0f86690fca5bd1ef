//! flux-evolve
