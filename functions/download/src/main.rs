//! Runs `download` on AWS Lambda.
fn main() {}
