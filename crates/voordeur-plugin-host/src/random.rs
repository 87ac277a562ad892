//! Random bytes that follow from the key of a call.

use sha2::{Digest as _, Sha256};

/// A stream of bytes: the digests of the key with 0, 1, 2, … behind it.
pub(crate) struct Random {
    key: String,
    block: u64,
    left: Vec<u8>,
}

impl Random {
    pub(crate) fn new(key: &str) -> Self {
        Self { key: key.to_owned(), block: 0, left: Vec::new() }
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        while self.left.len() < count {
            let block = Sha256::new().chain_update("voordeur random").chain_update(self.block.to_be_bytes());
            self.left.extend(block.chain_update(&self.key).finalize());
            self.block += 1;
        }
        let rest = self.left.split_off(count);
        std::mem::replace(&mut self.left, rest)
    }
}
