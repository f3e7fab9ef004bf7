// Package cloud is the lab's own EC2: moto answers the API, and for every instance
// that it reports a machine boots, at the private address that moto gave it, with
// the volumes that it attached, from the user data that it was launched with. So
// the provider ec2 can be used to the end on one machine.
package cloud

// Region is the only one that there is.
const Region = "us-east-1"

// tagLab is on what Prepare makes.
const tagLab = "aiolos:lab"
