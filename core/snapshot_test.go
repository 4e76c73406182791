package core

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/memkit-go/memkit/internal/debug"
)

func TestSnapshots(t *testing.T) {
	l := newLane(t, Config{Name: "the \"engine\"\n"})
	must(l.a.Tag("quote \" and \\ and \u2028", Budget{}))
	must(0, l.Do(func(f *Frame) error { _, err := points.Make(f, 10); return err }))
	dir := t.TempDir()
	now := time.Unix(1000, 0)
	signals := make(chan os.Signal, 4)
	c := SnapshotConfig{
		Path: filepath.Join(dir, "snapshot.json"), Request: filepath.Join(dir, "request"),
		Signal: signals, Interval: time.Minute, Now: func() time.Time { return now },
	}
	s := must(NewSnapshots(l.a, c))
	poll := func(when string, want bool) {
		t.Helper()
		if got := must(s.Poll()); got != want {
			t.Errorf("%s: %v, want %v", when, got, want)
		}
	}
	request := func() { must(0, os.WriteFile(c.Request, nil, 0o600)) }
	poll("unasked", false)
	request()
	poll("asked by file", true)
	poll("answered", false)
	if _, err := os.Stat(c.Request); err == nil {
		t.Error("the request was not removed")
	}
	var got Snapshot
	must(0, json.Unmarshal(must(os.ReadFile(c.Path)), &got))
	if got.Stats.Name != l.a.config.Name || got.Tags[1] != "quote \" and \\ and \u2028" || got.Stats.Lanes[0].FrameBytes != 240 || got.Stats.Lanes[0].Frames != 1 {
		t.Errorf("%+v", got)
	}
	request()
	signals <- os.Interrupt
	now = now.Add(59 * time.Second)
	poll("too early", false)
	now = now.Add(time.Second)
	poll("asked by signal", true)
	now = now.Add(time.Minute)
	poll("the file still asks", true)
	now = now.Add(time.Minute)
	poll("nobody asks", false)
	files := must(os.ReadDir(dir))
	if len(files) != 1 {
		t.Errorf("files left: %v", files)
	}
	for _, bad := range []SnapshotConfig{{}, {Path: "x", Interval: -1}} {
		if _, err := NewSnapshots(l.a, bad); err == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}

// TestStatsDuringAFrame: reading statistics disturbs no lane, and all figures read
// are of one End. Run also with -race.
func TestStatsDuringAFrame(t *testing.T) {
	l := newLane(t, Config{})
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		last := uint64(0)
		for {
			s := l.a.Stats().Lanes[0]
			if n := int(s.Frames); s.Frames < last || s.Allocs != s.Frames || s.FrameBytes != uint64(n%100)*24 {
				t.Errorf("after %d frames: %+v", last, s)
				return
			}
			last = s.Frames
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	frames := 300_000
	if testing.Short() || debug.Enabled {
		frames = 20_000
	}
	for i := range frames {
		f := must(l.Begin())
		must(points.Make(f, (i+1)%100))
		must(f.End())
	}
	close(stop)
	<-done
	if n := l.a.Stats().Lanes[0].Frames; n != uint64(frames) {
		t.Errorf("%d frames", n)
	}
}
