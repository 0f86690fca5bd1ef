use super::{ConfigError, ModelsConfig, ServerKind};

fn refused(text: &str) -> ConfigError {
    ModelsConfig::parse(text).expect_err("the configuration is wrong")
}

#[test]
fn a_file_says_servers_and_models() {
    let text = r#"
        default_server = "local"
        [server.local]
        kind = "ollama"
        url = "http://127.0.0.1:11434"
        options = { num_ctx = 4096, num_thread = 1 }
        memory = 16_000_000_000
        [server.far]
        kind = "openai"
        url = "https://models.example/v1"
        key_env = "FAR_KEY"
        concurrency = 8
        [model.fast]
        server = "far"
        name = "tiny"
        cost_per_token = 0.000001
        [model.plain]
        [model.weak]
        nature = "small and quick, knows little"
        simulated = { competence = { geography = 0.4 }, otherwise = 0.5, judging = 0.85, latency_ms = 40.0 }
        [simulated]
        questions = "questions.toml"
    "#;
    let config = ModelsConfig::parse(text).expect("it is right");
    let far = &config.servers["far"];
    assert_eq!((far.kind, far.concurrency, far.timeout_seconds), (ServerKind::Openai, 8, 300.0));
    assert_eq!(config.server_by_default(), Some("local"));
    assert_eq!(config.simulated.seed, 1);
    assert!(config.is_simulated("weak") && !config.is_simulated("fast"));
}

#[test]
fn unknown_keys_are_named_with_their_place() {
    let error = refused("[server.local]\nkind = \"ollama\"\nurl = \"http://x\"\ntimeout = 3\n");
    let ConfigError::Toml { line, column, message } = &error else { panic!("{error}") };
    assert_eq!((*line, *column), (4, 1), "{error}");
    assert!(message.contains("`timeout`") && message.contains("`timeout_seconds`"), "{error}");
}

/// Each line: a text, the key that is named, a part of the remedy.
#[test]
fn what_makes_no_sense_is_refused_with_a_remedy() {
    let server = "[server.local]\nkind = \"ollama\"\nurl = \"http://x\"\n";
    let cases = [
        ("[model.a]\n".to_owned(), "model.a.server", "default_server"),
        (format!("default_server = \"locl\"\n{server}"), "default_server", "did you mean `local`"),
        (format!("{server}[model.a]\nserver = \"elsewhere\"\n"), "model.a.server", "[server.elsewhere]"),
        (format!("{server}[model.a]\nname = \" \"\n"), "model.a.name", "leave it out"),
        (format!("{server}[model.a]\ncost_per_token = -1.0\n"), "model.a.cost_per_token", "0.000002"),
        (format!("{server}[model.a]\ncost_per_token = nan\n"), "model.a.cost_per_token", "0.000002"),
        (format!("{server}[model.a]\ncontext = 0\n"), "model.a.context", "leave it out"),
        ("[model.a]\nname = \"b\"\nsimulated = {}\n".to_owned(), "model.a.name", "simulated"),
        ("[simulated]\nconcurrency = 0\n".to_owned(), "simulated.concurrency", "leave it out"),
        (format!("{server}concurrency = 0\n"), "server.local.concurrency", "leave it out"),
        (format!("{server}timeout_seconds = 0\n"), "server.local.timeout_seconds", "300"),
        (format!("{server}options = {{ seed = 1 }}\n"), "server.local.options.seed", "leave it out"),
        (server.replace("http://x", "x:80"), "server.local.url", "11434"),
        (server.replace("ollama", "openai") + "memory = 1\n", "server.local.memory", "ollama"),
        (server.replace("ollama", "openai") + "options = { a = 1 }\n", "server.local.options", "ollama"),
    ];
    for (text, key, remedy) in cases {
        let error = refused(&text);
        assert!(error.to_string().starts_with(&format!("`{key}`: ")), "{error} for {text}");
        let help = error.help().expect("there is a remedy");
        assert!(help.contains(remedy), "{help} for {text}");
    }
}
