package ec2

// Codes by which AWS says what is wrong
// (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html).
const (
	codeDryRun           = "DryRunOperation"
	codeMismatch         = "IdempotentParameterMismatch"
	codeUnauthorized     = "UnauthorizedOperation"
	codeUnsupported      = "Unsupported"
	codeNoSuchGroup      = "InvalidGroup.NotFound"
	codeGroupDuplicate   = "InvalidGroup.Duplicate"
	codeRuleDuplicate    = "InvalidPermission.Duplicate"
	codeNoSuchInstance   = "InvalidInstanceID.NotFound"
	codeNoSuchVolume     = "InvalidVolume.NotFound"
	codePlacementTaken   = "InvalidPlacementGroup.Duplicate"
	codeNoSuchPlacement  = "InvalidPlacementGroup.Unknown"
	codeNoSuchParameter  = "ParameterNotFound"
	codeNoSuchQuota      = "NoSuchResourceException"
	codeAccessDeniedLong = "AccessDeniedException"
)

// class is what follows from a failure of a call.
type class int

const (
	// classBusy passes by itself: throttling, lag, faults of AWS's own, no answer.
	classBusy class = iota
	// classCapacity may do better in another subnet.
	classCapacity
	// classPermission stays until the operator allows more.
	classPermission
	// classQuota stays until the operator asks AWS for more.
	classQuota
	// classRefused stays until what is asked for changes.
	classRefused
)

// hints tell operators what to do.
var hints = map[class]string{
	classPermission: "see docs/iam-policy.json for what the worker needs",
	classQuota:      "ask AWS for a higher quota (Service Quotas), or terminate what is not needed",
}

// classes are those of the codes that are none of classRefused; where AWS finds
// fault with a request by any other code, the same request is wrong again.
var classes = map[string]class{
	"InsufficientInstanceCapacity":         classCapacity,
	"InsufficientCapacity":                 classCapacity,
	"InsufficientHostCapacity":             classCapacity,
	"InsufficientReservedInstanceCapacity": classCapacity,
	"InsufficientFreeAddressesInSubnet":    classCapacity,
	"InsufficientAddressCapacity":          classCapacity,
	"InsufficientVolumeCapacity":           classCapacity,
	"SpotMaxPriceTooLow":                   classCapacity,
	codeUnsupported:                        classCapacity, // the type is not sold in that zone

	codeUnauthorized:              classPermission,
	"AuthFailure":                 classPermission,
	"AccessDenied":                classPermission,
	codeAccessDeniedLong:          classPermission,
	"InvalidClientTokenId":        classPermission,
	"SignatureDoesNotMatch":       classPermission,
	"UnrecognizedClientException": classPermission,
	"OptInRequired":               classPermission,
	"Blocked":                     classPermission,

	"InstanceLimitExceeded":              classQuota,
	"VcpuLimitExceeded":                  classQuota,
	"MaxSpotInstanceCountExceeded":       classQuota,
	"VolumeLimitExceeded":                classQuota,
	"MaxIOPSLimitExceeded":               classQuota,
	"SecurityGroupLimitExceeded":         classQuota,
	"RulesPerSecurityGroupLimitExceeded": classQuota,
	"PlacementGroupLimitExceeded":        classQuota,
	"AttachmentLimitExceeded":            classQuota,

	"RequestLimitExceeded":        classBusy,
	"Throttling":                  classBusy,
	"ThrottlingException":         classBusy,
	"TooManyRequestsException":    classBusy,
	"ResourceCountExceeded":       classBusy,
	"ConcurrentTagAccess":         classBusy,
	"ExpiredToken":                classBusy, // credentials are renewed
	"ExpiredTokenException":       classBusy,
	"RequestExpired":              classBusy,
	"PendingVerification":         classBusy,
	"DependencyViolation":         classBusy, // an interface is still being removed
	"IncorrectInstanceState":      classBusy,
	"IncorrectState":              classBusy,
	"VolumeInUse":                 classBusy,
	"InvalidPlacementGroup.InUse": classBusy,
	codeMismatch:                  classBusy, // another attempt's instance, which will be seen
	// What was made a moment ago may be unknown elsewhere yet.
	codeNoSuchInstance:  classBusy,
	codeNoSuchVolume:    classBusy,
	codeNoSuchGroup:     classBusy,
	codeNoSuchPlacement: classBusy,
}

func classOf(e *APIError) class {
	if known, ok := classes[e.Code]; ok {
		return known
	}
	if e.Status == 0 || busy(e.Status) {
		return classBusy
	}
	return classRefused
}
