//! A case: answers of a server, a call, and what is to come of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use flux_broker::config::{ModelsConfig, ServerConfig};
use flux_broker::{Account, Broker, Model, ModelError, Parts, Request, Retry, Terms};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::server::{Asked, Exchange, Server};

/// The address of a server that is to be the one of the test.
const HERE: &str = "http://here";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows, in a sentence.
    #[serde(rename = "title")]
    _title: String,
    server: Value,
    key: Option<String>,
    /// How often calls are made again.
    #[serde(default)]
    retries: u32,
    /// The whole time of the call.
    deadline_ms: Option<u64>,
    #[serde(default, rename = "exchange")]
    exchanges: Vec<Scripted>,
    #[serde(rename = "call")]
    calls: Vec<Call>,
}

/// An exchange as a case says it: a recorded one, or all of it; and what is expected of the request.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scripted {
    recorded: Option<String>,
    line: Option<String>,
    status: Option<u16>,
    content_type: Option<String>,
    location: Option<String>,
    body: Option<String>,
    /// So many bytes of `x` before the body.
    #[serde(default)]
    fill: usize,
    piece: Option<usize>,
    cut: Option<usize>,
    #[serde(default)]
    delay_ms: u64,
    #[serde(default)]
    pause_ms: u64,
    #[serde(default = "once")]
    times: usize,
    /// What the request's body has to have in it.
    #[serde(default)]
    sent: Value,
    /// What it must not have.
    #[serde(default)]
    not_sent: Vec<String>,
    authorization: Option<String>,
}

fn once() -> usize {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    /// A prompt and whatever else a request has.
    generate: Option<Value>,
    embed: Option<Vec<String>>,
    show: Option<String>,
    #[serde(default)]
    list: bool,
    /// What the answer has in it.
    answer: Option<Value>,
    /// What is shown while it arrives.
    shown: Option<Vec<String>>,
    /// What the error has in it.
    error: Option<BTreeMap<String, String>>,
}

impl Case {
    pub fn parse(text: &str, exchanges: &Path) -> Result<Self, String> {
        let mut case: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        for exchange in &mut case.exchanges {
            let Some(name) = &exchange.recorded else { continue };
            let path = exchanges.join(format!("{name}.json"));
            let text =
                std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let recorded: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
            let part = |pointer: &str| recorded.pointer(pointer).and_then(Value::as_str).unwrap_or("");
            exchange.line = Some(format!("{} {}", part("/request/method"), part("/request/path")));
            exchange.status =
                recorded["response"]["status"].as_u64().and_then(|status| status.try_into().ok());
            exchange.content_type = Some(part("/response/content_type").to_owned());
            exchange.body = Some(part("/response/body").to_owned());
        }
        Ok(case)
    }

    pub async fn run(self) -> Result<(), String> {
        let served: Vec<Scripted> =
            self.exchanges.iter().flat_map(|one| std::iter::repeat_n(one.clone(), one.times)).collect();
        let exchanges = served.iter().map(Scripted::exchange).collect::<Result<Vec<_>, _>>()?;
        let (server, address) = Server::start(exchanges).await.map_err(|error| error.to_string())?;
        let bounded = self.broker(&address)?.bound(Terms {
            account: Account::new(None),
            deadline: self.deadline_ms.map(|ms| tokio::time::Instant::now() + Duration::from_millis(ms)),
        });
        for call in &self.calls {
            call.make(&bounded, &address).await?;
        }
        let asked = server.asked();
        if let Some(what) = server.left_over().first() {
            return Err(format!("{what}; asked was {asked:#?}"));
        }
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for asked in &asked {
            let n = seen.entry(&asked.line).or_default();
            let scripted = served.iter().filter(|one| one.line.as_deref() == Some(&asked.line)).nth(*n);
            *n += 1;
            scripted.map_or(Ok(()), |scripted| scripted.check(asked))?;
        }
        Ok(())
    }

    fn broker(&self, address: &str) -> Result<Broker, String> {
        let mut server = self.server.clone();
        let url = server.get("url").and_then(Value::as_str).unwrap_or(HERE).replace(HERE, address);
        server["url"] = url.into();
        if self.key.is_some() {
            server["key_env"] = "KEY".into();
        }
        let server: ServerConfig = serde_json::from_value(server).map_err(|error| error.to_string())?;
        let config =
            ModelsConfig { servers: BTreeMap::from([("it".to_owned(), server)]), ..ModelsConfig::default() };
        let parts = Parts {
            keys: self.key.iter().map(|key| ("KEY".to_owned(), key.clone())).collect(),
            retry: Retry { retries: self.retries, pause: Duration::from_millis(1), seed: 0 },
            ..Parts::default()
        };
        Broker::new(&config, &parts).map_err(|error| error.to_string())
    }
}

