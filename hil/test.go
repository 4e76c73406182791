package hil

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/hil/recording"
)

// Environment variables of [Test].
const (
	// SeedVariable is another seed for the faults of all scenarios.
	SeedVariable = "MEMKIT_HIL_SEED"
	// ReplayVariable is a recording.mcap whose commands are replayed.
	ReplayVariable = "MEMKIT_HIL_REPLAY"
	// OutputVariable is the directory for the files of scenarios; setting it keeps those
	// of scenarios that pass too.
	OutputVariable = "MEMKIT_HIL_OUTPUT"
)

// Test runs a scenario as a test, with a subtest for each verdict: FAIL fails it, and so
// does INCONCLUSIVE. On a failure it writes the report's files and logs where they are,
// the seed, and the command that replays the run.
//
// A test that passes with one seed may be run with others: MEMKIT_HIL_SEED=7 go test.
func Test(t *testing.T, s Scenario) *Report {
	t.Helper()
	if s.Name == "" {
		s.Name = t.Name()
	}
	if err := s.fromEnvironment(os.Getenv); err != nil {
		t.Fatal(err)
	}
	report, err := s.Evaluate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir, keep := os.Getenv(OutputVariable), true
	if dir == "" {
		dir, keep = filepath.Join(os.TempDir(), "memkit-hil"), false
	}
	dir = filepath.Join(dir, fileName(s.Name)+"-"+strconv.FormatUint(s.Seed, 10))
	if keep || report.Outcome() != Pass {
		_ = report.WriteFiles(dir) // is a verdict
		t.Logf("seed %d; the files are in %s; to replay, here:\n%s", s.Seed, dir, replayCommand(t.Name(), filepath.Join(dir, recordingFile), s.Seed))
	}
	t.Log(report)
	for _, v := range report.Verdicts {
		name := v.Name
		if v.ID != "" {
			name = v.ID + " " + v.Name
		}
		t.Run(name, func(t *testing.T) {
			if v.Outcome != Pass {
				t.Error(v)
			}
		})
	}
	return report
}

// fromEnvironment takes seed and replay from the environment.
func (s *Scenario) fromEnvironment(get func(string) string) error {
	if text := get(SeedVariable); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return fmt.Errorf("hil: %s %q: must be a number from 0 to 2⁶⁴−1", SeedVariable, text)
		}
		s.Seed = seed
	}
	name := get(ReplayVariable)
	if name == "" {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("hil: %s: %w", ReplayVariable, err)
	}
	defer f.Close()
	if s.Replay, err = recording.ReadMCAP(f); err != nil {
		return fmt.Errorf("hil: %s %s: %w", ReplayVariable, name, err)
	}
	s.Seed = s.Replay.Seed()
	s.Steps = min(s.Steps, int64(s.Replay.Len()))
	return nil
}

// replayCommand is what a person types. Each part of a test's name is an expression of its
// own.
func replayCommand(test, file string, seed uint64) string {
	parts := strings.Split(test, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	quote := func(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
	return fmt.Sprintf("%s=%d %s=%s go test -count=1 -run %s", SeedVariable, seed, ReplayVariable, quote(file), quote(strings.Join(parts, "/")))
}

var notInFiles = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// fileName is a name without what a file system may refuse.
func fileName(name string) string {
	if name = strings.Trim(notInFiles.ReplaceAllString(name, "-"), "-."); name == "" {
		return "scenario"
	}
	return name[:min(len(name), 100)]
}
