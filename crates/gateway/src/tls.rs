//! TLS on the lines: who we are, whom we believe, and whose certificate is at the other end. rustls with ring; the
//! files are looked at for each connection and read again when they changed, so a new certificate needs no restart.

use crate::delivery::wire::{Connecting, Dial, Wire};
use actions::deliveries::Destination;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use sha2::{Digest as _, Sha256};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, server};

/// PEM files of one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// Our certificate with its chain.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// Certificates of those whom we believe: of senders that come in, of receivers when we go out.
    pub believed: Option<PathBuf>,
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsProblem {
    /// A file is not there or is no PEM of that sort.
    #[error(
        "{path} cannot be read as PEM: {why}. Check the path and that the file holds what the setting asks for"
    )]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What was said about it.
        why: String,
    },
    /// The files do not go together.
    #[error("{path} cannot be used: {why}. Check that certificate and key belong together")]
    Unfit {
        /// The certificate.
        path: PathBuf,
        /// What was said about it.
        why: String,
    },
}

impl TlsProblem {
    /// The file, and what was said about it.
    #[must_use]
    pub fn parts(&self) -> (&Path, &str) {
        match self {
            Self::Unreadable { path, why } | Self::Unfit { path, why } => (path, why),
        }
    }
}

/// A certificate that was shown to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// `sha256:` and the digest of the whole certificate in lower-case hexadecimal.
    pub fingerprint: String,
    /// DNS names that it was issued to, as `dns:` and the name in lower case.
    pub names: Vec<String>,
    /// When it ends; `None` when that cannot be read.
    pub ends: Option<fhir::Instant>,
}

impl Certificate {
    fn of(der: &CertificateDer<'_>) -> Self {
        let names = webpki::EndEntityCert::try_from(der)
            .map(|read| read.valid_dns_names().map(|name| format!("dns:{}", name.to_lowercase())).collect())
            .unwrap_or_default();
        Self { fingerprint: fingerprint(der), names, ends: crate::validity::end(der) }
    }

    /// Whether it is the one that a setting means: `sha256:…` (colons and case do not count) or `dns:…`.
    #[must_use]
    pub fn is(&self, wanted: &str) -> bool {
        let wanted = wanted.trim().to_lowercase();
        match wanted.strip_prefix("sha256:") {
            Some(digest) => {
                self.fingerprint.strip_prefix("sha256:") == Some(digest.replace(':', "").as_str())
            }
            None => self.names.contains(&wanted),
        }
    }
}

