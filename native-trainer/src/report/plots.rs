//! Plots as inline SVG, drawn by plotters.
//!
//! Every colour is drawn as a stand-in and then replaced by a CSS variable, so that one drawing serves light and dark.
//! Every plot is drawn twice, for a wide screen and for a phone: text that is scaled down cannot be read.

use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Stand-ins and the CSS variables they become.
const COLOURS: [(RGBColor, &str); 6] = [
    (INK, "--ink"),
    (MUTED, "--muted"),
    (GRID, "--line"),
    (STUDENT, "--student"),
    (TEACHER, "--teacher"),
    (PAPER, "--paper"),
];
pub(super) const INK: RGBColor = RGBColor(1, 0, 1);
pub(super) const MUTED: RGBColor = RGBColor(2, 0, 1);
pub(super) const GRID: RGBColor = RGBColor(3, 0, 1);
pub(super) const STUDENT: RGBColor = RGBColor(4, 0, 1);
pub(super) const TEACHER: RGBColor = RGBColor(5, 0, 1);
pub(super) const PAPER: RGBColor = RGBColor(6, 0, 1);

/// plotters divides by 1.24: this is 13 pixels.
const FONT: f64 = 13.0 * 1.24;
/// Width of a character of 13 pixels in the wider of the fonts a reader may have.
pub(super) const CHAR_WIDTH: f64 = 8.0;
const ROW_HEIGHT: u32 = 30;
/// On a phone label and note stand above the point.
const TALL_ROW_HEIGHT: u32 = 46;
pub(super) const WIDE: u32 = 760;
pub(super) const NARROW: u32 = 360;
pub(super) const AXIS_HEIGHT: u32 = 52;
pub(super) const TOP: u32 = 8;

/// What a colour means, in every plot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The distilled student.
    Student,
    /// The teacher.
    Teacher,
    /// Everything else.
    Other,
}

impl Role {
    pub(super) fn colour(self) -> RGBColor {
        match self {
            Self::Student => STUDENT,
            Self::Teacher => TEACHER,
            Self::Other => MUTED,
        }
    }
}

/// One line of a plot of rows.
#[derive(Debug, Clone)]
pub(crate) struct RowPoint {
    /// Left of the axis.
    pub(crate) label: String,
    /// Colour.
    pub(crate) role: Role,
    /// The filled point.
    pub(crate) at: f64,
    /// The bar through it.
    pub(crate) bar: Option<(f64, f64)>,
    /// The hollow point.
    pub(crate) hollow: Option<f64>,
    /// Right of the axis.
    pub(crate) note: String,
}

/// Values, one row a model.
#[derive(Debug, Clone)]
pub(crate) struct RowPlot {
    /// From top to bottom.
    pub(crate) rows: Vec<RowPoint>,
    /// Below the axis.
    pub(crate) axis: String,
    /// Whether 0 is marked.
    pub(crate) zero_line: bool,
}

/// One point of a scatter plot.
#[derive(Debug, Clone)]
pub(crate) struct ScatterPoint {
    /// Beside the point.
    pub(crate) label: &'static str,
    /// Colour.
    pub(crate) role: Role,
    /// Milliseconds, above 0.
    pub(crate) x: f64,
    /// NDCG@10.
    pub(crate) y: f64,
}

pub(super) type Drawn<T> = Result<T, Box<dyn std::error::Error>>;
pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Linear<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// A drawing for wide screens and one for phones; `label` is what a screen reader says. A plot that cannot be drawn is
/// left out: the tables hold the same numbers.
pub(super) fn both(label: &str, draw: impl Fn(bool) -> Drawn<String>) -> String {
    let svg = |narrow: bool, class: &str| match draw(narrow) {
        Ok(svg) => {
            let head =
                format!("<svg class=\"plot {class}\" role=\"img\" aria-label=\"{}\"", super::page::escape(label));
            COLOURS.iter().fold(svg.replacen("<svg", &head, 1), |svg, (stand_in, variable)| {
                let RGBColor(r, g, b) = *stand_in;
                svg.replace(&format!("\"#{r:02X}{g:02X}{b:02X}\""), &format!("\"var({variable})\""))
            })
        }
        Err(_) => String::new(),
    };
    svg(false, "wide") + &svg(true, "narrow")
}

pub(super) fn text(colour: RGBColor, h_pos: HPos, v_pos: VPos) -> TextStyle<'static> {
    ("sans-serif", FONT).into_font().color(&colour).pos(Pos::new(h_pos, v_pos))
}

/// The span of some values with a little room at both ends.
pub(super) fn span(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if !(low.is_finite() && high.is_finite()) {
        return 0.0..1.0;
    }
    let room = (high - low).max(1e-3) * 0.07;
    low - room..high + room
}

impl RowPlot {
    /// The drawings.
    pub(crate) fn svg(&self, label: &str) -> String {
        both(label, |narrow| self.draw(narrow))
    }

