//! The colours that are made of the accent colour, so that any colour can be read.

use serde::Serialize;

/// A colour in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Colour([u8; 3]);

const BLACK: Colour = Colour([0, 0, 0]);
const WHITE: Colour = Colour([255; 3]);
/// The darkest background in the light and the lightest in the dark: `--paper` and `--sheet` of
/// `site/style.css`.
const LIGHT_PAPER: Colour = Colour([0xfb, 0xfa, 0xf6]);
const DARK_SHEET: Colour = Colour([0x1f, 0x22, 0x1e]);
/// The contrast that WCAG 2.2 asks of text at level AA
/// (<https://www.w3.org/TR/WCAG22/#contrast-minimum>).
const CONTRAST: f64 = 4.5;
/// The contrast of the accent in the dark, where a colour between is dull.
const CONTRAST_IN_THE_DARK: f64 = 7.0;

/// The accent colour and its relatives, as CSS writes them: `#17594a`.
#[derive(Debug, Serialize)]
pub(super) struct Accent {
    light: String,
    dark: String,
    #[serde(skip)]
    light_deep: String,
    #[serde(skip)]
    dark_deep: String,
    #[serde(skip)]
    on_dark: String,
}

impl Accent {
    /// Makes the colours of an accent colour of six hexadecimal digits. A colour that is too pale
    /// for text on white is darkened in the light, and one that is too dark for text on black is
    /// lightened in the dark.
    pub(super) fn of(accent: &str) -> Option<Self> {
        let accent = Colour::parse(accent)?;
        let light = accent.until(CONTRAST, LIGHT_PAPER, BLACK);
        let dark = accent
            .until(CONTRAST_IN_THE_DARK, DARK_SHEET, accent.pastel())
            .until(CONTRAST_IN_THE_DARK, DARK_SHEET, WHITE);
        Some(Self {
            light: light.css(),
            light_deep: light.towards(BLACK, 0.25).css(),
            dark: dark.css(),
            dark_deep: dark.towards(WHITE, 0.35).css(),
            on_dark: accent.towards(BLACK, 0.85).css(),
        })
    }

    /// Returns rules that follow those of `site/style.css`.
    pub(super) fn style_sheet(&self) -> String {
        let Self {
            light,
            dark,
            light_deep,
            dark_deep,
            on_dark,
        } = self;
        format!(
            "\n/* The accent colour of catalogue.toml. */\n\
             :root {{ --accent: {light}; --accent-deep: {light_deep}; --on-accent: #fff; }}\n\
             @media (prefers-color-scheme: dark) {{\n  \
             :root {{ --accent: {dark}; --accent-deep: {dark_deep}; --on-accent: {on_dark}; }}\n\
             }}\n"
        )
    }
}

impl Colour {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let colour = hex::decode(digits).ok()?;
        colour.try_into().ok().map(Self)
    }

    fn css(self) -> String {
        format!("#{}", hex::encode(self.0))
    }

    /// Mixes the colour with another: 0.0 is all this one, 1.0 all the other.
    fn towards(self, other: Self, share: f64) -> Self {
        let mut mixed = self.0;
        for (channel, other) in mixed.iter_mut().zip(other.0) {
            let (from, to) = (f64::from(*channel), f64::from(other));
            // It is between 0 and 255.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let between = (from + (to - from) * share).round() as u8;
            *channel = between;
        }
        Self(mixed)
    }

    /// Returns a bright and soft colour of the same hue.
    fn pastel(self) -> Self {
        let highest = self.0.into_iter().max().unwrap_or_default();
        if highest == 0 {
            return WHITE;
        }
        // It is at most 255.
        #[expect(clippy::cast_possible_truncation)]
        let bright = |channel: u8| (u16::from(channel) * 255 / u16::from(highest)) as u8;
        Self(self.0.map(bright)).towards(WHITE, 0.4)
    }

    /// Mixes the colour with as much of another as a contrast to the background takes, or returns
    /// the other if that is not enough.
    fn until(self, contrast: f64, background: Self, other: Self) -> Self {
        let shares = (0..=50).map(|share| f64::from(share) / 50.0);
        let mut mixed = shares.map(|share| self.towards(other, share));
        mixed
            .find(|colour| colour.contrast(background) >= contrast)
            .unwrap_or(other)
    }

    /// The contrast of two colours, from 1 to 21
    /// (<https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>).
    fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let channel = f64::from(channel) / 255.0;
            if channel <= 0.04045 {
                channel / 12.92
            } else {
                ((channel + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_colour_that_can_be_read_is_kept() {
        let accent = Accent::of("#17594a").unwrap();
        assert_eq!(accent.light, "#17594a");
        assert_eq!(Accent::of("#8fd3ba").unwrap().dark, "#8fd3ba");
        insta::assert_snapshot!(accent.style_sheet());
    }

    #[test]
    fn the_backgrounds_are_those_of_the_style_sheet() {
        let style = include_str!("../../../site/style.css");
        for (name, colour) in [("--paper", LIGHT_PAPER), ("--sheet", DARK_SHEET)] {
            let rule = format!("{name}: {};", colour.css());
            assert!(style.contains(&rule), "{rule}");
        }
    }

    #[test]
    fn contrasts_are_those_of_wcag() {
        assert!((BLACK.contrast(WHITE) - 21.0).abs() < 1e-9);
        let grey = Colour([0x76; 3]);
        assert!((grey.contrast(WHITE) - 4.54).abs() < 0.01);
    }

    proptest! {
        #[test]
        fn any_accent_can_be_read(colour: [u8; 3]) {
            let accent = Accent::of(&Colour(colour).css()).unwrap();
            let parse = |text: &str| Colour::parse(text).unwrap();
            for (text, background) in [
                (parse(&accent.light), LIGHT_PAPER),
                (parse(&accent.light_deep), LIGHT_PAPER),
                (WHITE, parse(&accent.light)),
                (WHITE, parse(&accent.light_deep)),
                (parse(&accent.dark), DARK_SHEET),
                (parse(&accent.dark_deep), DARK_SHEET),
                (parse(&accent.on_dark), parse(&accent.dark)),
                (parse(&accent.on_dark), parse(&accent.dark_deep)),
            ] {
                prop_assert!(text.contrast(background) >= CONTRAST, "{text:?} on {background:?}");
            }
        }
    }
}
