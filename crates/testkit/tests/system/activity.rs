//! The activity log from outside: signed, witnessed by two, exported, checked without a server, and tampered with; and a
//! tip that needs no name.

use crate::messages::{Person, Result};
use std::time::Duration;
use testkit::harness::{Setup, opor};
use testkit::mllp::Behaviour;
use testkit::{http, patience};

/// A start signs within a second of its first round; a busy machine may take longer.
const SIGNED_WITHIN: Duration = Duration::from_secs(50);

#[test]
fn d05_the_log_is_witnessed_and_checked_without_a_server() {
    let harness = Setup::new("activity").clinic("alder", |_, _| Behaviour::Accept).start();
    let messages: Vec<Vec<u8>> = (0..12)
        .map(|n| {
            let orderer = harness.provider("alder");
            Result::new("HRH", &Person::new("HRH", n), format!("A-{n:04}"), orderer).bytes()
        })
        .collect();
    harness.sender().accepted(&messages);
    let _ = harness.drained();
    let (data, url) = (harness.data(), format!("http://{}", harness.server().http));
    let key = opor(&["audit", "key", "--data", &data]).out.trim().to_owned();
    let kept = [harness.folder().join("regulator.txt"), harness.folder().join("authority.txt")];
    let kept = kept.map(|path| path.display().to_string());
    let witness = |file: &str| opor(&["audit", "witness", "--url", &url, "--key", &key, file]);
    assert!(
        patience::until(SIGNED_WITHIN, || witness(&kept[0]).out.contains("kept: ")),
        "{}",
        witness(&kept[0]).err
    );
    let second = opor(&["audit", "witness", "--data", &data, &kept[1]]);
    assert!(second.code == 0 && second.out.contains("kept: "), "{}{}", second.out, second.err);
    let other = opor(&["audit", "key", "--data", &harness.folder().join("other").display().to_string()]);
    let wrong = opor(&["audit", "witness", "--url", &url, "--key", other.out.trim(), &kept[0]]);
    assert_ne!(wrong.code, 0, "{}", wrong.out);

    let out = harness.folder().join("export");
    let export = out.display().to_string();
    assert_eq!(opor(&["audit", "export", "--data", &data, "--out", &export]).code, 0);
    let verify = |path: &str| {
        opor(&["audit", "verify", path, "--key", &key, "--witness", &kept[0], "--witness", &kept[1]])
    };
    for path in [&data, &export] {
        let said = verify(path);
        assert!(said.code == 0 && said.out.contains("\nsound"), "{path}: {}{}", said.out, said.err);
    }
    let rows = out.join("activity.ndjson");
    let text = std::fs::read_to_string(&rows).unwrap();
    let line = text.lines().nth(3).unwrap();
    std::fs::write(
        &rows,
        text.replacen(line, &line.replace("\"role\":\"machine\"", "\"role\":\"script\""), 1),
    )
    .unwrap();
    let changed = verify(&export);
    assert!(changed.code == 1 && changed.out.contains("row 4 is not what was written"), "{}", changed.out);
    std::fs::write(&rows, text.replacen(&format!("{line}\n"), "", 1)).unwrap();
    let missing = verify(&export);
    assert!(missing.code == 1 && missing.out.contains("rows 4 to 4 are missing"), "{}", missing.out);
    let due = opor(&["retention", "--data", &data, "--dry-run"]);
    assert!(
        due.code == 0 && due.out.contains("activity") && due.out.contains("0 due"),
        "{}{}",
        due.out,
        due.err
    );
}

#[test]
fn x18_a_tip_is_given_by_nobody_and_read_by_the_privacy_desk_alone() {
    let harness = Setup::new("tips").start();
    let http = harness.server().http;
    let form = [
        "Content-Type: application/x-www-form-urlencoded".to_owned(),
        "Sec-Fetch-Site: same-origin".to_owned(),
    ];
    let page = http::post(http, "/tips", &form, b"text=A+colleague+reads+quokka+files").unwrap().text();
    let number =
        page.split("<b class=\"id\">").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or_default();
    assert_eq!(number.len(), 17, "{page}");
    let asked = http::post(http, "/tips/state", &form, format!("number={number}").as_bytes()).unwrap();
    assert!(asked.text().contains("is answered by"), "{}", asked.text());
    let other = http::post(http, "/tips/state", &form, b"number=AAAAA-AAAAA-AAAAA").unwrap();
    assert_eq!(other.status, 404);
    let elsewhere = [
        "Content-Type: application/x-www-form-urlencoded".to_owned(),
        "Sec-Fetch-Site: cross-site".to_owned(),
    ];
    assert_ne!(http::post(http, "/tips", &elsewhere, b"text=x").unwrap().status, 200);
    let desk = harness.html("wren", "/detection");
    assert!(desk.contains("quokka"), "{desk}");
}
