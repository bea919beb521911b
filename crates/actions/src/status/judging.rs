//! How grave each thing is: facts in, findings out.

use super::facts::{Facts, Feed, Queue};
use super::place::{Certificate, Known, Place, Writer};
use super::{Finding, Kind, Level};
use crate::activity::SIGN_EVERY_SECONDS;
use clinical::intake::Gravity;
use clinical::words::Words;
use fhir::Instant;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A message is filed within seconds; one that waits so long is somebody's, and after the second at once (seconds).
const FILING_SOON: i64 = 5 * MINUTE;
const FILING_NOW: i64 = 15 * MINUTE;
/// A delivery that has waited so long is an incident of its channel (JOURNEYS 2.2 step 6); closed clinics wait longer.
const DELIVERY_SOON: i64 = 30 * MINUTE;
/// Work past its time goes to its next owner within seconds; what is past it so long shows that nothing does that.
const OVERDUE_NOW: i64 = 5 * MINUTE;
/// Background work of which none was done for so long stands still, as readiness has it.
const BACKGROUND_NOW: i64 = 15 * MINUTE;
/// A backup a day, and two hours for making it.
const BACKUP_SOON: i64 = 26 * HOUR;
/// A backup is tried by restoring it once a month.
const DRILL_SOON: i64 = 31 * DAY;
/// Certificates: time to order one, and time in which somebody must put it in place.
const CERTIFICATE_SOON: i64 = 30 * DAY;
const CERTIFICATE_NOW: i64 = 3 * DAY;
/// A log that grows is signed each half minute; ten rounds without a signature are none of chance.
const CHECKPOINT_SOON: i64 = 10 * SIGN_EVERY_SECONDS;
/// A witness asks once a day, and has two hours for it.
const WITNESS_SOON: i64 = 26 * HOUR;
/// A clock that is behind what was written already is wrong; less is rounding.
const CLOCK_BEHIND: i64 = 5;
/// A jump is told for a day.
const JUMP_TOLD: i64 = DAY;
/// The disk is told when twice what is kept for messages taken is left.
const DISK_SOON_TIMES: u64 = 2;

/// Everything that is watched, in the order of its table. `record` is an error where it cannot be read.
pub(super) fn findings(record: Result<&Facts, &str>, place: &Place, now: Instant) -> Vec<Finding> {
    let mut found = Vec::new();
    match record {
        Err(why) => found.push(grave(
            Kind::Record,
            Level::Now,
            Words::new(
                format!("Nothing of it can be read: {why}."),
                format!("Rien ne peut en être lu : {why}."),
            ),
            Words::new(
                "Start the server again; if it stays so, check the disk.",
                "Redémarrer le serveur; si cela persiste, vérifier le disque.",
            ),
        )),
        Ok(facts) => of_record(facts, now, &mut found),
    }
    of_place(record.ok(), place, now, &mut found);
    // What an incident says already is not said twice, and not contradicted.
    let told: Vec<String> = found
        .iter()
        .filter(|one| one.kind == Kind::Incident && one.level > Level::Fine)
        .map(|one| one.runbook.clone())
        .collect();
    found.retain(|one| one.kind == Kind::Incident || !told.contains(&one.runbook));
    found
}

fn of_record(facts: &Facts, now: Instant, found: &mut Vec<Finding>) {
    found.push(match facts.difference {
        0 => fine(
            Kind::Books,
            "Everything accepted is accounted for.",
            "Il est rendu compte de tout ce qui a été accepté.",
        ),
        n => grave(
            Kind::Books,
            Level::Now,
            Words::new(
                format!("Accepted and accounted for by nobody: {n}."),
                format!("Accepté et dont personne ne rend compte : {n}."),
            ),
            Words::new(
                "Call the safety desk. Do not restart.",
                "Appeler le bureau de sécurité. Ne pas redémarrer.",
            ),
        ),
    });
    found.extend(incidents(facts));
    for feed in &facts.feeds {
        found.extend(stopped(feed, now));
        found.extend(paused(feed, now));
    }
    found.push(filing(facts, now));
    found.push(deliveries(facts.deliveries, now));
    found.push(overdue(facts.overdue, now));
    found.push(checkpoint(facts, now));
    found.push(cover(facts));
}

