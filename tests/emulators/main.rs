//! The emulators respond to the unmodified SDKs as the services do.

mod dynamodb;
mod faults;
mod meter;
mod s3;
mod secrets_manager;
mod ses;
mod stripe;

use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;

const ACCESS_KEY: &str = "AKIDLOCAL";
const SECRET_KEY: &str = "local-secret";

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}
