//! The command line's way to the API: the router of this process, or that of the process which owns the enterprise, over its socket.

use crate::api::problem::{Problem, Refused};
use crate::folders;
use crate::owner::{self, Guests, Owner};
use crate::serve;
use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response};
use futures_util::StreamExt;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::UnixStream;
use tower::ServiceExt;

/// How long an owner that is just starting or ending is waited for.
const OWNER_TRIES: u32 = 50;
const OWNER_PAUSE: Duration = Duration::from_millis(100);
/// Bytes of one answer or one event.
const ANSWER_BYTES_MAX: usize = 256 * 1024 * 1024;

pub struct Client {
    way: Way,
    /// This process owns the enterprise.
    pub owner: Option<Owner>,
}

enum Way {
    Process(Router),
    /// The enterprise's folder, whose owner this process is a guest of.
    Socket(PathBuf, #[expect(dead_code, reason = "held while the owner is spoken to")] Guests),
}

async fn connect(root: &Path) -> Result<UnixStream> {
    let (_folder, path) = owner::short_socket(root)?;
    Ok(UnixStream::connect(path).await?)
}

/// A name as one segment of a path.
pub fn segment(name: &str) -> String {
    percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// One server-sent event.
pub struct ServerEvent {
    pub name: String,
    pub data: String,
}

impl Client {
    /// Becomes the owner where there is none, else speaks to it.
    pub async fn connect(root: &Path) -> Result<Client> {
        let file = owner::read_enterprise_file(root)?;
        if serve::is_scaled(&file) {
            let (_, router) = serve::control(root, &file).await?;
            return Ok(Client { way: Way::Process(router), owner: None });
        }
        for _ in 0..OWNER_TRIES {
            if let Some(lock) = owner::lock(root)? {
                let owner = Owner::start(root, lock, &[]).await?;
                return Ok(Client { way: Way::Process(owner.router.clone()), owner: Some(owner) });
            }
            if let Some(guests) = Guests::join(root)?
                && folders::socket(root).exists()
                && connect(root).await.is_ok()
            {
                return Ok(Client { way: Way::Socket(root.to_path_buf(), guests), owner: None });
            }
            tokio::time::sleep(OWNER_PAUSE).await;
        }
        let failure = engine::failure::Failure::new(
            &engine::failure::COMMAND_BUSY,
            format!("another process owns the enterprise in {} and does not answer", root.display()),
        );
        Err(Refused(failure.hint("see who it is with `fuser owner.lock` in that folder, and end it").into()).into())
    }

    async fn send(&self, request: Request<Body>) -> Result<Response<Body>> {
        match &self.way {
            Way::Process(router) => Ok(router.clone().oneshot(request).await?),
            Way::Socket(root, _) => {
                let stream = connect(root).await.context("the process that owned the enterprise ended; the next command goes on")?;
                let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
                tokio::spawn(connection);
                Ok(sender.send_request(request).await?.map(Body::new))
            }
        }
    }

    async fn ask(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Response<Body>> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "packwright")
            .header("content-type", "application/json")
            .body(Body::from(body))?;
        let response = self.send(request).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), ANSWER_BYTES_MAX).await?;
        match serde_json::from_slice::<Problem>(&bytes) {
            Ok(problem) => Err(Refused(problem).into()),
            Err(_) => Err(anyhow!("the API answered {status}: {}", String::from_utf8_lossy(&bytes))),
        }
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.json(Method::GET, path, Vec::new()).await
    }

    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        self.json(Method::POST, path, serde_json::to_vec(body)?).await
    }

    pub async fn put<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        self.json(Method::PUT, path, serde_json::to_vec(body)?).await
    }

    pub async fn send_json<T: DeserializeOwned>(&self, method: Method, path: &str) -> Result<T> {
        self.json(method, path, Vec::new()).await
    }

    async fn json<T: DeserializeOwned>(&self, method: Method, path: &str, body: Vec<u8>) -> Result<T> {
        let response = self.ask(method, path, body).await?;
        let bytes = axum::body::to_bytes(response.into_body(), ANSWER_BYTES_MAX).await?;
        serde_json::from_slice(&bytes).with_context(|| format!("cannot read the answer of {path}"))
    }

    /// Reads a stream of events to its end.
    pub async fn events(&self, method: Method, path: &str, body: Vec<u8>, mut each: impl FnMut(ServerEvent) -> Result<()>) -> Result<()> {
        let response = self.ask(method, path, body).await?;
        let mut stream = response.into_body().into_data_stream();
        let mut buffer: Vec<u8> = Vec::new();
        while let Some(chunk) = stream.next().await {
            buffer.extend_from_slice(&chunk?);
            while let Some(end) = buffer.windows(2).position(|pair| pair == b"\n\n") {
                let text = String::from_utf8_lossy(&buffer[..end]).into_owned();
                buffer.drain(..end + 2);
                if let Some(event) = read_event(&text) {
                    each(event)?;
                }
            }
            if buffer.len() > ANSWER_BYTES_MAX {
                return Err(anyhow!("an event of {path} is too long"));
            }
        }
        Ok(())
    }
}

fn read_event(text: &str) -> Option<ServerEvent> {
    let (mut name, mut data) = (String::new(), Vec::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("event:") {
            name = rest.trim_start().to_string();
        } else if let Some(rest) = line.strip_prefix("data:") {
            data.push(rest.strip_prefix(' ').unwrap_or(rest));
        }
    }
    (!name.is_empty()).then(|| ServerEvent { name, data: data.join("\n") })
}
