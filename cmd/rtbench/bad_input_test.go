package main

import (
	"os"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/testenv"
)

// TestBadInput: each input that is not what it must be is a named error with exit
// code 1, and nothing that was there is overwritten.
func TestBadInput(t *testing.T) {
	testenv.SkipInRaceRun(t)
	const hist = "# /dev/cpu_dma_latency set to 0us\n# Histogram\n000000 000000\n000001 000010\n# Total: 000000010\n# Min Latencies: 00001\n# Avg Latencies: 00001\n# Max Latencies: 00001\n# Histogram Overflows: 00000\n"
	good := oneCertificate(1, "c1", 1e4)
	inDir(t, map[string]string{
		"b.toml":         "[budget.\"loop/wake\"]\ncounts = { skipped = 0 }\n",
		"zero.toml":      "[profile.any]\nmatch = {}\n[profile.any.budget.zero]\np50 = \"1ms\"\n",
		"renamed.toml":   "[budget.\"loop/renamed\"]\ncounts = { skipped = 0 }\n",
		"zero.csv":       strings.Repeat("0ns\n", 2000),
		"words.txt":      "these are words\nand no numbers\n",
		"empty.txt":      "",
		"binary.rtrun":   "\x7fELF\x01\x02",
		"foreign.rtrun":  hist,
		"two.csv":        "a,b\n1,2\n3,4\n",
		"neg.txt":        "-5ns\n6ns\n",
		"altered.json":   "{}",
		"schema.json":    strings.Replace(good, "certificate/1", "certificate/7", 1),
		"half.json":      good[:len(good)/2],
		"short.dsse":     `{"payloadType":"application/x","payload":"","signatures":[]}`,
		"bench-a.txt":    "BenchmarkOld-2 10 5 ns/op\n",
		"bench-b.txt":    "BenchmarkNew-2 10 5 ns/op\n",
		"cyclictest.txt": hist,
	})
	a := newTestApp()
	a.try(t, "run", "--duration", "2s").want(t, exitPass)
	run, err := os.ReadFile("rtbench-out/run.rtrun")
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte{}, run...)
	flipped[len(flipped)/2] ^= 1
	for name, content := range map[string][]byte{"half.rtrun": run[:len(run)/2], "flipped.rtrun": flipped} {
		if err := os.WriteFile(name, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	before := listing(t)
	for _, c := range []struct {
		name, args, want string
	}{
		{"half-written run", "check half.rtrun --budget b.toml", "the file was cut short"},
		{"half-written run", "report half.rtrun", "the file was cut short"},
		{"half-written run", "fit half.rtrun", "the file was cut short"},
		{"half-written run", "export half.rtrun --format csv", "the file was cut short"},
		{"changed run", "check flipped.rtrun --budget b.toml", "damaged"},
		{"changed run", "compare flipped.rtrun rtbench-out/run.rtrun", "damaged"},
		{"foreign file with a run's name", "check foreign.rtrun --budget b.toml", "this is no run file"},
		{"no run at all", "report binary.rtrun", "byte"},
		{"foreign file of another kind", "import cyclictest.txt --kind go-bench", "go-bench"},
		{"foreign file of another kind", "import words.txt --kind hgrm", "hgrm"},
		{"words", "import words.txt", "words.txt"},
		{"empty", "import empty.txt --out rtbench-out", "the file is empty"},
		{"two columns", "import two.csv --out rtbench-out", "--column"},
		{"a run is no foreign file", "import rtbench-out/run.rtrun --out rtbench-out", "is a run file already"},
		{"frozen clock", "compare zero.csv zero.csv", "its clock stands still"},
		{"frozen clock", "check zero.csv --budget zero.toml", "clock"},
		{"frozen clock", "fit zero.csv", "all samples are equal"},
		{"negative", "check neg.txt --budget b.toml --name x", "negative"},
		{"benchmark renamed", "check rtbench-out/run.rtrun --budget renamed.toml", "loop/renamed"},
		{"benchmark renamed", "compare bench-a.txt bench-b.txt", "only A has Old-2; only B has New-2"},
		{"unknown schema", "history .", "schema"},
		{"unsigned", "verify short.dsse", "payload type"},
		{"certificate without schema", "history . --add altered.json", "it has no schema"},
		{"certificate of another schema", "history . --add schema.json", `"memkit.certificate/7"`},
		{"half a certificate", "history . --add half.json", "written by half"},
	} {
		o := a.try(t, strings.Fields(c.args)...)
		if o.code != exitError || !strings.Contains(o.stderr, c.want) {
			t.Errorf("%s (%s): exit code %d, %q is missing in\n%s%s", c.name, c.args, o.code, c.want, o.stdout, o.stderr)
		}
		for name, content := range listing(t) {
			if before[name] != content {
				t.Errorf("%s (%s): wrote %s", c.name, c.args, name)
			}
		}
	}
}
