package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/blackbox"
	"github.com/memkit-go/memkit/rt/guard"
	"github.com/memkit-go/memkit/rt/isolate"
	"github.com/memkit-go/memkit/rt/ring"
)

// run is the ordinary part of the program: it starts the processes and reads what they
// report.
func run(ctx context.Context, o options) (_ *result, err error) {
	if !(o.seconds > 0 && o.seconds < 86400) {
		return nil, fmt.Errorf("--seconds %v: give up to a day", o.seconds)
	}
	dir, err := os.MkdirTemp("", "robot-arm")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	l, err := newLink(o.bus, dir)
	if err != nil {
		return nil, err
	}
	l.Ticks = int64(o.seconds * float64(time.Second/period))

	// On a machine with several CPUs the drives have another one than the controller.
	first, last := rt.AnyCPU, rt.AnyCPU
	if n := runtime.NumCPU(); n > 1 {
		first, last = rt.OnCPU(0), rt.OnCPU(n-1)
	}
	var drives *isolate.Isolate
	startDrives := func() error {
		drives, err = isolate.Start(ctx, drivesEntry, isolate.Config{CPU: first, Args: []string{l.argument()}, Channels: []isolate.Channel{drivesCell}})
		return err
	}
	if o.bus != "memory" { // there the guard has the memory
		if err := startDrives(); err != nil {
			return nil, err
		}
		defer func() { drives.Close() }()
	}
	config := guard.Config{Period: period, SafeFrame: brake(), Mode: rt.Auto, Silence: o.silence, FirstBeat: 10 * time.Second}
	l.guarded(&config)
	g, err := guard.Start(ctx, config)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, g.Close()) }()
	l.Guard = g.Address()
	if o.bus == "memory" {
		if err := startDrives(); err != nil {
			return nil, err
		}
		defer func() { drives.Close() }()
	}
	reference, seen := startReference(ctx, last)
	if reference != nil {
		defer reference.Close()
	}
	r, err := control6(ctx, o, l, last, g, seen)
	if err != nil {
		return nil, err
	}
	report, err := drivesCell.Reader(drives)
	if err != nil {
		return nil, err
	}
	r.awaitBrake(report)
	r.GuardTrip = g.Status().Last.Reason.String()
	return r, nil
}

