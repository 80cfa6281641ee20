//! What the template of the sales page may use. A field of [`Page`] is a variable of the template.

use std::{collections::BTreeMap, fs, path::Path};

use bookstall::{
    domain::{accent::Accent, book_file::Format, language::Language, money::Price},
    words::Words,
};
use minijinja::Value;
use pulldown_cmark::{Options, Parser, html};
use serde::Serialize;
use url::Url;

use crate::{
    model::{self, Catalogue},
    page::{error::PageError, structured_data},
};

/// All that the template may use.
#[derive(Debug, Serialize)]
pub(super) struct Page<'a> {
    shop: Shop<'a>,
    /// The first book of the catalogue that is for sale, or else the first: the one that the page is
    /// about.
    book: Book<'a>,
    /// All books, in the order of the catalogue.
    books: Vec<Book<'a>>,
    /// The first product that is for sale. None if nothing is.
    product: Option<Product<'a>>,
    /// The products that are for sale, in the order of the catalogue.
    products: Vec<Product<'a>>,
    /// The author's words as HTML, by the names of their files without the endings.
    prose: BTreeMap<String, Value>,
    /// The books and products in JSON-LD, for a `script` element.
    structured_data: Value,
}

#[derive(Debug, Serialize)]
struct Shop<'a> {
    author: &'a str,
    language: &'a str,
    /// Where the forms of products post to.
    buy: String,
    /// Where the form for lost links posts to.
    resend: String,
    /// Where buyers withdraw, in a shop that keeps the right of withdrawal of the European Union; none in
    /// any other.
    withdraw: Option<String>,
    /// The words of the link to it in the page's language, which the law sets.
    withdraw_words: &'static str,
    /// The address of the page.
    page: Option<&'a str>,
    accent: Option<AccentColours>,
    /// Whether the forms ask if the buyer buys for a company.
    ask_for_company: bool,
}

/// The accent colour in the light and in the dark: `#17594a`.
#[derive(Debug, Serialize)]
struct AccentColours {
    light: String,
    dark: String,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Book<'a> {
    id: &'a str,
    name: &'a str,
    version: &'a str,
    author: &'a str,
    language: &'a str,
    description: Option<&'a str>,
    cover: Option<Cover>,
    files: Vec<File<'a>>,
}

/// The image of a cover, beside the page.
#[derive(Clone, Debug, Serialize)]
struct Cover {
    /// Its name: `cover-wip.svg`.
    file: String,
    /// Its size in pixels, or another unit of the same proportions. None if it is unknown.
    size: Option<(usize, usize)>,
    /// Its address, for link previews. None if the address of the page is unknown, or for an SVG,
    /// which they do not show.
    url: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
struct File<'a> {
    name: &'a str,
    /// `PDF`.
    label: &'a str,
    /// `4.2 MB`.
    size: String,
    /// What the format is good for, or nothing.
    hint: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct Product<'a> {
    id: &'a str,
    /// What it is called: its name, or its book's edition, with the book's name if that is not the
    /// book of the page.
    name: String,
    /// The language of the name.
    language: &'a str,
    /// `$29.00`.
    price: String,
    downloads: u32,
    /// The books that it holds, each with those of its files that are sold.
    books: Vec<Book<'a>>,
    /// The labels of its files: `PDF + EPUB`.
    formats: String,
    /// The author's words about it, as HTML: `products/wip-2e.md` of the words.
    prose: Option<Value>,
}

