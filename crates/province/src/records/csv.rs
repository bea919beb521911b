//! Records and truth as comma-separated text (RFC 4180, UTF-8, header, LF): the columns of the labelled sets.

use std::io::{self, Write};

use super::{Record, Truth};

/// The header of the records.
pub const RECORD_HEADER: &str = "record_id,source,mrn,registered,family,given,middle,suffix,dob,sex,hcn,phone,address,city,postal,mother_hcn,mb_order";
/// The header of the truth.
pub const TRUTH_HEADER: &str = "record_id,person_id,household_id,tags";

/// One record as a line.
///
/// # Errors
/// What the writer says.
pub fn write_record(out: &mut impl Write, record: &Record) -> io::Result<()> {
    let date = record.registered;
    write!(out, "{},{},{},", record.record_id, record.source.code, record.mrn)?;
    write!(out, "{:04}-{:02}-{:02}", date.year, date.month, date.day)?;
    for text in [
        &record.family,
        &record.given,
        &record.middle,
        &record.suffix,
        &record.dob,
        record.sex,
        &record.hcn,
        &record.phone,
        &record.address,
        &record.city,
        &record.postal,
        &record.mother_hcn,
        &record.mb_order,
    ] {
        out.write_all(b",")?;
        field(out, text)?;
    }
    out.write_all(b"\n")
}

/// The truth of one record as a line; tags are parted by `|`.
///
/// # Errors
/// What the writer says.
pub fn write_truth(out: &mut impl Write, record: &Record, truth: &Truth) -> io::Result<()> {
    write!(out, "{},P{:07},H{:07},", record.record_id, truth.person, truth.household)?;
    for (index, tag) in truth.tags.iter().enumerate() {
        if index > 0 {
            out.write_all(b"|")?;
        }
        out.write_all(tag.word().as_bytes())?;
    }
    out.write_all(b"\n")
}

fn field(out: &mut impl Write, text: &str) -> io::Result<()> {
    if text.contains([',', '"', '\n', '\r']) {
        return write!(out, "\"{}\"", text.replace('"', "\"\""));
    }
    out.write_all(text.as_bytes())
}
