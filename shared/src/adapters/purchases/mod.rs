//! The purchases table: every write is conditional and can be repeated.
//!
//! ```text
//! paid ──record──▶ receipt claimed ──finish──▶ mailed ──take download──▶ … ──▶ none left
//!                   │            ▲
//!                   └ released, or free again after a minute: the next one claims it
//! ```

mod buyers;
mod conditions;
mod deliveries;
mod downloads;
mod item;
mod records;
mod sale_rows;
mod table;
mod work_list;

pub use downloads::TakeOutcome;
pub use records::PutOutcome;
pub use sale_rows::SaleRow;
pub use table::{Purchases, UpdateOutcome};
pub use work_list::{AudienceCount, ExclusiveStartKey, OwedPage, PurchaseSummary};