impl<'a> Page<'a> {
    pub(super) fn new(catalogue: &'a Catalogue, shop_url: &str) -> Result<Self, PageError> {
        let mut products: Vec<_> = catalogue.products.iter().collect();
        products.retain(|(_, product)| product.for_sale);
        products.sort_by_key(|(_, product)| product.line);
        let mut books: Vec<_> = catalogue.books.iter().collect();
        books.sort_by_key(|(_, book)| book.line);
        let first_sold = products
            .first()
            .and_then(|(_, product)| product.parts.first());
        let main = first_sold.map(|part| &part.book);
        let main = main.or(books.first().map(|(id, _)| *id));
        let main = main.ok_or(PageError::NoBook)?;
        let mut shown = Vec::new();
        for (id, book) in &books {
            shown.push(Book::new(catalogue, id, book)?);
        }
        let of_main = shown.iter().find(|book| book.id == main);
        let prose_folder = catalogue.shop.prose.as_deref();
        let of_products = prose_folder.map(|folder| folder.join("products"));
        let mut of_products = match of_products.filter(|folder| folder.exists()) {
            Some(folder) => prose(&folder)?,
            None => BTreeMap::new(),
        };
        let sold: Vec<_> = products
            .iter()
            .map(|(id, product)| {
                let prose = of_products.remove(*id);
                Product::new(catalogue, &shown, main, id, product, prose)
            })
            .collect();
        let accent = catalogue.shop.accent.as_deref().and_then(Accent::parse);
        let withdraws = catalogue.shop.withdrawal.is_on();
        let language = Language::parse(&catalogue.shop.language);
        let words = Words::of(language.as_ref());
        Ok(Self {
            shop: Shop {
                author: &catalogue.shop.author,
                language: &catalogue.shop.language,
                buy: format!("{shop_url}/buy"),
                resend: format!("{shop_url}/resend"),
                withdraw: withdraws.then(|| format!("{shop_url}/withdraw")),
                withdraw_words: words.link_to_withdraw(),
                page: catalogue.shop.page.as_deref(),
                accent: accent.map(|accent| AccentColours {
                    light: accent.light.to_string(),
                    dark: accent.dark.to_string(),
                }),
                ask_for_company: catalogue.shop.ask_for_company,
            },
            book: of_main.cloned().ok_or(PageError::NoBook)?,
            books: shown,
            product: sold.first().cloned(),
            products: sold,
            prose: prose_folder.map_or(Ok(BTreeMap::new()), prose)?,
            structured_data: Value::from_safe_string(structured_data::json_ld(catalogue)),
        })
    }
}

impl<'a> Book<'a> {
    fn new(
        catalogue: &'a Catalogue,
        id: &'a str,
        book: &'a model::Book,
    ) -> Result<Self, PageError> {
        let page = catalogue.shop.page.as_deref();
        let cover = cover_file(id, book)?.map(|(file, content)| Cover {
            size: size_of_image(&content),
            url: url_beside(page, &file),
            file,
        });
        Ok(Self {
            id,
            name: &book.name,
            version: &book.version,
            author: catalogue.author_of(book),
            language: catalogue.language_of(book),
            description: book.description.as_deref(),
            cover,
            files: book
                .files
                .iter()
                .map(|file| File::new(file, &catalogue.shop.language))
                .collect(),
        })
    }
}

impl<'a> File<'a> {
    fn new(file: &'a model::BookFile, language: &str) -> Self {
        let words = Words::of(Language::parse(language).as_ref());
        let ending = file.path.extension().unwrap_or_default().to_string_lossy();
        let format = Format::parse(&ending.to_lowercase());
        Self {
            name: &file.name,
            label: &file.label,
            size: words.size(file.size).replace(' ', "\u{a0}"),
            hint: format
                .and_then(|format| words.format_hint(&format))
                .unwrap_or_default(),
        }
    }
}

