//! How one looks at the map of films.

use crate::explorer::layout::Point;
use crate::explorer::link::bytes::{put, take};
use crate::explorer::map::MapColour;

/// The state of the map: whole numbers, so that a link says exactly what is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MapState {
    /// What the dots are coloured by.
    pub colour: MapColour,
    /// Steps nearer, [`MapState::STEPS_TO_DOUBLE`] to twice as near.
    pub zoom: u8,
    /// What is in the middle: parts of 65,535 of the map's width.
    pub x: u16,
    /// Parts of its height.
    pub y: u16,
}

impl Default for MapState {
    fn default() -> Self {
        Self { colour: MapColour::default(), zoom: 0, x: HALF, y: HALF }
    }
}

const HALF: u16 = u16::MAX / 2;

impl MapState {
    /// Steps that make everything twice as large.
    pub const STEPS_TO_DOUBLE: u8 = 4;
    /// Nobody needs to be nearer.
    pub const MAX_ZOOM: u8 = 20;

    /// How much larger than the whole map is drawn.
    pub fn magnification(&self) -> f32 {
        const WITHIN_A_DOUBLING: [f32; MapState::STEPS_TO_DOUBLE as usize] =
            [1.0, 1.189_207, std::f32::consts::SQRT_2, 1.681_793];
        let (doublings, steps) = (self.zoom / Self::STEPS_TO_DOUBLE, self.zoom % Self::STEPS_TO_DOUBLE);
        (1_u32 << doublings) as f32 * WITHIN_A_DOUBLING[usize::from(steps)]
    }

    /// What is in the middle of the drawing, of a map with this right lower corner.
    pub fn middle(&self, corner: Point) -> Point {
        let part = |of: u16| f32::from(of) / f32::from(u16::MAX);
        Point { x: part(self.x) * corner.x, y: part(self.y) * corner.y }
    }

    /// The same with another point in the middle; the edge of the map is the end.
    pub fn look_at(&mut self, middle: Point, corner: Point) {
        let part = |of: f32, all: f32| (of / all.max(1.0) * f32::from(u16::MAX)).round() as u16;
        (self.x, self.y) = (part(middle.x, corner.x), part(middle.y, corner.y));
    }

    /// So many steps nearer, or farther, so that `fixed` stays where it is on the drawing.
    pub fn zoom_by(&mut self, steps: i32, fixed: Point, corner: Point) {
        let before = self.magnification();
        self.zoom = (i32::from(self.zoom) + steps).clamp(0, i32::from(Self::MAX_ZOOM)) as u8;
        let part = before / self.magnification();
        let Point { x, y } = self.middle(corner);
        let middle = Point { x: fixed.x + (x - fixed.x) * part, y: fixed.y + (y - fixed.y) * part };
        if self.zoom == 0 {
            (self.x, self.y) = (HALF, HALF);
        } else {
            self.look_at(middle, corner);
        }
    }

    /// All of it as one number, which says whether it has changed.
    pub fn number(&self) -> u64 {
        u64::from(self.y) << 32 | u64::from(self.x) << 16 | u64::from(self.zoom) << 8 | self.colour as u64
    }

    /// What [`Self::number`] has told; as at first where it cannot be.
    pub fn of_number(number: u64) -> Self {
        let colour = MapColour::ALL.into_iter().find(|colour| *colour as u64 == number & 255).unwrap_or_default();
        let zoom = (number >> 8) as u8;
        Self { colour, zoom: zoom.min(Self::MAX_ZOOM), x: (number >> 16) as u16, y: (number >> 32) as u16 }
    }

    pub(in crate::explorer) fn write(&self, bytes: &mut Vec<u8>) {
        for number in [self.colour as u64, self.zoom.into(), self.x.into(), self.y.into()] {
            put(bytes, number);
        }
    }

    /// `None` where the bytes end too early, or say what cannot be.
    pub(in crate::explorer) fn read(&mut self, bytes: &mut &[u8]) -> Option<()> {
        let colour = take(bytes)?;
        self.colour = MapColour::ALL.into_iter().find(|known| *known as u64 == colour)?;
        self.zoom = u8::try_from(take(bytes)?).ok().filter(|zoom| *zoom <= Self::MAX_ZOOM)?;
        self.x = u16::try_from(take(bytes)?).ok()?;
        self.y = u16::try_from(take(bytes)?).ok()?;
        Some(())
    }
}
