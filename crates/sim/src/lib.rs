//! Pretend network, disk and time for the engine.
