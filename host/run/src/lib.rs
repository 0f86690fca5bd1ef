//! flux-run
