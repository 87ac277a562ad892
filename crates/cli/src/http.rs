//! What `serve` answers to whoever watches over it: `/health`, `/ready` and `/metrics`.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use voordeur_messages::say;
use voordeur_runtime::{Clock as _, SystemClock};

use crate::metrics::Metrics;

/// The text format of Prometheus.
const PROMETHEUS: &str = "text/plain; version=0.0.4";

/// Answers at an address from here on, until the program ends; gives the address, which has a port now.
pub(crate) async fn answer(address: SocketAddr, metrics: Metrics) -> Result<SocketAddr> {
    let listener = TcpListener::bind(address).await;
    let listener = listener.with_context(|| say!("{address}: cannot listen there", address))?;
    let address = listener.local_addr().context(say!("the address is not known"))?;
    tokio::spawn(async move { axum::serve(listener, router(metrics)).await });
    Ok(address)
}

fn router(metrics: Metrics) -> Router {
    let (health, ready) = (metrics.clone(), metrics.clone());
    Router::new()
        .route("/health", get(async move || said(health.is_healthy(SystemClock.now()))))
        .route("/ready", get(async move || said(ready.is_ready(SystemClock.now()))))
        .route("/metrics", get(async move || page(&metrics)))
}

fn said(well: bool) -> impl IntoResponse {
    if well { (StatusCode::OK, "ok\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "not now\n") }
}

fn page(metrics: &Metrics) -> impl IntoResponse + use<> {
    ([(header::CONTENT_TYPE, PROMETHEUS)], metrics.text(SystemClock.now()))
}
