//! What a step of `setup` tells.

/// What a step says of itself before it begins.
pub(super) struct About {
    /// The name that programs read.
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    /// How long it takes.
    pub(super) takes: &'static str,
    pub(super) what: &'static str,
}

/// Whether a step is still to be taken.
pub(super) enum State {
    /// It is done, and this came out of it.
    Done(String),
    /// It is to be taken, because of this.
    ToDo(String),
    /// It is left out, because of this.
    LeftOut(String),
}
