//! Curves: a few named lines over one axis, either axis logarithmic where that is how the numbers lie.

use std::ops::Range;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, VPos};

use super::plots::{
    AXIS_HEIGHT, Area, CHAR_WIDTH, Drawn, GRID, INK, MUTED, NARROW, PAPER, Role, TOP, WIDE, both, span, text,
};

/// Room between two labels beside the ends of lines, in pixels.
const LABEL_HEIGHT: i32 = 16;
const HEIGHT: (u32, u32) = (360, 320);

/// One line: points in the order of x, joined.
#[derive(Debug, Clone)]
pub struct Line {
    /// Beside its last point.
    pub label: String,
    /// Colour.
    pub role: Role,
    /// x and y; above 0 on a logarithmic axis, else they are left out.
    pub points: Vec<(f64, f64)>,
    /// Bars through the points: low and high, where there are any.
    pub bars: Vec<Option<(f64, f64)>>,
    /// Drawn as dashes without points: a law that was fitted, not something measured.
    pub dashed: bool,
}

/// Lines over one axis.
#[derive(Debug, Clone)]
pub struct LinePlot {
    /// The lines.
    pub lines: Vec<Line>,
    /// Below, with its unit.
    pub x_axis: String,
    /// Said above, with its unit.
    pub y_axis: String,
    /// Whether x and y are logarithmic.
    pub logarithmic: (bool, bool),
}

impl LinePlot {
    /// The drawings, for wide screens and for phones; `label` is what a screen reader says.
    pub fn svg(&self, label: &str) -> String {
        both(label, |narrow| {
            let size = if narrow { (NARROW, HEIGHT.1) } else { (WIDE, HEIGHT.0) };
            let mut svg = String::new();
            let root: Area<'_> = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            self.draw(&root, size)?;
            root.present()?;
            drop(root);
            Ok(svg)
        })
    }

    /// Where a point lies on the axes: its logarithms where they are logarithmic; none where it has no place.
    fn place(&self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        let on = |value: f64, logarithmic: bool| match logarithmic {
            true => (value > 0.0).then(|| value.log10()),
            false => Some(value),
        };
        let place = (on(x, self.logarithmic.0)?, on(y, self.logarithmic.1)?);
        (place.0.is_finite() && place.1.is_finite()).then_some(place)
    }

    fn spans(&self) -> (Range<f64>, Range<f64>) {
        let places = || {
            self.lines.iter().flat_map(|line| {
                let bars = line.points.iter().zip(&line.bars).filter_map(|(point, bar)| Some((point.0, (*bar)?)));
                let ends = bars.flat_map(|(x, (low, high))| [(x, low), (x, high)]);
                line.points.iter().copied().chain(ends).filter_map(|point| self.place(point)).collect::<Vec<_>>()
            })
        };
        (span(places().map(|place| place.0)), span(places().map(|place| place.1)))
    }

    fn draw(&self, root: &Area<'_>, size: (u32, u32)) -> Drawn<()> {
        let narrow = size.0 == NARROW;
        let (xs, ys) = self.spans();
        let n_chars = self.lines.iter().map(|line| line.label.chars().count()).max().unwrap_or(0);
        let right = if narrow { 16 } else { (n_chars as f64 * CHAR_WIDTH) as u32 + 22 };
        let y_title = 22;
        let mut chart = ChartBuilder::on(root)
            .margin_top(TOP + y_title)
            .margin_right(right)
            .set_label_area_size(LabelAreaPosition::Left, 58)
            .set_label_area_size(LabelAreaPosition::Bottom, AXIS_HEIGHT)
            .build_cartesian_2d(xs.clone(), ys.clone())?;
        let tick = |logarithmic: bool, span: &Range<f64>| {
            let width = span.end - span.start;
            move |value: &f64| if logarithmic { number(10f64.powf(*value)) } else { plain(*value, width) }
        };
        chart
            .configure_mesh()
            .max_light_lines(1)
            .bold_line_style(GRID)
            .axis_style(GRID)
            .x_labels(if narrow { 4 } else { 7 })
            .y_labels(6)
            .x_label_formatter(&tick(self.logarithmic.0, &xs))
            .y_label_formatter(&tick(self.logarithmic.1, &ys))
            .x_label_style(text(MUTED, HPos::Center, VPos::Top))
            .y_label_style(text(MUTED, HPos::Right, VPos::Center))
            .x_desc(self.x_axis.as_str())
            .axis_desc_style(text(MUTED, HPos::Center, VPos::Top))
            .draw()?;
        root.draw(&Text::new(self.y_axis.as_str(), (6, TOP as i32), text(MUTED, HPos::Left, VPos::Top)))?;
        let mut taken: Vec<i32> = Vec::new();
        for line in &self.lines {
            let colour = line.role.colour();
            let places: Vec<(f64, f64)> = line.points.iter().filter_map(|point| self.place(*point)).collect();
            if line.dashed {
                chart.draw_series(DashedLineSeries::new(places.iter().copied(), 6, 5, colour.stroke_width(1)))?;
            } else {
                chart.draw_series(LineSeries::new(places.iter().copied(), colour.stroke_width(2)))?;
                for (point, bar) in line.points.iter().zip(&line.bars) {
                    let Some((low, high)) = *bar else { continue };
                    let ends: Vec<(f64, f64)> =
                        [low, high].into_iter().filter_map(|y| self.place((point.0, y))).collect();
                    chart.draw_series(LineSeries::new(ends, colour.stroke_width(1)))?;
                }
                chart.draw_series(places.iter().map(|place| Circle::new(*place, 5, PAPER.filled())))?;
                chart.draw_series(places.iter().map(|place| Circle::new(*place, 4, colour.filled())))?;
            }
            let Some(last) = places.last() else { continue };
            let (x, y) = chart.backend_coord(last);
            let free = |y: i32| taken.iter().all(|other| (other - y).abs() >= LABEL_HEIGHT);
            // Beside its end, or the nearest free place above or below it.
            let shifts = (0..20).flat_map(|step| [-step * 4, step * 4]);
            let height = shifts.map(|shift| y + shift).find(|&y| free(y)).unwrap_or(y);
            taken.push(height);
            let (at, pos) = match narrow {
                true => ((x - 8, height - 12), HPos::Right),
                false => ((x + 12, height), HPos::Left),
            };
            root.draw(&Text::new(line.label.as_str(), at, text(INK, pos, VPos::Center)))?;
        }
        Ok(())
    }
}

