//! What the build makes of the files with the words, and what it refuses.

#[path = "../build/words.rs"]
mod words;

use std::fs;

/// A file that is right, for a language that the case is not about.
const RIGHT: &str = "\
number-word = { $number }
hello = Hi
left = { $left ->
    *[other] { $left }
}
";

/// Compiles these files: English, and the same for all others, of which German is the first.
fn compile(english: &str, others: &str) -> Result<String, Vec<String>> {
    words::compile(|tag| if tag == "en" { english } else { others }.to_owned())
}

/// Compiles [`RIGHT`] and a German file. Returns what is wrong with it.
fn wrong(german: &str) -> String {
    let read = |tag: &str| if tag == "de" { german } else { RIGHT }.to_owned();
    words::compile(read).unwrap_err().join("\n")
}

#[test]
fn every_language_is_complete() {
    let read = |tag: &str| {
        let path = format!("{}/words/{tag}.ftl", env!("CARGO_MANIFEST_DIR"));
        fs::read_to_string(path).unwrap()
    };
    assert_eq!(words::compile(read).err(), None);
    let known = words::LANGUAGES.map(|language| format!("{}.ftl", language.tag));
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/words");
    for file in fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(&name), "{name} is no language");
    }
}

#[test]
fn a_message_becomes_a_method() {
    let rust = compile(RIGHT, RIGHT).unwrap();
    for signature in [
        "fn hello(self) -> &'static str {",
        "fn left(self, left: u32) -> String {",
        "Self::De => \"Hi\",",
    ] {
        assert!(rust.contains(signature), "{signature}: {rust}");
    }
}

#[test]
fn arguments_are_in_alphabetical_order_and_counted_by_in_any_language() {
    let english = "number-word = { $number }\nof = { $left } of { $full }\n";
    let others = "number-word = { $number }\nof = { $left }, { $full ->\n [one] a\n *[other] { WORD($full) }\n}\n";
    let rust = compile(english, others).unwrap();
    let signature = "fn of(self, full: u32, left: &str) -> String {";
    assert!(rust.contains(signature), "{rust}");
}

#[test]
fn the_category_one_has_the_numbers_of_the_language() {
    let text = "number-word = { $number }\nn = { $n ->\n [one] a\n *[other] b\n}\n";
    let rust = compile(text, text).unwrap();
    assert_eq!(rust.matches("\n0 | 1 => {").count(), 1, "French: {rust}");
    assert_eq!(rust.matches("\n1 => {").count(), 3, "{rust}");
    let text = "number-word = { $number }\nn = { $n ->\n [0] z\n [one] a\n *[other] b\n}\n";
    let rust = compile(text, text).unwrap();
    assert_eq!(rust.matches("\n1 => {").count(), 4, "{rust}");
}

#[test]
fn what_is_missing_or_too_much_is_named_with_its_line() {
    for (german, problem) in [
        (
            "number-word = { $number }\nhello = Hallo\n",
            "words/de.ftl:1: `left` is missing, which is at words/en.ftl:3",
        ),
        (
            "number-word = { $number }\n\nhello = Hallo { $name }\nleft = { $left }\n",
            "words/de.ftl:3: `hello` has `$name`, which it lacks at words/en.ftl:2",
        ),
        (
            "number-word = { $number }\nhello = Hallo\nleft = Rest\n",
            "words/de.ftl:3: `left` lacks `$left`, which it has at words/en.ftl:3",
        ),
    ] {
        assert_eq!(wrong(german), problem);
    }
    assert_eq!(
        wrong(&format!("{RIGHT}bye = Servus\n")),
        "words/de.ftl:6: `bye` is not in words/en.ftl"
    );
    assert_eq!(
        wrong(&format!("{RIGHT}hello = Hallo\n")),
        "words/de.ftl:6: `hello` is here twice"
    );
}

#[test]
fn what_is_not_understood_is_named_with_its_line() {
    for (line, problem) in [
        (
            "x = { FOO($a) }",
            "`x`: there is no function FOO; there is WORD",
        ),
        ("x = { WORD(5) }", "`x`: WORD takes a variable"),
        (
            "x = { y }",
            "`x`: in braces stand variables, texts and WORD only",
        ),
        (
            "x = { $Name }",
            "`x`: `$Name` has other characters than a-z and hyphens",
        ),
        (
            "x = { $n ->\n [few] a\n *[other] b\n}",
            "`x`: `[few]` is not one of [0], …, [one], *[other]",
        ),
        (
            "x = { $n ->\n [one] a\n *[two] b\n}",
            "`x`: `[two]` is not one of [0], …, [one], *[other]",
        ),
        (
            "x = { $n ->\n [1] a\n [one] b\n *[other] c\n}",
            "`x`: `[one]` is for no number that has not its own text",
        ),
        (
            "x = { $n ->\n [1.5] a\n *[other] c\n}",
            "`x`: `1.5` is no whole number",
        ),
        ("x = <b>y</b>", "`x`: `<` stands in no word; see build.rs"),
        ("x = don't", "`x`: `'` stands in no word; see build.rs"),
        (
            "x = y\n    .title = z",
            "`x`: attributes are not understood",
        ),
        ("-x = y", "terms are not understood"),
    ] {
        assert!(
            wrong(&format!("{RIGHT}{line}\n")).starts_with(&format!("words/de.ftl:6: {problem}")),
            "{line}: {}",
            wrong(&format!("{RIGHT}{line}\n"))
        );
    }
    let unreadable = wrong(&format!("{RIGHT}x y\n"));
    assert!(unreadable.starts_with("words/de.ftl:6: "), "{unreadable}");
}

#[test]
fn french_punctuation_has_its_narrow_spaces() {
    let french = |text: &str| {
        let text = text.to_owned();
        let of = |tag: &str| format!("x = {}\n", if tag == "fr" { &text } else { "y { $a }" });
        words::compile(of)
    };
    let rust = french("« Oui ! » { $a } ; non").unwrap();
    for text in ["«\u{202f}Oui\u{202f}!\u{202f}» ", "\u{202f}; non"] {
        assert!(rust.contains(&format!("{text:?}")), "{text:?}: {rust}");
    }
    for (text, mark) in [
        ("Oui! { $a }", "i!"),
        ("{ $a }: non", " :"),
        ("«Oui » { $a }", "«O"),
        ("« Oui» { $a }", "i»"),
    ] {
        let problem = format!("words/fr.ftl:1: `x`: a space is missing at `{mark}`");
        assert_eq!(french(text), Err(vec![problem]));
    }
}
