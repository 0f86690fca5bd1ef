//! Ollama's own interface.
//!
//! What is peculiar about it, and measured: options of the runner that change from call to call have the model loaded
//! anew, so the configuration fixes them; a model that can think does so unless it is told not to; an unknown `format`
//! is ignored without a word, so the schema stands in the prompt, too; counters that are 0 are left out; a failure in
//! the middle of an answer is a line under status 200.

mod wire;

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;

use self::wire::{ChatLine, Embeddings, Models, ShowReply, Version};
use crate::config::{ConfigError, ServerConfig};
use crate::error::{ErrorKind, ModelError};
use crate::http::{Answer, Http};
use crate::model::{Embedded, Finish, Generated, Listed, Model, OnText, Request, Shown};
use crate::prompt;
use crate::residency::Residence;

/// The context that Ollama gives a model on a machine without a big graphics card, in tokens.
const USUAL_CONTEXT: u64 = 4096;

/// The first version whose answers have log-probabilities.
const LOGPROBS_SINCE: [u64; 3] = [0, 12, 11];

/// An Ollama server.
pub struct Ollama {
    http: Http,
    /// The same in every call.
    options: Map<String, Value>,
    version: OnceCell<String>,
}

impl Ollama {
    /// A client for `server`, which the configuration calls `name`, with its key if it wants one.
    ///
    /// # Errors
    /// [`ConfigError`]: a client cannot be made, or an option cannot be sent.
    pub fn new(name: &str, server: &ServerConfig, key: Option<&str>) -> Result<Self, ConfigError> {
        let absent =
            format!("start the server with `ollama serve`, or correct the `url` of `[server.{name}]`");
        let http = Http::new(name, server, key, absent)?;
        let options = match serde_json::to_value(&server.options) {
            Ok(Value::Object(options)) => options,
            _ => {
                let message = "the options cannot be written as JSON".to_owned();
                return Err(ConfigError::Client { server: name.to_owned(), message });
            }
        };
        Ok(Self { http, options, version: OnceCell::new() })
    }

    /// The server's version, asked for once.
    ///
    /// # Errors
    /// As [`Model::list`].
    pub async fn version(&self) -> Result<&str, ModelError> {
        let ask = || async {
            let answer = self.get("/api/version").await?;
            Ok(answer.json::<Version>().await?.version)
        };
        self.version.get_or_try_init(ask).await.map(String::as_str)
    }

    /// Whether it reports log-probabilities. A server built without a version (`0.0.0`) is taken for a new one.
    async fn has_logprobs(&self) -> Result<bool, ModelError> {
        let parts = self.version().await?.split(['.', '-']);
        let numbers: Vec<u64> = parts.map_while(|part| part.parse().ok()).collect();
        Ok(numbers.iter().all(|number| *number == 0) || numbers.as_slice() >= LOGPROBS_SINCE.as_slice())
    }

    async fn get(&self, path: &str) -> Result<Answer<'_>, ModelError> {
        let sent = self.http.send("", path, None).await?;
        sent.map_err(|refusal| self.http.refused("", &refusal, "update the server"))
    }

    async fn post(&self, model: &str, path: &str, body: &Value) -> Result<Answer<'_>, ModelError> {
        let sent = self.http.send(model, path, Some(body)).await?;
        sent.map_err(|refusal| {
            self.http.refused(model, &refusal, &format!("get it with `ollama pull {model}`"))
        })
    }

    async fn tags(&self) -> Result<Models, ModelError> {
        self.get("/api/tags").await?.json().await
    }

    async fn processes(&self) -> Result<Models, ModelError> {
        self.get("/api/ps").await?.json().await
    }

    /// The body of a call of `/api/chat`.
    fn chat(&self, request: &Request) -> Value {
        let mut options = self.options.clone();
        options.insert("temperature".to_owned(), request.temperature.into());
        options
            .insert("num_predict".to_owned(), i32::try_from(request.max_tokens).unwrap_or(i32::MAX).into());
        if let Some(seed) = request.seed {
            options.insert("seed".to_owned(), prompt::seed(seed).into());
        }
        if !request.stop.is_empty() {
            options.insert("stop".to_owned(), request.stop.clone().into());
        }
        let mut body = json!({
            "model": request.model,
            "messages": prompt::messages(request),
            "options": options,
            "stream": true,
            "think": false,
        });
        if let Some(schema) = &request.schema {
            body["format"] = schema.clone();
        }
        if request.top_logprobs > 0 {
            body["logprobs"] = true.into();
            body["top_logprobs"] = request.top_logprobs.into();
        }
        body
    }
}

