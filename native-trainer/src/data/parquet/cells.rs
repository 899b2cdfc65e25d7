//! The columns of a batch in the few forms that a table of interactions is made of.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, BinaryArray, FixedSizeBinaryArray, Float64Array, Int64Array, ListArray, StringArray, UInt64Array,
};
use arrow_schema::{DataType, TimeUnit};

const SECONDS_A_DAY: f64 = 86_400.0;
/// Whole numbers beyond it have no `f64` each.
const MOST_WHOLE: f64 = 9_007_199_254_740_992.0;
/// Texts of a list, in one text, as tables have them.
pub(super) const LIST_SEPARATOR: &str = "|";

/// What a column holds, as far as it matters whether two parts agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing but nulls.
    Nulls,
    Text,
    Number,
    Time,
    Uuid,
    Texts,
}

impl Kind {
    /// Of a column, where it is one that can be read; `is_uuid` is what Parquet says of its bytes.
    pub(super) fn of(data_type: &DataType, is_uuid: bool) -> Option<Self> {
        Some(match data_type {
            DataType::Null => Self::Nulls,
            // Without a note that it is text: so Impala and old Spark write text, and DuckDB its enums.
            DataType::Utf8 | DataType::Binary => Self::Text,
            data_type if data_type.is_numeric() => Self::Number,
            DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => Self::Time,
            DataType::FixedSizeBinary(16) if is_uuid => Self::Uuid,
            DataType::List(values) if *values.data_type() == DataType::Utf8 => Self::Texts,
            _ => return None,
        })
    }

    /// In the words of messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Nulls => "nothing but nulls",
            Self::Text => "text",
            Self::Number => "a number",
            Self::Time => "a time",
            Self::Uuid => "a UUID",
            Self::Texts => "a list of texts",
        }
    }
}

/// A column of a batch, or what a folder's name says of all its rows.
#[derive(Debug)]
pub(super) enum Cells {
    Nulls,
    Text(StringArray),
    Bytes(BinaryArray),
    Whole(Int64Array),
    Unsigned(UInt64Array),
    Real(Float64Array),
    /// Written out, for no other type holds them all; without zeros behind the point.
    Decimal(Vec<Option<String>>),
    /// Unix seconds.
    Time(Float64Array),
    Uuid(FixedSizeBinaryArray),
    Texts(ListArray),
    Same(Option<String>),
}

impl Cells {
    /// Takes a column over; none where it is of another type than [`Kind::of`] has let through.
    pub(super) fn of(array: &dyn Array) -> Option<Self> {
        /// Every value of an array of this type, as one of a wider type.
        macro_rules! widened {
            ($narrow:ty, $convert:expr) => {
                array.as_primitive_opt::<$narrow>()?.unary($convert)
            };
        }
        Some(match array.data_type() {
            DataType::Null => Self::Nulls,
            DataType::Utf8 => Self::Text(array.as_string_opt::<i32>()?.clone()),
            DataType::Binary => Self::Bytes(array.as_binary_opt::<i32>()?.clone()),
            DataType::Int8 => Self::Whole(widened!(Int8Type, i64::from)),
            DataType::Int16 => Self::Whole(widened!(Int16Type, i64::from)),
            DataType::Int32 => Self::Whole(widened!(Int32Type, i64::from)),
            DataType::Int64 => Self::Whole(array.as_primitive_opt::<Int64Type>()?.clone()),
            DataType::UInt8 => Self::Unsigned(widened!(UInt8Type, u64::from)),
            DataType::UInt16 => Self::Unsigned(widened!(UInt16Type, u64::from)),
            DataType::UInt32 => Self::Unsigned(widened!(UInt32Type, u64::from)),
            DataType::UInt64 => Self::Unsigned(array.as_primitive_opt::<UInt64Type>()?.clone()),
            DataType::Float16 => Self::Real(widened!(Float16Type, |x| as_written(x.to_f32()))),
            DataType::Float32 => Self::Real(widened!(Float32Type, as_written)),
            DataType::Float64 => Self::Real(array.as_primitive_opt::<Float64Type>()?.clone()),
            DataType::Decimal128(..) | DataType::Decimal256(..) => Self::Decimal(decimals(array)?),
            DataType::Date32 => Self::Time(widened!(Date32Type, |days| f64::from(days) * SECONDS_A_DAY)),
            DataType::Date64 => Self::Time(widened!(Date64Type, |milliseconds| milliseconds as f64 / 1e3)),
            DataType::Timestamp(unit, _) => Self::Time(match unit {
                TimeUnit::Second => widened!(TimestampSecondType, |seconds| seconds as f64),
                TimeUnit::Millisecond => widened!(TimestampMillisecondType, |milliseconds| milliseconds as f64 / 1e3),
                TimeUnit::Microsecond => widened!(TimestampMicrosecondType, |microseconds| microseconds as f64 / 1e6),
                TimeUnit::Nanosecond => widened!(TimestampNanosecondType, |nanoseconds| nanoseconds as f64 / 1e9),
            }),
            DataType::FixedSizeBinary(_) => Self::Uuid(array.as_fixed_size_binary_opt()?.clone()),
            DataType::List(_) => Self::Texts(array.as_list_opt::<i32>()?.clone()),
            _ => return None,
        })
    }

