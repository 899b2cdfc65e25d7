//! [`Paths`] as ribbons between three columns: where they begin, what they go through, the film. As thick as what comes
//! that way is large, whichever its sign.

use super::paths::Paths;

/// A thing in a column.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bar {
    /// Where its room begins.
    pub y: f32,
    /// How high its room is.
    pub height: f32,
    /// How thick all its ribbons are, in the middle of that room.
    pub thickness: f32,
}

/// What comes one way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ribbon {
    /// Its place among the sources; the first of the second column's ribbons are not told apart by source.
    pub source: usize,
    /// Its place among the channels.
    pub channel: usize,
    /// What it adds.
    pub part: f64,
    /// Its upper edge at the left.
    pub from: f32,
    /// Its upper edge at the right.
    pub to: f32,
    /// How thick it is.
    pub thickness: f32,
}

/// A finished drawing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sankey {
    /// Its height.
    pub height: f32,
    /// As [`Paths::sources`].
    pub sources: Vec<Bar>,
    /// As [`Paths::channels`].
    pub channels: Vec<Bar>,
    /// The film.
    pub film: Bar,
    /// From the sources to the channels.
    pub left: Vec<Ribbon>,
    /// From the channels to the film: of each what it adds, and what it takes off.
    pub right: Vec<Ribbon>,
}

/// Draws `paths`; a thing has room for `line` at least, and all ribbons together are `full` thick.
pub fn sankey(paths: &Paths, line: f32, full: f32) -> Sankey {
    let (n_sources, n_channels) = (paths.sources.len(), paths.channels.len());
    let total: f64 = paths.parts.iter().map(|part| part.abs()).sum();
    let scale = if total > 0.0 { f64::from(full) / total } else { 0.0 };
    let thickness = |part: f64| (part.abs() * scale) as f32;
    let part = |source: usize, channel: usize| paths.parts[source * n_channels + channel];
    let sum = |parts: &mut dyn Iterator<Item = f64>| parts.map(thickness).sum::<f32>();

    let of_source = |source: usize| sum(&mut (0..n_channels).map(|channel| part(source, channel)));
    let of_channel = |channel: usize| sum(&mut (0..n_sources).map(|source| part(source, channel)));
    let mut sources: Vec<Bar> = (0..n_sources).map(|source| room(of_source(source), line)).collect();
    let mut channels: Vec<Bar> = (0..n_channels).map(|channel| room(of_channel(channel), line)).collect();
    let mut film = [room(full, line)];
    let height_of = |bars: &[Bar]| bars.iter().map(|bar| bar.height).sum::<f32>();
    let height = height_of(&sources).max(height_of(&channels)).max(full);
    for column in [&mut sources[..], &mut channels[..], &mut film[..]] {
        let space = height - height_of(column);
        let between = space / column.len().max(1) as f32;
        let mut y = between / 2.0;
        for bar in column {
            bar.y = y;
            y += bar.height + between;
        }
    }

    let [mut from, mut into, mut out] = [edges(&sources), edges(&channels), edges(&channels)];
    let mut at_film = edges(&film);
    let mut left = Vec::new();
    for (channel, into) in into.iter_mut().enumerate() {
        for (source, from) in from.iter_mut().enumerate() {
            let part = part(source, channel);
            if part != 0.0 {
                let thickness = thickness(part);
                left.push(Ribbon { source, channel, part, from: *from, to: *into, thickness });
                *from += thickness;
                *into += thickness;
            }
        }
    }
    let mut right = Vec::new();
    for (channel, out) in out.iter_mut().enumerate() {
        for sign in [1.0, -1.0] {
            let parts = (0..n_sources).map(|source| part(source, channel)).filter(|part| part * sign > 0.0);
            let part: f64 = parts.sum();
            if part != 0.0 {
                let thickness = thickness(part);
                right.push(Ribbon { source: 0, channel, part, from: *out, to: at_film[0], thickness });
                *out += thickness;
                at_film[0] += thickness;
            }
        }
    }
    let [film] = film;
    Sankey { height, sources, channels, film, left, right }
}

fn room(thickness: f32, line: f32) -> Bar {
    Bar { y: 0.0, height: thickness.max(line), thickness }
}

/// Where the first ribbon of each begins.
fn edges(bars: &[Bar]) -> Vec<f32> {
    bars.iter().map(|bar| bar.y + (bar.height - bar.thickness) / 2.0).collect()
}