impl Scripted {
    /// Whether the request is as it is to be.
    fn check(&self, asked: &Asked) -> Result<(), String> {
        has(&asked.body, &self.sent, "the request")?;
        if let Some(field) = self.not_sent.iter().find(|field| asked.body.get(field).is_some()) {
            return Err(format!("the request has `{field}`: {}", asked.body));
        }
        if self.authorization.is_some() && asked.authorization != self.authorization {
            return Err(format!("the authorization is {:?}", asked.authorization));
        }
        Ok(())
    }

    fn exchange(&self) -> Result<Exchange, String> {
        Ok(Exchange {
            line: self.line.clone().ok_or("an exchange has no `line`")?,
            status: self.status.unwrap_or(200),
            content_type: self.content_type.clone().unwrap_or_else(|| "application/json".to_owned()),
            location: self.location.clone(),
            body: "x".repeat(self.fill) + self.body.as_deref().unwrap_or_default(),
            piece: self.piece,
            cut: self.cut,
            delay: Duration::from_millis(self.delay_ms),
            pause: Duration::from_millis(self.pause_ms),
        })
    }
}

impl Call {
    async fn make(&self, model: &dyn Model, address: &str) -> Result<(), String> {
        let mut shown = Vec::new();
        let name = "smollm2:135m";
        let result = if let Some(fields) = &self.generate {
            let mut request = serde_json::to_value(Request::new(name, "What is the capital of France?"))
                .map_err(|error| error.to_string())?;
            merge(&mut request, fields);
            let request: Request = serde_json::from_value(request).map_err(|error| error.to_string())?;
            as_json(model.generate(&request, &mut |text| shown.push(text.to_owned())).await)
        } else if let Some(texts) = &self.embed {
            as_json(model.embed(name, texts).await)
        } else if let Some(name) = &self.show {
            as_json(model.show(name).await)
        } else if self.list {
            as_json(model.list().await)
        } else {
            return Err("a call is one of `generate`, `embed`, `show` and `list`".to_owned());
        };
        if let Some(expected) = &self.shown
            && *expected != shown
        {
            return Err(format!("shown is {shown:?}"));
        }
        match (result, &self.answer, &self.error) {
            (Ok(answer), Some(expected), None) => has(&answer, expected, "the answer"),
            (Err(error), None, Some(expected)) => check_error(&error, expected, address),
            (Ok(answer), _, _) => Err(format!("the answer is {answer}")),
            (Err(error), _, _) => Err(format!("the error is {error:?}")),
        }
    }
}

fn as_json<T: serde::Serialize>(result: Result<T, ModelError>) -> Result<Value, ModelError> {
    result.map(|answer| serde_json::to_value(answer).unwrap_or_default())
}

/// Each part of an error has the text in it that is expected; the kind is that text. Every error says which server.
fn check_error(error: &ModelError, expected: &BTreeMap<String, String>, address: &str) -> Result<(), String> {
    let parts = json!({
        "kind": error.kind.name(),
        "model": error.model,
        "server": error.server,
        "message": error.message,
        "help": error.help.clone().unwrap_or_default(),
    });
    for (part, text) in expected {
        let found =
            parts.get(part).and_then(Value::as_str).ok_or_else(|| format!("no error has `{part}`"))?;
        let is_there = if part == "kind" { found == text } else { found.contains(text.as_str()) };
        if !is_there {
            return Err(format!("expected `{text}` in `{part}`, found {error:?}"));
        }
    }
    let is_known = error.server.starts_with(address) || expected.contains_key("server");
    if is_known { Ok(()) } else { Err(format!("the server of {error:?} is not {address}")) }
}

/// Whether all of `expected` is in `found`: fields of objects, lists of the same length, other values as they are.
fn has(found: &Value, expected: &Value, place: &str) -> Result<(), String> {
    match (found, expected) {
        (_, Value::Null) => Ok(()),
        (Value::Object(found), Value::Object(expected)) => expected.iter().try_for_each(|(key, expected)| {
            has(found.get(key).unwrap_or(&Value::Null), expected, &format!("{place}.{key}"))
        }),
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => found
            .iter()
            .zip(expected)
            .enumerate()
            .try_for_each(|(idx, (found, expected))| has(found, expected, &format!("{place}[{idx}]"))),
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => Ok(()),
        _ if found == expected => Ok(()),
        _ => Err(format!("{place}: expected {expected}, found {found}")),
    }
}

fn merge(into: &mut Value, fields: &Value) {
    if let (Value::Object(into), Value::Object(fields)) = (into, fields) {
        fields.iter().for_each(|(key, value)| drop(into.insert(key.clone(), value.clone())));
    }
}
