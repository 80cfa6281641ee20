//! The sales page, as it is filled.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    str,
};

use catalogue::{Catalogue, page};
use tempfile::TempDir;

const PDF: &[u8] = include_bytes!("../../local/sample-books/2e.pdf");

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn site() -> PathBuf {
    top().join("site")
}

fn example() -> Catalogue {
    read(&top().join("local/catalogue.toml"))
}

fn read(path: &Path) -> Catalogue {
    Catalogue::read(path).unwrap_or_else(|problems| panic!("{problems}"))
}

/// A folder with a book, and a catalogue beside it.
fn folder(source: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("book.pdf"), PDF).unwrap();
    fs::write(folder.path().join("catalogue.toml"), source).unwrap();
    folder
}

fn pages_of(source: &str) -> (String, String) {
    let folder = folder(source);
    let catalogue = read(&folder.path().join("catalogue.toml"));
    let files = page::render(&catalogue, &site(), "https://shop.example.com").unwrap();
    let page = str::from_utf8(&files["index.html"]).unwrap().to_owned();
    let forms = page::forms(&catalogue, "https://shop.example.com").unwrap();
    (page, forms)
}

/// The values of an attribute.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    let parts = page.split(&start).skip(1);
    parts.map(|rest| rest.split('"').next().unwrap()).collect()
}

const SHORT: &str = r#"
[shop]
author = "Ada Winters"
language = "en"

[books.wip]
name = "My Book"
version = "1st edition"
files = [{ path = "book.pdf" }]

[products.wip]
book = "wip"
price = "29.00 USD"
"#;

const HOSTILE: &str = r##"
[shop]
author = "Ada \"</script><script>alert(1)</script>"
language = "en"
accent = "#ffd400"
page = "https://ada.example/book"

[books.wip]
name = "<b>My</b> & 'Book' {{ shop }} -->"
version = "</title>"
description = "A \"quote\" & </script><!--"
files = [{ path = "book.pdf", label = "<i>PDF</i>" }]

[books.other]
name = "Another <b>"
version = "1"
language = "de"
files = [{ path = "book.pdf" }]

[products.wip]
book = "wip"
price = "29.00 USD"

[products.both]
books = ["wip", "other"]
name = "<u>Both</u>"
price = "2900 JPY"

[products.withdrawn]
book = "other"
price = "1.00 USD"
for_sale = false
"##;

#[test]
fn a_page_has_all_that_it_shows_and_links_to() {
    let files = page::render(&example(), &site(), "").unwrap();
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    let expected = [
        "buy.js",
        "cover-wip.svg",
        "index.html",
        "style.css",
        "variants.js",
    ];
    assert_eq!(names, expected);
    let page = str::from_utf8(&files["index.html"]).unwrap();
    let ids: BTreeSet<_> = attributes(page, "id").into_iter().collect();
    assert_eq!(
        ids.len(),
        attributes(page, "id").len(),
        "an id is there twice"
    );
    for link in attributes(page, "href") {
        let is_there = match link.strip_prefix('#') {
            Some(id) => ids.contains(id),
            None => files.contains_key(link) || link.contains(':'),
        };
        assert!(is_there, "{link}");
    }
    for source in attributes(page, "src") {
        assert!(files.contains_key(source), "{source}");
    }
    for label in ["aria-labelledby", "for"] {
        assert!(attributes(page, label).iter().all(|id| ids.contains(id)));
    }
}

/// In the order of the catalogue; the first one also beside the title.
#[test]
fn each_product_has_a_form_that_a_browser_posts_by_itself() {
    let files = page::render(&example(), &site(), "").unwrap();
    let page = str::from_utf8(&files["index.html"]).unwrap();
    let forms = page.split("<form ").skip(1);
    let forms: Vec<_> = forms
        .map(|form| form.split("</form>").next().unwrap())
        .collect();
    let products = forms
        .iter()
        .filter(|form| form.contains("action=\"/buy\""))
        .map(|form| {
            assert!(form.contains("method=\"post\"") && form.contains("<button"));
            let names = attributes(form, "name");
            assert_eq!(names, ["product_id", "variant", "source"]);
            attributes(form, "value")[0]
        });
    let expected = [
        "wip-2e",
        "wip-2e",
        "wip-2e-pdf",
        "wip-2e-team",
        "wip-2e-de",
        "wip-both",
        "wip-1e",
    ];
    assert_eq!(products.collect::<Vec<_>>(), expected);
    assert_eq!(attributes(forms.last().unwrap(), "action"), ["/resend"]);
}

#[test]
fn a_short_catalogue_makes_a_whole_page() {
    let (page, forms) = pages_of(SHORT);
    insta::assert_snapshot!("short_page", page);
    insta::assert_snapshot!("short_forms", forms);
}

#[test]
fn no_text_of_the_author_becomes_html() {
    let (page, forms) = pages_of(HOSTILE);
    insta::assert_snapshot!("hostile_page", page);
    insta::assert_snapshot!("hostile_forms", forms);
    assert_eq!(page.matches("<script").count(), 3);
    for text in ["<b>", "<i>", "<u>", "<script>alert"] {
        assert!(!page.contains(text) && !forms.contains(text), "{text}");
    }
}

