package env

import (
	"fmt"
	"strconv"
	"strings"
)

// parseMask reads a bit mask in hexadecimal.
func parseMask(text string) (uint64, error) { return strconv.ParseUint(text, 16, 64) }

// parseLimit finds a soft limit in the table of /proc/self/limits.
func parseLimit(text, name string) (value uint64, unlimited bool, err error) {
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(line, name+" ")
		if !ok {
			continue
		}
		columns := strings.Fields(rest)
		if len(columns) == 0 {
			break
		}
		if columns[0] == "unlimited" {
			return 0, true, nil
		}
		value, err = strconv.ParseUint(columns[0], 10, 64)
		if err != nil {
			return 0, false, fmt.Errorf("%s: %q is not a number", name, columns[0])
		}
		return value, false, nil
	}
	return 0, false, fmt.Errorf("no limit %q", name)
}

// parseChoice is the chosen word of "always [madvise] never".
func parseChoice(text string) (string, error) {
	for word := range strings.FieldsSeq(text) {
		if inner, ok := strings.CutPrefix(word, "["); ok && len(inner) > 1 && strings.HasSuffix(inner, "]") {
			return strings.TrimSuffix(inner, "]"), nil
		}
	}
	return "", fmt.Errorf("%q chooses nothing", text)
}

// parsePreemption is the preemption model that a kernel's version names.
func parsePreemption(version string) string {
	for word := range strings.FieldsSeq(version) {
		if strings.HasPrefix(word, "PREEMPT") {
			return word
		}
	}
	return "none named"
}
