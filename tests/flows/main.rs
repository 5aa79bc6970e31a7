//! The flows as a whole, also when the world around them breaks: fakes at the edge of the machine, the real code
//! between [A1 to A10, B1 to B14].

mod classifier_corpus;
mod connect;
mod disconnect;
mod keychain;
mod no_secret_escapes;
mod reconnect;
mod refresh;
mod refresh_answers;
mod refresh_loop;
mod rotation_survives_a_crash;
mod single_flight;
mod store;
mod support;
