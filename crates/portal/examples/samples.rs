//! Writes every screen from its sample into a folder, with its style sheet, to look at without a server:
//! `cargo run -p portal --example samples -- FOLDER`

use portal::{Choices, Density, Lang, Theme};
use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "samples".to_owned()));
    std::fs::create_dir_all(folder.join("assets"))?;
    for (path, bytes) in portal::assets() {
        std::fs::write(folder.join(path.trim_start_matches('/')), bytes)?;
    }
    for lang in [Lang::En, Lang::Fr] {
        for theme in [Theme::Light, Theme::Dark] {
            let choices = Choices { lang, density: Density::Standard, theme, keys: true, shared: false };
            for page in portal::samples::pages(choices) {
                let dark = if theme == Theme::Dark { "-dark" } else { "" };
                std::fs::write(folder.join(format!("{}.{}{dark}.html", page.name, lang.tag())), page.html)?;
            }
        }
    }
    println!("wrote {}", folder.display());
    Ok(())
}
