//go:build !linux

package device

import (
	"os/exec"
	"time"
)

// ownGroup ends the command alone; what it started may stay.
func ownGroup(cmd *exec.Cmd) { cmd.WaitDelay = time.Second }
