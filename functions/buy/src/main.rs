//! Runs `buy` on AWS Lambda.
fn main() {}
