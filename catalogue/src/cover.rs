//! The small copy of a cover, for the private page.

use std::{
    fs::File,
    io::{self, BufReader, Cursor},
    path::Path,
};

use bookstall::domain::cover::{Cover, CoverError, LARGEST_COVER};
use image::{
    DynamicImage, ImageDecoder, ImageError, ImageReader, Rgb, RgbImage, codecs::jpeg::JpegEncoder,
    imageops::FilterType,
};

/// The most pixels of a copy, across and down, that are tried. The first is twice the size of the
/// cover on the page, for finer screens.
const SIZES: [(u32, u32); 3] = [(240, 480), (160, 320), (120, 240)];
/// The qualities of a JPEG that are tried for each size.
const QUALITIES: [u8; 3] = [85, 70, 50];

/// Why a cover is not on the private page.
#[derive(Debug, thiserror::Error)]
pub enum NoCopy {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    File(#[from] io::Error),
    /// It is no image that browsers show.
    #[error("{0}")]
    NoImage(CoverError),
    /// It is too large to be sent as it is, and the command makes no smaller one of its format.
    #[error(
        "it has {} KB, and the private page takes {} KB at most; the command makes smaller ones of JPEG, \
         PNG and WebP only",
        size.div_ceil(1024),
        LARGEST_COVER / 1024
    )]
    TooLarge {
        /// Its bytes.
        size: u64,
    },
    /// It is damaged.
    #[error("it is no image that can be read: {0}")]
    Damaged(#[from] ImageError),
}

/// Returns the image at this path, or a small copy of it as a JPEG if it is larger than a cover may be.
pub fn small_copy(path: &Path) -> Result<Cover, NoCopy> {
    let size = std::fs::metadata(path)?.len();
    if size <= LARGEST_COVER as u64 {
        return Cover::new(std::fs::read(path)?).map_err(NoCopy::NoImage);
    }
    let reader = ImageReader::new(BufReader::new(File::open(path)?)).with_guessed_format()?;
    let mut decoder = match reader.into_decoder() {
        Err(ImageError::Unsupported(_)) => return Err(NoCopy::TooLarge { size }),
        decoder => decoder?,
    };
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    for (width, height) in SIZES {
        let (width, height) = (image.width().min(width), image.height().min(height));
        let copy = on_white(&image.resize(width, height, FilterType::CatmullRom));
        for quality in QUALITIES {
            let mut content = Cursor::new(Vec::new());
            JpegEncoder::new_with_quality(&mut content, quality).encode_image(&copy)?;
            if let Ok(cover) = Cover::new(content.into_inner()) {
                return Ok(cover);
            }
        }
    }
    Err(NoCopy::TooLarge { size })
}

/// Returns the image on a white background, because a JPEG has no transparency.
fn on_white(image: &DynamicImage) -> RgbImage {
    let image = image.to_rgba8();
    let mut opaque = RgbImage::new(image.width(), image.height());
    for (pixel, from) in opaque.pixels_mut().zip(image.pixels()) {
        let [red, green, blue, alpha] = from.0.map(u16::from);
        // A mean of two bytes is a byte.
        #[expect(clippy::cast_possible_truncation)]
        let mixed = |channel: u16| ((channel * alpha + 255 * (255 - alpha)) / 255) as u8;
        *pixel = Rgb([mixed(red), mixed(green), mixed(blue)]);
    }
    opaque
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use image::{ImageFormat, Rgba, RgbaImage};

    use super::*;

    /// Writes an image of noise, which no format makes small.
    fn noise(folder: &Path, name: &str, width: u32, height: u32) -> PathBuf {
        let mut state = 1_u32;
        let image = RgbaImage::from_fn(width, height, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [red, green, blue, _] = state.to_be_bytes().map(|byte| 128 + byte / 8);
            Rgba([red, green, blue, 255])
        });
        let path = folder.join(name);
        let format = ImageFormat::from_path(&path).unwrap();
        let image = DynamicImage::from(image);
        let image = match format {
            ImageFormat::Jpeg => image.to_rgb8().into(),
            _ => image,
        };
        image.save_with_format(&path, format).unwrap();
        path
    }

    fn decoded(cover: &Cover) -> DynamicImage {
        let base64 = cover.data_uri().split(',').nth(1).unwrap();
        let content = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, base64);
        image::load_from_memory(&content.unwrap()).unwrap()
    }

    #[test]
    fn a_large_image_becomes_a_small_one_with_its_proportions() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["cover.png", "cover.jpg", "cover.webp"] {
            let path = noise(folder.path(), name, 600, 900);
            assert!(fs::metadata(&path).unwrap().len() > LARGEST_COVER as u64);
            let cover = small_copy(&path).unwrap();
            assert_eq!(cover.media_type(), "image/jpeg", "{name}");
            let copy = decoded(&cover);
            assert_eq!((copy.width(), copy.height()), (240, 360), "{name}");
        }
    }

    #[test]
    fn what_is_transparent_becomes_white() {
        let image = RgbaImage::from_pixel(1, 1, Rgba([10, 20, 30, 0])).into();
        assert_eq!(on_white(&image).get_pixel(0, 0).0, [255; 3]);
        let image = RgbaImage::from_pixel(1, 1, Rgba([10, 20, 30, 255])).into();
        assert_eq!(on_white(&image).get_pixel(0, 0).0, [10, 20, 30]);
    }

    #[test]
    fn a_long_or_narrow_image_is_not_made_larger() {
        let folder = tempfile::tempdir().unwrap();
        let size = |name, width, height| {
            let copy = decoded(&small_copy(&noise(folder.path(), name, width, height)).unwrap());
            (copy.width(), copy.height())
        };
        assert_eq!(size("long.png", 200, 2000), (48, 480));
        assert_eq!(size("narrow.png", 120, 400), (120, 400));
    }

    #[test]
    fn a_small_image_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = noise(folder.path(), "cover.png", 20, 30);
        let cover = small_copy(&path).unwrap();
        assert_eq!(cover, Cover::new(fs::read(path).unwrap()).unwrap());
    }

    #[test]
    fn what_cannot_be_made_small_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let why = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            small_copy(&path).unwrap_err().to_string()
        };
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\"><!-- {} --></svg>",
            "a".repeat(30_000)
        );
        let expected = "it has 30 KB, and the private page takes 24 KB at most";
        assert!(why("cover.svg", svg.as_bytes()).starts_with(expected));
        assert!(why("bare.svg", b"<svg/>").starts_with("expected an image"));
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        png.resize(30_000, 0);
        assert!(why("cover.png", &png).starts_with("it is no image that can be read"));
    }
}