#[test]
fn what_is_withdrawn_is_not_offered() {
    let (page, forms) = pages_of(HOSTILE);
    assert!(!page.contains("withdrawn") && !forms.contains("withdrawn"));
    let none = SHORT.replace("price", "for_sale = false\nprice");
    let (page, forms) = pages_of(&none);
    assert!(page.contains("<h1>My Book</h1>"));
    assert!(!page.contains("/buy\"") && !page.contains("\"Offer\""));
    assert_eq!(forms, "");
}

#[test]
fn the_accent_colour_follows_the_style_sheet() {
    let folder = folder(HOSTILE);
    let catalogue = read(&folder.path().join("catalogue.toml"));
    let files = page::render(&catalogue, &site(), "").unwrap();
    let style = str::from_utf8(&files["style.css"]).unwrap();
    let own = fs::read_to_string(site().join("style.css")).unwrap();
    let accent = style.strip_prefix(&own).unwrap();
    assert!(accent.contains("--accent: #ffd400"), "{accent}");
}

/// Whatever the catalogue knows would be wrong on the page one day if it stood there, too.
#[test]
fn the_template_and_the_words_name_no_price() {
    for (path, content) in texts_in(&site()) {
        let mut before = ' ';
        for c in content.chars() {
            let is_price = "$€£¥".contains(before) && c.is_ascii_digit();
            assert!(!is_price, "{}: {before}{c}", path.display());
            before = c;
        }
    }
}

fn texts_in(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut texts = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts.extend(texts_in(&path));
        } else {
            texts.insert(path.clone(), fs::read_to_string(&path).unwrap());
        }
    }
    texts
}

#[test]
fn the_words_are_markdown_or_html_and_find_their_place() {
    let source = SHORT.replace("language", "prose = \"words\"\nlanguage");
    let folder = folder(&source);
    let words = folder.path().join("words");
    fs::create_dir_all(words.join("products")).unwrap();
    fs::write(words.join("lede.md"), "A *short* lede <br>").unwrap();
    fs::write(words.join("sample.html"), "<pre>a\n\nb</pre>").unwrap();
    fs::write(words.join("products/wip.md"), "For **you**").unwrap();
    fs::write(words.join(".DS_Store"), [0xff]).unwrap();
    fs::write(words.join("notes.txt"), [0xff]).unwrap();
    let catalogue = read(&folder.path().join("catalogue.toml"));
    let files = page::render(&catalogue, &site(), "").unwrap();
    let page = str::from_utf8(&files["index.html"]).unwrap();
    for words in [
        "<p>A <em>short</em> lede <br></p>",
        "<pre>a\n\nb</pre>",
        "<p>For <strong>you</strong></p>",
        "<a href=\"#sample\">",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("id=\"contents\""));
}

#[test]
fn a_template_of_ones_own_is_filled_and_its_mistakes_are_told_with_lines() {
    let folder = folder(SHORT);
    let template = folder.path().join("template");
    fs::create_dir_all(template.join("images")).unwrap();
    fs::write(template.join("images/ada.jpg"), "jpeg").unwrap();
    fs::write(template.join(".hidden"), "").unwrap();
    let catalogue = read(&folder.path().join("catalogue.toml"));
    let error = page::render(&catalogue, &template, "")
        .unwrap_err()
        .to_string();
    assert!(error.contains("template/page.html: "), "{error}");

    fs::write(template.join("page.html"), "<h1>{{ book.name }}</h1>\n").unwrap();
    let out = folder.path().join("out/page");
    page::fill(&catalogue, &template, "", &out).unwrap();
    let page = fs::read_to_string(out.join("index.html")).unwrap();
    assert_eq!(page, "<h1>My Book</h1>\n");
    assert_eq!(
        fs::read_to_string(out.join("images/ada.jpg")).unwrap(),
        "jpeg"
    );
    assert!(!out.join(".hidden").exists() && !out.join("page.html").exists());

    for (mistake, told) in [
        ("\n{{ bok.name }}", "page.html:2"),
        ("\n\n{% if %}", "page.html:3"),
    ] {
        fs::write(template.join("page.html"), mistake).unwrap();
        let error = page::render(&catalogue, &template, "")
            .unwrap_err()
            .to_string();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn the_page_leads_to_where_buyers_withdraw_only_where_the_catalogue_says_so() {
    let (page, forms) = pages_of(SHORT);
    assert!(!page.contains("/withdraw") && !forms.contains("/withdraw"));
    let source = SHORT.replace(
        "language = \"en\"",
        "language = \"de\"\nwithdrawal = \"eu\"",
    );
    let (page, forms) = pages_of(&source);
    let link = "<a href=\"https://shop.example.com/withdraw\">Vertrag widerrufen</a>";
    assert!(page.contains(link), "{page}");
    assert!(forms.contains(link), "{forms}");
}
