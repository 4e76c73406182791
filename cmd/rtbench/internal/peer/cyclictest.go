package peer

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
)

// Cyclictest is a run of the kernel developers' wake-up test, of Debian's package
// rt-tests: one SCHED_FIFO thread, clock_nanosleep to absolute times, memory
// locked, /dev/cpu_dma_latency held at 0.
type Cyclictest struct {
	// Path of the program; empty looks for cyclictest in PATH.
	Path string
	// CPU that its thread runs on, and the SCHED_FIFO Priority.
	CPU, Priority int
	// Period in whole microseconds.
	Period time.Duration
	// Loops is how many activations it wakes for.
	Loops int
}

const (
	cyclictestName    = "cyclictest"
	cyclictestPackage = "rt-tests"
	// cyclictestLine is beyond what any sample prints.
	cyclictestLine = 256
)

// Find says where the program is. The error wraps [bench.ErrUnavailable] and
// names the package to install.
func (c Cyclictest) Find() (path string, err error) {
	if c.Path != "" {
		return c.Path, nil
	}
	path, err = exec.LookPath(cyclictestName)
	if err != nil {
		return "", fmt.Errorf("%w: cyclictest is not installed; install the package %s (apt-get install %s)", bench.ErrUnavailable, cyclictestPackage, cyclictestPackage)
	}
	return path, nil
}

// args of a run that prints each latency in nanoseconds. Aligned to a full
// second, so that its phase is known.
func (c Cyclictest) args() []string {
	return []string{
		"--mlockall", "--priority=" + strconv.Itoa(c.Priority), "--threads=1", "--affinity=" + strconv.Itoa(c.CPU),
		"--interval=" + strconv.FormatInt(c.Period.Microseconds(), 10), "--loops=" + strconv.Itoa(c.Loops),
		"--verbose", "--nsecs", "--secaligned",
	}
}

// Begin is the CLOCK_MONOTONIC moment of the first activation of a run that is
// started at now, and how long to wait with the start so that this is certain:
// cyclictest starts at the next full second, or at the one after when that is
// less than 0.1 s away.
func (c Cyclictest) Begin(now int64) (first int64, wait time.Duration) {
	const second, latest = int64(time.Second), int64(500 * time.Millisecond)
	if now%second > latest {
		wait = time.Duration(second - now%second)
		now += int64(wait)
	}
	return now - now%second + second + int64(c.Period), wait
}

// Run starts the program, waits for its end and returns its latencies in
// nanoseconds. A refusal by the kernel wraps [bench.ErrUnavailable].
func (c Cyclictest) Run(ctx context.Context) ([]int64, error) {
	path, err := c.Find()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, c.args()...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	samples, parseErr := ParseCyclictest(stdout, c.Loops)
	if parseErr != nil {
		// Its output is not read further: let it end.
		_, _ = io.Copy(io.Discard, stdout)
	}
	waitErr := cmd.Wait()
	switch words := strings.Join(strings.Fields(complaint.String()), " "); {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case waitErr != nil && strings.Contains(words, "scheduling policy"):
		return nil, fmt.Errorf("%w: %s: %s; run as root, or `ulimit -r %d`", bench.ErrUnavailable, cyclictestName, words, c.Priority)
	case waitErr != nil:
		return nil, fmt.Errorf("%s: %w: %s", cyclictestName, waitErr, words)
	case parseErr != nil:
		return nil, fmt.Errorf("%s: %w", cyclictestName, parseErr)
	case len(samples) < c.Loops:
		return nil, fmt.Errorf("%s: printed %d of %d latencies", cyclictestName, len(samples), c.Loops)
	}
	return samples, nil
}

var errCyclictestLine = errors.New("is no sample; want thread:cycle:nanoseconds")

// ParseCyclictest reads what `cyclictest --verbose --nsecs --threads=1` prints:
// a line "thread:cycle:latency" for each activation, in order, and remarks that
// begin with no digit. More than most samples are an error, and so is a gap.
func ParseCyclictest(r io.Reader, most int) ([]int64, error) {
	var samples []int64
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), 1<<16)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || text[0] < '0' || text[0] > '9' {
			continue
		}
		thread, cycle, ns, err := cyclictestSample(text)
		switch {
		case err != nil:
			return nil, fmt.Errorf("line %d: %.60q %w", n, text, err)
		case thread != 0:
			return nil, fmt.Errorf("line %d: a sample of thread %d, and one thread was asked for", n, thread)
		case cycle != int64(len(samples)):
			return nil, fmt.Errorf("line %d: cycle %d follows cycle %d: samples were lost", n, cycle, len(samples)-1)
		case len(samples) == most:
			return nil, fmt.Errorf("line %d: more than the %d latencies asked for", n, most)
		case ns < 0:
			return nil, fmt.Errorf("line %d: latency %d ns is negative", n, ns)
		}
		samples = append(samples, ns)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return samples, nil
}

func cyclictestSample(text string) (thread, cycle, ns int64, err error) {
	fields := strings.Split(text, ":")
	if len(text) > cyclictestLine || len(fields) != 3 {
		return 0, 0, 0, errCyclictestLine
	}
	for i, v := range []*int64{&thread, &cycle, &ns} {
		if *v, err = strconv.ParseInt(strings.TrimSpace(fields[i]), 10, 64); err != nil {
			return 0, 0, 0, errCyclictestLine
		}
	}
	return thread, cycle, ns, nil
}
