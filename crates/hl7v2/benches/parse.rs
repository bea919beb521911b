//! How many ORU messages of 2 kB with 10 OBX one core reads in a CPU second: parse, then read and unescape every
//! leaf. Prints the rate beside a ceiling measured in the same run (touching every byte once), and a checksum over
//! every character read, which is the same for each way of walking. `cargo bench -p hl7v2`.
#![allow(clippy::disallowed_methods, clippy::expect_used, clippy::unwrap_used, missing_docs)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use hl7v2::{Delimiters, Message, escape};

const MESSAGES: usize = 20_000;
const ROUNDS: usize = 5;
/// The scheduler counts CPU time in steps of some milliseconds: a round must be long beside them.
const PASSES: usize = 5;
const TESTS: &[(&str, &str, &str, u32, u32)] = &[
    ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/L", 1200, 1600),
    ("789-8", "Erythrocytes [#/volume] in Blood", "10*12/L", 38, 58),
    ("6690-2", "Leukocytes [#/volume] in Blood", "10*9/L", 40, 110),
    ("777-3", "Platelets [#/volume] in Blood", "10*9/L", 1500, 4000),
    ("4544-3", "Hematocrit & volume fraction of Blood", "%", 360, 480),
    ("2951-2", "Sodium [Moles/volume] in Serum or Plasma", "mmol/L", 1350, 1450),
    ("2823-3", "Potassium [Moles/volume] in Serum or Plasma", "mmol/L", 35, 51),
    ("2075-0", "Chloride [Moles/volume] in Serum or Plasma", "mmol/L", 980, 1070),
    ("14682-9", "Creatinine [Moles/volume] in Serum or Plasma", "umol/L", 500, 1100),
    ("14749-6", "Glucose [Moles/volume] in Serum or Plasma", "mmol/L", 39, 78),
];
const NAMES: &[(&str, &str)] = &[
    ("MacDonald", "Ann"),
    ("B\u{e9}langer", "Zo\u{e9}"),
    ("O'Brien", "Mary"),
    ("Leblanc", "Andr\u{e9}"),
    ("Googoo", "Kji"),
];

fn oru(number: usize, next: &mut impl FnMut() -> u32) -> String {
    let (family, given) = NAMES[number % NAMES.len()];
    let mut s = format!(
        "MSH|^~\\&|LAB|QE2|OPOR|NS|20260115103000-0400||ORU^R01^ORU_R01|{number:019}|P|2.5.1|||AL|NE|CAN|UNICODE UTF-8\r"
    );
    let card = 1_000_000_000 + u64::from(next());
    write!(s, "PID|1||{card}^^^NS^JHN~MR{number:07}^^^QE2^MR||{family}^{given}||19610704|F|||12 Water Street^^Halifax^NS^B3H 1A1^CAN||^PRN^PH^^1^902^5550123\r").unwrap();
    s.push_str(
        "PV1|1|O|QE2LAB^^^QE2||||12345^Chisholm^Anna^^^Dr^^^NSPL|||||||||||V0001\r\
         ORC|RE|ORD17|FIL17||CM||||20260115101500-0400|||12345^Chisholm^Anna^^^Dr\r\
         OBR|1|ORD17|FIL17|58410-2^CBC panel - Blood by Automated count^LN|||20260115093000-0400|||||||||12345^Chisholm^Anna^^^Dr||||||20260115102500-0400||HM|F\r",
    );
    for (i, (code, name, unit, low, high)) in TESTS.iter().enumerate() {
        let value = low + next() % (high - low);
        let name = escape(name, &Delimiters::default()).into_owned();
        write!(
            s,
            "OBX|{}|NM|{code}^{name}^LN||{}.{}|{unit}|{}.{}-{}.{}|N|||F|||20260115093000-0400||12^Tech^Lab||||20260115102000-0400\r",
            i + 1, value / 10, value % 10, low / 10, low % 10, high / 10, high % 10
        )
        .unwrap();
    }
    s
}

/// CPU time of this thread, from the scheduler, in seconds.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux with schedstat");
    let nanoseconds: u64 = text.split(' ').next().expect("first number").parse().expect("a number");
    nanoseconds as f64 / 1e9
}

/// Folds every byte of a text into the sum.
#[inline]
fn fold(sum: &mut u64, text: &str) {
    let mut words = text.as_bytes().chunks_exact(8);
    for word in &mut words {
        *sum = (*sum ^ u64::from_le_bytes(word.try_into().unwrap())).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
    let mut last = text.len() as u64;
    for &byte in words.remainder() {
        last = last << 8 | u64::from(byte);
    }
    *sum = (*sum ^ last).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23);
}

fn run(name: &str, inputs: &[Vec<u8>], bytes: usize, mut one: impl FnMut(&[u8], &mut u64)) {
    let mut best = f64::MAX;
    let mut sum = 0;
    let started = Instant::now();
    for _ in 0..ROUNDS {
        let before = cpu_seconds();
        for _ in 0..PASSES {
            sum = 0;
            for input in inputs {
                one(input, &mut sum);
            }
        }
        best = best.min((cpu_seconds() - before) / PASSES as f64);
    }
    let rate = inputs.len() as f64 / best;
    println!(
        "{name:<34} {rate:>10.0} messages per CPU second  {:>6.2} us each  {:>5.2} GB/s  checksum {sum:016x}  ({:.2} s wall)",
        1e6 / rate,
        bytes as f64 / best / 1e9,
        started.elapsed().as_secs_f64()
    );
    black_box(sum);
}

fn main() {
    let mut state = 0x2545_F491_4F6C_DD1Du64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as u32
    };
    let inputs: Vec<Vec<u8>> = (0..MESSAGES).map(|i| oru(i, &mut next).into_bytes()).collect();
    let bytes: usize = inputs.iter().map(Vec::len).sum();
    let mut leaves = 0;
    Message::parse(inputs[0].clone()).unwrap().for_each_leaf(|_, _| leaves += 1);
    println!("{MESSAGES} ORU^R01, {} bytes each on average, 10 OBX, {leaves} leaves", bytes / MESSAGES);

    run("ceiling: copy and touch each byte", &inputs, bytes, |input, sum| {
        let copy = String::from_utf8(input.to_vec()).unwrap();
        fold(sum, &copy);
    });
    run("parse", &inputs, bytes, |input, sum| {
        *sum += Message::parse(black_box(input)).unwrap().len() as u64;
    });
    run("parse, for_each_leaf, text", &inputs, bytes, |input, sum| {
        let message = Message::parse(black_box(input)).unwrap();
        message.for_each_leaf(|_, leaf| fold(sum, &leaf.text()));
    });
    run("parse, walk the tree, text", &inputs, bytes, |input, sum| {
        let message = Message::parse(black_box(input)).unwrap();
        for segment in message.segments() {
            for field in segment.fields() {
                for rep in field.reps() {
                    for comp in rep.comps() {
                        for leaf in comp.subs() {
                            fold(sum, &leaf.text());
                        }
                    }
                }
            }
        }
    });
    run("parse, print from the tree", &inputs, bytes, |input, sum| {
        let printed = Message::parse(black_box(input)).unwrap().print();
        assert!(printed == *input);
        *sum += printed.len() as u64;
    });
}
