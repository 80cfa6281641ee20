//! Runs `fulfil` on AWS Lambda.
fn main() {}
