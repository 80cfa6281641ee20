//! The pages: the payment page, the receipt and the invoice for buyers, and the dashboard for developers.

pub(crate) mod checkout;
pub(crate) mod dashboard;
pub(crate) mod documents;
mod html;
mod money;
pub(crate) mod receipt;
pub(crate) mod session_page;
