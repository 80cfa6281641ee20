//! Charts as SVG: drawn in two widths, and in the colours of the page by its style sheet.
//!
//! Every colour that is drawn is one of [`INK`], [`RULE`] and [`ACCENT`]; `report.css` finds them
//! by these values and puts the page's own in their place, by day and by night.

use std::error::Error;

use bookstall::runtime::failure::Failure;
use plotters::{
    coord::{Shift, types::RangedCoordf64},
    prelude::*,
    style::text_anchor::{HPos, Pos, VPos},
};

const INK: RGBColor = RGBColor(0x1f, 0x1d, 0x1a);
const RULE: RGBColor = RGBColor(0xdc, 0xd7, 0xcb);
const ACCENT: RGBColor = RGBColor(0x17, 0x59, 0x4a);

/// The size of the words; the style sheet has the same.
const WORDS: u32 = 15;

/// A chart for a phone and one for a desk, as SVG.
#[derive(Debug)]
pub(crate) struct Chart {
    pub(crate) narrow: String,
    pub(crate) wide: String,
}

/// A bar, or a dot with its interval.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mark {
    pub(crate) name: String,
    pub(crate) value: f64,
    /// What is written beside it.
    pub(crate) text: String,
    pub(crate) interval: Option<(f64, f64)>,
}

type Drawn = Result<(), Box<dyn Error + Send + Sync>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Plot<'a> = DrawingArea<SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Upright bars in the order of time. `scale` writes a value at the left.
pub(crate) fn vertical_bars(
    marks: &[Mark],
    scale: &dyn Fn(f64) -> String,
) -> Result<Chart, Failure> {
    both(
        |width| if width < 500 { 190 } else { 240 },
        |area, width| draw_upright(area, width, marks, scale),
    )
}

/// Bars from left to right, the first on top.
pub(crate) fn horizontal_bars(marks: &[Mark]) -> Result<Chart, Failure> {
    let height = lying_height(marks.len(), 0);
    both(|_| height, |area, width| draw_lying(area, width, marks))
}

/// A dot with its interval for each, the first on top. `scale` writes a value below.
pub(crate) fn intervals(marks: &[Mark], scale: &dyn Fn(f64) -> String) -> Result<Chart, Failure> {
    let height = lying_height(marks.len(), 28);
    both(
        |_| height,
        |area, width| draw_intervals(area, width, marks, scale),
    )
}

fn lying_height(rows: usize, more: u32) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX / 64) * 32 + more + 8
}

fn both(
    height: impl Fn(u32) -> u32,
    draw: impl Fn(&Area<'_>, u32) -> Drawn,
) -> Result<Chart, Failure> {
    let one = |width| {
        let mut svg = String::new();
        {
            let area =
                SVGBackend::with_string(&mut svg, (width, height(width))).into_drawing_area();
            draw(&area, width)
                .and_then(|()| Ok(area.present()?))
                .map_err(|error| Failure::refused("Failed to draw a chart", error.to_string()))?;
        }
        Ok::<_, Failure>(svg)
    };
    Ok(Chart {
        narrow: one(320)?,
        wide: one(704)?,
    })
}

fn words(side: HPos) -> TextStyle<'static> {
    ("sans-serif", WORDS)
        .into_font()
        .color(&INK)
        .pos(Pos::new(side, VPos::Center))
}

/// Words at a point of the plot, so many pixels away from it.
fn write(plot: &Plot<'_>, at: (f64, f64), away: (i32, i32), text: String, side: HPos) -> Drawn {
    plot.draw(&(EmptyElement::at(at) + Text::new(text, away, words(side))))?;
    Ok(())
}

fn draw_upright(
    area: &Area<'_>,
    width: u32,
    marks: &[Mark],
    scale: &dyn Fn(f64) -> String,
) -> Drawn {
    const WORDS_APART: f64 = 72.0;
    let most = marks.iter().map(|mark| mark.value).fold(0.0, f64::max);
    let bars = position(marks.len());
    let mut chart = ChartBuilder::on(area)
        .margin_top(10)
        .margin_right(6)
        .set_label_area_size(LabelAreaPosition::Left, 58)
        .set_label_area_size(LabelAreaPosition::Bottom, 26)
        .build_cartesian_2d(0.0..bars, 0.0..(most * 1.05).max(1.0))?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .disable_x_axis()
        .y_labels(5)
        .y_label_formatter(&|value| scale(*value))
        .y_label_style(words(HPos::Right))
        .bold_line_style(RULE)
        .light_line_style(TRANSPARENT)
        .axis_style(RULE)
        .draw()?;
    let plot = chart.plotting_area();
    let step = (bars * WORDS_APART / f64::from(width)).ceil().max(1.0);
    let mut next = 0.0;
    for (index, mark) in marks.iter().enumerate() {
        let left = position(index);
        if mark.value > 0.0 {
            let corners = [(left + 0.12, 0.0), (left + 0.88, mark.value)];
            plot.draw(&Rectangle::new(corners, ACCENT.filled()))?;
        }
        if left >= next && left + step / 3.0 <= bars {
            write(
                plot,
                (left + 0.5, 0.0),
                (0, 16),
                mark.name.clone(),
                HPos::Center,
            )?;
            next = left + step;
        }
    }
    Ok(())
}

