//! The accent colour: that of buttons and links on pages and in mails.
//!
//! An author says one colour. In the light it is darkened, and in the dark it is lightened, until its
//! contrast is what WCAG 2.2 asks of text at level AA
//! (<https://www.w3.org/TR/WCAG22/#contrast-minimum>): against the background, and against the text
//! that stands on it.

use std::fmt;

/// A colour in sRGB: red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour([u8; 3]);

const BLACK: Colour = Colour([0, 0, 0]);
const WHITE: Colour = Colour([255; 3]);
/// The darkest background in the light and the lightest in the dark: `--paper` and `--sheet` of the
/// style sheets.
const LIGHT_PAPER: Colour = Colour([0xfb, 0xfa, 0xf6]);
const DARK_SHEET: Colour = Colour([0x1f, 0x22, 0x1e]);
/// The contrast that text has at least.
const CONTRAST: f64 = 4.5;
/// The contrast of two colours from which on they are told apart at a glance.
const NOTICED: f64 = 1.1;
/// The contrast of the accent in the dark, where a colour between is dull.
const CONTRAST_IN_THE_DARK: f64 = 7.0;

/// The accent colour of a book, and the colours that are made of it. Those of the dark are for whoever
/// prefers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accent {
    /// The colour that the author said.
    pub said: Colour,
    /// The colour in the light.
    pub light: Colour,
    /// The colour of what is pressed or pointed at in the light.
    pub light_deep: Colour,
    /// The colour of text on both.
    pub on_light: Colour,
    /// The colour in the dark.
    pub dark: Colour,
    /// The colour of what is pressed or pointed at in the dark.
    pub dark_deep: Colour,
    /// The colour of text on both.
    pub on_dark: Colour,
}

/// The shop's own green, as `style.css` has it.
impl Default for Accent {
    fn default() -> Self {
        Self {
            said: Colour([0x17, 0x59, 0x4a]),
            light: Colour([0x17, 0x59, 0x4a]),
            light_deep: Colour([0x0e, 0x42, 0x36]),
            on_light: WHITE,
            dark: Colour([0x8f, 0xd3, 0xba]),
            dark_deep: Colour([0xb3, 0xe3, 0xd1]),
            on_dark: Colour([0x0c, 0x2a, 0x22]),
        }
    }
}

impl Accent {
    /// Reads a colour of six hexadecimal digits: `#17594a`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let said = Colour::parse(text)?;
        let light = said.until(CONTRAST, LIGHT_PAPER, BLACK);
        let dark = said
            .until(CONTRAST_IN_THE_DARK, DARK_SHEET, said.pastel())
            .until(CONTRAST_IN_THE_DARK, DARK_SHEET, WHITE);
        Some(Self {
            said,
            light,
            light_deep: light.pressed(BLACK, 0.25),
            on_light: WHITE,
            dark,
            dark_deep: dark.pressed(WHITE, 0.35),
            on_dark: said.towards(BLACK, 0.85),
        })
    }

    /// Returns rules that follow those of a page's style sheet.
    #[must_use]
    pub fn style_sheet(&self) -> String {
        let Self {
            said: _,
            light,
            light_deep,
            on_light,
            dark,
            dark_deep,
            on_dark,
        } = self;
        format!(
            "\n:root {{ --accent: {light}; --accent-deep: {light_deep}; --on-accent: {on_light}; }}\n\
             @media (prefers-color-scheme: dark) {{\n  \
             :root {{ --accent: {dark}; --accent-deep: {dark_deep}; --on-accent: {on_dark}; }}\n\
             }}\n"
        )
    }

    /// Returns what became of the colour in the light, if it is another than the author said by more
    /// than people notice: "is darkened: …". In the dark nearly every colour is lightened, as authors
    /// expect.
    #[must_use]
    pub fn adjustment(self) -> Option<String> {
        let Self { said, light, .. } = self;
        let contrast = said.contrast(LIGHT_PAPER);
        (said.contrast(light) > NOTICED).then(|| {
            format!(
                "is darkened: on the light background {said} has a contrast of {contrast:.1}, below \
                 the {CONTRAST:.1} that text needs, so that pages and mails have {light}"
            )
        })
    }
}

