package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/certificate"
	"github.com/memkit-go/memkit/rt/record"
)

// runName is the run file's name in the output directory.
const runName = "run.rtrun"

// conduct measures the plan. With an error it returns the samples measured until then,
// marked as incomplete, or nil for nothing. keep, when set, gets the series of each
// process as it ends.
func (a *app) conduct(ctx context.Context, launch campaign.Launcher, plan *campaign.Plan, keep func([]record.Series) error) (*record.Run, error) {
	started := time.Now()
	before, limited := a.quota()
	bar := newProgress(a.stderr, plan)
	c := campaign.Campaign{Plan: plan, Launch: launch, Progress: bar.show, Keep: keep, CPU: a.cpu, Slowing: a.slowing}
	run, err := c.Run(ctx)
	bar.close()
	if err != nil {
		if !hasSamples(run) {
			return nil, err
		}
		run.Incomplete = err.Error()
	}
	run.Created = started.UTC().Format(time.RFC3339)
	run.Command = a.command
	run.Env = a.environment()
	noteSlowing(run)
	if after, ok := a.quota(); ok && limited {
		stopped := after.Since(before)
		run.Env["cgroup.cpu"] = stopped.String()
		if stopped.Periods > 0 {
			fmt.Fprintf(a.stderr, "the CPU quota of the control group delayed this run: %v; raise cpu.max, or measure outside of the group\n", stopped)
		}
	}
	return run, err
}

// noteSlowing sums up in the environment what slowed the run down from outside.
func noteSlowing(run *record.Run) {
	hot, slowest, fastest := int64(0), int64(0), int64(0)
	for _, f := range run.Interference {
		hot += f.Hot
		if f.Slowest > 0 && (slowest == 0 || f.Slowest < slowest) {
			slowest = f.Slowest
		}
		fastest = max(fastest, f.Slowest)
	}
	if hot > 0 {
		run.Env["cpu.thermal"] = fmt.Sprintf("slowed down %d times", hot)
	}
	if slowest > 0 {
		run.Env["cpu.frequency"] = fmt.Sprintf("the slowest CPU had %d to %d MHz", slowest/1000, fastest/1000)
	}
}

func hasSamples(run *record.Run) bool {
	return run != nil && slices.ContainsFunc(run.Series, func(s record.Series) bool { return len(s.Samples) > 0 })
}

// analyse builds the certificate of a run.
func (a *app) analyse(e certificate.Evidence) (*certificate.Certificate, error) {
	done := waitFor(a.stderr, "analysing the samples …")
	defer done()
	e.Version = thisBuild().Version
	return certificate.Build(e)
}

// encodeRun is the run file's content and its digest.
func encodeRun(run *record.Run) (file []byte, digest string, err error) {
	var b bytes.Buffer
	if err := record.Write(&b, run); err != nil {
		return nil, "", err
	}
	return b.Bytes(), digestOf(b.Bytes()), nil
}

func digestOf(file []byte) string {
	sum := sha256.Sum256(file)
	return hex.EncodeToString(sum[:])
}

// loadRun reads a run file and its digest.
func loadRun(path string) (*record.Run, string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	sum := sha256.New()
	run, err := record.Read(io.TeeReader(f, sum))
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", path, err)
	}
	if len(run.Series) == 0 {
		return nil, "", fmt.Errorf("%s: holds no series; measure again", path)
	}
	return run, hex.EncodeToString(sum.Sum(nil)), nil
}

// stageBytes stages content that is already in memory.
func stageBytes(o *outputs, name string, content []byte) error {
	return o.stage(name, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}
