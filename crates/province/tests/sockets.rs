//! Feeds and clinics over real sockets.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hl7v2::ack::AckRead;
use hl7v2::mllp::{Decoder, encode};
use province::calendar::Clock;
use province::clinic::{Behaviour, Book, Clinic};
use province::drive::{Line, Pace, Push, deliver, register, simulate};
use province::records::Rates;
use province::{FeedMessage, Province};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const START_US: i64 = 1_795_370_700_000_000;

fn clock() -> Clock {
    Arc::new(|| START_US)
}

async fn clinic(behaviour: Behaviour, stop: &watch::Receiver<bool>) -> (String, Book) {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let clinic = Clinic::bind("EMR", anywhere, behaviour, clock(), None).await.unwrap();
    let (address, book) = (clinic.address().unwrap(), clinic.book());
    tokio::spawn(clinic.run(stop.clone()));
    (address.to_string(), book)
}

#[tokio::test]
async fn a_feed_is_delivered_and_both_ledgers_agree() {
    let (_running, stop) = watch::channel(false);
    let (to, book) = clinic(Behaviour::Accepts, &stop).await;
    let province = Province::new(3, 60, START_US);
    let readable = |message: &FeedMessage| hl7v2::Message::parse(message.bytes.clone()).is_ok();
    let feed: Vec<_> = province.history(3).filter(readable).collect();
    let sent = feed.len();
    let last = feed.last().unwrap().at_us;
    let ledger =
        deliver(feed.into_iter(), &to, Pace::Fast, stop.clone(), |receipt| assert!(receipt.accepted)).await;
    assert_eq!(ledger.answered.len(), sent);
    assert_eq!(ledger.resume_us(), last + 1);
    let theirs = book.ledger();
    assert_eq!(theirs.entries.len(), sent);
    for (_, control_id, code) in &ledger.answered {
        assert_eq!(*code, "AA");
        assert!(theirs.accepted().contains_key(control_id.as_str()));
    }
}

#[tokio::test]
async fn a_stop_ends_delivery_and_says_where_to_go_on() {
    let (running, stop) = watch::channel(false);
    let (to, book) = clinic(Behaviour::Accepts, &stop).await;
    let province = Province::new(3, 60, START_US);
    let running = Arc::new(running);
    let stopper = Arc::clone(&running);
    let ledger = deliver(province.live(0), &to, Pace::Fast, stop.clone(), move |_| {
        stopper.send_replace(true);
    })
    .await;
    assert!(!ledger.answered.is_empty());
    let answered = book.ledger().entries.len();
    assert!(answered >= ledger.answered.len());
    let first_open = province.live(0).find(|message| {
        !ledger.answered.iter().any(|(sender, id, _)| *sender == message.sender && *id == message.control_id)
    });
    assert!(ledger.resume_us() <= first_open.unwrap().at_us + 1);
}

#[tokio::test]
async fn a_refusing_clinic_names_the_reason_and_repeats_it() {
    let (_running, stop) = watch::channel(false);
    let (to, book) = clinic(Behaviour::RefusesSome { every: 9 }, &stop).await;
    let mut line = Line::new(&to, stop.clone());
    let messages: Vec<_> = Province::new(3, 60, START_US).history(2).take(36).collect();
    let mut codes = Vec::new();
    for message in &messages {
        codes.push(line.send(&message.control_id, &message.bytes).await.unwrap());
    }
    let refused: Vec<_> = codes.iter().filter(|answer| !answer.accepted).collect();
    assert_eq!(refused.iter().map(|answer| answer.code).collect::<Vec<_>>(), ["AE", "AR", "AE", "AR"]);
    assert!(refused.iter().all(|answer| !answer.text.is_empty()));
    let again = line.send(&messages[8].control_id, &messages[8].bytes).await.unwrap();
    assert_eq!(again.code, "AE");
    assert_eq!(book.counts(), (32, 5, 0));
}

#[tokio::test]
async fn a_silent_clinic_reads_and_does_not_answer() {
    let (_running, stop) = watch::channel(false);
    let (to, book) = clinic(Behaviour::Silent, &stop).await;
    let message = Province::new(3, 60, START_US).history(1).next().unwrap();
    let mut line = Line::new(&to, stop.clone());
    let waited =
        tokio::time::timeout(Duration::from_millis(200), line.send(&message.control_id, &message.bytes))
            .await;
    assert!(waited.is_err());
    assert_eq!(book.counts(), (0, 0, 1));
}

