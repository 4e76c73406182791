package vulkan

// Driver opens the Vulkan device of the machine: a discrete one before an integrated
// one, and one in software last.
type Driver struct {
	// Device is a part of the name of the device to open. Empty means any.
	Device string
	// NoSoftware refuses devices in software, such as lavapipe.
	NoSoftware bool
}

// Name is "vulkan".
func (Driver) Name() string { return "vulkan" }
