//! Where a PostgreSQL is: `postgres://user:password@host:port,host:port/database?host=/socket/folder`.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Port of a PostgreSQL whose address names none.
const USUAL_PORT: u16 = 5_432;

/// One server of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    /// By name or number, and port.
    Tcp(String, u16),
    /// By its socket.
    Socket(PathBuf),
}

/// Address of a database. Several hosts are the members of one cluster: whichever takes writes is used.
#[derive(Clone)]
pub(crate) struct Address {
    /// In the order in which they are tried.
    pub(crate) hosts: Vec<Host>,
    /// Who signs in.
    pub(crate) user: String,
    /// With what; empty where the server asks for none.
    pub(crate) password: String,
    /// Which database.
    pub(crate) database: String,
    /// Certificates of the authorities whose word is taken for the name of a host (PEM); in the clear without.
    pub(crate) authorities: Option<PathBuf>,
    /// Place of the host that answered last, known to every copy of the address.
    last: Arc<AtomicUsize>,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown())
    }
}

impl Address {
    /// Reads an address; what is wrong with it, in words.
    pub(crate) fn read(url: &str) -> Result<Self, String> {
        let rest = url
            .strip_prefix("postgres://")
            .or_else(|| url.strip_prefix("postgresql://"))
            .ok_or("it begins with postgres://")?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (who, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = who.split_once(':').unwrap_or((who, ""));
        let mut address = Self {
            hosts: Vec::new(),
            user: plain(user)?,
            password: plain(password)?,
            database: plain(database)?,
            authorities: None,
            last: Arc::default(),
        };
        let mut folder = None;
        let mut is_encrypted = false;
        let mut port = USUAL_PORT;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = plain(value)?;
            match name {
                "host" => folder = Some(value),
                "port" => port = number(&value)?,
                "user" => address.user = value,
                "password" => address.password = value,
                "dbname" => address.database = value,
                // The server that takes writes is always the one that is used.
                "target_session_attrs" if value == "read-write" => {}
                "sslmode" if matches!(value.as_str(), "disable" | "prefer" | "allow") => {}
                "sslmode" if value == "verify-full" => is_encrypted = true,
                "sslmode" => {
                    return Err(
                        "write sslmode=verify-full with sslrootcert=FILE: a line whose other end has not \
                                proved its name could be anybody's"
                            .into(),
                    );
                }
                "sslrootcert" => address.authorities = Some(PathBuf::from(value)),
                _ => {
                    return Err(
                        "what follows ? is not a setting of it (host, port, user, password, dbname, \
                                sslmode, sslrootcert); write a ? of a password as %3F"
                            .into(),
                    );
                }
            }
        }
        for host in hosts.split(',').filter(|host| !host.is_empty()) {
            address.hosts.push(match host.rsplit_once(':') {
                Some((name, port)) if !name.ends_with(':') && !port.ends_with(']') => {
                    Host::Tcp(bare(name)?, number(port)?)
                }
                _ => Host::Tcp(bare(host)?, port),
            });
        }
        if let Some(folder) = folder {
            address.hosts.push(if folder.starts_with('/') {
                Host::Socket(PathBuf::from(folder).join(format!(".s.PGSQL.{port}")))
            } else {
                Host::Tcp(folder, port)
            });
        }
        if is_encrypted != address.authorities.is_some() {
            return Err("write sslmode=verify-full and sslrootcert=FILE, both or neither".into());
        }
        if address.hosts.is_empty() {
            return Err("it names no host".into());
        }
        if address.user.is_empty() {
            return Err("it names no user: postgres://USER@HOST/DATABASE".into());
        }
        if address.database.is_empty() {
            address.database.clone_from(&address.user);
        }
        Ok(address)
    }

    /// The hosts with their places, beginning with the one that answered last.
    pub(crate) fn in_turn(&self) -> impl Iterator<Item = (usize, &Host)> {
        let last = self.last.load(Ordering::Relaxed);
        self.hosts.iter().enumerate().cycle().skip(last).take(self.hosts.len())
    }

    /// The host of that place takes writes.
    pub(crate) fn answered(&self, place: usize) {
        self.last.store(place, Ordering::Relaxed);
    }

    /// For people and logs: without the password.
    pub(crate) fn shown(&self) -> String {
        let hosts: Vec<String> = self
            .hosts
            .iter()
            .map(|host| match host {
                Host::Tcp(name, port) => format!("{name}:{port}"),
                Host::Socket(path) => path.display().to_string(),
            })
            .collect();
        format!("postgres://{}@{}/{}", self.user, hosts.join(","), self.database)
    }
}

fn number(text: &str) -> Result<u16, String> {
    // Its words are not repeated: they may be a part of a password.
    let words = "what follows : is no port; write :, / and @ of a password as %3A, %2F and %40";
    text.parse().map_err(|_| words.to_owned())
}

fn bare(host: &str) -> Result<String, String> {
    plain(host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host))
}

/// Text without its percent escapes (RFC 3986 2.1).
fn plain(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let code = rest.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let code = code.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(code.ok_or_else(|| "a % in it is followed by two hexadecimal digits".to_owned())?);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let one = Address::read("postgres://opor:s%40fe@db1:5433,db2/record").expect("reads");
        assert_eq!(one.hosts, [Host::Tcp("db1".into(), 5433), Host::Tcp("db2".into(), 5432)]);
        assert_eq!(
            (one.user.as_str(), one.password.as_str(), one.database.as_str()),
            ("opor", "s@fe", "record")
        );
        one.clone().answered(1);
        assert_eq!(one.in_turn().map(|(place, _)| place).collect::<Vec<_>>(), [1, 0]);
        assert_eq!(one.shown(), "postgres://opor@db1:5433,db2:5432/record", "no password");
        let socket =
            Address::read("postgresql:///record?host=/run/postgresql&user=opor&port=6000").expect("reads");
        assert_eq!(socket.hosts, [Host::Socket("/run/postgresql/.s.PGSQL.6000".into())]);
        let six = Address::read("postgres://u@[::1]:7000/r").expect("reads");
        assert_eq!(six.hosts, [Host::Tcp("::1".into(), 7000)]);
    }

    #[test]
    fn what_is_wrong_with_an_address_is_said() {
        for (url, words) in [
            ("mysql://x", "begins with postgres://"),
            ("postgres://opor@/record", "no host"),
            ("postgres://db/record", "no user"),
            ("postgres://u@db:port/record", "no port"),
            ("postgres://u@db/record?sslmode=require", "write sslmode=verify-full with sslrootcert=FILE"),
            ("postgres://u@db/record?sslmode=verify-full", "both or neither"),
            ("postgres://u@db/record?sslrootcert=ca.pem", "both or neither"),
            ("postgres://u@db/record?pool=3", "is not a setting"),
            ("postgres://u:hu/sh@db/record", "no port"),
            ("postgres://u:%4@db/record", "hexadecimal"),
        ] {
            let found = Address::read(url).expect_err(url);
            assert!(found.contains(words), "{url}: {found}");
            assert!(!found.contains("hu"), "a part of a password: {found}");
        }
    }
}
