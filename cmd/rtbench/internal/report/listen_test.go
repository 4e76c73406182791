package report

import (
	"bytes"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/rt/audio/wav"
)

// toListen is two recordings of the same file.
func toListen(file string) Supplement {
	return Listen("Red marks are gaps.",
		Recording{Title: "memkit", Words: "No gap <here>.", File: file, Seconds: 0.5},
		Recording{Title: "the usual Go callback", Words: "2 gaps.", File: file, Seconds: 0.5, Gaps: []Gap{{From: 0.1, Seconds: 0.05}, {From: 0.4999, Seconds: 0.0001, Exempt: true}}})
}

// TestListen: the players come before all figures, and the strips show the gaps where
// they are.
func TestListen(t *testing.T) {
	c, run := realistic(2000)
	var out strings.Builder
	if err := HTML(&out, c, run, toListen("sound.wav")); err != nil {
		t.Fatal(err)
	}
	page := out.String()
	if at := []int{strings.Index(page, `id="listen"`), strings.Index(page, `aria-label="Conditions"`), strings.Index(page, `id="summary"`)}; at[0] < 0 || at[0] > at[1] || at[1] > at[2] {
		t.Errorf("players, conditions and summary at %v", at)
	}
	for _, want := range []string{
		`<audio controls preload="metadata" src="sound.wav">`, "No gap &lt;here&gt;.", "media-src 'self' file:",
		`<rect class="gap" x="200.0" width="100.0" height="16"/>`, `<rect class="gap exempt" x="998.0" width="2.0" height="16"/>`,
		"<title>0 gaps in 0.5 s</title>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if plain := html(t, c, run); strings.Contains(plain, "media-src") || regexp.MustCompile(`<audio|id="listen"`).MatchString(plain) {
		t.Error("a page without recordings has players, or lets sound in")
	}
}

// TestListenInChromium: a browser loads both recordings, at the width of a telephone too.
func TestListenInChromium(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser; left out by -short")
	}
	browser := chromium(t)
	c, run := realistic(2000)
	var page strings.Builder
	var sound bytes.Buffer
	if err := HTML(&page, c, run, toListen("sound.wav")); err != nil {
		t.Fatal(err)
	}
	if err := wav.Write(&sound, &wav.Sound{Rate: 48000, Channels: [][]float32{make([]float32, 24000), make([]float32, 24000)}}, wav.PCM24); err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(&loopback{page: page.String(), sound: sound.Bytes()})
	defer site.Close()
	for name, got := range show(t, browser, site.URL, "1") {
		if len(got.Sounds) != 2 || got.Sounds[0] != 0.5 || got.Sounds[1] != 0.5 || got.Overflow > 0 || !strings.Contains(got.Text, "Listen") {
			t.Errorf("%s: sounds of %v s, want two of 0.5; %d pixels too wide", name, got.Sounds, got.Overflow)
		}
	}
}
