//! Charts as SVG, drawn in two widths and coloured by the page's style sheet.
//!
//! Everything is drawn in the colours [`INK`], [`RULE`] and [`ACCENT`]. `report.css` finds them by
//! these values and replaces them by the page's own colours, which differ in light and in dark mode.

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

/// The size of the labels, as plotters counts it: 12.1 px in the SVG. The style sheet has 12 px.
const FONT_SIZE: u32 = 15;

/// The height of the labels below a horizontal axis, in pixels.
const AXIS_HEIGHT: u32 = 28;

/// A chart as SVG, once for a narrow window and once for a wide one.
#[derive(Debug)]
pub(crate) struct Chart {
    pub(crate) narrow: String,
    pub(crate) wide: String,
}

/// One value of a chart: a bar, or a dot with its interval.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mark {
    pub(crate) name: String,
    pub(crate) value: f64,
    /// The label at the end of a horizontal bar.
    pub(crate) text: String,
    /// The lower and the upper end of the interval around a dot.
    pub(crate) interval: Option<(f64, f64)>,
}

type DrawResult = Result<(), Box<dyn Error + Send + Sync>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Plot<'a> = DrawingArea<SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Draws vertical bars from left to right. `label` writes a value at the vertical axis.
pub(crate) fn vertical_bars(
    marks: &[Mark],
    label: &dyn Fn(f64) -> String,
) -> Result<Chart, Failure> {
    in_both_widths(
        |width| if width < 500 { 190 } else { 240 },
        |area, width| draw_vertical_bars(area, width, marks, label),
    )
}

/// Draws horizontal bars, the first on top.
pub(crate) fn horizontal_bars(marks: &[Mark]) -> Result<Chart, Failure> {
    let height = height_of_rows(marks.len());
    in_both_widths(
        |_| height,
        |area, width| draw_horizontal_bars(area, width, marks),
    )
}

/// Draws a dot with its interval for each mark, the first on top. `label` writes a value at the
/// horizontal axis.
pub(crate) fn intervals(marks: &[Mark], label: &dyn Fn(f64) -> String) -> Result<Chart, Failure> {
    let height = height_of_rows(marks.len()) + AXIS_HEIGHT;
    in_both_widths(
        |_| height,
        |area, width| draw_intervals(area, width, marks, label),
    )
}

/// Returns the height of so many rows, in pixels.
fn height_of_rows(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX / 64) * 32 + 8
}

/// Draws a chart in both widths. `height` and `draw` get the width in pixels.
fn in_both_widths(
    height: impl Fn(u32) -> u32,
    draw: impl Fn(&Area<'_>, u32) -> DrawResult,
) -> Result<Chart, Failure> {
    let chart = |width| {
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
        narrow: chart(320)?,
        wide: chart(704)?,
    })
}

/// Returns the style of a label of which this side is at the given point.
fn label_style(side: HPos) -> TextStyle<'static> {
    ("sans-serif", FONT_SIZE)
        .into_font()
        .color(&INK)
        .pos(Pos::new(side, VPos::Center))
}

/// Draws a label at a point of the plot, moved by an offset in pixels.
fn draw_label(
    plot: &Plot<'_>,
    at: (f64, f64),
    offset: (i32, i32),
    text: String,
    side: HPos,
) -> DrawResult {
    plot.draw(&(EmptyElement::at(at) + Text::new(text, offset, label_style(side))))?;
    Ok(())
}