impl<'a> Product<'a> {
    fn new(
        catalogue: &'a Catalogue,
        books: &[Book<'a>],
        main: &str,
        id: &'a str,
        product: &'a model::Product,
        prose: Option<Value>,
    ) -> Self {
        let mut sold = Vec::new();
        let mut labels = Vec::new();
        for part in &product.parts {
            let Some(book) = books.iter().find(|book| book.id == part.book) else {
                continue;
            };
            let mut book = book.clone();
            if let Some(names) = &part.files {
                let is_sold = |file: &File| names.iter().any(|name| name == file.name);
                book.files.retain(is_sold);
            }
            for file in &book.files {
                if !labels.contains(&file.label) {
                    labels.push(file.label);
                }
            }
            sold.push(book);
        }
        let name = match (&product.name, sold.first()) {
            (Some(name), _) => name.clone(),
            (None, Some(book)) if book.id == main => book.version.to_owned(),
            (None, Some(book)) => format!("{}, {}", book.name, book.version),
            (None, None) => id.to_owned(),
        };
        let is_own = product.name.is_some() || sold.len() != 1;
        let language = match sold.first() {
            Some(book) if !is_own => book.language,
            _ => &catalogue.shop.language,
        };
        Self {
            id,
            name,
            language,
            price: price(product.price, &catalogue.shop.language),
            downloads: product.downloads,
            books: sold,
            formats: labels.join(" + "),
            prose,
        }
    }
}

/// Returns the name of a book's cover beside the page, and its content.
pub(super) fn cover_file(
    id: &str,
    book: &model::Book,
) -> Result<Option<(String, Vec<u8>)>, PageError> {
    let Some(path) = &book.cover else {
        return Ok(None);
    };
    let content = fs::read(path).map_err(PageError::of(path))?;
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    Ok(Some((
        format!("cover-{id}.{}", ending.to_lowercase()),
        content,
    )))
}

/// Returns the address of an image beside the page at this address, if link previews show it.
fn url_beside(page: Option<&str>, image: &str) -> Option<String> {
    let page = Url::parse(page?).ok()?;
    let url = page.join(image).ok()?;
    let is_svg = Path::new(image).extension()? == "svg";
    (!is_svg).then(|| url.into())
}

/// Returns the width and height of an image: in pixels, or those of an SVG's `viewBox`.
fn size_of_image(content: &[u8]) -> Option<(usize, usize)> {
    if let Ok(size) = imagesize::blob_size(content) {
        return Some((size.width, size.height));
    }
    let svg = str::from_utf8(content).ok()?;
    let (_, after) = svg.split_once("viewBox=\"")?;
    let numbers = after.split('"').next()?.split([' ', ',']);
    let numbers = numbers.filter_map(|number| number.parse::<f32>().ok());
    let [_, _, width, height] = numbers.collect::<Vec<_>>()[..] else {
        return None;
    };
    // The conversion saturates, and a fraction of a unit does not matter.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = |length: f32| length.round() as usize;
    (width >= 1.0 && height >= 1.0).then(|| (whole(width), whole(height)))
}

/// Reads the author's words in a folder: Markdown (`.md`), and HTML as it is (`.html`).
fn prose(folder: &Path) -> Result<BTreeMap<String, Value>, PageError> {
    let mut prose = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(PageError::of(folder))? {
        let path = entry.map_err(PageError::of(folder))?.path();
        let is_markdown = path.extension().is_some_and(|ending| ending == "md");
        let is_html = path.extension().is_some_and(|ending| ending == "html");
        if !is_markdown && !is_html {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(PageError::of(&path))?;
        let words = if is_markdown { markdown(&text) } else { text };
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        prose.insert(name.into_owned(), Value::from_safe_string(words));
    }
    Ok(prose)
}

/// Renders the author's own Markdown. HTML in it stays.
fn markdown(text: &str) -> String {
    let mut page = String::new();
    let options = Options::ENABLE_TABLES | Options::ENABLE_SMART_PUNCTUATION;
    html::push_html(&mut page, Parser::new_ext(text, options));
    page
}

/// Writes a price as people of this language do: `$29.00`, `29,00 €`. Elsewhere, and where the sign
/// of a currency may mean another one, the code stands in its place: `29.00 CAD`.
fn price(price: Price, language: &str) -> String {
    let money = price.money();
    let (decimal, code) = (money.decimal(), money.currency.code().to_uppercase());
    let sign = match code.as_str() {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        "JPY" => "¥",
        code => code,
    };
    match language.split('-').next().unwrap_or_default() {
        "en" if sign != code => format!("{sign}{decimal}"),
        "de" | "es" | "fr" => format!("{}\u{a0}{sign}", decimal.replace('.', ",")),
        _ => format!("{decimal}\u{a0}{code}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_written_as_in_the_language_of_the_page() {
        for (money, language, expected) in [
            ("29.00 USD", "en", "$29.00"),
            ("27.00 EUR", "en-GB", "€27.00"),
            ("2900 JPY", "en", "¥2900"),
            ("29.00 CAD", "en", "29.00\u{a0}CAD"),
            ("27.50 EUR", "de", "27,50\u{a0}€"),
            ("27.50 CHF", "fr-CH", "27,50\u{a0}CHF"),
            ("27.50 EUR", "nl", "27.50\u{a0}EUR"),
        ] {
            let money = Price::parse(money).unwrap();
            assert_eq!(price(money, language), expected);
        }
    }

    #[test]
    fn a_cover_has_the_proportions_of_its_image() {
        let cover = include_bytes!("../../../local/sample-books/cover.svg");
        assert_eq!(size_of_image(cover), Some((400, 560)));
        let gif = b"GIF89a\x02\x00\x03\x00\x00\x00\x00";
        assert_eq!(size_of_image(gif), Some((2, 3)));
        for other in [
            "<svg/>",
            "<svg viewBox=\"0 0 1\"/>",
            "<svg viewBox=\"0 0 -1 5\"/>",
            "",
        ] {
            assert_eq!(size_of_image(other.as_bytes()), None);
        }
    }

    #[test]
    fn link_previews_are_given_photos_beside_the_page() {
        let url = |page, image| url_beside(Some(page), image);
        let beside = "https://ada.example/books/cover-wip.png";
        assert_eq!(
            url("https://ada.example/books/wip", "cover-wip.png").as_deref(),
            Some(beside)
        );
        assert_eq!(
            url("https://ada.example/books/", "cover-wip.png").as_deref(),
            Some(beside)
        );
        assert_eq!(url("https://ada.example/", "cover-wip.svg"), None);
        assert_eq!(url_beside(None, "cover-wip.png"), None);
    }
}
