pub const SECTION: &str = "flux.genes";
