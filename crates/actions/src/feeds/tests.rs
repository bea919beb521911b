//! Feeds: pause, batches, the wall.
