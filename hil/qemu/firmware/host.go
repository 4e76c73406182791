package firmware

import "github.com/memkit-go/memkit/rt"

// HostConfig describes a [Host].
type HostConfig struct {
	// Policy is the kernel's for the thread that runs the firmware; the zero value and
	// rt.Other leave it as it is.
	Policy rt.Policy
}

// String names the settings that are not zero.
func (c HostConfig) String() string {
	if c.Policy == 0 {
		return "defaults"
	}
	return "Policy " + c.Policy.String()
}

func (c HostConfig) validate() error {
	if c.Policy == 0 || c.Policy == rt.Other || c.Policy.Priority() > 0 {
		return nil
	}
	return &rt.ConfigError{
		Package: "firmware", Field: "HostConfig.Policy", Value: c.Policy.String(),
		Reason: "is not one of this thread alone", Remedy: "give rt.FIFO(n), or nothing",
	}
}
