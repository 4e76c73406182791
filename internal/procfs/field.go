package procfs

import "strings"

// Field is the value of the line "name:	value" in the text of a file such as
// /proc/self/status, /proc/cpuinfo or /proc/meminfo.
func Field(text, name string) (value string, ok bool) {
	for line := range strings.Lines(text) {
		key, value, found := strings.Cut(line, ":")
		if found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}
