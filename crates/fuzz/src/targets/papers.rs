//! PDFs that others sent, and certificates.

use super::NOW;
use crate::Target;
use crate::seeds::of_repository;
use clinical::enrolment::Tongue;
use clinical::enrolment::forms::{Form, Subject, beside, judge, print};
use clinical::words::Words;
use paper::sign::Anchors;
use paper::{inspect, read};
use std::sync::OnceLock;

fn subject() -> Subject {
    Subject {
        application: "00000000000000a1".to_owned(),
        name: "Léger, Zoë".to_owned(),
        email: "zoe.leger@harbour.example".to_owned(),
        profession: Words::new("Pharmacist", "Pharmacienne"),
        licence: "4417".to_owned(),
        workplaces: vec!["Harbour Pharmacy, Digby".to_owned()],
        tongue: Tongue::En,
    }
}

pub(super) const FORMS: Target = Target {
    name: "pdf",
    reads: "PDF forms that were sent: objects, streams, fields, signatures",
    seeds: || {
        let mut all = of_repository("crates/clinical/testdata/forms", &[".pdf"]);
        all.retain(|file| file.len() <= 40_000);
        all.push(print(Form::Request, &subject()));
        all
    },
    words: &[
        "<<",
        ">>",
        "[",
        "]",
        "(",
        ")",
        "<",
        ">",
        "/",
        " ",
        " 0 R",
        " 0 obj\n",
        "endobj\n",
        "stream\n",
        "\nendstream",
        "xref\n",
        "trailer\n",
        "startxref\n",
        "%%EOF",
        "/Root",
        "/Pages",
        "/Kids",
        "/Parent",
        "/Length",
        "/Filter",
        "/FlateDecode",
        "/ASCIIHexDecode",
        "/LZWDecode",
        "/DecodeParms",
        "/Predictor 12",
        "/Columns",
        "/Type/ObjStm",
        "/Type/XRef",
        "/W[1 2 1]",
        "/Index[0 9]",
        "/Prev",
        "/XRefStm",
        "/N",
        "/First",
        "/Encrypt",
        "/AcroForm",
        "/Fields",
        "/FT/Sig",
        "/ByteRange[0 1 2 3]",
        "/Contents<",
        "/JS",
        "/AA",
        "/OpenAction",
        "/V",
        "/T",
        "BT ",
        " Tj",
        "Do",
        "0000000016 00000 n \n",
        "65535",
        "\\",
        "#20",
    ],
    take: |input| {
        static ANCHORS: OnceLock<Anchors> = OnceLock::new();
        let anchors = ANCHORS.get_or_init(|| {
            Anchors::from_der(&of_repository("crates/clinical/testdata/forms", &["authority.der"])).0
        });
        let _ = inspect::inspect(input, anchors, 1_795_435_200);
        let subject = subject();
        let verdict = judge(input, &subject, anchors, NOW);
        assert!(!verdict.is_right() || verdict.form.is_some(), "a form of no sort is right");
        let _ = beside(input, &subject);
        let _ = (read::pages(input), read::texts(input));
    },
    usual: 1_200,
};

pub(super) const CERTIFICATES: Target = Target {
    name: "certificates",
    reads: "certificates and lists of revoked ones",
    seeds: || {
        let mut all = of_repository("crates/paper/testdata", &[".der", ".crl", ".cms"]);
        all.extend(of_repository("crates/clinical/testdata/forms", &[".der"]));
        all
    },
    words: &["0", "1", "\u{2}", "\u{3}", "\u{6}", "\u{17}", "\u{18}", "\u{0}", "*.example", "261122140500Z"],
    take: |input| {
        let (anchors, left) = Anchors::from_der(&[input.to_vec()]);
        assert!(left <= 1);
        let (anchors, _) = anchors.with_revocations(&[input.to_vec()]);
        let _ = anchors.revocations().count();
    },
    usual: 3_000,
};