// awaitBrake waits up to half a second for the drives to brake: the controller has closed
// its end, and the guard's safe frame is on its way.
func (r *result) awaitBrake(report *ring.LatestReader[drivesReport]) {
	for range 100 {
		d, _ := report.Load()
		r.Braked, r.DriveWatchdogTrips = d.Braked, d.WatchdogTrips
		if r.Braked {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// startReference starts the reference; nil where the machine does not grant it.
func startReference(ctx context.Context, cpu rt.CPU) (*isolate.Isolate, *ring.Consumer[stall]) {
	i, err := isolate.Start(ctx, referenceEntry, isolate.Config{CPU: cpu, Channels: []isolate.Channel{stalls}, FirstBeat: 10 * time.Second})
	if err != nil {
		return nil, nil
	}
	in, err := stalls.Consumer(i)
	if err != nil {
		i.Close()
		return nil, nil
	}
	return i, in
}

// control6 runs the controller, and the load next to it, and makes the result.
func control6(ctx context.Context, o options, l link, cpu rt.CPU, g *guard.Guard, seen *ring.Consumer[stall]) (*result, error) {
	i, err := isolate.Start(ctx, armEntry, isolate.Config{
		CPU: cpu, Args: []string{l.argument()}, FirstBeat: 10 * time.Second,
		Channels: []isolate.Channel{armCell, armSkips, armSamples},
	})
	if err != nil {
		return nil, err
	}
	defer i.Close()
	report, err := armCell.Reader(i)
	if err != nil {
		return nil, err
	}
	skips, err := armSkips.Consumer(i)
	if err != nil {
		return nil, err
	}
	stopBox, err := startBox(ctx, o.box, i, g)
	if err != nil {
		return nil, err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	load := startLoad(o.busy)
	granted := i.Stats()
	lost, late := await(ctx, i, time.Duration(l.Ticks+settle)*period+patience, skips, seen)
	load()
	runtime.ReadMemStats(&after)
	if err := errors.Join(i.Wait(), stopBox()); err != nil {
		return nil, err
	}
	a, _ := report.Load()
	if !a.Done {
		return nil, errors.New("robot-arm: the controller has not come to its end")
	}
	r := &result{
		Bus: l.Bus, Periods: a.Periods, Misses: a.Stats.Missed, P99Ns: a.P99,
		ResponseNs: a.Stats.MaxResponse, OutputJitterNs: a.Stats.MaxOutputJitter,
		Answered: a.Exchange.Answered, LateAnswers: a.Exchange.Late, Lost: a.Exchange.Lost,
		PhaseLocked: a.Locked, LockSeconds: time.Duration(a.LockNs).Seconds(), DriftPPM: a.Drift,
		TrackingErrorRMS: a.trackingError(), Collections: after.NumGC - before.NumGC,
	}
	if len(granted) > 0 {
		r.Mode = granted[0].Granted.Mode.String()
	}
	r.SkippedExempt = exempt(lost, late)
	r.Skipped = a.Skipped - r.SkippedExempt
	if math.IsNaN(r.TrackingErrorRMS) {
		return nil, errors.New("robot-arm: the tracking error is no number")
	}
	return r, nil
}

// await collects what the controller and the reference report until the controller has
// ended, and stops it at the limit.
func await(ctx context.Context, i *isolate.Isolate, limit time.Duration, skips *ring.Consumer[skip], seen *ring.Consumer[stall]) (lost []skip, late []stall) {
	end := time.NewTimer(limit)
	defer end.Stop()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for ended := false; !ended; {
		select {
		case <-i.Done():
			ended = true
		case <-end.C:
			i.Stop(ctx)
		case <-poll.C:
		}
		lost, late = drain(lost, skips), drain(late, seen)
	}
	return lost, late
}

// drain takes what a queue holds; nil has none.
func drain[T any](to []T, from *ring.Consumer[T]) []T {
	for from != nil {
		v, ok := from.Pop()
		if !ok {
			break
		}
		to = append(to, v)
	}
	return to
}

// startBox writes the values around each trip of the guard, if a directory is given.
func startBox(ctx context.Context, dir string, i *isolate.Isolate, g *guard.Guard) (stop func() error, err error) {
	in, err := armSamples.Consumer(i)
	if err != nil || dir == "" {
		return func() error { return nil }, err
	}
	box, err := blackbox.New(blackbox.Config{
		Dir: dir, Rate: 3000, Channels: []blackbox.Channel{channelNames("position"), channelNames("torque")},
	}, in)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- box.Run(ctx) }()
	go func() {
		look := time.NewTicker(10 * time.Millisecond)
		defer look.Stop()
		for trips := g.Status().Trips; ctx.Err() == nil; <-look.C {
			if s := g.Status(); s.Trips != trips {
				trips = s.Trips
				box.Trip(s.Last.At, s.Last.String())
			}
		}
	}()
	return func() error {
		time.Sleep(50 * time.Millisecond) // the last trip is seen
		cancel()
		return <-ended
	}, nil
}

// startLoad makes the parent busy, and garbage.
func startLoad(n int) (stop func()) {
	end := make(chan struct{})
	for range n {
		go func() {
			for x := 0; ; x++ {
				select {
				case <-end:
					return
				default:
				}
			}
		}()
	}
	if n > 0 {
		go func() {
			var keep [64][]byte
			for k := 0; ; k++ {
				select {
				case <-end:
					return
				default:
					keep[k%len(keep)] = make([]byte, 64<<10)
				}
			}
		}()
	}
	return func() { close(end) }
}
