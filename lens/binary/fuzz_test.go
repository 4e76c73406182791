package binary_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/memkit-go/memkit/lens/binary"
)

// FuzzJudge: whatever an executable is like, it is refused or judged.
func FuzzJudge(f *testing.F) {
	f.Add(uint32(0x1000), uint64(0xdeadbeef), uint32(0x2000), uint64(1))
	f.Add(uint32(0x18), uint64(0), uint32(0x400), ^uint64(0))
	path := buildFor(f, "effects")
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, at uint32, word uint64, at2 uint32, word2 uint64) {
		damaged := append([]byte(nil), whole...)
		for i := range 8 {
			damaged[(int(at)+i)%len(damaged)] = byte(word >> (8 * i))
			damaged[(int(at2)+i)%len(damaged)] = byte(word2 >> (8 * i))
		}
		path := filepath.Join(t.TempDir(), "damaged")
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := binary.Load(path)
		if err != nil {
			return
		}
		for _, name := range []string{"main.deepChain", "main.callsKnown", "main.recovers", "main.locks"} {
			_, _ = (&binary.Judge{Program: p}).Effects(name)
		}
	})
}
