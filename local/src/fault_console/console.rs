//! Switches faults on and off.

use super::catalogue::{Fault, Switch, switches};
use crate::emulators::Emulators;
use emulators::{
    faults::{ActiveRule, Faults},
    stripe::{ApiFault, FaultSettings, StripeEmulator},
};

/// The switches of one shop; clones share them.
#[derive(Clone)]
pub struct FaultConsole {
    faults: Faults,
    /// `None` if the shop uses the real Stripe.
    pub(super) stripe: Option<StripeEmulator>,
}

/// A fault that is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwitchedOn {
    /// The switch; `None` for a fault that a test added without one.
    pub switch: Option<Switch>,
    /// How many calls it still strikes; all until it is switched off if `None`.
    pub left: Option<u32>,
}

/// No fault has this name, or it needs the emulator of Stripe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchSwitch;

impl FaultConsole {
    /// Creates the switches of these emulators.
    #[must_use]
    pub fn of(emulators: &Emulators) -> Self {
        Self {
            faults: emulators.faults.clone(),
            stripe: emulators.stripe.as_ref().map(|(stripe, _)| stripe.clone()),
        }
    }

    /// Returns the faults that can be switched on: without Stripe's if the shop uses the real one.
    #[must_use]
    pub fn switches(&self) -> Vec<Switch> {
        let is_here = |switch: &Switch| self.stripe.is_some() || !switch.is_at_stripe();
        switches().into_iter().filter(is_here).collect()
    }

    /// Switches a fault on for the next `times` calls, or until it is switched off if `None`. For a
    /// fault of webhooks, `times` counts changes at Stripe. Of the faults in Stripe's API only the last
    /// one is on.
    pub fn on(&self, name: &str, times: Option<u32>) -> Result<(), NoSuchSwitch> {
        let switch = self.find(name)?;
        match (switch.fault, &self.stripe) {
            (Fault::Wire(mut rule), _) => {
                rule.count = times;
                self.faults.add(rule);
            }
            (Fault::StripeApi(fault), Some(stripe)) => {
                stripe
                    .api_faults()
                    .fail_next(fault, times.unwrap_or(UNLIMITED));
            }
            (Fault::Webhooks(fault), Some(stripe)) => {
                let mut settings = stripe.faults().settings();
                fault.set(&mut settings, true);
                settings.changes = times;
                stripe.faults().set(settings);
            }
            (_, None) => return Err(NoSuchSwitch),
        }
        Ok(())
    }

    /// Switches a fault off.
    pub fn off(&self, name: &str) -> Result<(), NoSuchSwitch> {
        let switch = self.find(name)?;
        match (&switch.fault, &self.stripe) {
            (Fault::Wire(_), _) => {
                for active in self.faults.rules() {
                    if switch.added(&active) {
                        self.faults.remove(active.id);
                    }
                }
            }
            (Fault::StripeApi(fault), Some(stripe)) => {
                if pending(stripe).is_some_and(|(pending, _)| pending == *fault) {
                    stripe.api_faults().fail_next(*fault, 0);
                }
            }
            (Fault::Webhooks(fault), Some(stripe)) => {
                let mut settings = stripe.faults().settings();
                fault.set(&mut settings, false);
                stripe.faults().set(settings);
            }
            (_, None) => return Err(NoSuchSwitch),
        }
        Ok(())
    }

    /// Switches every fault off, also those that a test added.
    pub fn all_off(&self) {
        self.faults.clear();
        if let Some(stripe) = &self.stripe {
            stripe.api_faults().fail_next(ApiFault::Unavailable, 0);
            stripe.faults().end();
        }
    }

    /// Returns the faults that are on.
    #[must_use]
    pub fn switched_on(&self) -> Vec<SwitchedOn> {
        let switches = self.switches();
        let rules = self.faults.rules();
        let wire = rules.iter().map(|active| SwitchedOn {
            switch: switches.iter().find(|switch| switch.added(active)).cloned(),
            left: active.rule.count,
        });
        let stripe = self.stripe.as_ref();
        let settings = stripe.map(|stripe| stripe.faults().settings());
        let pending = stripe.and_then(pending);
        let at_stripe = switches.iter().filter_map(|switch| {
            let left = switch.left_at_stripe(pending, settings.as_ref()?)?;
            let switch = Some(switch.clone());
            Some(SwitchedOn { switch, left })
        });
        wire.chain(at_stripe).collect()
    }

    fn find(&self, name: &str) -> Result<Switch, NoSuchSwitch> {
        let mut switches = self.switches().into_iter();
        switches
            .find(|switch| switch.name == name)
            .ok_or(NoSuchSwitch)
    }
}

/// The number of requests for a fault in Stripe's API that lasts until it is switched off.
const UNLIMITED: u32 = u32::MAX;

fn pending(stripe: &StripeEmulator) -> Option<(ApiFault, u32)> {
    stripe.api_faults().pending()
}

impl Switch {
    /// Returns whether this switch added the rule.
    fn added(&self, active: &ActiveRule) -> bool {
        let Fault::Wire(rule) = &self.fault else {
            return false;
        };
        let (wanted, found) = (rule, &active.rule);
        (&wanted.requests, &wanted.effect, wanted.one_of)
            == (&found.requests, &found.effect, found.one_of)
    }

    /// Returns how many calls the fault still strikes, if it is in Stripe and on.
    #[expect(clippy::option_option, reason = "whether it is on, and how long")]
    fn left_at_stripe(
        &self,
        pending: Option<(ApiFault, u32)>,
        settings: &FaultSettings,
    ) -> Option<Option<u32>> {
        match &self.fault {
            Fault::Wire(_) => None,
            Fault::StripeApi(fault) => pending
                .filter(|(pending, _)| pending == fault)
                .map(|(_, left)| (left < UNLIMITED / 2).then_some(left)),
            Fault::Webhooks(fault) => fault.is_on(settings).then_some(settings.changes),
        }
    }
}
