ECOSYSTEM "nothing yet" {}