fn incidents(facts: &Facts) -> Vec<Finding> {
    if facts.incidents.is_empty() {
        return vec![fine(
            Kind::Incident,
            "The record found nothing wrong with feeds, receivers and itself.",
            "Le dossier n’a rien trouvé d’anormal aux flux, aux destinataires ni à lui-même.",
        )];
    }
    let one = |incident: &super::facts::Incident| {
        let critical = incident.sort.is_none_or(|sort| sort.gravity() == Gravity::Critical);
        let name =
            incident.sort.map_or_else(|| Words::new(&incident.code, &incident.code), |sort| sort.words());
        let of = |name: &str| match incident.subject.as_str() {
            "" => name.to_owned(),
            subject => format!("{name}: {subject}"),
        };
        Finding {
            title: Words::new(of(&name.en), of(&name.fr)),
            since: Some(incident.opened),
            // A sort of a newer version has no section here.
            runbook: if incident.sort.is_some() {
                incident.code.clone()
            } else {
                Kind::Incident.runbook().to_owned()
            },
            ..grave(
                Kind::Incident,
                if critical { Level::Now } else { Level::Soon },
                incident.says.clone(),
                Words::new("Do what its section says.", "Faire ce que dit sa section."),
            )
        }
    };
    facts.incidents.iter().map(one).collect()
}

fn stopped(feed: &Feed, now: Instant) -> Option<Finding> {
    let at = feed.stopped?;
    let (age, link) = (age(now.seconds_since(at)), &feed.link);
    Some(Finding {
        since: Some(at),
        ..grave(
            Kind::Breaker,
            Level::Now,
            Words::new(
                format!("Filing of {link} has been stopped for {}.", age.en),
                format!("Le versement de {link} est arrêté depuis {}.", age.fr),
            ),
            Words::new(
                "Look at the messages on /breaker and decide.",
                "Regarder les messages sur /breaker et décider.",
            ),
        )
    })
}

fn paused(feed: &Feed, now: Instant) -> Option<Finding> {
    let (at, until) = feed.paused?;
    let (age, link) = (age(now.seconds_since(at)), &feed.link);
    let level = if until < now { Level::Now } else { Level::Soon };
    let count = feed.waiting.count;
    Some(Finding {
        since: Some(at),
        ..grave(
            Kind::Pause,
            level,
            Words::new(
                format!("{link} has been paused for {}; messages that wait: {count}.", age.en),
                format!("{link} est suspendu depuis {}; messages en attente : {count}.", age.fr),
            ),
            Words::new(
                "Resume it on /feeds when the reason is gone.",
                "Le reprendre sur /feeds quand la raison a disparu.",
            ),
        )
    })
}

