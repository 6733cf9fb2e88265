//! Puts things in order with little code. The sort of the standard library is made anew for every type, two to five kilobytes each
//! time, also beneath the `collect` of a map; what is sorted here is never so long that its speed would count.

use std::cmp::Ordering;

pub(crate) trait InOrder: Iterator + Sized {
    /// As `collect`, for maps and sets: they are filled one by one.
    fn in_order<C: Default + Extend<Self::Item>>(self) -> C {
        let mut all = C::default();
        all.extend(self);
        all
    }
}

impl<I: Iterator> InOrder for I {}

/// What is equal stays as it was.
pub(crate) trait Arrange<T> {
    fn arrange_by(&mut self, order: impl Fn(&T, &T) -> Ordering);

    fn arrange_by_key<K: Ord>(&mut self, key: impl Fn(&T) -> K) {
        self.arrange_by(|one, other| key(one).cmp(&key(other)));
    }

    fn arrange(&mut self)
    where
        T: Ord,
    {
        self.arrange_by(T::cmp);
    }
}

impl<T> Arrange<T> for [T] {
    fn arrange_by(&mut self, order: impl Fn(&T, &T) -> Ordering) {
        let mut places = places(self.len(), &|one, other| order(&self[one], &self[other]));
        for to in 0..places.len() {
            // What stood there may have been swapped away, to where another came from.
            let mut from = places[to];
            while from < to {
                from = places[from];
            }
            places[to] = from;
            self.swap(to, from);
        }
    }
}

/// Where what belongs first is, then the second, and so on: the one sort for them all.
fn places(count: usize, order: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by(|one, other| order(*one, *other));
    places
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn arranged_is_sorted_and_what_is_equal_stays(keys in prop::collection::vec(0..20_u8, 0..60)) {
            let mut arranged: Vec<(u8, usize)> = keys.into_iter().zip(0..).collect();
            let mut sorted = arranged.clone();
            arranged.arrange_by_key(|(key, _)| *key);
            sorted.sort_by_key(|(key, _)| *key);
            prop_assert_eq!(arranged, sorted);
        }
    }
}