    /// What stands in a row, as a table of text would have it: a whole number without a point, a list with `|` between
    /// its texts. None is a null; an error is bytes that are no text.
    pub(super) fn text(&self, at: usize) -> Result<Option<Cow<'_, str>>, NotText> {
        let is_null = match self {
            Self::Nulls => true,
            Self::Text(values) => values.is_null(at),
            Self::Bytes(values) => values.is_null(at),
            Self::Whole(values) => values.is_null(at),
            Self::Unsigned(values) => values.is_null(at),
            Self::Real(values) | Self::Time(values) => values.is_null(at),
            Self::Uuid(values) => values.is_null(at),
            Self::Texts(values) => values.is_null(at),
            Self::Decimal(values) => values[at].is_none(),
            Self::Same(value) => value.is_none(),
        };
        if is_null {
            return Ok(None);
        }
        Ok(Some(match self {
            Self::Nulls => return Ok(None),
            Self::Text(values) => values.value(at).trim().into(),
            Self::Bytes(values) => std::str::from_utf8(values.value(at)).map_err(|_| NotText)?.trim().into(),
            Self::Whole(values) => values.value(at).to_string().into(),
            Self::Unsigned(values) => values.value(at).to_string().into(),
            Self::Real(values) | Self::Time(values) => values.value(at).to_string().into(),
            Self::Uuid(values) => uuid(values.value(at)).into(),
            Self::Texts(values) => {
                let texts = values.value(at);
                let texts = texts.as_string_opt::<i32>().map(|texts| texts.iter().flatten().collect::<Vec<_>>());
                texts.unwrap_or_default().join(LIST_SEPARATOR).into()
            }
            Self::Decimal(values) => values[at].as_deref().unwrap_or_default().into(),
            Self::Same(value) => value.as_deref().unwrap_or_default().trim().into(),
        }))
    }

    /// The number in a row, where the column has numbers.
    pub(super) fn number(&self, at: usize) -> Option<f64> {
        match self {
            Self::Whole(values) => Some(values.value(at) as f64),
            Self::Unsigned(values) => Some(values.value(at) as f64),
            Self::Real(values) | Self::Time(values) => Some(values.value(at)),
            Self::Decimal(values) => values[at].as_deref()?.parse().ok(),
            _ => None,
        }
    }

    /// Whether what stands in a row can name something: a number with a fraction cannot.
    pub(super) fn is_name(&self, at: usize) -> bool {
        match self {
            Self::Real(values) => values.value(at).fract() == 0.0 && values.value(at).abs() < MOST_WHOLE,
            Self::Decimal(values) => values[at].as_deref().is_none_or(|text| !text.contains('.')),
            _ => true,
        }
    }
}

/// Bytes that are not UTF-8.
#[derive(Debug)]
pub(super) struct NotText;

/// The number that somebody wrote who wrote this one: 3.6 and not 3.5999999046.
fn as_written(x: f32) -> f64 {
    x.to_string().parse().unwrap_or(f64::from(x))
}

fn decimals(array: &dyn Array) -> Option<Vec<Option<String>>> {
    let trimmed = |text: String| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    };
    macro_rules! written_out {
        ($decimal:ty) => {{
            let values = array.as_primitive_opt::<$decimal>()?;
            let at = |at| values.is_valid(at).then(|| trimmed(values.value_as_string(at)));
            Some((0..values.len()).map(at).collect())
        }};
    }
    match array.data_type() {
        DataType::Decimal128(..) => written_out!(arrow_array::types::Decimal128Type),
        DataType::Decimal256(..) => written_out!(arrow_array::types::Decimal256Type),
        _ => None,
    }
}

/// `8-4-4-4-12` digits.
fn uuid(bytes: &[u8]) -> String {
    let mut text = crate::data::source::hex(bytes);
    for at in [20, 16, 12, 8] {
        text.insert(at, '-');
    }
    text
}