    fn draw(&self, narrow: bool) -> Drawn<String> {
        let mut svg = String::new();
        let (width, row_height) = if narrow { (NARROW, TALL_ROW_HEIGHT) } else { (WIDE, ROW_HEIGHT) };
        let height = TOP + AXIS_HEIGHT + row_height * self.rows.len() as u32;
        let root: Area<'_> = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
        self.draw_on(&root, width)?;
        root.present()?;
        drop(root);
        Ok(svg)
    }

    fn draw_on(&self, root: &Area<'_>, width: u32) -> Drawn<()> {
        let narrow = width == NARROW;
        let room = |of: fn(&RowPoint) -> &str| {
            let n_chars = self.rows.iter().map(|row| of(row).chars().count()).max().unwrap_or(0);
            if narrow { 10 } else { (n_chars as f64 * CHAR_WIDTH) as u32 + 14 }
        };
        let (left, right) = (room(|row| &row.label), room(|row| &row.note));
        let ends = self.rows.iter().flat_map(|row| {
            let (low, high) = row.bar.unwrap_or((row.at, row.at));
            [row.at, low, high, row.hollow.unwrap_or(row.at)]
        });
        let xs = span(ends.chain(self.zero_line.then_some(0.0)));
        let n = self.rows.len() as f64;
        let mut chart = ChartBuilder::on(root)
            .margin_top(TOP)
            .margin_right(right)
            .set_label_area_size(LabelAreaPosition::Left, left)
            .set_label_area_size(LabelAreaPosition::Bottom, AXIS_HEIGHT)
            .build_cartesian_2d(xs.clone(), (n - 0.5).max(0.5)..-0.5)?;
        let decimals = if xs.end - xs.start < 0.05 { 3 } else { 2 };
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .x_labels(if narrow { 4 } else { 8 })
            .max_light_lines(1)
            .bold_line_style(GRID)
            .axis_style(GRID)
            .x_label_formatter(&|x| {
                // plotters' ticks miss 0 by a rounding error, of either sign.
                let x = if x.abs() < 1e-9 { 0.0 } else { *x };
                format!("{x:.decimals$}").replace('-', "\u{2212}")
            })
            .x_label_style(text(MUTED, HPos::Center, VPos::Top))
            .x_desc(self.axis.as_str())
            .axis_desc_style(text(MUTED, HPos::Center, VPos::Top))
            .draw()?;
        if self.zero_line {
            // On a phone in pieces, so that it does not strike the labels through.
            let pieces = match narrow {
                true => (0..self.rows.len()).map(|at| (at as f64 - 0.15, at as f64 + 0.35)).collect(),
                false => vec![(-0.5, n - 0.5)],
            };
            for (top, bottom) in pieces {
                chart.draw_series(LineSeries::new([(0.0, top), (0.0, bottom)], INK.stroke_width(1)))?;
            }
        }
        for (at, row) in self.rows.iter().enumerate() {
            self.draw_row(root, &mut chart, (at as f64, width, right), row)?;
        }
        Ok(())
    }

    fn draw_row(
        &self,
        root: &Area<'_>,
        chart: &mut Linear<'_>,
        (y, width, right): (f64, u32, u32),
        row: &RowPoint,
    ) -> Drawn<()> {
        let colour = row.role.colour();
        if let Some((low, high)) = row.bar {
            chart.draw_series(LineSeries::new([(low, y), (high, y)], colour.stroke_width(2)))?;
            for end in [low, high] {
                chart.draw_series(LineSeries::new([(end, y - 0.14), (end, y + 0.14)], colour.stroke_width(2)))?;
            }
        }
        if let Some(hollow) = row.hollow {
            chart.draw_series(LineSeries::new([(hollow, y), (row.at, y)], colour.stroke_width(1)))?;
            chart.draw_series([Circle::new((hollow, y), 4, PAPER.filled())])?;
            chart.draw_series([Circle::new((hollow, y), 4, colour.stroke_width(2))])?;
        }
        chart.draw_series([Circle::new((row.at, y), 5, colour.filled())])?;
        let (origin, place) = (chart.plotting_area().get_pixel_range().0.start, chart.backend_coord(&(row.at, y)).1);
        let (label, note) = match width {
            NARROW => ((origin, place - 16, HPos::Left), (origin + (width - 20) as i32, place - 16, HPos::Right)),
            _ => ((origin - 10, place, HPos::Right), ((width - right + 8) as i32, place, HPos::Left)),
        };
        root.draw(&Text::new(row.label.as_str(), (label.0, label.1), text(INK, label.2, VPos::Center)))?;
        root.draw(&Text::new(row.note.as_str(), (note.0, note.1), text(MUTED, note.2, VPos::Center)))?;
        Ok(())
    }
}

