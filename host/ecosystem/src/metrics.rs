//! Counters and gauges, under the names that peers know, in a registry of their own.

use prometheus::{
    CounterVec, Encoder, GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry, TextEncoder,
};

/// The upper ends of the classes of durations, in seconds.
const SECONDS: [f64; 8] = [0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0];

/// What is counted. Clones count together.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    errors: IntCounterVec,
    seconds: HistogramVec,
    confidence: GaugeVec,
    temperature: GaugeVec,
    cost: CounterVec,
    designer: GaugeVec,
}

impl Metrics {
    /// Metrics at zero.
    ///
    /// # Errors
    /// None in practice: the names are fixed, valid and different.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let stage = ["tenant_id", "attractor", "stage"];
        let requests = Opts::new("flux_requests_total", "stages that were asked to answer");
        let errors = Opts::new("flux_errors_total", "questions without an answer");
        let seconds = HistogramOpts::new("flux_request_duration_seconds", "time from question to answer");
        let confidence = Opts::new("flux_confidence_score", "confidence of the last answer that was scored");
        let temperature = Opts::new("flux_stage_temperature", "temperature of the last call of a stage");
        let cost = Opts::new("flux_cost_total", "what answers cost, in units of money");
        let designer = Opts::new("flux_meta_designer_score", "score of an ecosystem that was tried");
        let build = Opts::new("flux_build_info", "always 1; the label is the version");
        let metrics = Self {
            requests: IntCounterVec::new(requests, &stage)?,
            errors: IntCounterVec::new(errors, &["tenant_id", "attractor", "stage", "error_type"])?,
            seconds: HistogramVec::new(seconds.buckets(SECONDS.to_vec()), &["tenant_id", "attractor"])?,
            confidence: GaugeVec::new(confidence, &["tenant_id", "attractor"])?,
            temperature: GaugeVec::new(temperature, &stage)?,
            cost: CounterVec::new(cost, &["tenant_id"])?,
            designer: GaugeVec::new(designer, &["phase"])?,
            registry,
        };
        let build = GaugeVec::new(build, &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1.0);
        let registry = &metrics.registry;
        registry.register(Box::new(build))?;
        registry.register(Box::new(metrics.requests.clone()))?;
        registry.register(Box::new(metrics.errors.clone()))?;
        registry.register(Box::new(metrics.seconds.clone()))?;
        registry.register(Box::new(metrics.confidence.clone()))?;
        registry.register(Box::new(metrics.temperature.clone()))?;
        registry.register(Box::new(metrics.cost.clone()))?;
        registry.register(Box::new(metrics.designer.clone()))?;
        Ok(metrics)
    }

    /// All of them in the text format of Prometheus, in the order of their names.
    #[must_use]
    pub fn text(&self) -> String {
        let mut written = Vec::new();
        // Writing to memory does not fail; a family without metrics is never gathered.
        let result = TextEncoder::new().encode(&self.registry.gather(), &mut written);
        if let Err(error) = result {
            tracing::warn!(%error, "metrics could not be written");
        }
        String::from_utf8_lossy(&written).into_owned()
    }

    /// What the designer thinks of an ecosystem; `phase` says which, such as `before` and `after`.
    pub fn designer_score(&self, phase: &str, score: f64) {
        self.designer.with_label_values(&[phase]).set(score);
    }

    pub(crate) fn stage(&self, tenant: &str, attractor: &str, stage: &str, temperature: f64) {
        self.requests.with_label_values(&[tenant, attractor, stage]).inc();
        self.temperature.with_label_values(&[tenant, attractor, stage]).set(temperature);
    }

    pub(crate) fn answered(&self, tenant: &str, attractor: &str, score: Option<f64>, seconds: f64) {
        self.seconds.with_label_values(&[tenant, attractor]).observe(seconds);
        if let Some(score) = score {
            self.confidence.with_label_values(&[tenant, attractor]).set(score);
        }
    }

    pub(crate) fn cost(&self, tenant: &str, cost: f64) {
        self.cost.with_label_values(&[tenant]).inc_by(cost.max(0.0));
    }

    pub(crate) fn failed(&self, tenant: &str, attractor: &str, stage: &str, kind: &str) {
        self.errors.with_label_values(&[tenant, attractor, stage, kind]).inc();
    }
}

#[cfg(test)]
mod tests {
    use super::Metrics;

    #[test]
    fn metrics_have_the_names_that_peers_know() {
        let metrics = Metrics::new().expect("valid names");
        metrics.stage("t", "qa", "Answer", 0.7);
        metrics.answered("t", "qa", Some(0.9), 0.2);
        metrics.cost("t", 0.001);
        metrics.failed("t", "qa", "Answer", "busy");
        metrics.designer_score("before", 0.5);
        let text = metrics.text();
        for line in [
            "flux_build_info{version=\"0.1.0\"} 1",
            "flux_requests_total{attractor=\"qa\",stage=\"Answer\",tenant_id=\"t\"} 1",
            "flux_errors_total{attractor=\"qa\",error_type=\"busy\",stage=\"Answer\",tenant_id=\"t\"} 1",
            "flux_request_duration_seconds_bucket{attractor=\"qa\",tenant_id=\"t\",le=\"0.1\"} 0",
            "flux_request_duration_seconds_bucket{attractor=\"qa\",tenant_id=\"t\",le=\"0.5\"} 1",
            "flux_confidence_score{attractor=\"qa\",tenant_id=\"t\"} 0.9",
            "flux_stage_temperature{attractor=\"qa\",stage=\"Answer\",tenant_id=\"t\"} 0.7",
            "flux_cost_total{tenant_id=\"t\"} 0.001",
            "flux_meta_designer_score{phase=\"before\"} 0.5",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
