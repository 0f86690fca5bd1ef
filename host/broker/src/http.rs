//! HTTP, as model servers need it: JSON out, JSON or a stream of lines back, every failure with its reason.

mod status;

use std::error::Error;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::Value;

use crate::config::{ConfigError, ServerConfig};
use crate::error::{ErrorKind, ModelError};
use crate::limits;

pub(crate) use status::said;

/// How long a server may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// A server that is spoken to.
pub(crate) struct Http {
    client: Client,
    /// Without a slash at its end.
    address: String,
    authorization: Option<HeaderValue>,
    timeout: Duration,
    /// What to do if nobody answers.
    absent: String,
}

/// An answer that is not a success.
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) body: String,
}

impl Http {
    pub(crate) fn new(
        name: &str,
        server: &ServerConfig,
        key: Option<&str>,
        absent: String,
    ) -> Result<Self, ConfigError> {
        let failed = |message: String| ConfigError::Client { server: name.to_owned(), message };
        let tls = tls(server.url.starts_with("https:"))
            .map_err(|error| failed(format!("this system has no certificates to trust: {error}")))?;
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(CONNECT.min(server.timeout()))
            // A key is meant for the address that the file names, and for no other.
            .redirect(reqwest::redirect::Policy::none())
            // What a proxy is for is said by the environment, which only the caller may look at.
            .no_proxy()
            .build()
            .map_err(|error| failed(error.to_string()))?;
        let authorization = match key {
            None => None,
            Some(key) => {
                let mut value = HeaderValue::from_str(&format!("Bearer {key}"))
                    .map_err(|_| failed("the key has characters that no header can have".to_owned()))?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        let address = server.url.trim_end_matches('/').to_owned();
        Ok(Self { client, address, authorization, timeout: server.timeout(), absent })
    }

    /// Where it is.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// An error of this server.
    pub(crate) fn error(&self, kind: ErrorKind, model: &str, message: impl Into<String>) -> ModelError {
        ModelError {
            kind,
            model: model.to_owned(),
            server: self.address.clone(),
            message: message.into(),
            help: None,
        }
    }

    /// Sends a request and waits for the head of the answer: with a body it is a POST, without one a GET.
    pub(crate) async fn send(
        &self,
        model: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Result<Answer<'_>, Refusal>, ModelError> {
        let url = format!("{}{path}", self.address);
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let mut request = self.client.request(method, url);
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let response = match tokio::time::timeout(self.timeout, request.send()).await {
            Err(_) => return Err(self.silent(model)),
            Ok(Err(error)) => return Err(self.broken(model, &error)),
            Ok(Ok(response)) => response,
        };
        let status = response.status();
        let answer = Answer::new(self, model, response);
        if status.is_success() {
            return Ok(Ok(answer));
        }
        let body = answer.text().await?;
        Ok(Err(Refusal { status, body }))
    }

    fn silent(&self, model: &str) -> ModelError {
        let message = format!("no answer in {} s", self.timeout.as_secs_f64());
        let help = "raise the server's `timeout_seconds`, or ask a smaller model";
        ModelError { help: Some(help.to_owned()), ..self.error(ErrorKind::TimedOut, model, message) }
    }

    fn broken(&self, model: &str, error: &reqwest::Error) -> ModelError {
        if error.is_timeout() {
            return self.silent(model);
        }
        if let Some(distrust) = distrust(error) {
            let message = format!("the connection cannot be trusted: {distrust}");
            let help = "correct the server's `url`, or have this system trust the server's certificate";
            let help = Some(help.to_owned());
            return ModelError { help, ..self.error(ErrorKind::Refused, model, message) };
        }
        let what = if error.is_connect() { "nobody accepts connections" } else { "the connection broke" };
        let message = match causes(error).last() {
            Some(cause) => format!("{what}: {}", cause.to_string().to_lowercase()),
            None => what.to_owned(),
        };
        ModelError { help: Some(self.absent.clone()), ..self.error(ErrorKind::Unreachable, model, message) }
    }
}

/// What an error comes from; the last one says most.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}

/// What TLS has against a connection. It is wrapped once by each layer that it passes.
fn distrust(error: &reqwest::Error) -> Option<&rustls::Error> {
    causes(error).find_map(|cause| {
        let mut inner = cause.downcast_ref::<std::io::Error>()?.get_ref()?;
        while let Some(wrapped) = inner.downcast_ref::<std::io::Error>() {
            inner = wrapped.get_ref()?;
        }
        inner.downcast_ref()
    })
}

/// TLS by ring, with the certificates of this system. Where it will not be used there may be none.
fn tls(is_used: bool) -> Result<rustls::ClientConfig, rustls::Error> {
    use rustls_platform_verifier::BuilderVerifierExt;

    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let builder = if is_used {
        builder.with_platform_verifier()?
    } else {
        builder.with_root_certificates(rustls::RootCertStore::empty())
    };
    Ok(builder.with_no_client_auth())
}

/// The body of an answer, as it arrives.
pub(crate) struct Answer<'a> {
    http: &'a Http,
    model: String,
    is_stream_of_events: bool,
    chunks: BoxStream<'static, reqwest::Result<Vec<u8>>>,
    /// What has arrived and was not taken yet.
    rest: Vec<u8>,
    /// How much of `rest` has no end of a line in it.
    searched: usize,
    /// How much has arrived.
    total: usize,
}

impl<'a> Answer<'a> {
    fn new(http: &'a Http, model: &str, response: Response) -> Self {
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
        Self {
            http,
            model: model.to_owned(),
            is_stream_of_events: kind.starts_with("text/event-stream"),
            chunks: response.bytes_stream().map(|chunk| chunk.map(Into::into)).boxed(),
            rest: Vec::new(),
            searched: 0,
            total: 0,
        }
    }

