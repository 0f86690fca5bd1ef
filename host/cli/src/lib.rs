//! flux cli