fn draw_lying(area: &Area<'_>, width: u32, marks: &[Mark]) -> Drawn {
    let most = marks.iter().map(|mark| mark.value).fold(1.0, f64::max);
    let chart = ChartBuilder::on(area)
        .margin_right(64)
        .set_label_area_size(LabelAreaPosition::Left, names_width(marks, width))
        .build_cartesian_2d(0.0..most, 0.0..position(marks.len()))?;
    let plot = chart.plotting_area();
    for (index, mark) in marks.iter().enumerate() {
        let middle = row(marks, index);
        let corners = [(0.0, middle - 0.3), (mark.value, middle + 0.3)];
        if mark.value > 0.0 {
            plot.draw(&Rectangle::new(corners, ACCENT.filled()))?;
        }
        write(
            plot,
            (0.0, middle),
            (-8, 0),
            short(&mark.name, width),
            HPos::Right,
        )?;
        write(
            plot,
            (mark.value, middle),
            (6, 0),
            mark.text.clone(),
            HPos::Left,
        )?;
    }
    Ok(())
}

fn draw_intervals(
    area: &Area<'_>,
    width: u32,
    marks: &[Mark],
    scale: &dyn Fn(f64) -> String,
) -> Drawn {
    let ends = marks
        .iter()
        .map(|mark| mark.interval.map_or(mark.value, |interval| interval.1));
    let most = ends.fold(0.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .margin_right(28)
        .set_label_area_size(LabelAreaPosition::Left, names_width(marks, width))
        .set_label_area_size(LabelAreaPosition::Bottom, 28)
        .build_cartesian_2d(
            0.0..(most * 1.05).max(f64::MIN_POSITIVE),
            0.0..position(marks.len()),
        )?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .x_labels(if width < 500 { 4 } else { 8 })
        .x_label_formatter(&|value| scale(*value))
        .x_label_style(words(HPos::Center))
        .bold_line_style(RULE)
        .light_line_style(TRANSPARENT)
        .axis_style(RULE)
        .draw()?;
    let plot = chart.plotting_area();
    for (index, mark) in marks.iter().enumerate() {
        let middle = row(marks, index);
        if let Some((low, high)) = mark.interval {
            let line = vec![(low, middle), (high, middle)];
            plot.draw(&PathElement::new(line, ACCENT.stroke_width(3)))?;
            for end in [low, high] {
                let line = vec![(end, middle - 0.16), (end, middle + 0.16)];
                plot.draw(&PathElement::new(line, ACCENT.stroke_width(3)))?;
            }
        }
        plot.draw(&Circle::new((mark.value, middle), 6, ACCENT.filled()))?;
        write(
            plot,
            (0.0, middle),
            (-8, 0),
            short(&mark.name, width),
            HPos::Right,
        )?;
    }
    Ok(())
}

/// The middle of a row, counted from the top.
fn row(marks: &[Mark], index: usize) -> f64 {
    position(marks.len()) - position(index) - 0.5
}

#[expect(clippy::cast_precision_loss, reason = "a chart has few marks")]
fn position(index: usize) -> f64 {
    index as f64
}

/// Room for the longest name, as wide as its letters may be.
fn names_width(marks: &[Mark], width: u32) -> u32 {
    let letter = |letter: char| if letter.is_ascii() { 8 } else { 13 };
    let names = marks.iter().map(|mark| short(&mark.name, width));
    let longest = names
        .map(|name| name.chars().map(letter).sum::<u32>())
        .max();
    longest.unwrap_or(0).max(16) + 12
}

/// As much of a name as there is room for.
fn short(name: &str, width: u32) -> String {
    let most = if width < 500 { 14 } else { 26 };
    if name.chars().count() <= most {
        return name.to_owned();
    }
    let mut short: String = name.chars().take(most - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(name: &str, value: f64) -> Mark {
        Mark {
            name: name.to_owned(),
            value,
            text: String::new(),
            interval: Some((value / 2.0, value * 2.0)),
        }
    }

    fn all(marks: &[Mark]) -> [Chart; 3] {
        let scale = |value: f64| value.to_string();
        [
            vertical_bars(marks, &scale).unwrap(),
            horizontal_bars(marks).unwrap(),
            intervals(marks, &scale).unwrap(),
        ]
    }

    /// The style sheet knows three colours: another one would be the same by day and by night.
    #[test]
    fn a_chart_has_the_pages_colours_and_no_style_of_its_own() {
        let css = include_str!("../templates/report.css");
        for chart in all(&[mark("a", 3.0), mark("b", 0.0), mark("c", 7.5)]) {
            for svg in [chart.narrow, chart.wide] {
                assert!(!svg.contains("style="), "{svg}");
                for name in ["fill=\"", "stroke=\""] {
                    for part in svg.split(name).skip(1) {
                        let colour = part.split('"').next().unwrap();
                        let is_styled = css.contains(&format!("{name}{colour}\""));
                        assert!(colour == "none" || is_styled, "{name}{colour}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_name_cannot_leave_the_chart() {
        for chart in all(&[mark("<script>&\"", 1.0)]) {
            assert!(!chart.wide.contains("<script"), "{}", chart.wide);
        }
        let long = "a".repeat(64);
        assert_eq!(short(&long, 320).chars().count(), 14);
        assert_eq!(short("日本", 320), "日本");
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        for marks in [&[][..], &[mark("a", 0.0)]] {
            for chart in all(marks) {
                assert!(chart.narrow.starts_with("<svg") && !chart.narrow.contains("NaN"));
            }
        }
    }
}
