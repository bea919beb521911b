use crate::harness::*;
use fhir::search::r4::{Params, Request, Unknown};
use fhir::search::{Query, rows};
use fhir::{Instant, Json, Kind, LocalId, Object, ResourceKey};
use std::collections::BTreeSet;
use store::*;

fn object(text: &str) -> Object {
    match fhir::json::parse(text.as_bytes()) {
        Ok(Json::Object(object)) => object,
        other => panic!("{other:?}"),
    }
}

/// What the check is given: the same rows that were filed.
fn recompute(kind: Kind, body: &[u8]) -> Vec<fhir::search::IndexRow> {
    rows(kind, &object(std::str::from_utf8(body).unwrap()))
}

fn filed(key: ResourceKey, number: u32, text: String) -> VersionRow {
    let index = rows(key.kind, &object(&text));
    version(key, number, &text, index)
}

/// A small province: three patients, forty results each, some of them corrected, in a fixed shuffle.
fn province(store: &Store) -> Vec<(ResourceKey, Object)> {
    let mut all = Vec::new();
    let mut seed = 7_u64;
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let names = [("Thériault-LeBlanc", "Zoé"), ("MacDonald", "Aonghas"), ("O'Brien", "Mary")];
    for (n, (family, given)) in names.iter().enumerate() {
        let mrn = n.to_string();
        let key = ResourceKey { record: record(&mrn), kind: Kind::Patient, local: LocalId::PATIENT };
        let text = format!(
            r#"{{"resourceType":"Patient","identifier":[{{"system":"urn:mrn","value":"00{n}"}}],"name":[{{"family":"{family}","given":["{given}"]}}],"birthDate":"198{n}-03-04","gender":"female"}}"#
        );
        done(store, Changes { resources: vec![filed(key, 1, text.clone())], ..Changes::default() });
        all.push((key, object(&text)));
        for result in 0..40 {
            let key = observation(&mrn, &format!("r{result}"));
            let text = |code: u64, day: u64, status: u64| {
                let code = ["718-7", "2160-0", "2951-2"][code as usize];
                let system =
                    if day == 3 { String::new() } else { r#""system":"http://loinc.org","#.to_owned() };
                let status = ["final", "preliminary"][status as usize];
                format!(
                    r#"{{"resourceType":"Observation","status":"{status}","code":{{"coding":[{{{system}"code":"{code}"}}]}},"effectiveDateTime":"2026-11-{:02}","category":[{{"coding":[{{"code":"laboratory"}}]}}]}}"#,
                    day + 1
                )
            };
            let mut body = text(next(3), next(9), next(2));
            done(store, Changes { resources: vec![filed(key, 1, body.clone())], ..Changes::default() });
            if next(3) == 0 {
                body = text(next(3), next(9), next(2));
                done(store, Changes { resources: vec![filed(key, 2, body.clone())], ..Changes::default() });
            }
            all.push((key, object(&body)));
        }
    }
    all
}

#[test]
fn searching_finds_what_a_scan_finds() {
    let (store, _folder) = open();
    let all = province(&store);
    let view = store.view().unwrap();
    let mine = record("1").to_string();
    let queries = [
        (Kind::Observation, "code=718-7"),
        (Kind::Observation, "code=http://loinc.org|718-7"),
        (Kind::Observation, "code=|718-7"),
        (Kind::Observation, "code=http://loinc.org|"),
        (Kind::Observation, "code=718-7,2160-0&category=laboratory"),
        (Kind::Observation, "date=2026-11-04"),
        (Kind::Observation, "date=ge2026-11-04&date=lt2026-11-07"),
        (Kind::Observation, "date=gt2026-11-05&code=2951-2"),
        (Kind::Observation, "date=ne2026-11-05"),
        (Kind::Observation, "category=laboratory&date=ge2026-11-10"),
        (Kind::Observation, "category=unheard-of"),
        (Kind::Observation, ""),
        (Kind::Patient, "identifier=urn:mrn|001"),
        (Kind::Patient, "identifier=001&gender=female"),
        (Kind::Patient, "name=macd"),
        (Kind::Patient, "birthdate=1981-03-04"),
        (Kind::Patient, "birthdate=ge1981&family=mac"),
        (Kind::Patient, "family:exact=MacDonald"),
        (Kind::Patient, "family:exact=macdonald"),
    ];
    for (kind, asked) in queries {
        let bound =
            if kind == Kind::Observation { format!("patient={mine}&{asked}") } else { asked.to_owned() };
        let query = Query::parse(kind, &format!("{bound}&_count=200")).unwrap();
        let wanted: BTreeSet<ResourceKey> = all
            .iter()
            .filter(|(key, _)| key.kind == kind && query.patient.is_none_or(|record| key.record == record))
            .filter(|(key, resource)| {
                let index = rows(key.kind, resource);
                query.filters.iter().all(|filter| filter.matches(&index) && filter.confirms(resource))
            })
            .map(|(key, _)| *key)
            .collect();
        let page = view.search(&query).unwrap();
        let found: BTreeSet<ResourceKey> = page.hits.iter().map(|stored| stored.key).collect();
        assert_eq!(found, wanted, "{bound}");
        assert_eq!(found.len(), page.hits.len(), "{bound}");
    }
    let everybody = Query::parse(Kind::Patient, "name=leb,mary,ao").unwrap();
    assert_eq!(view.search(&everybody).unwrap().total, 3);
    let tail = Query::parse(Kind::Patient, "name=leblanc").unwrap();
    assert_eq!(view.search(&tail).unwrap().hits[0].key.record, record("0"));
}

#[test]
fn pages_follow_each_other_without_gap_or_repeat() {
    let (store, _folder) = open();
    province(&store);
    let view = store.view().unwrap();
    for sort in ["", "&_sort=date", "&_sort=-date"] {
        let mut cursor = None;
        let mut seen = Vec::new();
        loop {
            let more = cursor.map(|cursor: String| format!("&_cursor={cursor}")).unwrap_or_default();
            let asked = format!("patient={}&_count=7{sort}{more}", record("2"));
            let page = view.search(&Query::parse(Kind::Observation, &asked).unwrap()).unwrap();
            assert_eq!(page.total, 40);
            seen.extend(page.hits.iter().map(|stored| stored.key));
            match page.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        assert_eq!(seen.len(), 40, "{sort}");
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 40, "{sort}");
    }
    let foreign = Query::parse(Kind::Observation, &format!("patient={}&_cursor=zz", record("2"))).unwrap();
    assert!(matches!(view.search(&foreign), Err(ReadProblem::Unsupported(_))));
}

/// What a search finds, in its order: page by page without a count, and with one.
fn found(view: &View, kind: Kind, asked: &[(&str, &str)], more: &[(&str, &str)]) -> Vec<ResourceKey> {
    let mut found = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let pairs = asked.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let page = cursor.take().map(|cursor| ("_cursor".to_owned(), cursor));
        let pairs: Params = pairs.chain(page).collect();
        let request = Request::read(kind, &pairs, Unknown::Refuse, Instant(0)).unwrap();
        let finds = view.find(&request).unwrap();
        if more == [("_count", "200")] && found.is_empty() {
            let told = finds.next.is_none().then_some(finds.hits.len() as u64);
            assert_eq!(finds.total, told, "a total is told when the page is all there is");
        }
        found.extend(finds.hits.iter().map(|hit| hit.key));
        cursor = finds.next;
        if cursor.is_none() {
            return found;
        }
    }
}

