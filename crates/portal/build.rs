//! Embeds the style sheet, our scripts, and the typeface when `web/node_modules` holds it.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Files of the typeface: name in the address, path under `web/node_modules`, characters it is for.
const FONTS: &[(&str, &str, &str)] = &[
    (
        "atkinson-latin",
        "@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2",
        "U+0000-00B4, U+00B6-00FF, U+0131, U+0152-0153, U+02BB-02BC, U+02C6, U+02DA, U+02DC, U+2000-206F, U+20AC, U+2122, U+2212",
    ),
    (
        "atkinson-latin-ext",
        "@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-ext-wght-normal.woff2",
        "U+0100-02BA, U+1E00-1E9F, U+1EF2-1EFF",
    ),
    (
        "inter-latin",
        "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
        "U+00B5, U+2191, U+2193",
    ),
];

/// Licences that travel with the typeface.
const LICENCES: &[(&str, &str)] = &[
    ("atkinson-licence", "@fontsource-variable/atkinson-hyperlegible-next/LICENSE"),
    ("inter-licence", "@fontsource-variable/inter/LICENSE"),
];

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script by OUT_DIR where to write")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let modules = web.join("node_modules");
    let mut table = String::from("pub(crate) const EMBEDDED: &[Embedded] = &[\n");
    let mut faces = String::new();

    let all_fonts = FONTS.iter().all(|(_, path, _)| modules.join(path).is_file());
    println!("cargo:rerun-if-changed={}", web.join("package-lock.json").display());
    // Cargo holds a path that is not there for changed at every build; the folder that it will come into is.
    let font = modules.join(FONTS[0].1);
    if let Some(there) = font.ancestors().find(|path| path.exists()) {
        println!("cargo:rerun-if-changed={}", there.display());
    }
    if all_fonts {
        for (name, path, characters) in FONTS {
            let bytes = std::fs::read(modules.join(path))?;
            let address = embed(&mut table, &out, name, "woff2", "font/woff2", &bytes)?;
            writeln!(
                faces,
                "@font-face{{font-family:\"OPOR\";src:url(\"{address}\") format(\"woff2\");font-weight:200 800;font-display:swap;unicode-range:{characters}}}"
            )?;
        }
        for (name, path) in LICENCES {
            if let Ok(bytes) = std::fs::read(modules.join(path)) {
                embed(&mut table, &out, name, "txt", "text/plain; charset=utf-8", &bytes)?;
            }
        }
    }
    let mut css = faces;
    for name in ["tokens.css", "app.css"] {
        println!("cargo:rerun-if-changed={}", web.join(name).display());
        css.push_str(&std::fs::read_to_string(web.join(name))?);
    }
    let css_at = embed(&mut table, &out, "app", "css", "text/css; charset=utf-8", css.as_bytes())?;
    let mut scripts = Vec::new();
    for name in ["app", "registration", "passkey"] {
        let path = web.join(format!("js/{name}.js"));
        println!("cargo:rerun-if-changed={}", path.display());
        let js = std::fs::read(path)?;
        scripts.push(embed(&mut table, &out, name, "js", "text/javascript; charset=utf-8", &js)?);
    }
    table.push_str("];\n");
    let face = if all_fonts { "Atkinson Hyperlegible Next" } else { "system" };
    writeln!(table, "pub(crate) const STYLE: &str = {css_at:?};")?;
    for (name, at) in ["SCRIPT", "REGISTRATION_SCRIPT", "PASSKEY_SCRIPT"].into_iter().zip(scripts) {
        writeln!(table, "pub(crate) const {name}: &str = {at:?};")?;
    }
    writeln!(table, "pub(crate) const TYPEFACE: &str = {face:?};")?;
    std::fs::write(out.join("embedded.rs"), table)?;
    Ok(())
}

/// Write one file beside the table and return its address, which changes with its content.
fn embed(
    table: &mut String,
    out: &Path,
    name: &str,
    ending: &str,
    kind: &str,
    bytes: &[u8],
) -> Result<String, Box<dyn std::error::Error>> {
    let digest = Sha256::digest(bytes);
    let short: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let file = format!("{name}-{short}.{ending}");
    std::fs::write(out.join(&file), bytes)?;
    writeln!(
        table,
        "    Embedded {{ path: \"/assets/{file}\", kind: {kind:?}, bytes: include_bytes!({:?}) }},",
        out.join(&file)
    )?;
    Ok(format!("/assets/{file}"))
}
