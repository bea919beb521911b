//! The line to a PostgreSQL: a socket of this machine, TCP, or TLS over TCP (rustls with ring), each blocking and with an
//! end to its patience.

use super::address::{Address, Host};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Error, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long a host may take to answer a connection before the next one is tried.
const CONNECT: Duration = Duration::from_secs(3);
/// Asks for TLS: length and the number of the request (PostgreSQL 15, 55.7, SSLRequest).
const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// A line.
pub(super) enum Stream {
    /// Over the network, in the clear.
    Tcp(TcpStream),
    /// To a server of this machine.
    Socket(UnixStream),
    /// Over the network, encrypted, to a server that has proved its name.
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    /// Connects, with the patience of somebody who is not signed in yet.
    pub(super) fn open(host: &Host, address: &Address, patience: Duration) -> std::io::Result<Self> {
        let stream = match host {
            Host::Socket(path) => Self::Socket(UnixStream::connect(path)?),
            Host::Tcp(name, port) => {
                let line = connect(name, *port)?;
                line.set_nodelay(true)?;
                match &address.authorities {
                    None => Self::Tcp(line),
                    Some(authorities) => {
                        wait(&line, patience)?;
                        Self::Tls(Box::new(encrypted(line, name, authorities)?))
                    }
                }
            }
        };
        stream.patience(patience)?;
        Ok(stream)
    }

    /// How long the server may be silent from now on.
    pub(super) fn patience(&self, silence: Duration) -> std::io::Result<()> {
        match self {
            Self::Tcp(line) => wait(line, silence),
            Self::Tls(line) => wait(line.get_ref(), silence),
            Self::Socket(line) => {
                line.set_read_timeout(Some(silence))?;
                line.set_write_timeout(Some(silence))
            }
        }
    }

    /// Sends all of it.
    pub(super) fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        match self {
            Self::Tcp(line) => line.write_all(bytes),
            Self::Socket(line) => line.write_all(bytes),
            Self::Tls(line) => line.write_all(bytes).and_then(|()| line.flush()),
        }
    }

    /// Some of what comes.
    pub(super) fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Tcp(line) => line.read(into),
            Self::Socket(line) => line.read(into),
            Self::Tls(line) => line.read(into),
        }
    }
}

fn connect(name: &str, port: u16) -> std::io::Result<TcpStream> {
    let mut last = Error::other("the name of the host stands for no address");
    for address in (name, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(line) => return Ok(line),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn wait(line: &TcpStream, silence: Duration) -> std::io::Result<()> {
    line.set_read_timeout(Some(silence))?;
    line.set_write_timeout(Some(silence))
}

/// TLS with a server that shows a certificate for this name, of an authority of the file.
fn encrypted(
    mut line: TcpStream,
    name: &str,
    authorities: &Path,
) -> std::io::Result<StreamOwned<ClientConnection, TcpStream>> {
    line.write_all(&TLS_REQUEST)?;
    let mut answer = [0];
    line.read_exact(&mut answer)?;
    if answer != *b"S" {
        return Err(Error::other("the server does not speak TLS: set ssl = on there"));
    }
    let config = believing(authorities)?;
    let name = ServerName::try_from(name.to_owned()).map_err(Error::other)?;
    let mut said = ClientConnection::new(Arc::new(config), name).map_err(Error::other)?;
    while said.is_handshaking() {
        said.complete_io(&mut line)?;
    }
    Ok(StreamOwned::new(said, line))
}

/// Believes the authorities of a PEM file.
fn believing(path: &Path) -> std::io::Result<ClientConfig> {
    let unread = |why: &dyn std::fmt::Display| Error::other(format!("sslrootcert {}: {why}", path.display()));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|why| unread(&why))? {
        let certificate = certificate.map_err(|why| unread(&why))?;
        roots.add(certificate).map_err(|why| unread(&why))?;
    }
    if roots.is_empty() {
        return Err(unread(&"no certificate in it"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let begun = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(begun.map_err(Error::other)?.with_root_certificates(roots).with_no_client_auth())
}
