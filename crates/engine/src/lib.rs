//! The decisions of bgcopy, sans-IO: job life cycle, queue, retry clocks, piece plan.
