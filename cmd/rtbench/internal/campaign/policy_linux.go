package campaign

import (
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// realtime reports whether a thread of the process group has the policy SCHED_FIFO
// now; known is false where none is left to look at.
func realtime(group int) (fifo, known bool) { return realtimeIn(os.DirFS("/proc"), group) }

// realtimeIn is realtime of the /proc in root.
func realtimeIn(root fs.FS, group int) (fifo, known bool) {
	processes, err := fs.Glob(root, "[0-9]*")
	if err != nil {
		return false, false
	}
	for _, process := range processes {
		if f := stat(root, process+"/stat"); len(f) <= statPolicy || f[statGroup] != strconv.Itoa(group) {
			continue
		}
		threads, err := fs.Glob(root, process+"/task/[0-9]*/stat")
		if err != nil {
			continue
		}
		for _, thread := range threads {
			f := stat(root, thread)
			if len(f) <= statPolicy || f[statState] == zombie {
				continue
			}
			known = true
			if f[statPolicy] == schedFIFO {
				return true, true
			}
		}
	}
	return false, known
}

// Fields of /proc/PID/stat behind the command's name, from 0 (proc(5): fields 3, 5
// and 41, the first behind the name being 3).
const (
	statState  = 0
	zombie     = "Z"
	statGroup  = 5 - 3
	statPolicy = 41 - 3
	schedFIFO  = "1"
)

// stat reads the fields behind the name, which may hold anything but ends with the
// last parenthesis; none where the process has gone.
func stat(root fs.FS, path string) []string {
	text, err := fs.ReadFile(root, path)
	if err != nil {
		return nil
	}
	return strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
}
