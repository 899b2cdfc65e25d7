//! Numbers that never change once they are stored, and so can be copied to a device once and kept there.

use std::ops::Deref;

/// A vector that lives on the host and, after first use there, on each GPU that has asked for it.
#[derive(Debug)]
pub(super) struct Array<T> {
    host: Vec<T>,
    #[cfg(feature = "cuda")]
    pub(super) copies: super::cuda::Copies<T>,
}

impl<T> From<Vec<T>> for Array<T> {
    fn from(host: Vec<T>) -> Self {
        Self {
            host,
            #[cfg(feature = "cuda")]
            copies: Default::default(),
        }
    }
}

impl<T> Deref for Array<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.host
    }
}
