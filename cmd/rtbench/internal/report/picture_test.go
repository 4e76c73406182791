package report

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
)

func TestPicture(t *testing.T) {
	c, _ := realistic(2000)
	c.Benches[3].Analysis.Counters["skipped"] = 9160 // of 10,000
	var b strings.Builder
	if err := Picture(&b, c); err != nil {
		t.Fatal(err)
	}
	picture := b.String()
	checkSVG(t, picture)
	for _, want := range []string{
		"memkit strict loop, under a load", "C thread, idle machine", "Go ticker, under that load",
		"p50", "p99.9", "largest seen", "10,000", "share of samples at or beyond", "periods lost", ">92 %<", ">0 %<",
		"CPU Example Xeon", "Kernel 6.18.0", "PREEMPT_DYNAMIC", "strict (SCHED_FIFO)", "go1.26.8", "Measured 2026-03-02", "Command rtbench certify", "prefers-color-scheme: dark",
		`xmlns="http://www.w3.org/2000/svg"`, "<title>",
	} {
		if !strings.Contains(picture, want) {
			t.Errorf("no %q", want)
		}
	}
	rest := strings.Replace(picture, `xmlns="http://www.w3.org/2000/svg"`, "", 1)
	if m := regexp.MustCompile(`https?:|url\(|href|@import`).FindString(rest); m != "" {
		t.Errorf("the picture is not self-contained: %q", m)
	}
	if len(picture) > 64<<10 {
		t.Errorf("%d bytes is no compact picture", len(picture))
	}
}

func TestPictureSaysTheModeThatWasGranted(t *testing.T) {
	c, _ := realistic(100)
	c.Benches[0].Analysis.Facts = map[string]float64{"mode_strict": 1, "mode_portable": 1}
	var b strings.Builder
	if err := Picture(&b, c); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "memkit portable loop") {
		t.Error("one process fell back, and the picture says strict")
	}
}

func TestPictureWrapsItsConditions(t *testing.T) {
	c, _ := realistic(100)
	c.Command = strings.Fields("rtbench certify " + strings.Repeat("--bench loop/wake-1ms ", 20))
	lines := pictureConditions(c)
	for _, line := range lines {
		if width(line) > pictureWidth-32 {
			t.Errorf("%v units wide: %s", width(line), line)
		}
	}
	if text := strings.Join(lines, " "); !strings.HasSuffix(text, strings.Join(c.Command, " ")) {
		t.Errorf("the command is lost: %s", text)
	}
}

func TestNoPicture(t *testing.T) {
	var b strings.Builder
	if err := Picture(&b, &certificate.Certificate{}); !errors.Is(err, ErrNoPicture) {
		t.Errorf("%v", err)
	}
	if b.Len() > 0 {
		t.Error("something was written")
	}
}