fn draw_vertical_bars(
    area: &Area<'_>,
    width: u32,
    marks: &[Mark],
    label: &dyn Fn(f64) -> String,
) -> DrawResult {
    /// Half the width of the longest label below the bars, `22 Nov`, in pixels.
    const HALF_A_LABEL: i32 = 22;
    /// The room to the right of the bars, in pixels.
    const MARGIN: i32 = 6;
    let max = marks.iter().map(|mark| mark.value).fold(0.0, f64::max);
    let bars = position(marks.len());
    let mut chart = ChartBuilder::on(area)
        .margin_top(10)
        .margin_right(MARGIN)
        .set_label_area_size(LabelAreaPosition::Left, 58)
        .set_label_area_size(LabelAreaPosition::Bottom, 26)
        .build_cartesian_2d(0.0..bars, 0.0..(max * 1.05).max(1.0))?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .disable_x_axis()
        .y_labels(5)
        .y_label_formatter(&|value| label(*value))
        .y_label_style(label_style(HPos::Right))
        .bold_line_style(RULE)
        .light_line_style(TRANSPARENT)
        .axis_style(RULE)
        .draw()?;
    let plot = chart.plotting_area();
    let labelled = labelled_bars(marks.len(), width);
    for (index, mark) in marks.iter().enumerate() {
        let left = position(index);
        if mark.value > 0.0 {
            let corners = [(left + 0.12, 0.0), (left + 0.88, mark.value)];
            plot.draw(&Rectangle::new(corners, ACCENT.filled()))?;
        }
        if !labelled.contains(&index) {
            continue;
        }
        let (plot_width, _) = plot.dim_in_pixel();
        let is_cut_off = f64::from(plot_width) / bars / 2.0 < f64::from(HALF_A_LABEL - MARGIN);
        let (at, offset, side) = if index + 1 == marks.len() && is_cut_off {
            ((bars, 0.0), (MARGIN, 16), HPos::Right)
        } else {
            ((left + 0.5, 0.0), (0, 16), HPos::Center)
        };
        draw_label(plot, at, offset, mark.name.clone(), side)?;
    }
    Ok(())
}

/// Returns which of so many bars have a label in a chart of this width: the first, the last, and as
/// many between them, evenly, as there is room for.
fn labelled_bars(bars: usize, width: u32) -> Vec<usize> {
    /// The width of a chart for each label, in pixels. The axis on the left takes some of it.
    const LABEL_WIDTH: usize = 72;
    let width = usize::try_from(width).unwrap_or(usize::MAX);
    let step = (bars * LABEL_WIDTH).div_ceil(width).max(1);
    let last = bars.saturating_sub(1);
    let gaps = last / step;
    let position = |label: usize| (label * last * 2 + gaps) / (gaps * 2).max(1);
    (0..=gaps).map(position).collect()
}