fn filing(facts: &Facts, now: Instant) -> Finding {
    let goes_on: Vec<&Feed> =
        facts.feeds.iter().filter(|feed| feed.paused.is_none() && feed.stopped.is_none()).collect();
    let count: u64 = goes_on.iter().map(|feed| feed.waiting.count).sum();
    let oldest = goes_on.iter().filter_map(|feed| feed.waiting.oldest).min();
    let waits = oldest.map_or(0, |oldest| now.seconds_since(oldest));
    let Some(last) = facts.feeds.iter().filter_map(|feed| feed.last).max() else {
        return not_set_up(
            Kind::Filing,
            ("No feed has sent anything yet.", "Aucun flux n’a encore rien envoyé."),
            (
                "Have a sender connect to the MLLP address that the server names at its start.",
                "Faire connecter un expéditeur à l’adresse MLLP que le serveur nomme à son démarrage.",
            ),
        );
    };
    let (feeds, last, age) = (facts.feeds.len(), age(now.seconds_since(last)), age(waits));
    if waits < FILING_SOON {
        return fine(
            Kind::Filing,
            format!("Feeds: {feeds}; the last message came {} ago; to be filed: {count}.", last.en),
            format!("Flux : {feeds}; dernier message il y a {}; à verser : {count}.", last.fr),
        );
    }
    Finding {
        since: oldest,
        ..grave(
            Kind::Filing,
            if waits < FILING_NOW { Level::Soon } else { Level::Now },
            Words::new(
                format!("Messages that wait: {count}, the oldest for {}.", age.en),
                format!("Messages en attente : {count}, le plus ancien depuis {}.", age.fr),
            ),
            Words::new(
                "Look at /messages for what they wait for.",
                "Voir sur /messages ce qu’ils attendent.",
            ),
        )
    }
}

fn deliveries(queue: Queue, now: Instant) -> Finding {
    let waits = queue.oldest.map_or(0, |oldest| now.seconds_since(oldest));
    let (count, age) = (queue.count, age(waits));
    let says = if count == 0 {
        Words::new("Nothing waits to be delivered.", "Rien n’attend d’être remis.")
    } else {
        Words::new(
            format!("Under way: {count}, the oldest for {}.", age.en),
            format!("En cours : {count}, la plus ancienne depuis {}.", age.fr),
        )
    };
    if waits < DELIVERY_SOON {
        return fine(Kind::Delivery, says.en, says.fr);
    }
    Finding {
        since: queue.oldest,
        ..grave(
            Kind::Delivery,
            Level::Soon,
            says,
            Words::new(
                "See on /feeds which way they wait for.",
                "Voir sur /feeds quelle voie elles attendent.",
            ),
        )
    }
}

fn overdue(queue: Queue, now: Instant) -> Finding {
    let late = queue.oldest.map_or(0, |due| now.seconds_since(due));
    let (count, age) = (queue.count, age(late));
    if late < OVERDUE_NOW {
        return fine(
            Kind::Overdue,
            "What is not done in time goes to its next owner.",
            "Ce qui n’est pas fait à temps passe au suivant.",
        );
    }
    Finding {
        since: queue.oldest,
        ..grave(
            Kind::Overdue,
            Level::Now,
            Words::new(
                format!("Past their time and gone to nobody: {count}, the oldest for {}.", age.en),
                format!(
                    "Échéance dépassée sans passer à personne : {count}, le plus ancien depuis {}.",
                    age.fr
                ),
            ),
            Words::new(
                "Start the server again: nothing escalates.",
                "Redémarrer le serveur : rien n’est transmis.",
            ),
        )
    }
}

fn checkpoint(facts: &Facts, now: Instant) -> Finding {
    let Some((at, covered)) = facts.checkpoint else {
        return not_set_up(
            Kind::Checkpoint,
            (
                "Nothing of the activity log has been signed yet.",
                "Rien du journal d’activité n’a encore été signé.",
            ),
            (
                "A server signs it within a minute of its start.",
                "Un serveur le signe dans la minute qui suit son démarrage.",
            ),
        );
    };
    let behind = facts.log_rows.saturating_sub(covered);
    let age = age(now.seconds_since(at));
    let says = Words::new(
        format!("Signed {} ago; rows since then: {behind}.", age.en),
        format!("Signé il y a {}; lignes depuis : {behind}.", age.fr),
    );
    if behind == 0 || now.seconds_since(at) < CHECKPOINT_SOON {
        return fine(Kind::Checkpoint, says.en, says.fr);
    }
    let next = Words::new(
        "Look in the log why it is not signed, and start the server again.",
        "Chercher dans le journal du serveur pourquoi il n’est pas signé, et redémarrer.",
    );
    Finding { since: Some(at), ..grave(Kind::Checkpoint, Level::Soon, says, next) }
}