/// As CSS writes it: `#17594a`.
impl fmt::Display for Colour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(formatter, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl Colour {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let colour = hex::decode(digits).ok()?;
        colour.try_into().ok().map(Self)
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

    /// Mixes the colour with black or white, for a button that is pressed, or with the other of the two
    /// where the colour is so near that one already that nobody would see it.
    fn pressed(self, other: Self, share: f64) -> Self {
        let mixed = self.towards(other, share);
        if self.contrast(mixed) >= NOTICED {
            return mixed;
        }
        let opposite = if other == BLACK { WHITE } else { BLACK };
        self.towards(opposite, 0.25)
    }

    /// Returns a bright and soft colour of the same hue: the softer, the less of the hue is to be seen
    /// in a colour that is nearly black.
    fn pastel(self) -> Self {
        let highest = self.0.into_iter().max().unwrap_or_default();
        if highest == 0 {
            return WHITE;
        }
        // It is at most 255.
        #[expect(clippy::cast_possible_truncation)]
        let bright = |channel: u8| (u16::from(channel) * 255 / u16::from(highest)) as u8;
        let seen = (f64::from(highest) / 64.0).min(1.0);
        Self(self.0.map(bright)).towards(WHITE, 1.0 - 0.6 * seen)
    }

    /// Mixes the colour with as much of another as a contrast to the background takes, in steps of a
    /// fiftieth, or returns the other if that is not enough. To a light background the other is darker
    /// in each channel, and to a dark one brighter. So where some of it is enough, more is enough, too.
    fn until(self, contrast: f64, background: Self, other: Self) -> Self {
        let shares: Vec<u8> = (0..=50).collect();
        let mixed = |share: &u8| self.towards(other, f64::from(*share) / 50.0);
        let background = background.luminance();
        let lacks = |share: &u8| contrast_of(mixed(share).luminance(), background) < contrast;
        let needed = shares.partition_point(lacks);
        shares.get(needed).map_or(other, mixed)
    }

    fn contrast(self, other: Self) -> f64 {
        contrast_of(self.luminance(), other.luminance())
    }

    /// How bright the colour is, from 0 to 1
    /// (<https://www.w3.org/TR/WCAG22/#dfn-relative-luminance>).
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

/// The contrast of colours of these two luminances, from 1 to 21
/// (<https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>).
fn contrast_of(one: f64, other: f64) -> f64 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STYLE_SHEETS: [&str; 2] = [
        include_str!("../web/pages/style.css"),
        include_str!("../../../site/style.css"),
    ];

    fn accent(text: &str) -> Accent {
        Accent::parse(text).unwrap()
    }

    /// The pairs of a text and its background, in the light and in the dark.
    fn pairs(accent: &Accent) -> [(Colour, Colour); 8] {
        [
            (accent.light, LIGHT_PAPER),
            (accent.light_deep, LIGHT_PAPER),
            (accent.on_light, accent.light),
            (accent.on_light, accent.light_deep),
            (accent.dark, DARK_SHEET),
            (accent.dark_deep, DARK_SHEET),
            (accent.on_dark, accent.dark),
            (accent.on_dark, accent.dark_deep),
        ]
    }

    #[test]
    fn a_colour_that_can_be_read_is_kept() {
        assert_eq!(accent("#17594a").light.to_string(), "#17594a");
        assert_eq!(accent("#8FD3BA").dark.to_string(), "#8fd3ba");
        insta::assert_snapshot!(accent("#17594a").style_sheet());
    }

    #[test]
    fn a_colour_that_is_nearly_black_becomes_grey_in_the_dark() {
        let [red, green, blue] = accent("#0a0608").dark.0;
        let highest = red.max(green).max(blue);
        assert!(
            highest - red.min(green).min(blue) < 16,
            "{red} {green} {blue}"
        );
    }

    #[test]
    fn what_is_no_colour_is_none() {
        for text in ["", "#", "17594a", "#abc", "#17594a0", "#17594g", "green"] {
            assert_eq!(Accent::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_author_is_told_what_becomes_of_a_colour_that_cannot_be_read() {
        let told = ["#ffd400", "#050505", "#17594a", "#777777"].map(|text| {
            let adjustment = accent(text).adjustment();
            format!("{text} {}", adjustment.as_deref().unwrap_or("stays"))
        });
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn the_backgrounds_and_the_shops_own_accent_are_those_of_the_style_sheets() {
        let own = Accent::default();
        for style in STYLE_SHEETS {
            for (name, colour) in [
                ("--paper", LIGHT_PAPER),
                ("--sheet", DARK_SHEET),
                ("--accent", own.light),
                ("--accent-deep", own.light_deep),
                ("--accent", own.dark),
                ("--accent-deep", own.dark_deep),
                ("--on-accent", own.on_dark),
            ] {
                let rule = format!("{name}: {colour};");
                assert!(style.contains(&rule), "{rule}");
            }
            assert!(style.contains("--on-accent: #fff;"));
        }
        for (text, background) in pairs(&own) {
            assert!(text.contrast(background) >= CONTRAST);
        }
    }

    #[test]
    fn contrasts_are_those_of_wcag() {
        assert!((BLACK.contrast(WHITE) - 21.0).abs() < 1e-9);
        let grey = Colour([0x76; 3]);
        assert!((grey.contrast(WHITE) - 4.54).abs() < 0.01);
    }

    /// A grid through all colours finds the corners that chance may miss.
    #[test]
    fn every_accent_of_a_grid_can_be_read() {
        let steps = || (0..=255_u8).step_by(15);
        for red in steps() {
            for (green, blue) in steps().flat_map(|green| steps().map(move |blue| (green, blue))) {
                let said = Colour([red, green, blue]);
                let accent = accent(&said.to_string());
                for (text, background) in pairs(&accent) {
                    assert!(text.contrast(background) >= CONTRAST, "{said}");
                }
                // Who points at a button sees that.
                assert!(
                    accent.light.contrast(accent.light_deep) >= NOTICED,
                    "{said}"
                );
                assert!(accent.dark.contrast(accent.dark_deep) >= NOTICED, "{said}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_accent_can_be_read(said: [u8; 3]) {
            let accent = accent(&Colour(said).to_string());
            prop_assert_eq!(accent.said, Colour(said));
            for (text, background) in pairs(&accent) {
                prop_assert!(text.contrast(background) >= CONTRAST, "{text} on {background}");
            }
        }

        #[test]
        fn no_more_of_another_colour_is_mixed_in_than_the_contrast_takes(said: [u8; 3]) {
            let said = Colour(said);
            for (contrast, background, other) in [
                (CONTRAST, LIGHT_PAPER, BLACK),
                (CONTRAST_IN_THE_DARK, DARK_SHEET, said.pastel()),
                (CONTRAST_IN_THE_DARK, DARK_SHEET, WHITE),
            ] {
                let mut mixed = (0..=50).map(|share| said.towards(other, f64::from(share) / 50.0));
                let first = mixed.find(|colour| colour.contrast(background) >= contrast);
                prop_assert_eq!(said.until(contrast, background, other), first.unwrap_or(other));
            }
        }

        #[test]
        fn what_is_read_is_adjusted_no_more(said: [u8; 3]) {
            let first = accent(&Colour(said).to_string());
            prop_assert_eq!(accent(&first.light.to_string()).light, first.light);
            prop_assert_eq!(accent(&first.dark.to_string()).dark, first.dark);
        }
    }
}
