package lens_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/memkit-go/memkit/lens"
)

// verdict is the review of one finding in real-time uses of other libraries.
type verdict struct {
	Func, Code, Reason string
	True               bool
}

// TestThirdPartySoak checks real-time uses of other libraries, and compares the
// findings with testdata/thirdparty.json, where each is reviewed.
func TestThirdPartySoak(t *testing.T) {
	if !soak {
		t.Skip("downloads modules; MEMKIT_SOAK=1 runs it")
	}
	archive, err := txtar.ParseFile(filepath.Join("testdata", "thirdparty.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range archive.Files {
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(filepath.Join("testdata", "thirdparty.json"))
	if err != nil {
		t.Fatal(err)
	}
	var reviewed []verdict
	if err := json.Unmarshal(text, &reviewed); err != nil {
		t.Fatal(err)
	}
	config := lens.Config{Dir: dir, Patterns: []string{"./..."}}
	if exec.Command("pkg-config", "--exists", "portaudio-2.0").Run() == nil && haveC() {
		config.BuildFlags = []string{"-tags=portaudio"}
	}
	r, err := lens.Check(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range r.Errors {
		t.Errorf("not analysed: %s", e)
	}
	found := map[[2]string]bool{}
	for _, f := range r.Findings {
		found[[2]string{f.Func, f.Code}] = true
	}
	right := 0
	for _, v := range reviewed {
		key := [2]string{v.Func, v.Code}
		if !found[key] && config.BuildFlags != nil {
			t.Errorf("%s in %s is reviewed and no longer found", v.Code, v.Func)
		}
		delete(found, key)
		if v.Reason == "" {
			t.Errorf("%s in %s has no reason", v.Code, v.Func)
		}
		if v.True {
			right++
		}
	}
	for key := range found {
		t.Errorf("%s in %s is not reviewed", key[1], key[0])
	}
	t.Logf("%d findings, %d of them true", len(reviewed), right)
}
