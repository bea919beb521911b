//! The provider directory of live without its people and without where they are reached.

use clinical::directory::{
    Absence, Endpoint, EndpointKind, Fact, Practitioner, ProviderNumber, Role, Subscription, Team,
};

/// Digits of an invented id; two of a province's practitioners share none.
const DIGITS: usize = 12;
/// Addresses that lead nowhere by RFC 2606 and by the numbering plan.
const LINE: &str = "practice.invalid:2575";
const FHIR: &str = "https://practice.invalid/fhir";
const FAX: &str = "9025550100@practice";
const FOLDER: &str = "practice";
const LETTER: &str = "Practice, nobody here is real";

/// The same fact of nobody; `None` where nothing would be left of it: numbers and addresses by which people are reached.
pub(super) fn fact(fact: Fact, salt: &str) -> Option<Fact> {
    let id = |of: &str| invented(of, salt);
    Some(match fact {
        Fact::Place(place) => {
            let default_recipient = place.default_recipient.as_deref().map(id);
            Fact::Place(clinical::directory::Place { default_recipient, ..place })
        }
        Fact::Endpoint(endpoint) => {
            let address = nowhere(endpoint.kind).to_owned();
            Fact::Endpoint(Endpoint { address, tls: None, ..endpoint })
        }
        Fact::Practitioner(one) => {
            let number = |number: &ProviderNumber| ProviderNumber {
                value: invented(&number.value, salt),
                ..number.clone()
            };
            let numbers = one.numbers.iter().map(number).collect();
            let id = id(&one.id);
            let family = format!("Invented {}", &id[2..8]);
            Fact::Practitioner(Practitioner { id, family, given: "Practice".to_owned(), numbers })
        }
        Fact::Role(role) => Fact::Role(Role { practitioner: id(&role.practitioner), ..role }),
        Fact::Absence(away) => Fact::Absence(Absence {
            id: id(&away.id),
            practitioner: id(&away.practitioner),
            cover: away.cover.as_deref().map(id),
            ..away
        }),
        Fact::Contact(_) => return None,
        Fact::Subscription(wish) => {
            let practitioner = wish.practitioner.as_deref().map(id);
            Fact::Subscription(Subscription { practitioner, ..wish })
        }
        Fact::Team(team) => {
            let members = team.members.iter().map(|member| id(member)).collect();
            Fact::Team(Team { members, ..team })
        }
        Fact::Source(source) => Fact::Source(source),
    })
}

/// Another id, the same for the same one.
fn invented(id: &str, salt: &str) -> String {
    let digest = actions::dialects::digest(&format!("{salt} {}", id.trim()));
    format!("x-{}", &digest[..DIGITS])
}

fn nowhere(kind: EndpointKind) -> &'static str {
    match kind {
        EndpointKind::Mllp => LINE,
        EndpointKind::Fhir => FHIR,
        EndpointKind::Fax => FAX,
        EndpointKind::FileDrop => FOLDER,
        EndpointKind::Letter => LETTER,
        EndpointKind::Portal | EndpointKind::FhirSubscription => "",
    }
}