fn draw_horizontal_bars(area: &Area<'_>, width: u32, marks: &[Mark]) -> DrawResult {
    let max = marks.iter().map(|mark| mark.value).fold(1.0, f64::max);
    let chart = ChartBuilder::on(area)
        .margin_right(64)
        .set_label_area_size(LabelAreaPosition::Left, names_width(marks, width))
        .build_cartesian_2d(0.0..max, 0.0..position(marks.len()))?;
    let plot = chart.plotting_area();
    for (index, mark) in marks.iter().enumerate() {
        let middle = middle_of_row(marks, index);
        let corners = [(0.0, middle - 0.3), (mark.value, middle + 0.3)];
        if mark.value > 0.0 {
            plot.draw(&Rectangle::new(corners, ACCENT.filled()))?;
        }
        draw_label(
            plot,
            (0.0, middle),
            (-8, 0),
            shortened(&mark.name, width),
            HPos::Right,
        )?;
        draw_label(
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
    label: &dyn Fn(f64) -> String,
) -> DrawResult {
    let ends = marks
        .iter()
        .map(|mark| mark.interval.map_or(mark.value, |interval| interval.1));
    let max = ends.fold(0.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .margin_right(28)
        .set_label_area_size(LabelAreaPosition::Left, names_width(marks, width))
        .set_label_area_size(LabelAreaPosition::Bottom, AXIS_HEIGHT)
        .build_cartesian_2d(
            0.0..(max * 1.05).max(f64::MIN_POSITIVE),
            0.0..position(marks.len()),
        )?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .disable_y_axis()
        .x_labels(if width < 500 { 4 } else { 8 })
        .x_label_formatter(&|value| label(*value))
        .x_label_style(label_style(HPos::Center))
        .bold_line_style(RULE)
        .light_line_style(TRANSPARENT)
        .axis_style(RULE)
        .draw()?;
    let plot = chart.plotting_area();
    for (index, mark) in marks.iter().enumerate() {
        let middle = middle_of_row(marks, index);
        if let Some((low, high)) = mark.interval {
            let line = vec![(low, middle), (high, middle)];
            plot.draw(&PathElement::new(line, ACCENT.stroke_width(3)))?;
            for end in [low, high] {
                let line = vec![(end, middle - 0.16), (end, middle + 0.16)];
                plot.draw(&PathElement::new(line, ACCENT.stroke_width(3)))?;
            }
        }
        plot.draw(&Circle::new((mark.value, middle), 6, ACCENT.filled()))?;
        draw_label(
            plot,
            (0.0, middle),
            (-8, 0),
            shortened(&mark.name, width),
            HPos::Right,
        )?;
    }
    Ok(())
}

/// Returns the vertical position of the middle of a row, which is counted from the top.
fn middle_of_row(marks: &[Mark], index: usize) -> f64 {
    position(marks.len()) - position(index) - 0.5
}

#[expect(clippy::cast_precision_loss, reason = "a chart has few marks")]
fn position(index: usize) -> f64 {
    index as f64
}

/// Returns the width of the area for the names, in pixels: enough for the longest one with any
/// letters.
fn names_width(marks: &[Mark], width: u32) -> u32 {
    let letter = |letter: char| if letter.is_ascii() { 8 } else { 13 };
    let names = marks.iter().map(|mark| shortened(&mark.name, width));
    let longest = names
        .map(|name| name.chars().map(letter).sum::<u32>())
        .max();
    longest.unwrap_or(0).max(16) + 12
}

/// Shortens a name to the room that a chart of this width has for it.
fn shortened(name: &str, width: u32) -> String {
    let max = if width < 500 { 14 } else { 26 };
    if name.chars().count() <= max {
        return name.to_owned();
    }
    let mut shortened: String = name.chars().take(max - 1).collect();
    shortened.push('…');
    shortened
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
        let label = |value: f64| value.to_string();
        [
            vertical_bars(marks, &label).unwrap(),
            horizontal_bars(marks).unwrap(),
            intervals(marks, &label).unwrap(),
        ]
    }

    /// The style sheet replaces three colours. Any other colour would be identical in light and in
    /// dark mode.
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
        assert_eq!(shortened(&long, 320).chars().count(), 14);
        assert_eq!(shortened("日本", 320), "日本");
    }

    #[test]
    fn the_first_day_and_the_last_have_a_label_and_none_overlap() {
        for width in [320, 704] {
            for bars in 1..=62 {
                let labelled = labelled_bars(bars, width);
                assert_eq!(labelled.first(), Some(&0));
                assert_eq!(labelled.last(), Some(&(bars - 1)), "{bars} at {width}");
                // The plot is 64 pixels narrower than the chart.
                for gap in labelled.windows(2).map(|pair| pair[1] - pair[0]) {
                    let pixels = gap * (usize::try_from(width).unwrap() - 64) / bars;
                    assert!(pixels >= 56, "{bars} at {width}: {pixels}");
                }
            }
        }
        let days: Vec<_> = (1..=30)
            .map(|day| mark(&format!("{day} Nov"), 1.0))
            .collect();
        let chart = vertical_bars(&days, &|value| value.to_string()).unwrap();
        for svg in [chart.narrow, chart.wide] {
            for day in ["1 Nov", "30 Nov"] {
                let labels = svg.lines().filter(|line| line.trim() == day);
                assert_eq!(labels.count(), 1, "{svg}");
            }
        }
    }

    #[test]
    fn a_chart_without_values_is_valid() {
        for marks in [&[][..], &[mark("a", 0.0)]] {
            for chart in all(marks) {
                assert!(chart.narrow.starts_with("<svg") && !chart.narrow.contains("NaN"));
            }
        }
    }
}
