//! What runs by itself while the window is open or a process serves: the refresh loop [B2, B13, S159].

mod refresh_loop;

pub use refresh_loop::Watch;
