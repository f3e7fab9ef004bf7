// Package timing tells where the time of an operation went: which steps on which
// nodes it had to wait for, one after the other, what of that was work and what was
// waiting, and how long it would have taken had nothing but the work taken time.
//
// It only computes. What it computes from is a Record: the status that the operation
// itself tells, the plan, and what a history says of the activities.
package timing
