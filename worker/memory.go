package main

import (
	"os"
	"runtime/debug"
)

// frugal is by how much the heap may grow before it is collected, in percent: less than
// half of Go's own default. A worker of a thousand nodes holds their connections and histories, which
// live long, and little else; to collect more often costs little of a processor, and
// saves a third of the memory.
const frugal = 40

// beFrugal sets it, unless the operator has an opinion (GOGC, see the package runtime).
func beFrugal() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(frugal)
	}
}