fn cover(facts: &Facts) -> Finding {
    match (facts.has_calendar, facts.gaps) {
        (false, _) => not_set_up(
            Kind::Cover,
            (
                "There is no calendar: nobody is named for what escalates.",
                "Il n’y a pas de calendrier : personne n’est nommé pour ce qui est transmis.",
            ),
            ("Write cover.toml and start the server again.", "Écrire cover.toml et redémarrer le serveur."),
        ),
        (true, 0) => fine(
            Kind::Cover,
            "Every desk has somebody for the next 14 days.",
            "Chaque bureau a quelqu’un pour les 14 prochains jours.",
        ),
        (true, n) => grave(
            Kind::Cover,
            Level::Soon,
            Words::new(
                format!("Spans of the next 14 days without anybody: {n}."),
                format!("Plages des 14 prochains jours sans personne : {n}."),
            ),
            Words::new(
                "Put somebody into cover.toml; /books names the hours.",
                "Inscrire quelqu’un dans cover.toml; /books nomme les heures.",
            ),
        ),
    }
}

fn of_place(facts: Option<&Facts>, place: &Place, now: Instant, found: &mut Vec<Finding>) {
    found.push(writer(place));
    found.push(background(place, now));
    found.push(disk(place));
    found.push(clock(facts, place, now));
    found.push(aged(
        (Kind::Backup, &place.backup, BACKUP_SOON, now),
        ("Taken and read again {} ago.", "Faite et relue il y a {}."),
        ("No backup of this record is known here.", "Aucune sauvegarde de ce dossier n’est connue ici."),
        ("Make one: opor backup.", "En faire une : opor backup."),
    ));
    found.push(aged(
        (Kind::Drill, &place.drill, DRILL_SOON, now),
        (
            "The one that was restored and checked was taken {} ago.",
            "Celle qui a été restaurée et vérifiée date d’il y a {}.",
        ),
        (
            "No backup is known here that was restored for a trial.",
            "Aucune sauvegarde restaurée pour essai n’est connue ici.",
        ),
        (
            "Make a backup without --quick: it restores and checks it.",
            "Faire une sauvegarde sans --quick : elle est restaurée et vérifiée.",
        ),
    ));
    found.push(aged(
        (Kind::Witness, &place.witness, WITNESS_SOON, now),
        ("A witness asked {} ago.", "Un témoin a demandé il y a {}."),
        (
            "No witness has asked since the server started.",
            "Aucun témoin n’a rien demandé depuis le démarrage du serveur.",
        ),
        (
            "Have somebody elsewhere run opor audit witness each day.",
            "Faire lancer opor audit witness chaque jour par quelqu’un d’ailleurs.",
        ),
    ));
    found.push(copies(place, now));
    found.extend(certificates(place, now));
    found.push(match place.paging {
        Known::Is(()) => fine(
            Kind::Paging,
            "A gateway calls people about what is critical.",
            "Une passerelle appelle les gens pour ce qui est critique.",
        ),
        Known::NotSetUp => not_set_up(
            Kind::Paging,
            (
                "No machine calls anybody: the desk telephones.",
                "Aucune machine n’appelle : le bureau téléphone.",
            ),
            (
                "Set up [paging], or keep somebody at /desk.",
                "Mettre en place [paging], ou garder quelqu’un à /desk.",
            ),
        ),
        Known::NotKnown => not_known(Kind::Paging),
    });
    found.push(match &place.database {
        Known::Is(database) => {
            let sort = &database.sort;
            match database.bytes.map(size) {
                Some(size) => {
                    fine(Kind::Database, format!("{sort}, {}.", size.en), format!("{sort}, {}.", size.fr))
                }
                None => fine(
                    Kind::Database,
                    format!("{sort}; ask it for its size."),
                    format!("{sort}; sa taille se demande à elle."),
                ),
            }
        }
        Known::NotSetUp | Known::NotKnown => not_known(Kind::Database),
    });
    let version = &place.version;
    found.push(match place.started {
        Known::Is(at) => {
            let age = age(now.seconds_since(at));
            Finding {
                since: Some(at),
                ..fine(
                    Kind::Process,
                    format!("{version}, started {} ago.", age.en),
                    format!("{version}, démarré il y a {}.", age.fr),
                )
            }
        }
        Known::NotSetUp | Known::NotKnown => Finding {
            says: Words::new(
                format!("{version}; since when the server runs cannot be seen from here."),
                format!("{version}; depuis quand le serveur tourne ne se voit pas d’ici."),
            ),
            ..not_known(Kind::Process)
        },
    });
}

