package peer

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
)

const printed = `Max CPUs = 2
Online CPUs = 2
Using 1 cpus.
# /dev/cpu_dma_latency set to 0us
Thread 0 using cpu 1.
Thread 0 Interval: 1500
       0:       0:   69769
       0:       1:   19838
       0:       2:    9382
T: 0 ( 4359) P:80 I:1000 C:      3 Min:   9382 Act: 9382 Avg: 32996 Max:   69769
`

func TestParseCyclictest(t *testing.T) {
	got, err := ParseCyclictest(strings.NewReader(printed), 3)
	if err != nil || !slices.Equal(got, []int64{69769, 19838, 9382}) {
		t.Errorf("%v, %v", got, err)
	}
	for text, want := range map[string]string{
		"0:0:1\n0:2:1\n":           "samples were lost",
		"0:0:1\n0:0:1\n":           "samples were lost",
		"1:0:1\n":                  "thread 1",
		"0:0:-5\n":                 "negative",
		"0:0\n":                    "is no sample",
		"0:0:12x\n":                "is no sample",
		"000001 000002\n":          "is no sample",
		"0:0:1\n0:1:1\n0:2:1\n":    "more than the 2",
		strings.Repeat("1", 1<<17): "too long",
	} {
		if _, err := ParseCyclictest(strings.NewReader(text), 2); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
}

func FuzzParseCyclictest(f *testing.F) {
	f.Add(printed)
	f.Add("0:0:1\n0:1:99999999999999999999\n")
	f.Add(" 0 : 0 : 1 \r\n\n#\x00\n0:1:2")
	f.Fuzz(func(t *testing.T, text string) {
		const most = 5
		samples, err := ParseCyclictest(strings.NewReader(text), most)
		if err != nil && samples != nil {
			t.Fatal("samples with an error")
		}
		if len(samples) > most || len(samples) > strings.Count(text, "\n")+1 {
			t.Fatalf("%d samples of %d lines", len(samples), strings.Count(text, "\n")+1)
		}
		for _, ns := range samples {
			if ns < 0 {
				t.Fatalf("a latency of %d ns", ns)
			}
		}
	})
}

func TestCyclictestBegins(t *testing.T) {
	const s = int64(time.Second)
	c := Cyclictest{Period: time.Millisecond}
	for _, at := range []struct{ now, first, wait int64 }{
		{5*s + 1, 6*s + 1e6, 0},
		{5*s + s/2, 6*s + 1e6, 0},
		{5*s + s/2 + 1, 7*s + 1e6, s/2 - 1},
		{6*s - 1, 7*s + 1e6, 1},
	} {
		if first, wait := c.Begin(at.now); first != at.first || int64(wait) != at.wait {
			t.Errorf("at %d: first %d after %v, want %d after %d", at.now, first, wait, at.first, at.wait)
		}
	}
}

// script stands in for the program.
func script(t *testing.T, body string) Cyclictest {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for cyclictest is a shell script, and Windows has no shell for it")
	}
	path := filepath.Join(t.TempDir(), "cyclictest")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o755); err != nil {
		t.Fatal(err)
	}
	return Cyclictest{Path: path, CPU: 1, Priority: 80, Period: time.Millisecond, Loops: 2}
}

func TestRunCyclictest(t *testing.T) {
	got, err := script(t, `case "$*" in
"--mlockall --priority=80 --threads=1 --affinity=1 --interval=1000 --loops=2 --verbose --nsecs --secaligned") ;;
*) echo "unexpected arguments $*" >&2; exit 1;;
esac
echo '0:0:11'; echo '0:1:12'`).Run(t.Context())
	if err != nil || !slices.Equal(got, []int64{11, 12}) {
		t.Errorf("%v, %v", got, err)
	}
	for body, want := range map[string]string{
		"echo 0:0:11":                        "1 of 2 latencies",
		"echo broken >&2; exit 3":            "broken",
		"echo 0:1:1; yes 0:1:1|head -100000": "samples were lost",
	} {
		if _, err := script(t, body).Run(t.Context()); err == nil || errors.Is(err, bench.ErrUnavailable) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
	_, err = script(t, "echo 'Unable to change scheduling policy!' >&2; exit 1").Run(t.Context())
	if !errors.Is(err, bench.ErrUnavailable) {
		t.Errorf("without the right: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := script(t, "exec sleep 60").Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestCyclictestThatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Cyclictest{}.Run(t.Context())
	if !errors.Is(err, bench.ErrUnavailable) || !strings.Contains(err.Error(), "rt-tests") {
		t.Errorf("%v", err)
	}
}
