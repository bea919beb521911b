use super::configuration::LinkSettings;
use super::*;

fn state() -> State {
    State {
        like: PathBuf::from("/live"),
        salt: "0".to_owned(),
        settings: Settings {
            answer_seconds: 30,
            pages: true,
            links: vec![LinkSettings {
                name: "LAB".to_owned(),
                senders: vec!["LAB|HRH".to_owned()],
                authorities: Vec::new(),
                dialect: Some("lab".to_owned()),
                codes: None,
            }],
            ..Settings::default()
        },
        left_out: BTreeSet::new(),
        unlike: BTreeMap::new(),
    }
}

/// Each setting by which something would leave, alone.
fn ways_out() -> Vec<(&'static str, &'static str)> {
    vec![
        ("store", "store = \"postgres://opor@db/record\""),
        ("store", "standby = true"),
        ("sign_in", "[sign_in]\nportal = \"https://opor.example\""),
        ("tls", "[tls]\ncertificate = \"c\"\nkey = \"k\""),
        ("paging", "[paging]\nportal = \"https://opor.example\"\nwebhook = \"https://pages.example\""),
        ("paging", "[paging]\nportal = \"https://opor.example\"\nfolder = \"/srv/pages\""),
        ("mailbox", "[mailbox]\nhost = \"imap.example\""),
        ("mail", "[mail]\nhost = \"smtp.example\"\nfrom = \"a@b.example\""),
        ("registers", "[registers]\nlicences = \"licences.csv\""),
        ("tickets", "[[tickets]]\nsender = \"it\"\nkey = \"it.key\""),
        ("downtime", "[downtime]\nfolder = \"/srv/downtime\"\nplace = []"),
        ("totals", "totals = \"/srv/totals\""),
        ("directory", "directory = \"/srv/directory.toml\""),
        ("tunnel", "tunnel = true"),
        ("operations", "operations = \"127.0.0.1:9000\""),
        ("link", "[[link]]\nname = \"LAB\"\nlisten = \"10.0.0.7:2576\""),
    ]
}

#[test]
fn s157_a_practice_copy_is_given_no_way_out() {
    let data = PathBuf::from("/copy");
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let ours = state().config(&data, any, any);
    check(&ours).expect("nothing leads out of it");
    assert!(ours.is_practice && ours.demo && ours.link[0].listen.ip().is_loopback());
    assert!(ours.mail.is_none() && ours.sign_in.is_none() && ours.tls.is_none());
    for (name, text) in ways_out() {
        let open: Config = toml::from_str(&format!("data = \"/copy\"\n{text}")).expect(text);
        let open = Config { is_practice: true, ..open };
        let said = check(&open).expect_err(text).to_string();
        assert!(said.contains(&format!("({name})")), "{text}: {said}");
    }
}

#[test]
fn s089_a_practice_copy_is_served_as_nothing_else() {
    let data = std::env::temp_dir().join(format!("opor-practice-{}", std::process::id()));
    std::fs::create_dir_all(&data).expect("a folder");
    let live = Config::for_data(data.clone());
    check(&live).expect("no practice copy");
    std::fs::write(data.join(PRACTICE_FILE), "{}").expect("a mark");
    let said = check(&live).expect_err("a practice copy").to_string();
    assert!(said.contains("only opor practice serves it"), "{said}");
    let wrong = Config { practice_at: Some("practice".to_owned()), ..Config::for_data("live".into()) };
    assert!(check(&wrong).expect_err("no address").to_string().contains("https://practice.example"));
    std::fs::remove_dir_all(&data).expect("removed");
}
