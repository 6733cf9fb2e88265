//! Mutexes that outlive a panic: what is behind them is whole between any two statements, and a
//! thread that died is no reason to lose what the others hold.

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
