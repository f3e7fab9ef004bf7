package main

// The roots that TLS certificates are checked by, for where the system has none:
// the worker's image holds nothing but programs.
import _ "golang.org/x/crypto/x509roots/fallback"
