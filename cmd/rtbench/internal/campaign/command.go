package campaign

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/importer"
	"github.com/memkit-go/memkit/rt/record"
)

const (
	// maxLine is beyond any number; a longer line is not a latency.
	maxLine = 4096
	// maxLines bounds what one process may print: 512 MiB of samples.
	maxLines = 1 << 26
)

// Command launches any program that prints one latency a line, in nanoseconds
// ("21500", "20.5") or with a unit ("21.5us"). Empty lines are skipped.
//
// A job with a duration interrupts the program that long after its first line,
// as Ctrl-C would; one without waits until it ends by itself. At the first line
// the program's threads are examined for the policy SCHED_FIFO.
type Command struct {
	Argv []string
	// FirstLine is how long the program may take to print its first latency; 0
	// means any time.
	FirstLine time.Duration
	// Lines is how the output is read. With Match, the lines that it does not match
	// go to Rest, if that is set.
	Lines importer.Options
	Rest  io.Writer
	// Keep, when set, gets the samples of the process that runs, a second after each
	// other or sooner. An error ends the process.
	Keep func(s *record.Series, samples []int64) error
}

// keepEvery is how long samples are not kept at most, while others follow them.
const keepEvery = time.Second

// Launch implements [Launcher].
func (c *Command) Launch(ctx context.Context, job Job) ([]record.Series, error) {
	p, stdout, err := start(ctx, "", c.Argv, 0)
	if err != nil {
		return nil, err
	}
	lines := &latencies{in: bufio.NewReaderSize(stdout, maxLine), options: c.Lines, rest: c.Rest}
	facts := map[string]float64{}
	lines.began = func() {
		if fifo, known := realtime(p.PID()); fifo {
			facts["fifo"] = 1
		} else if known {
			facts["fifo"] = 0
		}
	}
	if c.Keep != nil {
		s := c.series(job, nil, nil)
		lines.keep = func(samples []int64) error { return c.Keep(&s, samples) }
	}
	late := lines.limitFirst(c.FirstLine, p)
	samples, stopped, readErr := lines.until(job.Params.Duration, p)
	if readErr != nil {
		// Its later output is not needed.
		_ = p.Kill()
		_, _ = io.Copy(io.Discard, stdout)
	}
	waitErr := p.Wait()
	var series []record.Series
	if len(samples) > 0 {
		series = []record.Series{c.series(job, samples, facts)}
	}
	switch {
	case context.Cause(ctx) != nil:
		return series, context.Cause(ctx)
	case late():
		return nil, p.failure(fmt.Errorf("printed no latency within %v; does it buffer its output? --first-line sets another limit, 0 none", c.FirstLine))
	case readErr != nil:
		return series, p.failure(readErr)
	case waitErr != nil && !stopped:
		return series, p.failure(waitErr)
	case len(samples) == 0:
		return nil, p.failure(errors.New("printed no latency; print one a line, in nanoseconds or as a duration such as 21.5us"))
	}
	return series, nil
}

// series is what one process has measured.
func (c *Command) series(job Job, samples []int64, facts map[string]float64) record.Series {
	return record.Series{
		Name: job.Bench.Name, Kind: record.Latency, Unit: "ns", Process: job.Process, Ops: 1,
		Period: job.Bench.Period.Nanoseconds(), Samples: samples, Facts: facts,
	}
}

// latencies reads samples off a program's output.
type latencies struct {
	in      *bufio.Reader
	options importer.Options
	rest    io.Writer
	line    int
	// began is called at the first latency, while the program runs.
	began func()
	// keep, when set, gets the samples while the program runs; kept of them were, at
	// keptAt.
	keep   func([]int64) error
	kept   int
	keptAt time.Time
}

// limitFirst kills p when it has printed no latency within d; late reports whether it
// did.
func (l *latencies) limitFirst(d time.Duration, p *process) (late func() bool) {
	if d <= 0 {
		return func() bool { return false }
	}
	began, timer := l.began, time.AfterFunc(d, func() { _ = p.Kill() })
	stopped := false
	l.began = func() {
		stopped = timer.Stop()
		began()
	}
	return func() bool { return !stopped && !timer.Stop() }
}

// until reads to the end of the output, and interrupts p when it has printed for
// d; stopped says that it did. A last line without an end counts, unless the
// interrupt may have cut it in half.
func (l *latencies) until(d time.Duration, p *process) (samples []int64, stopped bool, err error) {
	enough := time.AfterFunc(time.Duration(math.MaxInt64), func() { _ = p.Interrupt(enoughGrace) })
	defer enough.Stop()
	for {
		text, err := l.next()
		ended := errors.Is(err, io.EOF)
		if ended {
			stopped = !enough.Stop()
		}
		if err != nil && !ended {
			return nil, stopped, err
		}
		if text != "" && !stopped {
			ns, err := importer.Latency([]byte(text), l.options)
			if err != nil {
				return nil, stopped, fmt.Errorf("line %d: %w", l.line, err)
			}
			if len(samples) == maxLines {
				return nil, stopped, fmt.Errorf("line %d: one process prints at most %d latencies; give --duration", l.line, maxLines)
			}
			if len(samples) == 0 {
				l.began()
				if d > 0 {
					enough.Reset(d)
				}
			}
			samples = append(samples, ns)
			if err := l.keepSome(samples); err != nil {
				return samples, stopped, err
			}
		}
		if ended {
			return samples, stopped, nil
		}
	}
}

// keepSome keeps the new samples when the last ones were kept long enough ago.
func (l *latencies) keepSome(samples []int64) error {
	if l.keep == nil {
		return nil
	}
	now := time.Now()
	if l.keptAt.IsZero() {
		l.keptAt = now
	}
	if now.Sub(l.keptAt) < keepEvery {
		return nil
	}
	from := l.kept
	l.kept, l.keptAt = len(samples), now
	return l.keep(samples[from:])
}

// next is the next line without blanks around it; with io.EOF, what follows the
// last line end.
func (l *latencies) next() (string, error) {
	text, err := l.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", fmt.Errorf("line %d: longer than %d bytes, so no latency", l.line+1, maxLine)
	}
	l.line++
	if l.options.Match != nil {
		matched, ok := importer.Matched(l.options.Match, bytes.TrimRight(text, "\r\n"))
		if !ok && l.rest != nil {
			_, _ = l.rest.Write(text) // what the program says is no result
		}
		text = matched
	}
	return strings.TrimSpace(string(text)), err
}
