package campaign

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/memkit-go/memkit/rt/record"
)

// RecordVariable is the environment variable that names the run file which a program
// is to write, as include/memkit_record.h does.
const RecordVariable = "MEMKIT_RECORD"

// Recorded launches a program that writes a run file itself, of one series. What it
// prints goes to Rest.
//
// A job with a duration interrupts the program after that time, as Ctrl-C would; one
// without waits until it ends by itself.
type Recorded struct {
	Argv []string
	Rest io.Writer
}

// Launch implements [Launcher].
func (r *Recorded) Launch(ctx context.Context, job Job) (series []record.Series, err error) {
	dir, err := os.MkdirTemp("", "rtbench-record-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "run.rtrun")
	p, stdout, err := start(ctx, "", r.Argv, 0, RecordVariable+"="+path)
	if err != nil {
		return nil, err
	}
	stopped := func() bool { return false }
	if d := job.Params.Duration; d > 0 {
		enough := time.AfterFunc(d, func() { _ = p.Interrupt(enoughGrace) })
		stopped = func() bool { return !enough.Stop() }
	}
	_, _ = io.Copy(r.Rest, stdout) // what the program says is no result
	waitErr := p.Wait()
	interrupted := stopped()
	s, incomplete, readErr := recordedIn(path)
	if readErr == nil {
		s.Name, s.Process = job.Bench.Name, job.Process
		if job.Bench.Period > 0 {
			s.Period = job.Bench.Period.Nanoseconds()
		}
		if len(s.Samples) > 0 {
			series = []record.Series{s}
		}
	}
	switch {
	case context.Cause(ctx) != nil:
		return series, context.Cause(ctx)
	case waitErr != nil && !interrupted:
		return series, p.failure(waitErr)
	case readErr != nil:
		return nil, p.failure(readErr)
	case incomplete != "" && !interrupted:
		return series, p.failure(fmt.Errorf("its recording is incomplete: %s; the program has to close it", incomplete))
	case len(series) == 0:
		return nil, p.failure(errors.New("recorded no latency"))
	}
	return series, nil
}

// recordedIn reads the one series of a program's run file.
func recordedIn(path string) (s record.Series, incomplete string, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, "", fmt.Errorf("wrote no recording: it has to write the run file that %s names, as include/memkit_record.h does", RecordVariable)
	}
	if err != nil {
		return s, "", err
	}
	defer f.Close()
	run, err := record.Read(f)
	if err != nil {
		return s, "", fmt.Errorf("its recording: %w", err)
	}
	if len(run.Series) != 1 || run.Series[0].Kind != record.Latency {
		return s, "", fmt.Errorf("its recording has %d series; one of latencies is measured", len(run.Series))
	}
	return run.Series[0], run.Incomplete, nil
}
