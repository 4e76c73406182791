package hildemo

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// Every verdict of the demonstration is the expected one, with the firmware in this
// process, and the hash is always the same.
func TestDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short, which the race run alone uses: TestHIL of cmd/rtbench runs the same demonstration")
	}
	var hashes []string
	for range 2 {
		r, err := Run(context.Background(), Config{Device: Host, Seed: 1, Paced: 300 * time.Millisecond, Rounds: 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range r.Verdicts {
			if !v.AsExpected() {
				t.Errorf("%+v", v)
			}
		}
		if !r.AsExpected() || r.Steps != steps || r.Device != Host || len(r.Scenarios) != 5 || !r.Cost.SameHash {
			t.Errorf("%+v", r)
		}
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{`"steps":2000`, `"hash":"`, `"misses":{"rig":`, `"device":`, `"verdicts":[{`} {
			if !strings.Contains(string(b), key) {
				t.Errorf("%s has no %s", b, key)
			}
		}
		hashes = append(hashes, r.Hash)
	}
	if hashes[0] != hashes[1] {
		t.Error(hashes)
	}
}

func TestConfigs(t *testing.T) {
	for _, c := range []Config{{Device: "board"}, {Device: Host, Paced: time.Millisecond}, {Device: Host, Rounds: -1}} {
		if _, err := Run(context.Background(), c); err == nil {
			t.Errorf("%v is taken", c)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, Config{Device: Host}); err == nil {
		t.Error("an ended context is not seen")
	}
	if (&Result{}).AsExpected() {
		t.Error("no verdict is as expected")
	}
}