#[test]
fn h71_a_page_ends_where_it_is_full_and_says_what_a_search_through_everything_says() {
    let (store, _folder) = open();
    let mut changes = Changes::default();
    for n in 0..200 {
        let key =
            ResourceKey { record: record(&format!("p{n}")), kind: Kind::Patient, local: LocalId::PATIENT };
        let (family, given) = (["Chisholm", "Chiasson", "Paul"][n % 3], ["Ana", "Noé", "Wei"][n / 3 % 3]);
        let (day, gender) = (1 + n % 28, ["female", "male"][n % 2]);
        let text = format!(
            r#"{{"resourceType":"Patient","name":[{{"family":"{family}","given":["{given}"]}}],"birthDate":"1980-02-{day:02}","gender":"{gender}"}}"#
        );
        changes.resources.push(filed(key, 1, text));
    }
    done(&store, changes);
    province(&store);
    let view = store.view().unwrap();
    let everything = [("_total", "accurate"), ("_count", "200")];
    let of_1 = format!("Patient/{}", record("1"));
    let asked: [(Kind, &[(&str, &str)]); 8] = [
        (Kind::Patient, &[]),
        (Kind::Patient, &[("name", "chi")]),
        (Kind::Patient, &[("name", "Paul"), ("gender", "male")]),
        (Kind::Patient, &[("given", "Ana"), ("family", "Chi"), ("gender", "female")]),
        (Kind::Patient, &[("given", "ana,wei"), ("birthdate", "1980-02-10"), ("name", "chia")]),
        (Kind::Patient, &[("birthdate", "lt1980-02-10"), ("family", "Chisholm")]),
        (Kind::Observation, &[("patient", &of_1)]),
        (Kind::Observation, &[("patient", &of_1), ("code", "718-7"), ("status", "final")]),
    ];
    for (kind, asked) in asked {
        let all = found(&view, kind, asked, &everything);
        assert!(!all.is_empty(), "{asked:?}");
        for count in ["1", "7", "64", "200"] {
            assert_eq!(found(&view, kind, asked, &[("_count", count)]), all, "{asked:?} by {count}");
        }
    }
    // A page begins behind something that was found, and behind nothing else.
    let horizon = view.horizon().unwrap();
    let place = |n: usize| {
        let key = record(&format!("p{n}")).as_i64();
        let cursor = format!("{horizon:x}.{key:x}.0");
        let pairs = [("name".to_owned(), "chi".to_owned()), ("_cursor".to_owned(), cursor)];
        view.find(&Request::read(Kind::Patient, &pairs, Unknown::Refuse, Instant(0)).unwrap())
    };
    assert!(place(0).is_ok());
    assert!(matches!(place(2), Err(ReadProblem::Cursor)), "Paul is not among them");
    assert!(matches!(place(999), Err(ReadProblem::Cursor)), "there is nobody");
}

