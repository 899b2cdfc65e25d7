//! Where the propagation stands.

use crate::explorer::Centre;
use crate::explorer::link::bytes::{put, put_centre, take, take_centre};

/// The state of the step-by-step view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PropagationState {
    /// Whose numbers are computed; without one, what the view starts with.
    pub node: Option<Centre>,
    /// Whether it is the teacher's layer that is followed, and not the student.
    pub is_teacher: bool,
    /// The step, from 0.
    pub step: u16,
    /// The cell whose arithmetic is written out, row and column.
    pub cell: Option<(u16, u16)>,
}

impl PropagationState {
    pub(in crate::explorer) fn write(&self, bytes: &mut Vec<u8>) {
        put_centre(bytes, self.node.as_ref());
        put(bytes, self.is_teacher.into());
        put(bytes, self.step.into());
        if let Some((row, column)) = self.cell {
            put(bytes, row.into());
            put(bytes, column.into());
        }
    }

    /// `None` where the bytes end too early, or say what cannot be.
    pub(in crate::explorer) fn read(&mut self, bytes: &mut &[u8]) -> Option<()> {
        self.node = take_centre(bytes)?;
        self.is_teacher = take(bytes)? == 1;
        self.step = u16::try_from(take(bytes)?).ok()?;
        if !bytes.is_empty() {
            self.cell = Some((u16::try_from(take(bytes)?).ok()?, u16::try_from(take(bytes)?).ok()?));
        }
        Some(())
    }
}
