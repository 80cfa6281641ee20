//! The pages: the payment page and the receipt for buyers, and the dashboard for developers.

pub(crate) mod checkout;
pub(crate) mod dashboard;
mod html;
mod money;
pub(crate) mod receipt;
pub(crate) mod session_page;
