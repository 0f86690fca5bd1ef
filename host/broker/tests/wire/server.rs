//! A small HTTP server that says what it is told to, at the pace and in the pieces that it is told to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What is answered to a request.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// `POST /api/chat`
    pub line: String,
    pub status: u16,
    pub content_type: String,
    pub location: Option<String>,
    pub body: String,
    /// The bytes of a piece; all at once if none.
    pub piece: Option<usize>,
    /// How many bytes of the body are sent before the connection is cut.
    pub cut: Option<usize>,
    /// The pause before the head.
    pub delay: Duration,
    /// The pause before each piece but the first.
    pub pause: Duration,
}

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `POST /api/chat`
    pub line: String,
    pub authorization: Option<String>,
    pub body: Value,
}

#[derive(Default)]
struct Log {
    left: Vec<Exchange>,
    asked: Vec<Asked>,
    unexpected: Vec<String>,
}

#[derive(Clone, Default)]
pub struct Server {
    log: Arc<Mutex<Log>>,
}

impl Server {
    /// Serves `exchanges` on a port of this machine until the runtime ends; gives the address, too.
    /// Each exchange answers once, the first one first among those for the same method and path.
    pub async fn start(exchanges: Vec<Exchange>) -> std::io::Result<(Self, String)> {
        let server = Self::default();
        server.log.lock().expect("no panic").left = exchanges;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        tokio::spawn({
            let server = server.clone();
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let server = server.clone();
                    // A client that has gone away is no failure of the server.
                    tokio::spawn(async move { server.serve(stream).await.ok() });
                }
            }
        });
        Ok((server, address))
    }

    /// What was asked, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.log.lock().expect("no panic").asked.clone()
    }

    /// What was asked without there being an answer, and the answers that nobody asked for.
    pub fn left_over(&self) -> Vec<String> {
        let log = self.log.lock().expect("no panic");
        let left = log.left.iter().map(|exchange| format!("nobody asked for `{}`", exchange.line));
        left.chain(log.unexpected.iter().cloned()).collect()
    }

    async fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let asked = read(&mut stream).await?;
        let exchange = {
            let mut log = self.log.lock().expect("no panic");
            log.asked.push(asked.clone());
            match log.left.iter().position(|exchange| exchange.line == asked.line) {
                Some(idx) => log.left.remove(idx),
                None => {
                    log.unexpected.push(format!("there is no answer to `{}`", asked.line));
                    return Ok(());
                }
            }
        };
        exchange.answer(&mut stream).await
    }
}

async fn read(stream: &mut TcpStream) -> std::io::Result<Asked> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let header = |name: &str| {
        let value = |line: &str| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        };
        head.lines().find_map(value)
    };
    let length: usize = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while bytes.len() < end + length {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    let line = head.split(" HTTP/").next().unwrap_or_default().to_owned();
    let body = serde_json::from_slice(&bytes[end..]).unwrap_or(Value::Null);
    Ok(Asked { line, authorization: header("authorization"), body })
}

impl Exchange {
    async fn answer(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        tokio::time::sleep(self.delay).await;
        let location = self.location.iter().map(|to| format!("location: {to}\r\n")).collect::<String>();
        let head = format!(
            "HTTP/1.1 {} -\r\ncontent-type: {}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n{location}\r\n",
            self.status, self.content_type
        );
        stream.write_all(head.as_bytes()).await?;
        let body = self.body.as_bytes();
        let body = &body[..self.cut.unwrap_or(body.len()).min(body.len())];
        for (n, piece) in body.chunks(self.piece.unwrap_or(usize::MAX)).enumerate() {
            if n > 0 {
                tokio::time::sleep(self.pause).await;
            }
            stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await?;
            stream.write_all(piece).await?;
            stream.write_all(b"\r\n").await?;
            stream.flush().await?;
        }
        if self.cut.is_none() {
            stream.write_all(b"0\r\n\r\n").await?;
        }
        stream.shutdown().await
    }
}
