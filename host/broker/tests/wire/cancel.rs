//! A call that is dropped: the server must notice, because only so does it stop generating.

use std::collections::BTreeMap;
use std::time::Duration;

use flux_broker::config::ModelsConfig;
use flux_broker::{Account, Broker, Model, Parts, Request, Terms};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Begins an answer, has the call dropped, and waits for the end of the connection.
pub async fn dropping_a_call_closes_its_connection() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut server = ModelsConfig::ollama_here().servers.remove("local").ok_or("there is a server")?;
    server.url = format!("http://{}", listener.local_addr()?);
    let config =
        ModelsConfig { servers: BTreeMap::from([("it".to_owned(), server)]), ..ModelsConfig::default() };
    let account = Account::new(Some(1.0));
    let terms = Terms { account: account.clone(), deadline: None };
    let bounded = Broker::new(&config, &Parts::default())?.bound(terms);
    let (shown, mut is_shown) = tokio::sync::mpsc::unbounded_channel();
    let call = tokio::spawn(async move {
        let show = &mut |text: &str| drop(shown.send(text.to_owned()));
        bounded.generate(&Request::new("m", "?"), show).await.map(drop)
    });
    let (mut stream, _) = listener.accept().await?;
    let mut asked = vec![0; 1 << 16];
    let _ = stream.read(&mut asked).await?;
    let line = "{\"message\":{\"content\":\"The\"},\"done\":false}\n";
    let head = "HTTP/1.1 200 -\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(format!("{head}{:x}\r\n{line}\r\n", line.len()).as_bytes()).await?;
    if is_shown.recv().await.as_deref() != Some("The") {
        return Err("the call ended before it was dropped".into());
    }
    if account.promised() == 0.0 {
        return Err("nothing is set aside while it answers".into());
    }
    call.abort();
    let end = async {
        while stream.read(&mut asked).await? > 0 {}
        Ok::<(), std::io::Error>(())
    };
    tokio::time::timeout(Duration::from_secs(10), end)
        .await
        .map_err(|_| "the connection is still there")??;
    let _ = call.await;
    if account.promised() > 0.0 || account.spent() > 0.0 {
        return Err("the money is not free again".into());
    }
    Ok(())
}