fn writer(place: &Place) -> Finding {
    match &place.writer {
        Known::Is(Writer::Here) => fine(Kind::Writer, "This process writes.", "Ce processus écrit."),
        Known::Is(Writer::Another(number)) => {
            let (en, fr) = number.map_or_else(Default::default, |number| {
                (format!(", number {number}"), format!(", numéro {number}"))
            });
            fine(
                Kind::Writer,
                format!("A process has the record{en}."),
                format!("Un processus tient le dossier{fr}."),
            )
        }
        Known::Is(Writer::StandingBy(None)) => fine(
            Kind::Writer,
            "Another process writes; this one stands by.",
            "Un autre processus écrit; celui-ci est en réserve.",
        ),
        Known::Is(Writer::StandingBy(Some(why))) => grave(
            Kind::Writer,
            Level::Soon,
            Words::new(
                format!("Another process writes, and this one could not take over: {why}."),
                format!("Un autre processus écrit, et celui-ci ne pourrait pas prendre le relais : {why}."),
            ),
            Words::new("Mend that before it is needed.", "Y remédier avant d’en avoir besoin."),
        ),
        Known::Is(Writer::Nobody) => grave(
            Kind::Writer,
            Level::Now,
            Words::new(
                "No process has the record: senders are not answered.",
                "Aucun processus ne tient le dossier : les expéditeurs n’ont pas de réponse.",
            ),
            Words::new(
                "Start the server; opor check says why it does not start.",
                "Démarrer le serveur; opor check dit pourquoi il ne démarre pas.",
            ),
        ),
        Known::NotSetUp | Known::NotKnown => not_known(Kind::Writer),
    }
}

fn background(place: &Place, now: Instant) -> Finding {
    let (Known::Is(at), kind) = (place.background, Kind::Background) else {
        return not_known(Kind::Background);
    };
    let age = age(now.seconds_since(at));
    let says =
        Words::new(format!("Last done {} ago.", age.en), format!("Fait la dernière fois il y a {}.", age.fr));
    if now.seconds_since(at) < BACKGROUND_NOW {
        return fine(kind, says.en, says.fr);
    }
    let next = Words::new(
        "Start the server again: nothing escalates and nothing is watched.",
        "Redémarrer le serveur : rien n’est transmis ni surveillé.",
    );
    Finding { since: Some(at), ..grave(kind, Level::Now, says, next) }
}

fn disk(place: &Place) -> Finding {
    let Known::Is(space) = place.disk else { return not_known(Kind::Disk) };
    let (free, kept) = (size(space.free_bytes), size(space.kept_bytes()));
    let says = Words::new(
        format!("Free: {}; below {} senders are told to wait.", free.en, kept.en),
        format!("Libre : {}; sous {}, les expéditeurs doivent attendre.", free.fr, kept.fr),
    );
    if space.free_bytes >= space.kept_bytes().saturating_mul(DISK_SOON_TIMES) {
        return fine(Kind::Disk, says.en, says.fr);
    }
    let level = if space.is_short(false) { Level::Now } else { Level::Soon };
    let next = Words::new(
        "Make room. Never remove a file of the data folder.",
        "Libérer de la place. Ne jamais retirer un fichier du dossier de données.",
    );
    grave(Kind::Disk, level, says, next)
}

