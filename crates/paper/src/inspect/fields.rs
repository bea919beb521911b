//! The fields of an interactive form (ISO 32000-1 12.7): what they hold, and where signatures go.

use super::Problem;
use super::drawn::{Area, rectangle};
use super::file::File;
use super::object::{Dict, Object, text_string};
use std::collections::BTreeMap;

/// Fields, at most.
const FIELDS_LIMIT: usize = 2_000;
/// Fields inside each other, at most.
const DEPTH_LIMIT: usize = 16;

/// A form.
#[derive(Default)]
pub(super) struct Form {
    pub(super) texts: BTreeMap<String, String>,
    /// Where signatures go.
    pub(super) areas: Vec<Area>,
    /// Dictionaries of signatures that were made.
    pub(super) signatures: Vec<Dict>,
    seen: usize,
}

pub(super) fn read(file: &File<'_>, catalog: &Dict) -> Result<Form, Problem> {
    let mut form = Form::default();
    let Object::Dict(acro) = file.entry(catalog, "AcroForm")? else { return Ok(form) };
    let Object::Array(fields) = file.entry(&acro, "Fields")? else { return Ok(form) };
    for field in &fields {
        form.field(file, field, "", None, 0)?;
    }
    Ok(form)
}

impl Form {
    fn field(
        &mut self,
        file: &File<'_>,
        field: &Object,
        above: &str,
        sort: Option<&str>,
        depth: usize,
    ) -> Result<(), Problem> {
        self.seen += 1;
        if self.seen > FIELDS_LIMIT || depth > DEPTH_LIMIT {
            return Err(Problem::TooMuch);
        }
        let Object::Dict(dict) = file.resolve(field)? else { return Ok(()) };
        let name = match file.entry(&dict, "T")? {
            Object::Text(text) if above.is_empty() => text_string(&text),
            Object::Text(text) => format!("{above}.{}", text_string(&text)),
            _ => above.to_owned(),
        };
        let own = file.entry(&dict, "FT")?;
        let sort = own.name().or(sort);
        if let Object::Array(kids) = file.entry(&dict, "Kids")? {
            for kid in &kids {
                self.field(file, kid, &name, sort, depth + 1)?;
            }
        }
        match sort {
            Some("Sig") => {
                self.areas.extend(rectangle(&file.entry(&dict, "Rect")?));
                if let Object::Dict(value) = file.entry(&dict, "V")? {
                    self.signatures.push(value);
                }
            }
            Some("Tx") => {
                let value = match file.entry(&dict, "V")? {
                    Object::Text(text) => text_string(&text),
                    _ => return Ok(()),
                };
                // Two fields of one name that differ are no statement.
                match self.texts.get(&name) {
                    Some(known) if *known != value => return Err(Problem::Damaged),
                    _ => self.texts.insert(name, value),
                };
            }
            _ => {}
        }
        Ok(())
    }
}
