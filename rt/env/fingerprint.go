package env

import (
	"fmt"
	"io/fs"
	"runtime"
	"strings"

	"github.com/memkit-go/memkit/internal/procfs"
)

// Fingerprint names this machine and what this process may do on it, for run
// files and for budgets that hold on one machine only. Keys are permanent; a
// value that cannot be read is "unknown".
func Fingerprint() map[string]string { return FingerprintOf(Host()) }

// FingerprintOf is the fingerprint of the machine whose files are under root.
// The keys os, arch and go describe the running program all the same.
func FingerprintOf(root fs.FS) map[string]string {
	m := machine{root}
	f := map[string]string{
		"os":   runtime.GOOS,
		"arch": runtime.GOARCH,
		"go":   runtime.Version(),
	}
	for key, read := range map[string]func() (string, error){
		"cpu.model":      m.cpuModel,
		"cpu.online":     func() (string, error) { return m.word(cpuDir + "online") },
		"cpu.allowed":    func() (string, error) { return m.status("Cpus_allowed_list") },
		"cpu.isolated":   m.isolated,
		"cpu.smt":        func() (string, error) { return m.word(cpuDir + "smt/active") },
		"cpu.idle":       func() (string, error) { return m.word(cpuDir + "cpuidle/current_driver") },
		"cpu.governor":   func() (string, error) { return known(governor(m)) },
		"kernel.release": func() (string, error) { return m.word("proc/sys/kernel/osrelease") },
		"kernel.version": func() (string, error) { return m.word("proc/sys/kernel/version") },
		"kernel.preempt": func() (string, error) { return known(preemption(m)) },
		"clocksource":    func() (string, error) { return known(clockSource(m)) },
		"hypervisor":     func() (string, error) { return known(hypervisor(m)) },
		"hugepages":      func() (string, error) { return known(hugePages(m)) },
		"rights":         m.rights,
	} {
		value, err := read()
		if err != nil || value == "" {
			value = "unknown"
		}
		f[key] = value
	}
	return f
}

// known is a check's value without its status.
func known(value string, _ Status, err error) (string, error) { return value, err }

// cpuModel is the first CPU's name: "model name" on x86, "CPU part" on ARM.
func (m machine) cpuModel() (string, error) {
	text, err := m.text("proc/cpuinfo")
	if err != nil {
		return "", err
	}
	if name, ok := procfs.Field(text, "model name"); ok {
		return name, nil
	}
	implementer, _ := procfs.Field(text, "CPU implementer")
	part, ok := procfs.Field(text, "CPU part")
	if !ok {
		return "", fmt.Errorf("/proc/cpuinfo: no model")
	}
	return fmt.Sprintf("ARM %s %s", implementer, part), nil
}

func (m machine) isolated() (string, error) {
	text, err := m.text(cpuDir + "isolated")
	if err == nil && text == "" {
		return "none", nil
	}
	return text, err
}

// rights are the privileges that package rt makes use of.
func (m machine) rights() (string, error) {
	realtime, _, err1 := realtimeRight(m)
	lock, _, err2 := lockRight(m)
	if err1 != nil || err2 != nil {
		return "", fmt.Errorf("rights: %w", fs.ErrNotExist)
	}
	return strings.Join([]string{realtime, lock}, ", "), nil
}
