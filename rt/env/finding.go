package env

import "fmt"

// Status is the outcome of one check.
type Status string

const (
	// OK: the setting is as it should be.
	OK Status = "ok"
	// Warn: periods may come late.
	Warn Status = "warn"
	// Fail: real-time threads are refused or do not run as such.
	Fail Status = "fail"
	// Unknown: the setting cannot be read, or its value says nothing.
	Unknown Status = "unknown"
)

// Who can change a setting.
type Who string

const (
	// Library: package rt does, while a program runs.
	Library Who = "library"
	// Root: the administrator, on the running system.
	Root Who = "root"
	// Boot: the kernel's command line, or another kernel.
	Boot Who = "boot"
	// Hypervisor: whoever runs the machine under this one.
	Hypervisor Who = "host"
)

// Finding is the outcome of one check.
type Finding struct {
	// ID is the check's permanent name, "cpu.governor".
	ID string `json:"id"`
	// Value is the value found, or the file that could not be read.
	Value string `json:"value"`
	// Want is what it should be.
	Want   string `json:"want"`
	Status Status `json:"status"`
	// Fix is what to do; empty when the status is OK.
	Fix string `json:"fix"`
	// Who can do it.
	Who Who `json:"who"`
}

// String is "warn: cpu.governor is powersave, want performance; …" with what to do.
func (f Finding) String() string {
	text := fmt.Sprintf("%s: %s is %s", f.Status, f.ID, f.Value)
	if f.Status != OK {
		text += ", want " + f.Want
	}
	if f.Fix != "" {
		text += fmt.Sprintf("; %s (%s)", f.Fix, f.Who)
	}
	return text
}
