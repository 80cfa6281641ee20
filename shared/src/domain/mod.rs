//! The rules of the shop. They import no SDK and nothing of HTTP.

pub mod accent;
pub mod attribution;
pub mod book;
pub mod book_file;
pub mod catalogue;
pub mod country;
pub mod delivery;
pub mod email_address;
pub mod file_content;
pub mod file_name;
pub mod language;
pub mod link;
pub mod mailbox;
pub mod mailto;
pub mod money;
pub mod notes;
pub mod product;
pub mod purchase;
pub mod purchase_id;
pub mod request_id;
pub mod sale;
pub mod stripe_ids;
pub mod stripe_keys;
pub mod takes;
pub mod timestamp;
pub mod view;