    /// Whether it is in lines of server-sent events.
    pub(crate) fn is_stream_of_events(&self) -> bool {
        self.is_stream_of_events
    }

    /// The next line without its end; none behind the last one.
    pub(crate) async fn line(&mut self) -> Result<Option<String>, ModelError> {
        loop {
            if let Some(at) = self.rest[self.searched..].iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=self.searched + at).collect();
                self.searched = 0;
                return self.utf8(line).map(|line| Some(line.trim_end_matches(['\r', '\n']).to_owned()));
            }
            self.searched = self.rest.len();
            if self.rest.len() > limits::LINE_BYTES {
                return Err(self.too_long("a line", limits::LINE_BYTES));
            }
            if !self.more().await? {
                self.searched = 0;
                let last = std::mem::take(&mut self.rest);
                return if last.is_empty() { Ok(None) } else { self.utf8(last).map(Some) };
            }
        }
    }

    /// All of it.
    pub(crate) async fn text(mut self) -> Result<String, ModelError> {
        while self.more().await? {}
        let all = std::mem::take(&mut self.rest);
        self.utf8(all)
    }

    /// All of it, as JSON of one shape.
    pub(crate) async fn json<T: serde::de::DeserializeOwned>(self) -> Result<T, ModelError> {
        let (http, model) = (self.http, self.model.clone());
        let text = self.text().await?;
        serde_json::from_str(&text).map_err(|error| http.malformed(&model, &text, &error))
    }

    /// Waits for more; false at the end.
    async fn more(&mut self) -> Result<bool, ModelError> {
        match tokio::time::timeout(self.http.timeout, self.chunks.next()).await {
            Err(_) => Err(self.http.silent(&self.model)),
            Ok(None) => Ok(false),
            Ok(Some(Err(error))) => Err(self.http.broken(&self.model, &error)),
            Ok(Some(Ok(chunk))) => {
                self.total = self.total.saturating_add(chunk.len());
                if self.total > limits::ANSWER_BYTES {
                    return Err(self.too_long("an answer", limits::ANSWER_BYTES));
                }
                self.rest.extend_from_slice(&chunk);
                Ok(true)
            }
        }
    }

    fn too_long(&self, what: &str, limit: usize) -> ModelError {
        let message = format!("the server sent {what} of more than {limit} bytes");
        self.http.error(ErrorKind::Malformed, &self.model, message)
    }

    fn utf8(&self, bytes: Vec<u8>) -> Result<String, ModelError> {
        String::from_utf8(bytes).map_err(|_| {
            self.http.error(ErrorKind::Malformed, &self.model, "expected text in UTF-8, found other bytes")
        })
    }
}

impl Http {
    /// What was to be JSON of some shape and is not.
    pub(crate) fn malformed(&self, model: &str, text: &str, error: &serde_json::Error) -> ModelError {
        let start = shortened(text, 80);
        let message = format!("expected an answer in JSON, found `{start}`: {error}");
        let help = "check that the server at this address speaks the interface that `kind` says";
        ModelError { help: Some(help.to_owned()), ..self.error(ErrorKind::Malformed, model, message) }
    }
}

/// The text, cut to at most `bytes`.
pub(crate) fn shortened(text: &str, bytes: usize) -> &str {
    let text = text.trim();
    if text.len() <= bytes { text } else { &text[..text.floor_char_boundary(bytes)] }
}