#[test]
fn ids_are_a_search_too() {
    let (store, _folder) = open();
    province(&store);
    let key = observation("2", "r3");
    let asked = format!("_id={}", key.id());
    let page = store.view().unwrap().search(&Query::parse(Kind::Observation, &asked).unwrap()).unwrap();
    assert_eq!(page.hits.iter().map(|stored| stored.key).collect::<Vec<_>>(), [key]);
}

#[test]
fn the_index_sampler_sees_missing_and_extra_rows() {
    let (store, folder) = open();
    let all = province(&store);
    let check =
        |store: &Store| store.view().unwrap().check(&recompute, 1_000, Instant(0), &mut |_, _| {}).unwrap();
    let sound = check(&store);
    assert!(sound.is_sound(), "{:?}", sound.problems);
    assert_eq!(sound.sampled, all.len() as u64);
    assert_eq!(store.view().unwrap().index_rows(all[0].0).unwrap().len(), {
        let mut wanted = rows(Kind::Patient, &all[0].1);
        wanted.sort();
        wanted.dedup();
        wanted.len()
    });
    store.stop();
    folder.behind_its_back(&format!(
        "UPDATE resource_current SET index_rows = x'' WHERE record = {} AND local = {}",
        record("1").as_i64(),
        observation("1", "r1").local.as_i64()
    ));
    folder.behind_its_back("UPDATE find_token SET code = 'nobody' WHERE code = 'macdonald'");
    let report = check(&folder.open(settings()).unwrap());
    assert_eq!(report.wrong, 3, "{:?}", report.problems);
}
