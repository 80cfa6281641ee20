//! Fills the sales page from a catalogue:
//!
//! ```text
//! cargo run -p catalogue --example fill -- catalogue.toml https://shop.example.com target/page
//! ```
//!
//! With `forms` in place of the folder it prints the forms alone, for a page that you have.

use std::{env, error::Error, path::Path};

use catalogue::{Catalogue, page};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [catalogue, shop_url, folder] = &arguments[..] else {
        return Err("expected catalogue.toml, the shop's address, and a folder".into());
    };
    let catalogue = match Catalogue::read(Path::new(catalogue)) {
        Ok(catalogue) => catalogue,
        Err(problems) => return Err(format!("\n{problems}").into()),
    };
    if folder == "forms" {
        print!("{}", page::forms(&catalogue, shop_url)?);
        return Ok(());
    }
    let template = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../site"));
    page::fill(&catalogue, template, shop_url, Path::new(folder))?;
    println!("{folder}/index.html");
    Ok(())
}
