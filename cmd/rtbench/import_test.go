package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/importer"
	"github.com/memkit-go/memkit/internal/testenv"
)

// histogramFile is cyclictest's, with the given number of samples beyond its end.
func histogramFile(overflow string) string {
	return "# Histogram\n000004 000900\n000005 000100\n# Total: 000001000\n# Max Latencies: 00119\n# Histogram Overflows: " + overflow + "\n"
}

func TestImport(t *testing.T) {
	inDir(t, map[string]string{"hist.txt": histogramFile("00002"), "two.csv": "t,lat_us\n1,20\n2,30\n", "bare.txt": "1\n2\n"})
	a := newTestApp()
	o := a.try(t, "import", "hist.txt", "--json")
	o.want(t, exitPass)
	var got imported
	if err := json.Unmarshal([]byte(o.stdout), &got); err != nil {
		t.Fatal(err)
	}
	if got.Kind != "cyclictest-histogram" || got.N != 1002 || got.Ordered || got.Censored != 2 || *got.Max != 119 || got.Resolution != 1 || got.Unit != "us" || len(got.Series) != 1 {
		t.Errorf("%s", o.stdout)
	}
	a.try(t, "import", "hist.txt").want(t, exitPass, "Kind      cyclictest-histogram", "Lost      the order of the samples", "the values of 2 samples beyond")
	a.try(t, "import", "two.csv").want(t, exitError, "two.csv:1: 2 columns, t, lat_us: choose with --column")
	a.try(t, "import", "two.csv", "--column", "lat_us", "--out", "o").want(t, exitPass, "Samples   o/run.rtrun")
	a.try(t, "import", "o/run.rtrun").want(t, exitError, "is a run file already")
	a.try(t, "import", "bare.txt", "--out", "p").want(t, exitError, "the unit of the numbers is unknown; give --unit")
	a.try(t, "import", "bare.txt", "--skip", "(").want(t, exitError, "--skip: error parsing regexp")
	run, _, err := loadRun("o/run.rtrun")
	if err != nil || len(run.Series) != 1 || run.Series[0].Name != "lat_us" || run.Series[0].Samples[1] != 30_000 {
		t.Errorf("%+v, %v", run, err)
	}
	if got := names(listing(t)); got != "bare.txt hist.txt o/run.rtrun two.csv" {
		t.Errorf("left %s", got)
	}
}

// TestForeignFilesAreNeverMoreThanTheyHold: what a format has lost makes limits that
// need it unsupported, in every command.
func TestForeignFilesAreNeverMoreThanTheyHold(t *testing.T) {
	const budget = "[profile.any]\nmatch = {}\n[profile.any.budget.\"hist\"]\np99 = \"1ms\"\n"
	ordered := strings.Repeat("20us\n21us\n", 400)
	inDir(t, map[string]string{
		"hist.txt": histogramFile("00000"), "over.txt": histogramFile("00002"), "b.toml": budget,
		"hist.csv": ordered, "s.txt": "Index IRQ-000 Thr-000\n1 5 5\n2 5 5\n",
	})
	a := newTestApp()
	a.try(t, "check", "hist.csv", "--budget", "b.toml").want(t, exitPass, "PASS")
	a.try(t, "check", "hist.txt", "--budget", "b.toml").want(t, exitOpen, "UNSUPPORTED", "lost the order")
	a.try(t, "check", "over.txt", "--budget", "b.toml", "--name", "hist").want(t, exitOpen, "UNSUPPORTED", "2 samples lay beyond the histogram's end")
	a.try(t, "report", "hist.txt", "--out", "pages").want(t, exitPass, "pages/report.html")
	a.try(t, "fit", "over.txt").want(t, exitOpen, "the file has lost the order of the samples", "the file has lost the values of 2 samples")
	a.try(t, "fit", "s.txt", "--kind", "rtla-hist").want(t, exitError, "several series, IRQ, Thread: choose with --series")
}

func TestRunReadsFloatsUnitsAndMatches(t *testing.T) {
	testenv.SkipInRaceRun(t)
	inDir(t, nil)
	t.Setenv(role, "program")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	a := newTestApp()
	a.try(t, "run", "--name", "mine", "--unit", "us", "--match", `^(20\d*)`, "--", self).want(t, exitPass, "mine", "21")
	run, _, err := loadRun(filepath.Join("rtbench-out", runName))
	if err != nil || run.Series[0].Samples[0] < 20_000_000 {
		t.Errorf("%+v, %v: want microseconds", run, err)
	}
	a.try(t, "run", "--name", "mine", "--unit", "h", "--", self).want(t, exitError, "give ns, us, ms or s")
}

func TestKindsAreInTheHelp(t *testing.T) {
	help := newTestApp().try(t, "import", "--help").stdout
	for _, kind := range importer.Kinds() {
		if !strings.Contains(help, kind) {
			t.Errorf("%s is missing in %s", kind, help)
		}
	}
}
