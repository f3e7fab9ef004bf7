// Package deploy says what a deployment is: the request that starts it, the
// blueprint it is made from, the plan it follows, the nodes and facts it
// consists of, and the outcome or failure it ends with.
//
// The package is pure: it does no I/O and knows nothing of Temporal. Everything
// else in Aiolos stands on it.
package deploy
