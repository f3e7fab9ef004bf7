// Package secretref finds the secrets that the worker's configuration refers to,
// so that the configuration itself need not hold any. A reference says where a
// secret is:
//
//	file:PATH                  a file that only its owner can access
//	env:NAME                   a variable of the worker's environment
//	aws-sm:NAME[#KEY]          a secret of AWS Secrets Manager, by name or ARN;
//	                           with KEY, one field of the JSON object that it is
//	aws-ssm:NAME               a parameter of AWS Systems Manager, by name or ARN
//
// Nothing else is taken, and nothing else is ever shown: who puts the secret
// itself where a reference belongs does not find it in a log.
package secretref

// MaxSize bounds a secret, in bytes: what AWS Secrets Manager keeps.
const MaxSize = 64 << 10

// allowed says what a reference may be.
const allowed = "file:/PATH, env:NAME, aws-sm:NAME-OR-ARN[#JSONKEY] or aws-ssm:NAME-OR-ARN"
