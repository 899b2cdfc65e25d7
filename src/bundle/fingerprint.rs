//! Which model this is, in a few letters.

use super::Bundle;

impl Bundle {
    /// 16 hexadecimal digits over parameters, memberships and names of the items (FNV-1a, word by word): enough to tell
    /// models apart that somebody mixes up, and a millisecond to compute. It is no defence against a forger.
    pub fn fingerprint(&self) -> String {
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        let mut add = |word: u32| hash = (hash ^ u64::from(word)).wrapping_mul(0x0000_0100_0000_01b3);
        for (_, _, values) in self.weights.tensors(&self.config) {
            values.iter().for_each(|value| add(value.to_bits()));
        }
        let by_node = self.incidence.by_node();
        by_node.offsets().iter().chain(by_node.indices()).for_each(|&index| add(index));
        for id in &self.item_ids {
            id.bytes().for_each(|byte| add(u32::from(byte)));
            // One name's end is not the next one's begin.
            add(u32::MAX);
        }
        format!("{hash:016x}")
    }
}