fn clock(facts: Option<&Facts>, place: &Place, now: Instant) -> Finding {
    let next = Words::new(
        "Set the clock right and find out what moves it.",
        "Régler l’horloge et trouver ce qui la déplace.",
    );
    let behind = facts.and_then(|facts| facts.newest).map_or(0, |newest| newest.seconds_since(now));
    if behind >= CLOCK_BEHIND {
        let age = age(behind);
        let says = Words::new(
            format!("The clock is {} behind what the record wrote already.", age.en),
            format!("L’horloge retarde de {} sur ce que le dossier a déjà écrit.", age.fr),
        );
        return grave(Kind::Clock, Level::Now, says, next);
    }
    match place.jump {
        Known::Is(Some((at, seconds))) if now.seconds_since(at) < JUMP_TOLD => {
            let age = age(seconds.abs());
            let says = if seconds < 0 {
                Words::new(
                    format!("It was set back by {}.", age.en),
                    format!("Elle a été reculée de {}.", age.fr),
                )
            } else {
                Words::new(
                    format!("It went forward by {} at once.", age.en),
                    format!("Elle a avancé de {} d’un coup.", age.fr),
                )
            };
            Finding { since: Some(at), ..grave(Kind::Clock, Level::Soon, says, next) }
        }
        Known::Is(_) => fine(Kind::Clock, "It has not jumped.", "Elle n’a pas sauté."),
        Known::NotSetUp | Known::NotKnown => not_known(Kind::Clock),
    }
}

type Said = (&'static str, &'static str);

/// Something that must have been done lately.
fn aged(
    (kind, at, soon, now): (Kind, &Known<Instant>, i64, Instant),
    says: Said,
    never: Said,
    next: Said,
) -> Finding {
    match at {
        Known::NotKnown => not_known(kind),
        Known::NotSetUp => not_set_up(kind, never, next),
        Known::Is(at) => {
            let age = age(now.seconds_since(*at));
            let says = Words::new(says.0.replace("{}", &age.en), says.1.replace("{}", &age.fr));
            let found = if now.seconds_since(*at) < soon {
                fine(kind, says.en, says.fr)
            } else {
                grave(kind, Level::Soon, says, Words::new(next.0, next.1))
            };
            Finding { since: Some(*at), ..found }
        }
    }
}

fn copies(place: &Place, now: Instant) -> Finding {
    let late = crate::downtime::LATE_MINUTES;
    let copies = match &place.copies {
        Known::Is(copies) => copies,
        Known::NotSetUp => {
            return not_set_up(
                Kind::Copies,
                ("No ward or practice keeps one.", "Aucune unité ni aucun cabinet n’en garde."),
                (
                    "Set up [downtime] for the places that must go on.",
                    "Mettre en place [downtime] pour les endroits qui doivent continuer.",
                ),
            );
        }
        Known::NotKnown => return not_known(Kind::Copies),
    };
    let old: Vec<&str> = copies
        .iter()
        .filter(|copy| copy.made.is_none_or(|made| now.seconds_since(made) > late * MINUTE))
        .map(|copy| copy.name.as_str())
        .collect();
    if old.is_empty() {
        let n = copies.len();
        return fine(
            Kind::Copies,
            format!("Copies: {n}, none older than {late} minutes."),
            format!("Copies : {n}, aucune de plus de {late} minutes."),
        );
    }
    let names = old.join(", ");
    grave(
        Kind::Copies,
        Level::Soon,
        Words::new(
            format!("Older than {late} minutes or not there: {names}."),
            format!("De plus de {late} minutes, ou absentes : {names}."),
        ),
        Words::new(
            "See in the log what keeps them from being made.",
            "Voir dans le journal du serveur ce qui empêche de les faire.",
        ),
    )
}