fn fingerprint(der: &CertificateDer<'_>) -> String {
    let digits: String = Sha256::digest(der).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

/// When, how long and which a file is: enough to see that it was replaced.
type Stamp = Option<(i64, i64, u64, u64)>;

fn stamp(path: &Path) -> Stamp {
    let file = std::fs::metadata(path).ok()?;
    Some((file.mtime(), file.mtime_nsec(), file.size(), file.ino()))
}

impl Files {
    fn stamps(&self) -> [Stamp; 3] {
        [stamp(&self.certificate), stamp(&self.key), self.believed.as_deref().and_then(stamp)]
    }

    fn chain(&self) -> Result<Vec<CertificateDer<'static>>, TlsProblem> {
        certificates(&self.certificate)
    }

    fn key(&self) -> Result<PrivateKeyDer<'static>, TlsProblem> {
        PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|why| TlsProblem::Unreadable { path: self.key.clone(), why: why.to_string() })
    }

    fn believed(&self) -> Result<Option<Arc<RootCertStore>>, TlsProblem> {
        let Some(path) = &self.believed else { return Ok(None) };
        let mut roots = RootCertStore::empty();
        for certificate in certificates(path)? {
            roots
                .add(certificate)
                .map_err(|why| TlsProblem::Unreadable { path: path.clone(), why: why.to_string() })?;
        }
        Ok(Some(Arc::new(roots)))
    }

    /// Why nobody could be let in with these files as they are now.
    #[must_use]
    pub fn problem(&self) -> Option<TlsProblem> {
        server_config(self).err()
    }

    fn unfit(&self, why: impl ToString) -> TlsProblem {
        TlsProblem::Unfit { path: self.certificate.clone(), why: why.to_string() }
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsProblem> {
    let unreadable = |why: String| TlsProblem::Unreadable { path: path.to_owned(), why };
    let found: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(path).map_err(|why| unreadable(why.to_string()))?.collect();
    let found = found.map_err(|why| unreadable(why.to_string()))?;
    if found.is_empty() { Err(unreadable("no certificate in it".to_owned())) } else { Ok(found) }
}

/// For lines that go out to whoever shows a certificate of these authorities, without one of our own.
///
/// # Errors
/// [`TlsProblem`].
pub fn trusting(authority: &Path) -> Result<Arc<ClientConfig>, TlsProblem> {
    let unfit = |why: String| TlsProblem::Unfit { path: authority.to_owned(), why };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(authority)? {
        roots.add(certificate).map_err(|why| unfit(why.to_string()))?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let begun = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|why| unfit(why.to_string()))?;
    Ok(Arc::new(begun.with_root_certificates(roots).with_no_client_auth()))
}

/// Certificates of a PEM file, DER each.
///
/// # Errors
/// [`TlsProblem`].
pub fn authorities(path: &Path) -> Result<Vec<Vec<u8>>, TlsProblem> {
    Ok(certificates(path)?.iter().map(|certificate| certificate.to_vec()).collect())
}

/// A list of revoked certificates, as DER, from a file that holds it as DER or PEM.
///
/// # Errors
/// [`TlsProblem::Unreadable`].
pub fn revocation_list(path: &Path) -> Result<Vec<u8>, TlsProblem> {
    let unreadable = |why: String| TlsProblem::Unreadable { path: path.to_owned(), why };
    let bytes = std::fs::read(path).map_err(|why| unreadable(why.to_string()))?;
    if !bytes.starts_with(b"-----BEGIN") {
        return Ok(bytes);
    }
    let list =
        CertificateRevocationListDer::from_pem_slice(&bytes).map_err(|why| unreadable(why.to_string()))?;
    Ok(list.to_vec())
}

fn server_config(files: &Files) -> Result<ServerConfig, TlsProblem> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let begun = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|why| files.unfit(why))?;
    let begun = match files.believed()? {
        Some(roots) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
            begun.with_client_cert_verifier(verifier.build().map_err(|why| files.unfit(why))?)
        }
        None => begun.with_no_client_auth(),
    };
    begun.with_single_cert(files.chain()?, files.key()?).map_err(|why| files.unfit(why))
}

fn client_config(files: &Files) -> Result<ClientConfig, TlsProblem> {
    let roots = files.believed()?.ok_or_else(|| files.unfit("no file of believed receivers is set"))?;
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|why| files.unfit(why))?
        .with_root_certificates(roots)
        .with_client_auth_cert(files.chain()?, files.key()?)
        .map_err(|why| files.unfit(why))
}

/// Believes the authorities of a PEM file, and shows no certificate of ours.
pub(crate) fn believing(authorities: &Path) -> Result<ClientConfig, TlsProblem> {
    let unreadable = |why: &dyn std::fmt::Display| TlsProblem::Unreadable {
        path: authorities.to_owned(),
        why: why.to_string(),
    };
    let mut roots = RootCertStore::empty();
    // A system's own file may hold some that rustls does not read; the others are enough.
    let (added, _) = roots.add_parsable_certificates(certificates(authorities)?);
    if added == 0 {
        return Err(unreadable(&"no certificate in it can be read"));
    }
    let begun = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|why| unreadable(&why))?;
    Ok(begun.with_root_certificates(roots).with_no_client_auth())
}

/// What is made of files, made anew when one of them was replaced.
struct Fresh<T> {
    files: Files,
    make: fn(&Files) -> Result<T, TlsProblem>,
    made: RwLock<([Stamp; 3], Arc<T>)>,
}

impl<T> Fresh<T> {
    fn new(files: Files, make: fn(&Files) -> Result<T, TlsProblem>) -> Result<Self, TlsProblem> {
        let stamps = files.stamps();
        let made = RwLock::new((stamps, Arc::new(make(&files)?)));
        Ok(Self { files, make, made })
    }

