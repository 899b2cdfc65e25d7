//! The safetensors container: a length, a JSON header, the bytes of the tensors one after another.
//!
//! The crate `safetensors` writes the file and, in the tests, reads it as everybody else does. Its reader would be 23 kB
//! more for an embedder to load (of 113, both gzipped), and this one is stricter: it keeps to the tensors of a model file,
//! refuses a name that stands twice, and nothing in a header makes it work longer than the header is long.

use super::METADATA_KEY;
use crate::json::{self, Field, JsonError, Others, Read, Reader, needed};

/// Where the format keeps what is no tensor.
const METADATA: &str = "__metadata__";

/// Types of elements and their bits, as the format names them.
const DTYPES: [(&str, usize); 19] = [
    ("BOOL", 8),
    ("F4", 4),
    ("F6_E2M3", 6),
    ("F6_E3M2", 6),
    ("U8", 8),
    ("I8", 8),
    ("F8_E5M2", 8),
    ("F8_E4M3", 8),
    ("F8_E8M0", 8),
    ("I16", 16),
    ("U16", 16),
    ("F16", 16),
    ("BF16", 16),
    ("I32", 32),
    ("U32", 32),
    ("F32", 32),
    ("I64", 64),
    ("U64", 64),
    ("F64", 64),
];

/// A container whose header has been read.
pub(super) struct Container<'data> {
    header: Header,
    data: &'data [u8],
}

/// One tensor of a container.
#[derive(Clone, Copy)]
pub(super) struct Tensor<'a> {
    pub(super) dtype: &'a str,
    pub(super) shape: &'a [usize],
    pub(super) data: &'a [u8],
}

#[derive(Default)]
struct Header {
    document: Option<String>,
    /// In the order of their bytes.
    tensors: Vec<(&'static str, Entry)>,
    /// The first tensor that a model file does not have.
    stranger: Option<String>,
}

#[derive(Default)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (usize, usize),
}

impl Read for Entry {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        reader.object(Others::Skipped, &mut needed!(self: dtype, shape, data_offsets))
    }
}

/// Of the metadata only our own matter.
#[derive(Default)]
struct Metadata {
    document: Option<String>,
}

impl Read for Metadata {
    fn fill(&mut self, reader: &mut Reader<'_>) -> Result<(), JsonError> {
        reader.object(Others::Skipped, &mut [Field::optional(METADATA_KEY, &mut self.document)])
    }
}

impl<'data> Container<'data> {
    /// Reads the header; the tensors are only looked at by [`Self::check`]. `known` are the names that may occur.
    pub(super) fn open(bytes: &'data [u8], known: &[&'static str]) -> Result<Self, String> {
        let (length, rest) = bytes.split_first_chunk().ok_or("it has less than 8 bytes")?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok().filter(|length| *length <= rest.len());
        let (header, data) = rest.split_at(length.ok_or("it ends before its header does")?);
        Ok(Self { header: Header::read(header, known).map_err(|error| error.to_string())?, data })
    }

    /// Our document, if it has one.
    pub(super) fn document(&self) -> Option<&str> {
        self.header.document.as_deref()
    }

    /// The first tensor that does not belong here.
    pub(super) fn stranger(&self) -> Option<&str> {
        self.header.stranger.as_deref()
    }

    /// The first tensor that may occur, but was not `asked` for.
    pub(super) fn unasked(&self, asked: &[&str]) -> Option<&str> {
        self.header.tensors.iter().map(|(name, _)| *name).find(|name| !asked.contains(name))
    }

    /// Whether every tensor has the bytes that its shape and type ask for, and all bytes belong to one.
    pub(super) fn check(&self) -> Result<(), String> {
        let mut place = 0;
        for (name, Entry { dtype, shape, data_offsets: (begin, end) }) in &self.header.tensors {
            let bits = DTYPES.iter().find(|(known, _)| known == dtype).map(|(_, bits)| *bits);
            let bits = bits.ok_or_else(|| format!("tensor `{name}` is of the unknown type `{dtype}`"))?;
            let bits = shape.iter().try_fold(bits, |bits, &n| bits.checked_mul(n));
            if *begin != place || bits.is_none() || bits != end.checked_sub(place).and_then(|n| n.checked_mul(8)) {
                return Err(format!("tensor `{name}` has other bytes than its shape and type ask for"));
            }
            place = *end;
        }
        if place != self.data.len() {
            return Err(format!("its tensors take {place} bytes, {} are there", self.data.len()));
        }
        Ok(())
    }

    /// One tensor, once [`Self::check`] is passed.
    pub(super) fn tensor(&self, name: &str) -> Option<Tensor<'_>> {
        let (_, entry) = self.header.tensors.iter().find(|(known, _)| *known == name)?;
        let Entry { dtype, shape, data_offsets: (begin, end) } = entry;
        Some(Tensor { dtype, shape, data: self.data.get(*begin..*end)? })
    }
}

impl Header {
    fn read(text: &[u8], known: &[&'static str]) -> Result<Self, JsonError> {
        let mut header = Self::default();
        let mut has_metadata = false;
        json::read_with(text, &mut |reader| {
            reader.entries(&mut |reader, name| {
                let known = known.iter().find(|known| **known == name);
                let is_repeated = match known {
                    Some(known) => header.tensors.iter().any(|(other, _)| other == known),
                    None => name == METADATA && has_metadata,
                };
                if is_repeated {
                    return Err(json::said(format_args!("`{name}` stands twice in it")));
                }
                if name == METADATA {
                    has_metadata = true;
                    let mut metadata = Metadata::default();
                    reader.value(&mut metadata)?;
                    header.document = metadata.document;
                    return Ok(());
                }
                let mut entry = Entry::default();
                reader.value(&mut entry)?;
                if let Some(known) = known {
                    let place = header.tensors.partition_point(|(_, other)| other.data_offsets <= entry.data_offsets);
                    header.tensors.insert(place, (known, entry));
                } else {
                    header.stranger.get_or_insert(name);
                }
                Ok(())
            })
        })?;
        Ok(header)
    }
}
