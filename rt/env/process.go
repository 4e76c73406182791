package env

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/memkit-go/memkit/internal/procfs"
)

// errNotRunning makes a finding about a process unknown.
var errNotRunning = errors.New("not running")

// process is one of the machine's, found by its name.
type process struct {
	name string
	pid  int
}

func (p process) String() string { return fmt.Sprintf("%s, process %d", p.name, p.pid) }

// find is the running process of the lowest number with one of the names.
func (m machine) find(names ...string) (process, error) {
	files, err := fs.Glob(m.root, "proc/[0-9]*/comm")
	if err != nil {
		return process{}, err
	}
	found := process{}
	for _, file := range files {
		name, err := m.word(file)
		if err != nil || !slices.Contains(names, name) {
			continue // it has ended meanwhile, or is another
		}
		pid, err := strconv.Atoi(path.Base(path.Dir(file)))
		if err == nil && (found.pid == 0 || pid < found.pid) {
			found = process{name, pid}
		}
	}
	if found.pid == 0 {
		return process{}, fmt.Errorf("%s: %w", strings.Join(names, ", "), errNotRunning)
	}
	return found, nil
}

// Kernel scheduling policies, as /proc/PID/stat numbers them.
const (
	schedFIFO = 1
	schedRR   = 2
)

// scheduling is the policy and real-time priority of a thread.
type scheduling struct{ policy, priority int }

func (s scheduling) realtime() bool { return s.policy == schedFIFO || s.policy == schedRR }

func (s scheduling) String() string {
	switch s.policy {
	case schedFIFO:
		return fmt.Sprintf("SCHED_FIFO %d", s.priority)
	case schedRR:
		return fmt.Sprintf("SCHED_RR %d", s.priority)
	}
	return "not real-time"
}

// topThread is the scheduling of the process's thread with the highest real-time
// priority: a server's main thread is an ordinary one, its audio thread is not.
func (m machine) topThread(p process) (scheduling, error) {
	dir := fmt.Sprintf("proc/%d", p.pid)
	files, err := fs.Glob(m.root, dir+"/task/[0-9]*/stat")
	if err != nil {
		return scheduling{}, err
	}
	if len(files) == 0 {
		files = []string{dir + "/stat"}
	}
	var top scheduling
	readable := false
	for _, file := range files {
		text, err := m.text(file)
		if err != nil {
			continue // the thread has ended meanwhile
		}
		policy, priority, err := procfs.ParseScheduling(text)
		if err != nil {
			return scheduling{}, fmt.Errorf("/%s: %w", file, err)
		}
		s := scheduling{policy, priority}
		readable = true
		if s.realtime() && s.priority > top.priority {
			top = s
		}
	}
	if !readable {
		return scheduling{}, fmt.Errorf("/%s/stat: %w", dir, fs.ErrNotExist)
	}
	return top, nil
}

// variable is one of the environment of the process that checks.
func (m machine) variable(name string) (value string, ok bool) {
	content, err := fs.ReadFile(m.root, "proc/self/environ")
	if err != nil {
		return "", false
	}
	for entry := range strings.SplitSeq(string(content), "\x00") {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}