    /// The newest that can be used: files that are replaced one after the other do not fit until the last one is there.
    fn get(&self) -> Arc<T> {
        let stamps = self.files.stamps();
        {
            let made = self.made.read().unwrap_or_else(PoisonError::into_inner);
            if made.0 == stamps {
                return Arc::clone(&made.1);
            }
        }
        let mut made = self.made.write().unwrap_or_else(PoisonError::into_inner);
        if made.0 != stamps {
            match (self.make)(&self.files) {
                Ok(new) => {
                    tracing::info!(certificate = %self.files.certificate.display(), "a replaced certificate is in use");
                    made.1 = Arc::new(new);
                }
                Err(problem) => tracing::warn!(%problem, "the former certificate stays in use"),
            }
            made.0 = stamps;
        }
        Arc::clone(&made.1)
    }
}

/// Takes connections that come in.
pub struct Acceptor {
    config: Fresh<ServerConfig>,
}

impl Acceptor {
    /// Reads the files; with a file of believed senders, nobody comes in without a certificate of theirs.
    ///
    /// # Errors
    /// [`TlsProblem`].
    pub fn new(files: Files) -> Result<Self, TlsProblem> {
        Ok(Self { config: Fresh::new(files, server_config)? })
    }

    /// Shakes hands; gives the line and the certificate at the other end. How long that may take is the caller's
    /// business.
    ///
    /// # Errors
    /// When the other side speaks no TLS or has no certificate that is believed.
    pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> io::Result<(server::TlsStream<S>, Option<Certificate>)> {
        let stream = TlsAcceptor::from(self.config.get()).accept(stream).await?;
        let shown =
            stream.get_ref().1.peer_certificates().and_then(|chain| chain.first()).map(Certificate::of);
        Ok((stream, shown))
    }
}

/// Makes connections that go out: TLS where the directory says so, plain on loopback, and plain elsewhere only through
/// a tunnel.
pub struct Dialer {
    config: Option<Fresh<ClientConfig>>,
    tunnel: bool,
}

impl Dialer {
    /// Reads the files. `tunnel` says that something else protects plain lines.
    ///
    /// # Errors
    /// [`TlsProblem`].
    pub fn new(files: Option<Files>, tunnel: bool) -> Result<Self, TlsProblem> {
        let config = files.map(|files| Fresh::new(files, client_config)).transpose()?;
        Ok(Self { config, tunnel })
    }
}

impl Dial for Dialer {
    fn dial(&self, to: &Destination) -> Connecting {
        let (address, tunnel) = (to.address.clone(), self.tunnel);
        let host = address.rsplit_once(':').map_or(address.as_str(), |(host, _)| host);
        let host = host.trim_matches(['[', ']']).to_owned();
        let protection = to.tls.as_ref().map(|tls| {
            let name = tls.server_name.clone().unwrap_or(host);
            (name, tls.fingerprint.clone(), self.config.as_ref().map(Fresh::get))
        });
        Box::pin(async move {
            let stream = TcpStream::connect(&address).await?;
            // A frame is one write, and its answer is waited for.
            stream.set_nodelay(true)?;
            let Some((name, pinned, config)) = protection else {
                if !tunnel && !stream.peer_addr()?.ip().is_loopback() {
                    return Err(io::Error::other(
                        "the line leaves this machine unprotected. Give the endpoint tls in the directory, or set tunnel",
                    ));
                }
                return Ok(Box::new(stream) as Box<dyn Wire>);
            };
            let config = config.ok_or_else(|| {
                io::Error::other("the directory asks for TLS. Set [tls] with certificate, key and receivers")
            })?;
            let name = ServerName::try_from(name).map_err(io::Error::other)?;
            let stream = TlsConnector::from(config).connect(name, stream).await?;
            if let Some(pinned) = pinned {
                let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
                let wanted = pinned.trim_start_matches("sha256:");
                if !shown.is_some_and(|der| Certificate::of(der).is(&format!("sha256:{wanted}"))) {
                    return Err(io::Error::other(
                        "the receiver's certificate is not the one in the directory. Ask the receiver whether it was replaced",
                    ));
                }
            }
            Ok(Box::new(stream) as Box<dyn Wire>)
        })
    }
}
