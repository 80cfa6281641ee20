//! The table of purchases in DynamoDB. Every write is conditional and can be repeated.
//!
//! ```text
//! paid ──record──▶ receipt claimed ──finish──▶ mailed ──take download──▶ … ──▶ none left
//!                   │            ▲
//!                   └ released or expired after a minute: it can be claimed again
//! ```

mod agreements;
mod buyers;
mod conditions;
mod contract_attributes;
mod deliveries;
mod document_attributes;
mod downloads;
mod forgotten;
mod import_attributes;
mod imports;
mod item;
mod records;
mod return_attributes;
mod sale_rows;
mod standalone_mails;
mod table;
mod withdrawals;
mod work_list;

pub use buyers::AddressCorrection;
pub use downloads::TakeOutcome;
pub use forgotten::ImportedBefore;
pub use records::{MOST_COPIES, PutOutcome};
pub use sale_rows::SaleRow;
pub use standalone_mails::StandaloneMail;
pub use table::{Purchases, UpdateOutcome};
pub use work_list::{AudienceCount, ExclusiveStartKey, OwedPage, PurchaseSummary};
