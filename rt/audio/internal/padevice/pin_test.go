package padevice

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pinned is the version whose OpenStream takes its callback from the C variable
// paStreamCallback. Before moving it: read OpenStream and pa.c of the new version,
// then run the tests of this package with the tag portaudio and a JACK server.
const pinned = "github.com/gordonklaus/portaudio v0.0.0-20250206071425-98a94950218b"

func TestPin(t *testing.T) {
	mod, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mod)) {
		if line = strings.TrimSpace(line); line == pinned {
			return
		}
	}
	t.Errorf("go.mod does not require %s, whose callback variable padevice replaces: see the comment of pinned", pinned)
}
