//! Waiting for something to become true, with a deadline. The only place where a test rests.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How often a condition is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Looks at `done` until it is true; false when it was not after about `limit` (the time `done` itself takes is not
/// counted, so a busy machine waits longer and never less).
pub fn until(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let (nothing, never) = (Mutex::new(()), Condvar::new());
    let looks = limit.as_millis() / LOOK_AGAIN.as_millis();
    for _ in 0..looks {
        if done() {
            return true;
        }
        let guard = nothing.lock().unwrap_or_else(PoisonError::into_inner);
        drop(never.wait_timeout(guard, LOOK_AGAIN));
    }
    done()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_ends_with_the_condition_or_the_limit() {
        let mut looks = 0;
        assert!(until(Duration::from_secs(5), || {
            looks += 1;
            looks == 3
        }));
        assert_eq!(looks, 3);
        assert!(!until(Duration::from_millis(40), || false));
    }
}
