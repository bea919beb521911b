//! Fakes, faults and the system tests; never shipped.
