//! OpenAI's interface, as vLLM, TGI, llama.cpp, Ollama under `/v1` and others speak it.

mod wire;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::time::Instant;

use self::wire::{Chunk, Completion, Embeddings, Models};
use crate::config::{ConfigError, ServerConfig};
use crate::error::{ErrorKind, ModelError};
use crate::http::{Answer, Http, said};
use crate::model::{Embedded, Finish, Generated, Listed, Model, OnText, Request, Shown};
use crate::prompt;

/// A server with OpenAI's interface.
pub struct OpenAi {
    http: Http,
    /// What stands between the address and the names of calls: `/v1`, unless the address ends with it.
    root: &'static str,
}

impl OpenAi {
    /// A client for `server`, which the configuration calls `name`, with its key if it wants one.
    ///
    /// # Errors
    /// [`ConfigError`]: a client cannot be made.
    pub fn new(name: &str, server: &ServerConfig, key: Option<&str>) -> Result<Self, ConfigError> {
        let absent = format!("start the server, or correct the `url` of `[server.{name}]`");
        let http = Http::new(name, server, key, absent)?;
        let root = if http.address().ends_with("/v1") { "" } else { "/v1" };
        Ok(Self { http, root })
    }

    async fn call(&self, model: &str, name: &str, body: Option<&Value>) -> Result<Answer<'_>, ModelError> {
        let path = format!("{}/{name}", self.root);
        let sent = self.http.send(model, &path, body).await?;
        let missing = "start the server with this model, or name one that `flux models` lists";
        sent.map_err(|refusal| self.http.refused(model, &refusal, missing))
    }

    async fn models(&self) -> Result<Models, ModelError> {
        self.call("", "models", None).await?.json().await
    }

    /// Reads the events of a stream into `generated`.
    async fn stream(
        &self,
        model: &str,
        mut answer: Answer<'_>,
        generated: &mut Generated,
        on_text: OnText<'_>,
    ) -> Result<(), ModelError> {
        let mut is_finished = false;
        while let Some(line) = answer.line().await? {
            // Comments, names of events and empty lines between events say nothing.
            let (field, data) = line.split_once(':').unwrap_or((&line, ""));
            let data = data.trim();
            if !matches!(field, "data" | "error") || data.is_empty() {
                continue;
            }
            if data == "[DONE]" {
                is_finished = true;
                break;
            }
            let chunk: Chunk =
                serde_json::from_str(data).map_err(|error| self.http.malformed(model, data, &error))?;
            if let Some(error) = &chunk.error {
                return Err(self.failed(model, error));
            }
            if field == "error" {
                return Err(self.http.error(ErrorKind::Failed, model, data));
            }
            if let Some(usage) = chunk.usage {
                (generated.prompt_tokens, generated.completion_tokens) =
                    (usage.prompt_tokens, usage.completion_tokens);
            }
            let Some(choice) = chunk.choices.into_iter().next() else { continue };
            if let Some(text) = choice.delta.content.filter(|text| !text.is_empty()) {
                generated.text.push_str(&text);
                on_text(&text);
            }
            if let Some(logprobs) = choice.logprobs {
                generated.tokens.extend(logprobs.content.into_iter().flatten().map(Into::into));
            }
            if let Some(reason) = choice.finish_reason {
                generated.finish = finish(&reason);
                is_finished = true;
            }
        }
        if is_finished {
            return Ok(());
        }
        let help = "look into the server's log: it may have run out of memory";
        Err(ModelError {
            help: Some(help.to_owned()),
            ..self.http.error(ErrorKind::Unreachable, model, "the answer ends in the middle")
        })
    }

    fn failed(&self, model: &str, error: &Value) -> ModelError {
        let message = said(error).unwrap_or_else(|| error.to_string());
        self.http.error(ErrorKind::Failed, model, message)
    }
}

