package supervise

import (
	"io/fs"
	"strconv"
	"strings"
)

// descendants lists the processes below pid in the /proc of root.
func descendants(root fs.FS, pid int) []int {
	entries, err := fs.ReadDir(root, ".")
	if err != nil {
		return nil
	}
	children := map[int][]int{}
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if parent, ok := parentOf(root, e.Name()); ok {
			children[parent] = append(children[parent], child)
		}
	}
	var all []int
	for next := children[pid]; len(next) > 0; next = next[1:] {
		all = append(all, next[0])
		next = append(next, children[next[0]]...)
	}
	return all
}

// parentOf reads /proc/PID/stat: after the name come the state and the parent; the name may
// hold anything but ends with the last parenthesis (proc(5)).
func parentOf(root fs.FS, process string) (parent int, ok bool) {
	text, err := fs.ReadFile(root, process+"/stat")
	if err != nil {
		return 0, false
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 2 {
		return 0, false
	}
	parent, err = strconv.Atoi(fields[1])
	return parent, err == nil
}
