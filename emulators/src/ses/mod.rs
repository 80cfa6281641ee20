//! An emulator of Amazon SES, API version 2. It accepts mail as SES does, keeps it, and shows it
//! to people and tests instead of sending it.

mod account;
mod address;
mod api;
mod events;
mod journal;
mod mail;
mod mailbox;
mod page;

pub use account::Limits;
pub use events::SendingEvents;
pub use journal::JournalError;
pub use mail::Mail;
pub use mailbox::{Clock, Keep, Mailbox, MailboxOptions};
