// Package schema describes blueprints and requests as JSON Schema, so that
// editors complete them and mark mistakes, and programs can check what they send.
//
// The dialect is 2020-12, but only what draft-07 has as well is used, since that
// is what most editors know. A schema cannot tell everything: whether an
// expression is right, or a step exists that another needs, only the reader of
// package deploy knows.
package schema
