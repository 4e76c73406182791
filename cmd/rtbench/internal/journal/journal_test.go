package journal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/rt/record"
)

func series(process int, samples ...int64) record.Series {
	return record.Series{Name: "x", Kind: record.Latency, Unit: "ns", Ops: 1, Process: process, Samples: samples}
}

func read(t *testing.T, path string) *record.Run {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	run, err := record.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func TestJournal(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	j := &Journal{Dir: dir, Run: record.Run{Created: "now"}}
	if j.Path() != "" || j.Keep(nil) != nil {
		t.Fatal("there is nothing to keep")
	}
	if _, err := os.Stat(dir); err == nil {
		t.Fatal("a directory without samples")
	}
	first := series(0)
	if err := j.Append(&first, []int64{1, 2}); err != nil {
		t.Fatal(err)
	}
	// Samples that were appended while the process ran is not kept again at its end.
	if err := j.Keep([]record.Series{series(0, 1, 2, 3), series(1, 7)}); err != nil {
		t.Fatal(err)
	}
	path := j.Path()
	run := read(t, path)
	if len(run.Series) != 2 || len(run.Series[0].Samples) != 3 || run.Series[0].Samples[2] != 3 || run.Series[1].Samples[0] != 7 || run.Incomplete == "" || run.Created != "now" {
		t.Errorf("%+v", run)
	}
	// Another run does not replace it.
	other := &Journal{Dir: dir}
	if err := other.Keep([]record.Series{series(0, 9)}); err != nil || other.Path() == path {
		t.Errorf("%s, %v", other.Path(), err)
	}
	if err := other.Remove(); err != nil {
		t.Error(err)
	}
	if err := j.End("a reason"); err != nil || read(t, path).Incomplete != "a reason" || j.Path() != "" {
		t.Errorf("%v: %+v", err, read(t, path))
	}
	for _, err := range []error{j.End("x"), j.Remove(), j.Forget(), (&Journal{}).Keep([]record.Series{series(0, 1)})} {
		if err != nil {
			t.Error(err)
		}
	}
}

func TestRemoveLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	j := &Journal{Dir: filepath.Join(dir, "a", "b")}
	if err := j.Keep([]record.Series{series(0, 1)}); err != nil {
		t.Fatal(err)
	}
	if err := j.Remove(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func TestJournalFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	j := &Journal{Dir: filepath.Join(file, "x")}
	err := j.Keep([]record.Series{series(0, 1)})
	if err == nil || j.Broken() == nil || j.Keep(nil) == nil || j.Path() != "" {
		t.Errorf("%v", err)
	}
	j = &Journal{Dir: t.TempDir()}
	bad := series(0, 1)
	bad.Unit = ""
	if err := j.Keep([]record.Series{bad}); err == nil || !strings.Contains(err.Error(), "keeping the samples in ") {
		t.Errorf("%v", err)
	}
}
