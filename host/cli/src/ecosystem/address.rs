//! Where Ollama is, as its own variable says it.

/// Where it is when nothing is said.
const USUAL: &str = "http://127.0.0.1:11434";
/// The port that an address without one means.
const PORT: u16 = 11434;

/// The address that a value of `OLLAMA_HOST` means, in the forms that Ollama takes: `host`, `host:port`, `:port`, with a
/// scheme or without. A server that listens everywhere is asked on this machine.
pub(crate) fn of_ollama(value: Option<&str>) -> String {
    let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) else {
        return USUAL.to_owned();
    };
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    let (place, path) = rest.split_once('/').map_or((rest, ""), |(place, path)| (place, path));
    let (host, port) = match place.rsplit_once(':') {
        // The last colon of an address in brackets is inside of them.
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
        _ => (place, None),
    };
    let host = match host {
        "" | "0.0.0.0" | "[::]" => "127.0.0.1",
        host => host,
    };
    let port = port.unwrap_or(match scheme {
        "https" => 443,
        "http" if value.contains("://") && !place.contains(':') => 80,
        _ => PORT,
    });
    let path = path.trim_end_matches('/');
    let separator = if path.is_empty() { "" } else { "/" };
    format!("{scheme}://{host}:{port}{separator}{path}")
}

#[cfg(test)]
mod tests {
    use super::of_ollama;

    #[test]
    fn addresses_are_read_as_ollama_reads_them() {
        let cases = [
            (None, "http://127.0.0.1:11434"),
            (Some(""), "http://127.0.0.1:11434"),
            (Some("0.0.0.0"), "http://127.0.0.1:11434"),
            (Some("0.0.0.0:8080"), "http://127.0.0.1:8080"),
            (Some(":9000"), "http://127.0.0.1:9000"),
            (Some("gpu.example"), "http://gpu.example:11434"),
            (Some("http://gpu.example"), "http://gpu.example:80"),
            (Some("https://gpu.example/models/"), "https://gpu.example:443/models"),
            (Some("http://gpu.example:11434"), "http://gpu.example:11434"),
            (Some("[::1]:11434"), "http://[::1]:11434"),
        ];
        for (value, expected) in cases {
            assert_eq!(of_ollama(value), expected, "{value:?}");
        }
    }
}