/// A number of any size in few characters.
fn number(value: f64) -> String {
    let short = |value: f64| {
        let text = if value >= 10.0 { format!("{value:.0}") } else { format!("{value:.1}") };
        text.trim_end_matches(".0").to_owned()
    };
    match value {
        value if value >= 1e9 => format!("{} G", short(value / 1e9)),
        value if value >= 1e6 => format!("{} M", short(value / 1e6)),
        value if value >= 1e4 => format!("{} k", short(value / 1e3)),
        value if value >= 1.0 => short(value),
        value if value >= 0.01 => format!("{value:.2}"),
        value => format!("{value:.0e}"),
    }
}

/// A number of an axis as wide as this: only the digits in which its ticks differ.
fn plain(value: f64, width: f64) -> String {
    let value = if value.abs() < width * 1e-9 { 0.0 } else { value };
    let decimals = if width >= 20.0 { 0 } else { (1.0 - width.log10().floor()).clamp(0.0, 6.0) as usize };
    format!("{value:.decimals$}").replace('-', "\u{2212}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(logarithmic: (bool, bool)) -> LinePlot {
        let line = |label: &str, points: &[(f64, f64)], dashed| Line {
            label: label.to_owned(),
            role: Role::Student,
            points: points.to_vec(),
            bars: points.iter().map(|(_, y)| Some((y * 0.9, y * 1.1))).collect(),
            dashed,
        };
        let lines =
            vec![line("measured", &[(1e3, 0.1), (1e4, 1.0), (1e5, 11.0)], false), line("law", &[(1e3, 0.1)], true)];
        LinePlot { lines, x_axis: "edges".to_owned(), y_axis: "ms".to_owned(), logarithmic }
    }

    #[test]
    fn every_measured_point_is_drawn_on_any_axis() {
        for logarithmic in [(false, false), (true, true), (true, false)] {
            let svg = plot(logarithmic).svg("edges and <ms>");
            // Two drawings, three points, each a disc on a disc of paper.
            assert_eq!(svg.matches("<circle").count(), 12, "{logarithmic:?}");
            assert!(svg.contains("measured") && svg.contains("edges and &lt;ms&gt;"));
            assert!(!svg.contains("NaN") && !svg.contains("inf"));
        }
    }

    #[test]
    fn what_has_no_logarithm_is_left_out() {
        let mut plot = plot((true, true));
        plot.lines[0].points[0].1 = 0.0;
        assert_eq!(plot.svg("").matches("<circle").count(), 8);
    }

    #[test]
    fn ticks_have_the_digits_that_count() {
        assert_eq!([1e6, 65_000.0, 2.5, 0.25, 0.001].map(number), ["1 M", "65 k", "2.5", "0.25", "1e-3"]);
        assert_eq!(plain(0.1845, 0.02), "0.184");
        assert_eq!(plain(-0.5, 3.0), "\u{2212}0.5");
    }
}
