package campaign

import (
	"strings"
	"testing"
	"testing/fstest"
)

// statLine is /proc/PID/stat of a thread in a group with a policy.
func statLine(name, group, policy string) *fstest.MapFile {
	fields := strings.Fields("S 1 " + group + strings.Repeat(" 0", 35) + " " + policy + " 0 0")
	return &fstest.MapFile{Data: []byte("7 (" + name + ") " + strings.Join(fields, " ") + "\n")}
}

func TestRealtime(t *testing.T) {
	proc := fstest.MapFS{
		"7/stat":         statLine("go", "7", "0"),
		"7/task/7/stat":  statLine("go", "7", "0"),
		"9/stat":         statLine("a) b (", "7", "0"),
		"9/task/9/stat":  statLine("a) b (", "7", "0"),
		"11/stat":        statLine("other", "11", "0"),
		"11/task/1/stat": statLine("other", "11", "1"),
		"12/stat":        {Data: []byte("broken")},
		"13/stat":        {},
		"self/stat":      statLine("self", "7", "1"),
	}
	check := func(what string, group int, fifo, known bool) {
		t.Helper()
		if f, k := realtimeIn(proc, group); f != fifo || k != known {
			t.Errorf("%s: fifo %v, known %v", what, f, k)
		}
	}
	check("another group's thread", 7, false, true)
	check("a thread under SCHED_FIFO", 11, true, true)
	check("no such group", 99, false, false)
	proc["9/task/10/stat"] = statLine("a) b (", "7", "1")
	check("a second thread of a child", 7, true, true)
	dead := statLine("gone", "14", "0")
	dead.Data = []byte(strings.Replace(string(dead.Data), ") S", ") Z", 1))
	proc["14/stat"], proc["14/task/14/stat"] = dead, dead
	check("a program that has ended", 14, false, false)
	if fifo, known := realtime(1 << 30); fifo || known {
		t.Error("a group that nobody has")
	}
}
