ECOSYSTEM "a" {}
ECOSYSTEM "b" {}
}
