//! Servers on loopback.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};

use axum::Router;
use tokio::{net::TcpListener, task::JoinSet};

/// Servers that stop when this is dropped.
#[derive(Default)]
pub struct Servers(JoinSet<()>);

impl Servers {
    /// Serves at any free port; returns where.
    pub async fn serve(&mut self, router: Router) -> io::Result<String> {
        let (listener, url) = listen(0).await?;
        self.serve_at(listener, router);
        Ok(url)
    }

    /// Serves at this port.
    pub fn serve_at(&mut self, listener: TcpListener, router: Router) {
        self.0.spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!("a server stopped: {error}");
            }
        });
    }
}

/// Takes a port on loopback, any free one for 0; returns its address, too.
pub async fn listen(port: u16) -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}
