// Package aeolus reads deployables, the XML notation of Aeolus (version 1.0),
// and translates them into blueprints.
//
// An assembly becomes a group whose number of nodes is a parameter, a service a
// step that runs its script, a return a fact that is collected from facter, and
// a reference an expression over the nodes of the group that it names. So a
// deployable does whatever a blueprint can do, and nothing else has to know of
// it. The package is pure: the same text always gives the same blueprint.
package aeolus
