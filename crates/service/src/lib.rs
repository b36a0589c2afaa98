//! The wiring of the bgcopy service.
