package blackbox

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/foxglove/mcap/go/mcap"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/ring"
)

// writeInto makes this program one that writes a file without an end into a directory.
const writeInto = "MEMKIT_BLACKBOX_TEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(writeInto); dir != "" {
		fmt.Println(writeOn(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func writeOn(dir string) error {
	const n = 1 << 14
	a, err := arena.New(arena.Config{Size: ring.SPSCSize[Sample](n)})
	if err != nil {
		return err
	}
	r, err := ring.CreateSPSC[Sample](a.Bytes(), n)
	if err != nil {
		return err
	}
	out, err := r.Producer()
	if err != nil {
		return err
	}
	in, err := r.Consumer()
	if err != nil {
		return err
	}
	b, err := New(Config{Dir: dir, Rate: 1_000_000, Before: time.Second, After: time.Hour, Channels: []Channel{{Name: "count", Fields: []string{"n"}}}}, in)
	if err != nil {
		return err
	}
	go func() {
		recorder := NewRecorder(out)
		logged, dropped := 0, uint64(0)
		for range time.Tick(time.Millisecond) {
			for range 100 {
				recorder.Log(1, rt.Now(), float64(logged+1))
				if recorder.Dropped() > dropped { // the disk is slow
					dropped = recorder.Dropped()
					break
				}
				logged++
			}
		}
	}()
	b.Trip(rt.Now(), "begin")
	return b.Run(context.Background())
}

// TestKilled: a file whose writer was killed in mid-write can be read up to there, by
// this test's reader and by the library's.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), writeInto+"="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	path := ""
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for range 60_000 {
		<-look.C
		files, _ := filepath.Glob(filepath.Join(dir, "*.mcap"))
		if len(files) == 0 {
			continue
		}
		if info, err := os.Stat(files[0]); err == nil && info.Size() > 100_000 {
			path = files[0]
			break
		}
	}
	cmd.Process.Kill()
	cmd.Wait()
	if path == "" {
		t.Fatal("no file has grown within a minute")
	}
	r := readRecording(t, path)
	if r.ended {
		t.Error("a file that was not ended has an end")
	}
	last := 0.0
	for _, m := range r.messages {
		if m.topic != "/count" {
			continue
		}
		n := m.data["n"].(float64)
		if n != last+1 && last != 0 {
			t.Fatalf("%v follows %v", n, last)
		}
		last = n
	}
	if last < 1000 {
		t.Errorf("the last value is %v", last)
	}

	f := must[*os.File](t)(os.Open(path))
	defer f.Close()
	lexer := must[*mcap.Lexer](t)(mcap.NewLexer(f))
	defer lexer.Close()
	read := 0
	for {
		token, _, err := lexer.Next(nil)
		if err != nil {
			break
		}
		if token == mcap.TokenMessage {
			read++
		}
	}
	if read != len(r.messages) {
		t.Errorf("the library reads %d messages, this test %d", read, len(r.messages))
	}
}
