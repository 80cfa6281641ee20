//! The faults of webhooks, to be changed from outside the emulator.

use super::fault_settings::FaultSettings;
use super::sender::WebhookSender;

/// The faults of one emulator's webhooks.
pub struct WebhookFaults(WebhookSender);

impl WebhookFaults {
    pub(crate) fn new(sender: WebhookSender) -> Self {
        Self(sender)
    }

    /// Returns the present faults.
    #[must_use]
    pub fn settings(&self) -> FaultSettings {
        self.0.faults()
    }

    /// Replaces the faults for events from now on. Ending a pause sends the events that it held
    /// back.
    pub fn set(&self, settings: FaultSettings) {
        self.0.set_faults(settings);
    }

    /// Ends every fault. Retries stay as they were set.
    pub fn end(&self) {
        self.set(self.settings().ended());
    }

    /// Ends every fault, and resets retries to their default.
    pub fn clear(&self) {
        self.0.set_faults(FaultSettings::default());
    }

    /// Holds events back until [`release`](Self::release).
    pub fn pause(&self) {
        self.set(FaultSettings {
            paused: true,
            ..self.settings()
        });
    }

    /// Ends a pause and sends the events that it held back.
    pub fn release(&self) {
        self.0.release();
    }
}
