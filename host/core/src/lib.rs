//! The core: what every layer of the host shares, which is the contract's types, domain types and pure functions.
//! Nothing here does I/O.

pub mod act;
pub mod bucket;
pub mod clock;
pub mod contract;
pub mod effect;
pub mod failure;
pub mod file;
pub mod hash;
pub mod hours;
pub mod inbox;
pub mod live;
pub mod meta_notice;
pub mod model;
pub mod name;
pub mod operator;
pub mod phone;
pub mod place;
pub mod plan;
pub mod quota;
pub mod rate_limit;
pub mod reads;
pub mod secret;
pub mod seldom;
pub mod services;
pub mod session;
pub mod test_number;
pub mod text;
pub mod window;
