//! Runs `push-update` on AWS Lambda.
fn main() {}
