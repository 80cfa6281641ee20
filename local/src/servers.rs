//! HTTP servers on 127.0.0.1.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};

use axum::Router;
use tokio::{net::TcpListener, task::JoinSet};

/// HTTP servers that stop when this is dropped.
#[derive(Default)]
pub(crate) struct Servers(JoinSet<()>);

impl Servers {
    /// Serves a router at any free port, and returns its URL.
    pub(crate) async fn serve(&mut self, router: Router) -> io::Result<String> {
        let (listener, url) = listen(0).await?;
        self.serve_at(listener, router);
        Ok(url)
    }

    /// Serves a router at the listener's port.
    pub(crate) fn serve_at(&mut self, listener: TcpListener, router: Router) {
        self.0.spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!("A server stopped: {error}");
            }
        });
    }
}

/// Listens at a port of 127.0.0.1, at any free one for 0. Returns the URL, too.
pub(crate) async fn listen(port: u16) -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}
