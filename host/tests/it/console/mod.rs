//! The console: who gets in and what they may do, by HTTP; and the daily work, in a browser.

mod access;
mod browser;
mod day;
mod phone;
mod service;
mod shots;
mod visitor;
