//! flux-sandbox
