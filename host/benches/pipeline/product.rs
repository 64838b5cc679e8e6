//! The host as it is shipped, replies going to a Graph API that takes everything.

use std::collections::HashMap;

use anyhow::Context;
use axum::{Json, Router, routing::post};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::json;
use switchboard::{app::Clock, config::Config, serve};
use tokio::net::TcpListener;

use crate::scene;

pub async fn serve() -> anyhow::Result<()> {
    switchboard::whatsapp::client::install_tls();
    let folder = scene::folder()?;
    let graph = TcpListener::bind("127.0.0.1:0").await?;
    let graph_address = graph.local_addr()?;
    let takes = || async { Json(json!({"messages": [{"id": format!("wamid.{}", uuid::Uuid::now_v7())}]})) };
    tokio::spawn(async move { axum::serve(graph, Router::new().fallback(post(takes))).await });
    let (listen, operator) = (free_port().await?, free_port().await?);
    let vars = [
        ("WHATSAPP_APP_SECRET", scene::SECRET.to_owned()),
        ("WA_VERIFY_TOKEN", "verify".to_owned()),
        ("WHATSAPP_ACCESS_TOKEN", "token".to_owned()),
        ("GRAPH_API_URL", format!("http://{graph_address}")),
        ("DATABASE_URL", format!("sqlite://{}", folder.join("switchboard.db").display())),
        ("PLUGINS_CONFIG", scene::manifest(&folder)?.display().to_string()),
        ("LISTEN_ADDR", listen.clone()),
        ("OPERATOR_ADDR", operator.clone()),
    ];
    let vars: HashMap<String, String> = vars.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let config = Config::from_vars(&vars)?;
    // Quantiles instead of the shipped buckets: the benchmark wants microseconds.
    let metrics = PrometheusBuilder::new().set_quantiles(&[0.5, 0.99])?.install_recorder().context("metrics")?;
    let _host = serve::start(&config, Clock::system(), metrics).await?;
    println!("{listen} {operator} {}", folder.join("switchboard.db").display());
    std::future::pending().await
}

async fn free_port() -> anyhow::Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0").await?.local_addr()?.to_string())
}
