//! The steps of `setup`, in their order.

use super::{
    account, answers,
    context::Context,
    deploy, keys, mail, publish,
    step::{About, State},
    test_sale, webhook,
};
use crate::error::CliError;

/// A step. Each is safe to be stopped anywhere and to be taken again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Account,
    Answers,
    Mail,
    Keys,
    Deploy,
    Webhook,
    Publish,
    TestSale,
}

impl Step {
    pub(super) const ALL: [Self; 8] = [
        Self::Account,
        Self::Answers,
        Self::Mail,
        Self::Keys,
        Self::Deploy,
        Self::Webhook,
        Self::Publish,
        Self::TestSale,
    ];

    pub(super) fn about(self) -> &'static About {
        match self {
            Self::Account => &account::ABOUT,
            Self::Answers => &answers::ABOUT,
            Self::Mail => &mail::ABOUT,
            Self::Keys => &keys::ABOUT,
            Self::Deploy => &deploy::ABOUT,
            Self::Webhook => &webhook::ABOUT,
            Self::Publish => &publish::ABOUT,
            Self::TestSale => &test_sale::ABOUT,
        }
    }

    /// Looks whether the step is to be taken. Changes nothing.
    pub(super) async fn state(self, context: &Context<'_>) -> Result<State, CliError> {
        match self {
            Self::Account => account::state(context).await,
            Self::Answers => answers::state(context),
            Self::Mail => mail::state(context).await,
            Self::Keys => keys::state(context).await,
            Self::Deploy => deploy::state(context).await,
            Self::Webhook => webhook::state(context).await,
            Self::Publish => publish::state(context).await,
            Self::TestSale => test_sale::state(context).await,
        }
    }

    /// Takes the step.
    pub(super) async fn run(self, context: &mut Context<'_>) -> Result<(), CliError> {
        match self {
            Self::Account => account::run(context).await,
            Self::Answers => answers::run(context),
            Self::Mail => mail::run(context).await,
            Self::Keys => keys::run(context).await,
            Self::Deploy => deploy::run(context).await,
            Self::Webhook => webhook::run(context).await,
            Self::Publish => publish::run(context).await,
            Self::TestSale => test_sale::run(context).await,
        }
    }
}
