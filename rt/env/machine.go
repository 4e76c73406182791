package env

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"unicode"

	"github.com/memkit-go/memkit/internal/procfs"
)

// machine reads one machine's files.
type machine struct{ root fs.FS }

// text is a small file's content without surrounding space.
func (m machine) text(path string) (string, error) {
	content, err := fs.ReadFile(m.root, path)
	if err != nil {
		return "", fmt.Errorf("/%s: %w", path, reason(err))
	}
	return strings.TrimSpace(string(content)), nil
}

// word is the content of a file that holds one line, a name or a number.
func (m machine) word(path string) (string, error) {
	text, err := m.text(path)
	if err != nil {
		return "", err
	}
	if text == "" || strings.ContainsFunc(text, unicode.IsControl) {
		return "", fmt.Errorf("/%s: %q is not one line", path, text)
	}
	return text, nil
}

// number is the content of a file that holds one.
func (m machine) number(path string) (int64, error) {
	text, err := m.word(path)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("/%s: %q is not a number", path, text)
	}
	return n, nil
}

// reason is err without the path and the operation.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// loopCPUs are those that loops most likely run on: the isolated ones, else the
// last that is online.
func (m machine) loopCPUs() ([]int, error) {
	if isolated, err := m.cpus("sys/devices/system/cpu/isolated"); err == nil && len(isolated) > 0 {
		return isolated, nil
	}
	online, err := m.cpus("sys/devices/system/cpu/online")
	if err != nil {
		return nil, err
	}
	return online[max(0, len(online)-1):], nil
}

func (m machine) cpus(path string) ([]int, error) {
	text, err := m.text(path)
	if err != nil {
		return nil, err
	}
	cpus, err := procfs.ParseCPUList(text)
	if err != nil {
		return nil, fmt.Errorf("/%s: %w", path, err)
	}
	return cpus, nil
}

// status is the value of a field of /proc/self/status.
func (m machine) status(field string) (string, error) {
	text, err := m.text("proc/self/status")
	if err != nil {
		return "", err
	}
	value, ok := procfs.Field(text, field)
	if !ok {
		return "", fmt.Errorf("/proc/self/status: no %s", field)
	}
	return value, nil
}

// Bits of the capability sets in /proc/self/status.
const (
	capDACOverride = 1
	capIPCLock     = 14
	capSysNice     = 23
)

// capable reports whether the process has a capability. Without the file it
// has none that anyone could rely on.
func (m machine) capable(bit int) bool {
	text, err := m.status("CapEff")
	if err != nil {
		return false
	}
	mask, err := parseMask(text)
	return err == nil && mask>>bit&1 != 0
}

// limit is a soft resource limit by its name in /proc/self/limits.
func (m machine) limit(name string) (value uint64, unlimited bool, err error) {
	text, err := m.text("proc/self/limits")
	if err != nil {
		return 0, false, err
	}
	return parseLimit(text, name)
}
