//! The k-core: every user and every item left has at least k pairs left.

/// Removes pairs until every user and every item that is left has at least `k`; the order is kept.
pub fn k_core(mut pairs: Vec<(u32, u32)>, k: usize) -> Vec<(u32, u32)> {
    let bound =
        |of: fn(&(u32, u32)) -> u32, pairs: &[(u32, u32)]| pairs.iter().map(of).max().map_or(0, |max| max as usize + 1);
    loop {
        let mut user_degree = vec![0usize; bound(|pair| pair.0, &pairs)];
        let mut item_degree = vec![0usize; bound(|pair| pair.1, &pairs)];
        for &(user, item) in &pairs {
            user_degree[user as usize] += 1;
            item_degree[item as usize] += 1;
        }
        let before = pairs.len();
        pairs.retain(|&(user, item)| user_degree[user as usize] >= k && item_degree[item as usize] >= k);
        if pairs.len() == before {
            return pairs;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand, k = 2: item 9 has one user; without it user 2 has one item; without that user item 7 still has two.
    #[test]
    fn removing_an_item_can_remove_a_user() {
        let pairs = vec![(0, 7), (0, 8), (1, 7), (1, 8), (2, 7), (2, 9)];
        assert_eq!(k_core(pairs, 2), vec![(0, 7), (0, 8), (1, 7), (1, 8)]);
        assert_eq!(k_core(vec![], 5), vec![]);
    }
}
