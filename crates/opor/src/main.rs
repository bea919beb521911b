//! One Person One Record: the binary.
fn main() {}