#[tokio::test]
async fn a_broken_line_gets_the_same_bytes_again_and_late_answers_are_let_go() {
    let (_running, stop) = watch::channel(false);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let to = listener.local_addr().unwrap().to_string();
    let server = tokio::spawn(async move {
        let first = frame(&mut listener.accept().await.unwrap().0).await;
        let (mut stream, _) = listener.accept().await.unwrap();
        let second = frame(&mut stream).await;
        let answer =
            |id: &str| encode(format!("MSH|^~\\&|A|B|C|D|20261122||ACK|1|P|2.5.1\rMSA|AA|{id}\r").as_bytes());
        stream.write_all(&answer("ANOTHER")).await.unwrap();
        let id = hl7v2::Message::parse(second.clone()).unwrap().header().control_id().into_owned();
        stream.write_all(&answer(&id)).await.unwrap();
        (first, second)
    });
    let message = Province::new(3, 60, START_US).history(1).next().unwrap();
    let answer = Line::new(&to, stop).send(&message.control_id, &message.bytes).await.unwrap();
    assert!(answer.accepted);
    assert_eq!(answer.attempts, 2);
    let (first, second) = server.await.unwrap();
    assert_eq!(first, message.bytes);
    assert_eq!(second, message.bytes);
}

async fn frame(stream: &mut TcpStream) -> Vec<u8> {
    let mut decoder = Decoder::default();
    let mut chunk = [0; 4096];
    loop {
        let count = stream.read(&mut chunk).await.unwrap();
        assert!(count > 0);
        if let Some(event) = decoder.next(&mut &chunk[..count]) {
            return event.unwrap();
        }
    }
}

#[tokio::test]
async fn load_arrives_complete_from_several_senders() {
    let (_running, stop) = watch::channel(false);
    let (to, book) = clinic(Behaviour::Accepts, &stop).await;
    let push = Push { rate: 0, messages: 101, senders: 4, seed: 9, patients: 50, at_us: START_US };
    let pushed = simulate(&to, push, stop.clone(), |_| {}).await;
    assert_eq!(pushed.totals()["AA"], 101);
    assert_eq!(pushed.latency_us.len(), 101);
    assert!(pushed.percentile_us(500) <= pushed.percentile_us(990));
    assert_eq!(book.ledger().accepted().len(), 101);
}

#[tokio::test]
async fn the_three_clinics_of_the_demo_listen() {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let clinics = Clinic::demo([anywhere; 3], clock(), None).await.unwrap();
    let addresses: Vec<String> = clinics.iter().map(|clinic| clinic.address().unwrap().to_string()).collect();
    let directory = Province::new(3, 60, START_US).directory([&addresses[0], &addresses[1], &addresses[2]]);
    assert!(addresses.iter().all(|address| directory.contains(address)));
    let (running, stop) = watch::channel(false);
    let mut tasks: Vec<_> =
        clinics.into_iter().map(|clinic| tokio::spawn(clinic.run(stop.clone()))).collect();
    running.send_replace(true);
    for task in &mut tasks {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn clinics_know_the_order_per_patient_and_write_it_to_a_file() {
    let (_running, stop) = watch::channel(false);
    let folder = std::env::temp_dir().join(format!("province-clinic-{}", std::process::id()));
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let clinic = Clinic::bind("EMR", anywhere, Behaviour::Accepts, clock(), Some(&folder)).await.unwrap();
    let (to, book) = (clinic.address().unwrap().to_string(), clinic.book());
    tokio::spawn(clinic.run(stop.clone()));
    let mut stream = TcpStream::connect(&to).await.unwrap();
    let text =
        |id: &str| format!("MSH|^~\\&|OPOR|NS|EMR|X|20261122||ORU^R01|{id}|P|2.5.1\rPID|1||0012^^^NS^JHN\r");
    for id in ["1", "2", "3"] {
        stream.write_all(&encode(text(id).as_bytes())).await.unwrap();
        let answer = AckRead::parse(frame(&mut stream).await).unwrap();
        assert_eq!(answer.control_id, id);
    }
    assert_eq!(book.ledger().order("NS 0012"), ["1", "2", "3"]);
    let written = std::fs::read_to_string(&folder).unwrap();
    assert_eq!(written, "1\tNS 0012\tAA\n2\tNS 0012\tAA\n3\tNS 0012\tAA\n");
    std::fs::remove_file(&folder).unwrap();
}

#[tokio::test]
async fn registrations_are_pushed_over_several_lines() {
    let (_running, stop) = watch::channel(false);
    let (to, book) = clinic(Behaviour::Accepts, &stop).await;
    let push = Push { rate: 0, messages: 200, senders: 3, seed: 1, patients: 100, at_us: START_US };
    let pushed =
        register(&to, push, Rates::careless(), stop.clone(), |answer| assert!(answer.accepted)).await;
    assert_eq!(pushed.totals().get("AA"), Some(&200));
    assert_eq!(book.ledger().entries.len(), 200);
}
