//! A step of the sale.
