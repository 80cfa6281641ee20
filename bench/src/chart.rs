//! Draws the results as a chart.

use std::{error::Error, path::Path};

use plotters::{
    prelude::{IntoDrawingArea, RGBColor, Rectangle, SVGBackend, Text},
    style::{Color, IntoFont, TextStyle},
};

use crate::{machine::Machine, report::Result as Measured, tasks::Task};

const WIDTH: i32 = 900;
const LEFT: i32 = 250;
const RIGHT: i32 = WIDTH - 110;
const BAR: i32 = 22;
const OURS: RGBColor = RGBColor(0x0b, 0x6e, 0x4f);
const OTHERS: RGBColor = RGBColor(0x9a, 0xa5, 0xb1);
const INK: RGBColor = RGBColor(0x1f, 0x29, 0x33);

struct Panel {
    title: &'static str,
    unit: &'static str,
    values: Vec<f64>,
}

/// Draws the contestants that take a download: the time that a buyer waits, and the processor time
/// and memory that the author pays for. The scales are logarithmic. Writes an SVG file.
pub fn draw(file: &Path, machine: &Machine, results: &[Measured]) -> Result<(), Box<dyn Error>> {
    let results: Vec<_> = results
        .iter()
        .filter(|result| result.contestant.task == Task::TakeDownload)
        .collect();
    let values = |of: fn(&Measured) -> f64| -> Vec<f64> {
        results.iter().map(|result| of(result)).collect()
    };
    let panels = [
        Panel {
            title: "What the buyer waits for: start of the function to its first answer",
            unit: "ms",
            values: values(|result| result.cold().median),
        },
        Panel {
            title: "What the author pays: time on the processor for each later download",
            unit: "ms",
            values: values(|result| result.cpu_warm().median),
        },
        Panel {
            title: "And memory at its peak",
            unit: "MB",
            values: values(|result| result.memory().median),
        },
    ];
    let rows = i32::try_from(results.len())?;
    let panel_height = 44 + rows * (BAR + 6);
    let height = 60 + 3 * panel_height;
    let area =
        SVGBackend::new(file, (u32::try_from(WIDTH)?, u32::try_from(height)?)).into_drawing_area();
    area.fill(&RGBColor(0xff, 0xff, 0xff))?;
    let text = |size: i32| -> TextStyle<'static> { ("sans-serif", size).into_font().color(&INK) };
    for (number, panel) in (0..).zip(&panels) {
        let top = 14 + number * panel_height;
        area.draw(&Text::new(panel.title, (16, top), text(17)))?;
        let scale = Scale::of(&panel.values);
        for (row, (result, value)) in (0..).zip(results.iter().zip(&panel.values)) {
            let top = top + 30 + row * (BAR + 6);
            let end = scale.place(*value);
            let colour = if result.contestant.is_ours {
                OURS
            } else {
                OTHERS
            };
            let name = if result.contestant.is_ours {
                "Bookstall"
            } else {
                &result.contestant.name
            };
            area.draw(&Text::new(name.to_owned(), (16, top + 4), text(14)))?;
            area.draw(&Rectangle::new(
                [(LEFT, top), (end, top + BAR)],
                colour.filled(),
            ))?;
            let value = if *value < 10.0 {
                format!("{value:.2}")
            } else {
                format!("{value:.0}")
            };
            area.draw(&Text::new(
                format!("{value} {}", panel.unit),
                (end + 8, top + 4),
                text(14),
            ))?;
        }
    }
    let where_and_how = format!("{machine}. The scales are logarithmic.");
    area.draw(&Text::new(where_and_how, (16, height - 44), text(14)))?;
    area.draw(&Text::new(
        machine.command.as_str(),
        (16, height - 24),
        text(14),
    ))?;
    area.present()?;
    Ok(())
}

/// A logarithmic scale, from a power of ten below the smallest value to the largest value.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn of(values: &[f64]) -> Self {
        let logarithms = || {
            values
                .iter()
                .filter(|value| **value > 0.0)
                .map(|value| value.log10())
        };
        let low = logarithms().fold(f64::INFINITY, f64::min);
        let high = logarithms().fold(f64::NEG_INFINITY, f64::max);
        Self {
            low: (low - 0.2).floor(),
            high: high.max(low + 1.0),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a place on the picture")]
    fn place(&self, value: f64) -> i32 {
        let share = (value.max(f64::MIN_POSITIVE).log10() - self.low) / (self.high - self.low);
        LEFT + (f64::from(RIGHT - LEFT) * share.clamp(0.0, 1.0)) as i32
    }
}