/// Latency, on a logarithmic axis, against NDCG@10.
pub(crate) fn latency_svg(points: &[ScatterPoint], label: &str) -> String {
    both(label, |narrow| {
        let size = if narrow { (NARROW, 340) } else { (WIDE, 380) };
        let mut svg = String::new();
        let root: Area<'_> = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        draw_latency(&root, points, size)?;
        root.present()?;
        drop(root);
        Ok(svg)
    })
}

fn draw_latency(root: &Area<'_>, points: &[ScatterPoint], size: (u32, u32)) -> Drawn<()> {
    // Logarithms on a linear axis, whole powers of ten as its ticks.
    let log = |point: &ScatterPoint| point.x.log10();
    let (first, last) = points
        .iter()
        .map(log)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(first, last), x| (first.min(x.floor()), last.max(x.ceil())));
    let xs = if last > first { first..last } else { first - 0.5..first + 0.5 };
    let ys = span(points.iter().map(|point| point.y));
    let mut chart = ChartBuilder::on(root)
        .margin_top(TOP)
        .margin_right(34)
        .set_label_area_size(LabelAreaPosition::Left, 52)
        .set_label_area_size(LabelAreaPosition::Bottom, AXIS_HEIGHT)
        .build_cartesian_2d(xs.clone(), ys.clone())?;
    chart
        .configure_mesh()
        .max_light_lines(1)
        .bold_line_style(GRID)
        .axis_style(GRID)
        .disable_x_mesh()
        .x_label_formatter(&|_| String::new())
        .y_label_formatter(&|y| format!("{y:.2}"))
        .y_labels(6)
        .x_label_style(text(MUTED, HPos::Center, VPos::Top))
        .y_label_style(text(MUTED, HPos::Right, VPos::Center))
        .x_desc("median of one answer, logarithmic")
        .axis_desc_style(text(MUTED, HPos::Center, VPos::Top))
        .draw()?;
    for power in xs.start.ceil() as i32..=xs.end.floor() as i32 {
        let x = f64::from(power);
        chart.draw_series(LineSeries::new([(x, ys.start), (x, ys.end)], GRID))?;
        // On a phone there is room for every second one.
        if size.0 == NARROW && power.rem_euclid(2) == 1 {
            continue;
        }
        let (left, bottom) = chart.backend_coord(&(x, ys.start));
        let tick = match power {
            ..-3 => format!("{} ns", 10f64.powi(power + 6)),
            -3..0 => format!("{} µs", 10f64.powi(power + 3)),
            0..3 => format!("{} ms", 10f64.powi(power)),
            _ => format!("{} s", 10f64.powi(power - 3)),
        };
        root.draw(&Text::new(tick, (left, bottom + 8), text(MUTED, HPos::Center, VPos::Top)))?;
    }
    let mut taken: Vec<Boxed> = Vec::new();
    for point in points {
        let (x, y) = chart.backend_coord(&(log(point), point.y));
        taken.push(Boxed { left: x - 7, right: x + 7, top: y - 7, bottom: y + 7 });
    }
    for point in points {
        chart.draw_series([Circle::new((log(point), point.y), 6, point.role.colour().filled())])?;
        let at = chart.backend_coord(&(log(point), point.y));
        let width = (point.label.chars().count() as f64 * CHAR_WIDTH) as i32;
        let place = Boxed::beside(at, width).into_iter().find(|place| place.is_free(&taken, size));
        let place = place.unwrap_or(Boxed::beside(at, width)[0]);
        let middle = (place.left, i32::midpoint(place.top, place.bottom));
        root.draw(&Text::new(point.label, middle, text(INK, HPos::Left, VPos::Center)))?;
        taken.push(place);
    }
    Ok(())
}

/// Where a label would stand, in pixels.
#[derive(Debug, Clone, Copy)]
struct Boxed {
    left: i32,
    right: i32,
    top: i32,
    bottom: i32,
}

impl Boxed {
    /// Places for a label beside a point, the best first.
    fn beside((x, y): (i32, i32), width: i32) -> Vec<Self> {
        let at = |left: i32, middle: i32| Self { left, right: left + width, top: middle - 8, bottom: middle + 8 };
        let (right, left, centred) = (x + 12, x - 12 - width, x - width / 2);
        let sides = [at(right, y), at(left, y), at(centred, y - 18), at(centred, y + 18)];
        let corners = (1..9).flat_map(|step| {
            let shift = 15 * step;
            [at(right, y - shift), at(right, y + shift), at(left, y - shift), at(left, y + shift)]
        });
        sides.into_iter().chain(corners).collect()
    }

    fn is_free(&self, taken: &[Self], (width, height): (u32, u32)) -> bool {
        let inside = self.left >= 54 && self.right < width as i32 && self.top >= 0;
        let above_axis = self.bottom < (height - AXIS_HEIGHT) as i32;
        let overlaps = |other: &Self| {
            self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
        };
        inside && above_axis && !taken.iter().any(overlaps)
    }
}
