//! How the items' tables lie in GPU memory: which number stands where, and in how many bits.

use std::fmt;
use std::str::FromStr;

use half::f16;

use super::layout::blocks;
use crate::student::StudentConfig;

/// Items of a block: the invocations of a workgroup of `score`, four items each.
pub const BLOCK_ITEMS: usize = 4 * LANES;

/// The most bytes of tables that a request reads in 32 bits. Beyond, reading is what it waits for, and 8 bits are a quarter
/// of it: even on an adapter made of CPU an answer takes a tenth less at 65,443 items and a fifth less at a million
/// (`cargo bench --bench engine`), and once the CPU twin has settled it, it was the same in every request that was compared.
pub const LARGE_BYTES: u64 = 8 << 20;

/// Invocations of a workgroup of `score`.
const LANES: usize = 64;

/// In how many bits a number of `item_hidden` and `item_emb` is stored on the GPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Storage {
    /// 32 bits, as computed.
    #[default]
    F32,
    /// 16 bits, half precision.
    F16,
    /// 8 bits and a scale for each item.
    Int8,
}

impl Storage {
    /// All of them, the most exact first.
    pub const ALL: [Self; 3] = [Self::F32, Self::F16, Self::Int8];

    /// The name by which it can be asked for.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Int8 => "int8",
        }
    }

    /// What to try for a model, in this order: 32 bits, and fewer where the GPU's memory is short; at once 8 where a request
    /// would read more than [`LARGE_BYTES`].
    pub fn preferred(config: &StudentConfig) -> &'static [Self] {
        let dot_width = if config.head.has_dot() { config.emb_dim } else { 0 };
        let numbers = config.n_items as u64 * (config.hidden_dim + dot_width) as u64;
        if 4 * numbers > LARGE_BYTES { &[Self::Int8] } else { &Self::ALL }
    }

    /// Bytes of four numbers.
    pub fn bytes_of_four(self) -> u64 {
        match self {
            Self::F32 => 16,
            Self::F16 => 8,
            Self::Int8 => 4,
        }
    }
}

impl fmt::Display for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Storage {
    type Err = UnknownStorage;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|storage| storage.name() == name);
        found.ok_or_else(|| UnknownStorage { name: name.to_owned() })
    }
}

/// A storage's name that means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no storage \"{name}\": choose f32, f16 or int8")]
pub struct UnknownStorage {
    /// The name that was given.
    pub name: String,
}

/// Rows of items as `score` reads them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ItemBlocks {
    /// `[n_blocks, blocks(dim), LANES, 4 (columns), 4 (items)]`, zero past the last item and column.
    pub bytes: Vec<u8>,
    /// `[n_items rounded up to whole blocks]`; the largest magnitude of each row for [`Storage::Int8`], else empty.
    pub scales: Vec<f32>,
}

/// Lays out `rows`, `[n_items, dim]`, in blocks of [`BLOCK_ITEMS`] items (`shaders/item_blocks.wgsl` is its twin for
/// [`Storage::F32`]).
pub fn item_blocks(rows: &[f32], dim: usize, storage: Storage) -> ItemBlocks {
    if dim == 0 {
        return ItemBlocks::default();
    }
    let (n_items, n_columns) = (rows.len() / dim, 4 * blocks(dim));
    let n_padded = n_items.next_multiple_of(BLOCK_ITEMS);
    let bytes_of_one = storage.bytes_of_four() as usize / 4;
    let mut bytes = vec![0; n_padded * n_columns * bytes_of_one];
    let mut scales = vec![0.0; if storage == Storage::Int8 { n_padded } else { 0 }];
    for (item_idx, row) in rows.chunks_exact(dim).enumerate() {
        let (block, in_block) = (item_idx / BLOCK_ITEMS, item_idx % BLOCK_ITEMS);
        let largest = row.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
        if let Some(scale) = scales.get_mut(item_idx) {
            *scale = largest;
        }
        for (column, &number) in row.iter().enumerate() {
            let sixteen = (block * n_columns / 4 + column / 4) * LANES + in_block / 4;
            let at = (16 * sixteen + 4 * (column % 4) + in_block % 4) * bytes_of_one;
            let place = &mut bytes[at..at + bytes_of_one];
            match storage {
                Storage::F32 => place.copy_from_slice(&number.to_le_bytes()),
                Storage::F16 => place.copy_from_slice(&f16::from_f32(number).to_le_bytes()),
                // As unpack4x8snorm reads it: 127 is 1.
                Storage::Int8 if largest > 0.0 => place[0] = ((number / largest * 127.0).round() as i8) as u8,
                Storage::Int8 => {}
            }
        }
    }
    ItemBlocks { bytes, scales }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::student::Head;

    #[test]
    fn four_columns_of_four_items_lie_side_by_side() {
        // Two columns, so two of padding; item i has the numbers i and -i.
        let rows: Vec<f32> = (0..300).flat_map(|item| [item as f32, -(item as f32)]).collect();
        let packed = item_blocks(&rows, 2, Storage::F32);
        let numbers: &[f32] = bytemuck::cast_slice(&packed.bytes);
        assert_eq!(numbers.len(), 2 * BLOCK_ITEMS * 4);
        assert_eq!(numbers[..8], [0.0, 1.0, 2.0, 3.0, 0.0, -1.0, -2.0, -3.0]);
        assert!(numbers[8..16].iter().all(|&x| x == 0.0), "columns of padding");
        assert_eq!(numbers[16..20], [4.0, 5.0, 6.0, 7.0], "the next four items");
        assert_eq!(numbers[4 * BLOCK_ITEMS + 16 * 10..][..5], [296.0, 297.0, 298.0, 299.0, -296.0], "the second block");
        assert_eq!(numbers[4 * BLOCK_ITEMS + 16 * 11], 0.0, "past the last item");
        assert!(packed.scales.is_empty());
    }

    #[test]
    fn large_tables_are_read_in_bytes() {
        let config = |n_items, head| StudentConfig {
            n_users: 1,
            n_items,
            emb_dim: 64,
            hidden_dim: 64,
            head,
            dislike_weight: 0.0,
        };
        // 32,768 rows of 64 numbers are 8 MiB.
        assert_eq!(Storage::preferred(&config(32_768, Head::Mlp)), Storage::ALL);
        assert_eq!(Storage::preferred(&config(32_769, Head::Mlp)), [Storage::Int8]);
        assert_eq!(Storage::preferred(&config(16_385, Head::Hybrid)), [Storage::Int8]);
    }

    #[test]
    fn fewer_bits_keep_what_they_can() {
        let rows = [0.5, -2.0, 0.0, 0.0];
        let half: Vec<u8> = item_blocks(&rows, 2, Storage::F16).bytes;
        assert_eq!(half[..4], [0x00, 0x38, 0, 0], "0.5 of item 0, 0 of item 1");
        let bytes = item_blocks(&rows, 2, Storage::Int8);
        assert_eq!(bytes.scales[..2], [2.0, 0.0]);
        assert_eq!((bytes.bytes[0] as i8, bytes.bytes[4] as i8), (32, -127));
        assert_eq!(item_blocks(&[], 0, Storage::Int8), ItemBlocks::default());
        for storage in Storage::ALL {
            assert_eq!(storage.name().parse(), Ok(storage));
        }
        assert!("f64".parse::<Storage>().is_err());
    }
}