fn certificates(place: &Place, now: Instant) -> Vec<Finding> {
    let kind = Kind::Certificates;
    let known = match &place.certificates {
        Known::Is(known) => known,
        Known::NotSetUp => {
            return vec![not_set_up(
                kind,
                ("No line speaks TLS here.", "Aucune ligne ne parle TLS ici."),
                (
                    "Set up [tls], or be sure that something else protects the lines.",
                    "Mettre en place [tls], ou s’assurer qu’autre chose protège les lignes.",
                ),
            )];
        }
        Known::NotKnown => return vec![not_known(kind)],
    };
    let mut found = Vec::new();
    for Certificate { name, ends } in known {
        let left = ends.as_ref().map(|ends| ends.seconds_since(now));
        let (level, says) = match left {
            Err(why) => (
                Level::Soon,
                Words::new(
                    format!("{name} cannot be read: {why}."),
                    format!("{name} ne peut être lu : {why}."),
                ),
            ),
            Ok(CERTIFICATE_SOON..) => continue,
            Ok(left @ 0..) => {
                let level = if left < CERTIFICATE_NOW { Level::Now } else { Level::Soon };
                let age = age(left);
                (
                    level,
                    Words::new(
                        format!("{name} ends in {}.", age.en),
                        format!("{name} expire dans {}.", age.fr),
                    ),
                )
            }
            Ok(left) => {
                let age = age(-left);
                let says = Words::new(
                    format!("{name} ended {} ago.", age.en),
                    format!("{name} a expiré il y a {}.", age.fr),
                );
                (Level::Now, says)
            }
        };
        let next = Words::new(
            "Have a new one issued and put it in place; no restart is needed.",
            "En faire émettre un nouveau et le mettre en place; aucun redémarrage n’est nécessaire.",
        );
        found.push(grave(kind, level, says, next));
    }
    let first = known.iter().filter_map(|one| one.ends.as_ref().ok()).min();
    if let (true, Some(first)) = (found.is_empty(), first) {
        let (n, age) = (known.len(), age(first.seconds_since(now)));
        let en = format!("Certificates: {n}; the first ends in {}.", age.en);
        found.push(fine(kind, en, format!("Certificats : {n}; le premier expire dans {}.", age.fr)));
    }
    found
}

fn fine(kind: Kind, en: impl Into<String>, fr: impl Into<String>) -> Finding {
    grave(kind, Level::Fine, Words::new(en, fr), Words::default())
}

fn not_set_up(kind: Kind, says: Said, next: Said) -> Finding {
    grave(kind, Level::NotSetUp, Words::new(says.0, says.1), Words::new(next.0, next.1))
}

fn not_known(kind: Kind) -> Finding {
    let says = Words::new("It cannot be seen from here.", "Cela ne se voit pas d’ici.");
    grave(kind, Level::NotKnown, says, Words::default())
}

fn grave(kind: Kind, level: Level, says: Words, next: Words) -> Finding {
    Finding { kind, level, title: kind.words(), says, since: None, next, runbook: kind.runbook().to_owned() }
}

/// A length of time in words.
fn age(seconds: i64) -> Words {
    let seconds = seconds.max(0);
    let (n, en, fr) = match seconds {
        ..MINUTE => return Words::new("less than a minute", "moins d’une minute"),
        MINUTE..HOUR => (seconds / MINUTE, "min", "min"),
        HOUR..DAY => (seconds / HOUR, "h", "h"),
        _ if seconds < 2 * DAY => (1, "day", "jour"),
        _ => (seconds / DAY, "days", "jours"),
    };
    Words::new(format!("{n} {en}"), format!("{n} {fr}"))
}

/// A size in words: GiB from ten on.
fn size(bytes: u64) -> Words {
    let (n, unit) = if bytes >= 10 << 30 { (bytes >> 30, 'G') } else { (bytes >> 20, 'M') };
    Words::new(format!("{n} {unit}iB"), format!("{n} {unit}io"))
}
