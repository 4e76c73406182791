package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/hil/qemu"
)

// hilJSON is the interface of `rtbench hil --demo --json`.
type hilJSON struct {
	Device string `json:"device"`
	Steps  int64  `json:"steps"`
	Hash   string `json:"hash"`
	Misses struct {
		Rig    *int64 `json:"rig"`
		Device *int64 `json:"device"`
	} `json:"misses"`
	Verdicts []struct{ Scenario, Name, Outcome, Expected string } `json:"verdicts"`
}

// TestHIL: the verdicts are the expected ones, and the hash is that of every other run,
// on an emulated board as in this process.
func TestHIL(t *testing.T) {
	dir := t.TempDir()
	hashes := map[string]bool{}
	for _, device := range []string{"host", "qemu"} {
		o := newTestApp().try(t, "hil", "--demo", "--json", "--device", device, "--paced", "200ms", "--rounds", "1", "--dir", dir)
		if device == "qemu" && strings.Contains(o.stderr, strings.SplitN(qemu.ErrNotInstalled.Error(), ":", 2)[0]+": not found") {
			t.Logf("not on an emulated board: %s", o.stderr)
			continue
		}
		o.want(t, exitPass)
		var r hilJSON
		if err := json.Unmarshal([]byte(o.stdout), &r); err != nil {
			t.Fatal(err)
		}
		if r.Steps != 2000 || len(r.Hash) != 16 || r.Misses.Rig == nil || r.Misses.Device == nil || len(r.Verdicts) < 15 || r.Device != device {
			t.Errorf("%s", o.stdout)
		}
		for _, v := range r.Verdicts {
			if v.Outcome != v.Expected {
				t.Errorf("%+v", v)
			}
		}
		hashes[r.Hash] = true
	}
	if len(hashes) != 1 {
		t.Errorf("hashes %v, want one", hashes)
	}
	page, err := os.ReadFile(filepath.Join(dir, hilReportName))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Every one of", "silent firmware", "MOT-5", `class="fault"`, "prefers-color-scheme: dark"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if strings.Contains(string(page), "<script") || strings.Contains(string(page), "http://") && strings.Contains(strings.ReplaceAll(string(page), "http://www.w3.org/2000/svg", ""), "http://") {
		t.Error("the page needs a script or the network")
	}
}

func TestHILText(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, which the race run alone uses: TestHIL runs the same rig")
	}
	newTestApp().try(t, "hil", "--demo", "--device", "host", "--paced", "200ms", "--rounds", "1").want(t, exitPass,
		"FAIL (as expected) silent firmware: stalled", "channel voltage stalled at step 300", "FAIL (as expected) swapped leads: unstable", "misses:", "hand-written")
}

func TestHILErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"hil"}, "give --demo"},
		{[]string{"hil", "--demo", "--device", "board"}, "--device board"},
		{[]string{"hil", "--demo", "--paced", "1ms"}, "--paced 1ms"},
		{[]string{"hil", "--demo", "--rounds", "0"}, "--rounds 0"},
		{[]string{"hil", "--demo", "--dir", file}, "is not a directory"},
	} {
		newTestApp().try(t, c.args...).want(t, exitError, c.want)
	}
}
