//! Runs `publish` on AWS Lambda.
fn main() {}
