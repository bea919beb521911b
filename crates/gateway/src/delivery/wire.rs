//! How a way gets a connection: an argument, so that a test can be the network.

use actions::deliveries::Destination;
use std::io;
use std::pin::Pin;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// Bytes both ways.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// A connection that is being made.
pub type Connecting = Pin<Box<dyn Future<Output = io::Result<Box<dyn Wire>>> + Send>>;

/// Makes connections.
pub trait Dial: Send + Sync {
    /// Connect to a destination; how long that may take is the caller's business.
    fn dial(&self, to: &Destination) -> Connecting;
}

/// Plain TCP.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tcp;

impl Dial for Tcp {
    fn dial(&self, to: &Destination) -> Connecting {
        let address = to.address.clone();
        Box::pin(async move {
            let stream = TcpStream::connect(address).await?;
            // A frame is one write, and its answer is waited for.
            stream.set_nodelay(true)?;
            Ok(Box::new(stream) as Box<dyn Wire>)
        })
    }
}
