ECOSYSTEM "more" {}