#[async_trait]
impl Model for OpenAi {
    async fn generate(&self, request: &Request, on_text: OnText<'_>) -> Result<Generated, ModelError> {
        let model = &request.model;
        let begun = Instant::now();
        let answer = self.call(model, "chat/completions", Some(&chat(request))).await?;
        let mut generated = prompt::nothing_yet();
        if answer.is_stream_of_events() {
            self.stream(model, answer, &mut generated, on_text).await?;
        } else {
            // A server that does not stream sends the whole at once.
            let completion: Completion = answer.json().await?;
            if let Some(error) = &completion.error {
                return Err(self.failed(model, error));
            }
            let Some(choice) = completion.choices.into_iter().next() else {
                let message = "expected an answer, found a list of none";
                return Err(self.http.error(ErrorKind::Malformed, model, message));
            };
            generated.text = choice.message.content.unwrap_or_default();
            generated.finish = finish(&choice.finish_reason.unwrap_or_default());
            generated.tokens = choice
                .logprobs
                .into_iter()
                .flat_map(|logprobs| logprobs.content.into_iter().flatten())
                .map(Into::into)
                .collect();
            if let Some(usage) = completion.usage {
                (generated.prompt_tokens, generated.completion_tokens) =
                    (usage.prompt_tokens, usage.completion_tokens);
            }
            if !generated.text.is_empty() {
                on_text(&generated.text);
            }
        }
        // These servers do not say how long they took.
        generated.took = begun.elapsed();
        Ok(generated)
    }

    async fn embed(&self, model: &str, texts: &[String]) -> Result<Embedded, ModelError> {
        if texts.is_empty() {
            return Ok(Embedded { vectors: Vec::new(), prompt_tokens: 0 });
        }
        let body = json!({ "model": model, "input": texts });
        let mut reply: Embeddings = self.call(model, "embeddings", Some(&body)).await?.json().await?;
        reply.data.sort_by_key(|entry| entry.index);
        let vectors = reply.data.into_iter().map(|entry| entry.embedding).collect();
        let tokens = reply.usage.map_or(0, |usage| usage.prompt_tokens);
        prompt::embedded(&self.http, model, texts, vectors, tokens)
    }

    async fn list(&self) -> Result<Vec<Listed>, ModelError> {
        let listed = self.models().await?.data.into_iter().map(|entry| Listed {
            name: entry.id,
            server: "openai".to_owned(),
            size: entry.meta.and_then(|meta| meta.size),
            loaded: None,
        });
        Ok(listed.collect())
    }

    /// These servers say little: the context where they add it to the list of models.
    async fn show(&self, model: &str) -> Result<Shown, ModelError> {
        let is_meant =
            |entry: &wire::Entry| entry.id == model || entry.aliases.iter().any(|name| name == model);
        let Some(entry) = self.models().await?.data.into_iter().find(is_meant) else {
            let help = "start the server with this model, or name one that `flux models` lists";
            return Err(ModelError {
                help: Some(help.to_owned()),
                ..self.http.error(ErrorKind::NoModel, model, "the server does not list it")
            });
        };
        Ok(Shown {
            name: model.to_owned(),
            digest: None,
            family: None,
            context: entry.max_model_len.or(entry.meta.and_then(|meta| meta.n_ctx)),
            capabilities: Vec::new(),
        })
    }
}

/// The body of a call of `chat/completions`.
fn chat(request: &Request) -> Value {
    let mut body = json!({
        "model": request.model,
        "messages": prompt::messages(request),
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "stream": true,
        "stream_options": { "include_usage": true },
    });
    if let Some(seed) = request.seed {
        body["seed"] = prompt::seed(seed).into();
    }
    if !request.stop.is_empty() {
        body["stop"] = request.stop.clone().into();
    }
    if let Some(schema) = &request.schema {
        body["response_format"] = json!({
            "type": "json_schema",
            "json_schema": { "name": "answer", "strict": true, "schema": schema },
        });
    }
    if request.top_logprobs > 0 {
        body["logprobs"] = true.into();
        body["top_logprobs"] = request.top_logprobs.into();
    }
    body
}

fn finish(reason: &str) -> Finish {
    if reason == "length" { Finish::Length } else { Finish::Stop }
}
