//! Makes the style and the script of the pages shorter, and hashes them for the policy of a page. The
//! function that serves a page does neither.

use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

/// Writes the constants `STYLE` and `PRIVATE_PAGE_SCRIPT` of these files in Rust.
pub(crate) fn compile(style: &str, script: &str) -> String {
    let constants = [
        ("STYLE", "The style of every page.", shorter_style(style)),
        (
            "PRIVATE_PAGE_SCRIPT",
            "The script of the private page. Without it the page works, and shows how many downloads \
             are left when it is loaded again.",
            shorter_script(script),
        ),
    ];
    let constants = constants.map(|(name, what, text)| {
        let hash = BASE64_STANDARD.encode(Sha256::digest(&text));
        format!(
            "/// {what}\npub const {name}: Inlined = Inlined {{ text: {text:?}, hash: {hash:?} }};\n"
        )
    });
    constants.concat()
}

/// Returns a style sheet without what a browser does not need. Its lines end in `{`, `}`, `;` or `,`, it
/// has no comments, and no `: ` stands in its selectors.
fn shorter_style(style: &str) -> String {
    let lines: String = style.lines().map(str::trim).collect();
    let unneeded = [
        (" {", "{"),
        ("{ ", "{"),
        ("; ", ";"),
        (" }", "}"),
        (": ", ":"),
        (";}", "}"),
    ];
    let shorter = |text: String, (long, short): (&str, &str)| text.replace(long, short);
    unneeded.into_iter().fold(lines, shorter)
}

/// Returns a script without indentation and without the lines that are comments.
fn shorter_script(script: &str) -> String {
    let lines = script.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}
