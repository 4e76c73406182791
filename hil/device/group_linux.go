package device

import (
	"os/exec"
	"syscall"
	"time"
)

// ownGroup gives a command a process group, which its context ends as a whole: what it
// started goes too.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second // for a process that has left the group with its output
}
