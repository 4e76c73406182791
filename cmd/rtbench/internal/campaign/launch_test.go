package campaign

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/importer"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/supervise"
	"github.com/memkit-go/memkit/rt/record"
)

// role turns this test binary into a child: the launched program.
const role = "CAMPAIGN_TEST_ROLE"

func TestMain(m *testing.M) {
	supervise.Main()
	if play, ok := roles[os.Getenv(role)]; ok {
		play()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var roles = map[string]func(){
	"three": func() { fmt.Print("100\n\n  2.5us\n300") },
	"endless": func() {
		for i := 0; ; i++ {
			fmt.Println(i)
		}
	},
	"deaf": func() {
		signal.Ignore(os.Interrupt)
		for {
			fmt.Println(7)
		}
	},
	"silent":   func() {},
	"mute":     func() { stop := make(chan os.Signal, 1); signal.Notify(stop, os.Interrupt); <-stop },
	"negative": func() { fmt.Println(-5) },
	"prose":    func() { fmt.Println("5\nlatency: 5") },
	"decimal":  func() { fmt.Println("12.5") },
	"long":     func() { fmt.Println(strings.Repeat("9", maxLine+1)) },
	"crash":    func() { fmt.Println(5); fmt.Fprintln(os.Stderr, "SIGSEGV in step"); os.Exit(2) },
	"runfile": func() {
		run := &record.Run{Series: []record.Series{{Name: "a", Kind: record.Latency, Unit: "ns", Ops: 1, Samples: []int64{1, 2, 3}}}}
		if err := record.Write(os.Stdout, run); err != nil {
			panic(err)
		}
		fmt.Fprintln(os.Stderr, os.Args[1:])
	},
	"half": func() { fmt.Print("\x89memrun\n\x01") },
	"wait": func() { // like a measuring child that is told to stop
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, os.Interrupt)
		fmt.Println("ready")
		<-stop
		os.Exit(1)
	},
}

func play(t *testing.T, name string) []string {
	t.Helper()
	t.Setenv(role, name)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return []string{self}
}

func TestCommand(t *testing.T) {
	for name, want := range map[string]string{
		"three":    "[100 2500 300]",
		"silent":   "printed no latency",
		"negative": "line 1: latency -5 is negative",
		"prose":    `line 2: "latency: 5" is not a number`,
		"decimal":  "[13]",
		"long":     "line 1: longer than 4096 bytes",
		"crash":    "exit status 2\n  | SIGSEGV in step",
	} {
		c := &Command{Argv: play(t, name)}
		series, err := c.Launch(t.Context(), Job{Bench: benches("mine")[0]})
		got := fmt.Sprint(err)
		if err == nil {
			got = fmt.Sprint(series[0].Samples)
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestCommandIsInterruptedAfterItsDuration(t *testing.T) {
	job := Job{Bench: benches("mine")[0]}
	job.Params.Duration = time.Millisecond
	series, err := (&Command{Argv: play(t, "endless")}).Launch(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range series[0].Samples {
		if v != int64(i) {
			t.Fatalf("sample %d is %d: a line was lost or cut", i, v)
		}
	}
}

// TestFirstLine: a program that prints nothing is ended at its limit, one that prints
// in time is not.
func TestFirstLine(t *testing.T) {
	_, err := (&Command{Argv: play(t, "mute"), FirstLine: time.Millisecond}).Launch(t.Context(), Job{Bench: benches("mine")[0]})
	if err == nil || !strings.Contains(err.Error(), "printed no latency within 1ms") {
		t.Errorf("%v", err)
	}
	series, err := (&Command{Argv: play(t, "three"), FirstLine: time.Hour}).Launch(t.Context(), Job{Bench: benches("mine")[0]})
	if err != nil || len(series[0].Samples) != 3 {
		t.Errorf("%v, %v", series, err)
	}
}

// TestMatch: only lines that match hold latencies, the others pass through.
func TestMatch(t *testing.T) {
	var rest strings.Builder
	c := &Command{Argv: play(t, "prose"), Lines: importer.Options{Match: regexp.MustCompile(`latency: (\d+)`), Unit: "us"}, Rest: &rest}
	series, err := c.Launch(t.Context(), Job{Bench: benches("mine")[0]})
	if err != nil || !slices.Equal(series[0].Samples, []int64{5000}) || rest.String() != "5\n" {
		t.Errorf("%+v, %v, the rest %q", series, err, rest.String())
	}
}

// TestWhatWasMeasuredIsKept: a program that dies leaves the samples before.
func TestWhatWasMeasuredIsKept(t *testing.T) {
	series, err := (&Command{Argv: play(t, "crash")}).Launch(t.Context(), Job{Bench: benches("mine")[0]})
	if err == nil || len(series) != 1 || !slices.Equal(series[0].Samples, []int64{5}) {
		t.Errorf("%+v, %v", series, err)
	}
}

func TestCommandThatDoesNotExist(t *testing.T) {
	_, err := (&Command{Argv: []string{"./no-such-program"}}).Launch(t.Context(), Job{Bench: benches("mine")[0]})
	if !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("got %v", err)
	}
}

func TestSelfExec(t *testing.T) {
	job := Job{Bench: benches("a")[0]}
	job.Params.Duration, job.Params.Seed = time.Second, 3
	argv := play(t, "runfile")
	series, err := (&SelfExec{Path: argv[0], Args: []string{"measure"}}).Launch(t.Context(), job)
	if err != nil || len(series) != 1 || !slices.Equal(series[0].Samples, []int64{1, 2, 3}) {
		t.Fatalf("%+v, %v", series, err)
	}
	play(t, "half")
	if _, err := (&SelfExec{Path: argv[0]}).Launch(t.Context(), job); err == nil || !strings.Contains(err.Error(), "its result: run file, byte 9: ends in the version") {
		t.Fatalf("half a result: %v", err)
	}
	play(t, "crash")
	if _, err := (&SelfExec{Path: argv[0]}).Launch(t.Context(), job); err == nil || !strings.Contains(err.Error(), "exit status 2\n  | SIGSEGV") {
		t.Fatalf("crash: %v", err)
	}
}

func TestDeafChildIsKilled(t *testing.T) {
	defer func(d time.Duration) { enoughGrace = d }(enoughGrace)
	enoughGrace = time.Millisecond
	job := Job{Bench: benches("mine")[0]}
	job.Params.Duration = time.Millisecond
	series, err := (&Command{Argv: play(t, "deaf")}).Launch(t.Context(), job)
	if err != nil || len(series[0].Samples) == 0 {
		t.Fatalf("%+v, %v", series, err)
	}
}

func TestTailKeepsHeadAndEnd(t *testing.T) {
	var few tail
	fmt.Fprint(&few, "panic: x\n")
	if few.String() != "panic: x\n" {
		t.Fatalf("%q", few.String())
	}
	var much tail
	fmt.Fprint(&much, "panic: first\n")
	for range 1000 {
		fmt.Fprintln(&much, "goroutine …")
	}
	fmt.Fprint(&much, "exit status 2")
	got := much.String()
	if !strings.HasPrefix(got, "panic: first") || !strings.HasSuffix(got, "exit status 2") || len(got) > 2*tailSize+8 {
		t.Fatalf("%d bytes: %.20q … %q", len(got), got, got[len(got)-20:])
	}
}
