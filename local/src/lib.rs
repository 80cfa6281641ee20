//! The whole shop on this machine.
