//! Every fault by its name, to be switched on and off by hand at `/local/faults`, or by a story.
//!
//! Three things can break: the wire between the shop and an emulator ([`faults`](crate::faults)),
//! Stripe behind its own idempotency keys ([`ApiFault`]), and the webhooks on their way
//! ([`FaultSettings`]). Here they are one list.

mod another_shop;
mod catalogue;
mod page;

use axum::Router;

pub use self::catalogue::{Switch, switches};
use self::{another_shop::Elsewhere, catalogue::Fault};
use emulators::{
    Emulators,
    faults::{ActiveRule, Faults},
    stripe::{ApiFault, FaultSettings, StripeEmulator},
};

/// The switches of one shop; clones share them.
#[derive(Clone)]
pub struct FaultConsole {
    faults: Faults,
    stripe: Option<StripeEmulator>,
    elsewhere: Option<Elsewhere>,
}

/// A fault that is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwitchedOn {
    /// The switch; `None` for a fault that a test made without one.
    pub switch: Option<Switch>,
    /// How often it still strikes; until it is switched off, where it is absent.
    pub left: Option<u32>,
}

/// No fault has this name, or none that can be had beside the real Stripe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchSwitch;

impl FaultConsole {
    /// The switches of these emulators.
    #[must_use]
    pub fn of(emulators: &Emulators) -> Self {
        let stripe = emulators.stripe.as_ref();
        Self {
            faults: emulators.faults.clone(),
            stripe: stripe.map(|(stripe, _)| stripe.clone()),
            elsewhere: stripe.and_then(|(_, url)| Elsewhere::at(url).ok()),
        }
    }

    /// `/local/faults`.
    pub fn router(self) -> Router {
        page::router(self)
    }

    /// The faults that can be switched on: without Stripe's where it is the real one.
    #[must_use]
    pub fn switches(&self) -> Vec<Switch> {
        let is_here = |switch: &Switch| self.stripe.is_some() || !switch.is_at_stripe();
        switches().into_iter().filter(is_here).collect()
    }

    /// Switches a fault on for the next `times` calls (of webhooks: changes at Stripe), or, where
    /// that is absent, until it is switched off. Of Stripe's own faults the last one counts.
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
                    .fail_next(fault, times.unwrap_or(FOR_GOOD));
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
                    if switch.made(&active) {
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

    /// Switches everything off, whoever switched it on.
    pub fn all_off(&self) {
        self.faults.clear();
        if let Some(stripe) = &self.stripe {
            stripe.api_faults().fail_next(ApiFault::Unavailable, 0);
            stripe.faults().end();
        }
    }

    /// What is on.
    #[must_use]
    pub fn switched_on(&self) -> Vec<SwitchedOn> {
        let switches = self.switches();
        let rules = self.faults.rules();
        let wire = rules.iter().map(|active| SwitchedOn {
            switch: switches.iter().find(|switch| switch.made(active)).cloned(),
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

/// As often as this, a fault of Stripe's lasts until it is switched off.
const FOR_GOOD: u32 = u32::MAX;

fn pending(stripe: &StripeEmulator) -> Option<(ApiFault, u32)> {
    stripe.api_faults().pending()
}

impl Switch {
    /// Whether this rule was made by this switch.
    fn made(&self, active: &ActiveRule) -> bool {
        let Fault::Wire(rule) = &self.fault else {
            return false;
        };
        let (wanted, found) = (rule, &active.rule);
        (&wanted.requests, &wanted.effect, wanted.one_of)
            == (&found.requests, &found.effect, found.one_of)
    }

    /// How often it still strikes, if it is one of Stripe's own and is on.
    #[expect(
        clippy::option_option,
        reason = "whether it is on, and whether it ends"
    )]
    fn left_at_stripe(
        &self,
        pending: Option<(ApiFault, u32)>,
        settings: &FaultSettings,
    ) -> Option<Option<u32>> {
        match &self.fault {
            Fault::Wire(_) => None,
            Fault::StripeApi(fault) => pending
                .filter(|(pending, _)| pending == fault)
                .map(|(_, left)| (left < FOR_GOOD / 2).then_some(left)),
            Fault::Webhooks(fault) => fault.is_on(settings).then_some(settings.changes),
        }
    }
}
