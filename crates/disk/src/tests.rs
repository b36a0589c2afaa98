//! Whole stories of a file: the main road, the rows of spec/faults.md that the disk decides, crashes.

mod crash;
mod life;
mod links;
mod owners;
mod pieces;
mod publishing;
mod trouble;
