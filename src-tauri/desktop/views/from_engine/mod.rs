//! The engine's answers made into views: never the other way, and never a secret [A3].

mod board;
mod connection;
mod diagnosis;
mod health;