#[async_trait]
impl Model for Ollama {
    async fn generate(&self, request: &Request, on_text: OnText<'_>) -> Result<Generated, ModelError> {
        let model = &request.model;
        let mut answer = self.post(model, "/api/chat", &self.chat(request)).await?;
        let mut generated = prompt::nothing_yet();
        while let Some(text) = answer.line().await? {
            if text.trim().is_empty() {
                continue;
            }
            let line: ChatLine =
                serde_json::from_str(&text).map_err(|error| self.http.malformed(model, &text, &error))?;
            if let Some(error) = line.error {
                return Err(self.http.error(ErrorKind::Failed, model, error));
            }
            if !line.message.content.is_empty() {
                generated.text.push_str(&line.message.content);
                on_text(&line.message.content);
            }
            generated.tokens.extend(line.logprobs.into_iter().map(Into::into));
            if line.done {
                generated.finish = if line.done_reason == "length" { Finish::Length } else { Finish::Stop };
                generated.prompt_tokens = line.prompt_eval_count;
                generated.completion_tokens = line.eval_count;
                generated.took = Duration::from_nanos(line.total_duration);
                return Ok(generated);
            }
        }
        let help = "look into the server's log: it may have run out of memory";
        Err(ModelError {
            help: Some(help.to_owned()),
            ..self.http.error(ErrorKind::Unreachable, model, "the answer ends in the middle")
        })
    }

    async fn embed(&self, model: &str, texts: &[String]) -> Result<Embedded, ModelError> {
        let body = json!({ "model": model, "input": texts, "options": self.options });
        let reply: Embeddings = self.post(model, "/api/embed", &body).await?.json().await?;
        prompt::embedded(&self.http, model, texts, reply.embeddings, reply.prompt_eval_count)
    }

    async fn list(&self) -> Result<Vec<Listed>, ModelError> {
        let (tags, loaded) = (self.tags().await?, self.processes().await?);
        let listed = tags.models.into_iter().map(|model| Listed {
            loaded: Some(loaded.find(&model.name).is_some()),
            name: model.name,
            server: "ollama".to_owned(),
            size: Some(model.size),
        });
        Ok(listed.collect())
    }

    async fn show(&self, model: &str) -> Result<Shown, ModelError> {
        let reply: ShowReply =
            self.post(model, "/api/show", &json!({ "model": model })).await?.json().await?;
        let digest = self.tags().await?.find(model).map(|entry| entry.digest.clone());
        let mut capabilities = reply.capabilities;
        if self.has_logprobs().await? {
            capabilities.push("logprobs".to_owned());
        }
        let given = self.options.get("num_ctx").and_then(Value::as_u64).unwrap_or(USUAL_CONTEXT);
        let trained = wire::context_length(&reply.model_info);
        Ok(Shown {
            name: model.to_owned(),
            digest,
            family: Some(reply.details.family).filter(|family| !family.is_empty()),
            context: Some(trained.map_or(given, |trained| trained.min(given))),
            capabilities,
        })
    }
}

#[async_trait]
impl Residence for Ollama {
    async fn loaded(&self) -> Result<Vec<(String, u64)>, ModelError> {
        Ok(self.processes().await?.models.into_iter().map(|model| (model.name, model.size)).collect())
    }

    async fn size(&self, model: &str) -> Result<Option<u64>, ModelError> {
        Ok(self.tags().await?.find(model).map(|entry| entry.size))
    }

    async fn unload(&self, model: &str) -> Result<(), ModelError> {
        let body = json!({ "model": model, "messages": [], "keep_alive": 0, "stream": false });
        self.post(model, "/api/chat", &body).await?.text().await.map(drop)
    }
}
