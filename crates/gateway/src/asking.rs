//! Asking providers of sign-ins, and EMRs that open the portal: one HTTP request on a connection of its own, TLS with a public authority, plain on this
//! machine alone. Redirects are not followed: what is secret goes where the provider's own description says, or nowhere.

use crate::tls::{TlsProblem, believing};
use actions::accounts::openid::{Origin, origin};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Whoever signs in waits for it: no longer than this.
const PATIENCE: Duration = Duration::from_secs(10);
/// Largest answer read, in bytes.
const ANSWER_LIMIT_BYTES: usize = 1 << 20;

/// What is read with a token is a resource.
const FHIR: &str = "application/fhir+json, application/json;q=0.9";

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// The address cannot be asked.
    #[error("{0} is no address that may be asked: write https://HOST/PATH, or http:// on this machine")]
    Address(String),
    /// No certificates of authorities are set.
    #[error("no authorities are set: write authorities = \"FILE\" under [sign_in]")]
    Authorities,
    /// The line broke or nobody answered.
    #[error("no answer: {0}")]
    Line(String),
    /// It answered otherwise than with what was asked for.
    #[error("it answered {0}")]
    Status(u16),
}

/// Asks by HTTP.
pub struct Asker {
    config: Option<Arc<ClientConfig>>,
}

impl Asker {
    /// Believes the authorities of a PEM file; without one only this machine can be asked.
    ///
    /// # Errors
    /// [`TlsProblem`].
    pub fn new(authorities: Option<&Path>) -> Result<Self, TlsProblem> {
        Ok(Self { config: authorities.map(believing).transpose()?.map(Arc::new) })
    }

    /// The body of an answer with status 200: to GET, or to POST of a form. `authorization` goes to that address alone.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn ask(
        &self,
        address: &str,
        form: Option<String>,
        authorization: Option<String>,
    ) -> Result<Vec<u8>, Unanswered> {
        let there =
            origin(address).filter(Origin::is_safe).ok_or_else(|| Unanswered::Address(address.to_owned()))?;
        match timeout(PATIENCE, self.exchange(&there, address, (form, authorization))).await {
            Ok(answer) => answer,
            Err(_) => Err(Unanswered::Line("not in time".to_owned())),
        }
    }

    async fn exchange(
        &self,
        there: &Origin,
        address: &str,
        (form, authorization): (Option<String>, Option<String>),
    ) -> Result<Vec<u8>, Unanswered> {
        let broken = |error: &dyn std::fmt::Display| Unanswered::Line(error.to_string());
        let stream =
            TcpStream::connect((there.host.as_str(), there.port)).await.map_err(|error| broken(&error))?;
        let rest = address.split_once("://").map_or("", |(_, rest)| rest);
        let path = rest.find(['/', '?']).map_or("/", |at| &rest[at..]);
        let host = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
        let mut request = Request::builder()
            .method(if form.is_some() { Method::POST } else { Method::GET })
            .uri(if path.starts_with('/') { path.to_owned() } else { format!("/{path}") })
            .header(HOST, host)
            .header(
                ACCEPT,
                if authorization.is_some() && form.is_none() { FHIR } else { "application/json" },
            );
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if form.is_some() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let body = Full::new(Bytes::from(form.unwrap_or_default()));
        let request = request.body(body).map_err(|error| broken(&error))?;
        if there.secure {
            let config = self.config.clone().ok_or(Unanswered::Authorities)?;
            let name = ServerName::try_from(there.host.clone()).map_err(|error| broken(&error))?;
            let stream = TlsConnector::from(config).connect(name, stream).await;
            answer(TokioIo::new(stream.map_err(|error| broken(&error))?), request).await
        } else {
            answer(TokioIo::new(stream), request).await
        }
    }
}

async fn answer<L>(line: L, request: Request<Full<Bytes>>) -> Result<Vec<u8>, Unanswered>
where
    L: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let broken = |error: &dyn std::fmt::Display| Unanswered::Line(error.to_string());
    let (mut sender, connection) = http1::handshake(line).await.map_err(|error| broken(&error))?;
    let driver = tokio::spawn(connection);
    let said = async {
        let said = sender.send_request(request).await.map_err(|error| broken(&error))?;
        if said.status() != hyper::StatusCode::OK {
            return Err(Unanswered::Status(said.status().as_u16()));
        }
        let body = Limited::new(said.into_body(), ANSWER_LIMIT_BYTES).collect().await;
        Ok(body.map_err(|error| broken(&error))?.to_bytes().to_vec())
    }
    .await;
    driver.abort();
    said
}
