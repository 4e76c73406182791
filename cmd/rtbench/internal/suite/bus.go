package suite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/peer"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/sampler"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/arena"
	"github.com/memkit-go/memkit/rt/bus"
	"github.com/memkit-go/memkit/rt/control"
	"github.com/memkit-go/memkit/rt/isolate"
	"github.com/memkit-go/memkit/rt/record"
)

// BusRows are the exchanges of a command and an answer a period on each transport, and
// the same in C: first the row of memkit, then C's, whose name has "c/" before it. A
// sample is the time from when an activation was due until the answer before was taken
// and the command had left.
func BusRows(period time.Duration, againstC bool) []bench.Benchmark {
	var rows []bench.Benchmark
	for _, t := range busTransports {
		e := busExchange{t, period}
		rows = append(rows, periodic(bench.Benchmark{
			Name: t.name, Doc: "memkit's strict loop and bus.Exchange over " + t.doc, Period: period, RatioOf: "p99",
		}, e.measure))
		if againstC {
			rows = append(rows, periodic(bench.Benchmark{
				Name: InC + t.name, Doc: "a SCHED_FIFO thread in C over " + t.doc, Period: period, RatioOf: "p99",
			}, e.inC))
		}
	}
	rows = append(rows, pidRow(RowPID, "1,000 updates of control.PID", pidInGo))
	if againstC {
		rows = append(rows, pidRow(InC+RowPID, "1,000 updates of the same PID in C", func(n int) ([]int64, error) { return peer.PIDBatches(n, pidUpdates) }))
	}
	return rows
}

// InC is before the name of a row in C.
const InC = "c/"

// busTransport is a way between the loop and its device; open returns the loop's port and
// descriptor, and the device's descriptor.
type busTransport struct {
	name, doc string
	kind      peer.BusKind
	open      func() (busEnds, error)
}

// busEnds are both ends of a transport.
type busEnds struct {
	port       bus.Port
	near, far  int
	closeAll   func() error
	memoryFile string // of a memory port, for the device's process
}

var busTransports = []busTransport{
	{"udp", "UDP on the loopback interface", peer.BusDatagram, openBusUDP},
	{"unix", "a pair of Unix datagram sockets", peer.BusDatagram, openBusUnix},
	{"pty", "a pseudo-terminal, frames delimited and checked", peer.BusLine, openBusPTY},
	{"memory", "rings in shared memory, with a device that looks every 100 µs", peer.BusMemory, openBusMemory},
}

type busExchange struct {
	busTransport
	period time.Duration
}

const busFrame = 8

// busCPUs are the loop's CPU and the device's.
func busCPUs(loop []int) (near, far int) {
	all := sampler.CPUs()
	near, far = all[len(all)-1], all[0]
	if len(loop) > 0 {
		near = loop[len(loop)-1]
	}
	return near, far
}

// measure runs memkit's loop.
func (e busExchange) measure(ctx context.Context, d time.Duration) (record.Series, error) {
	ends, err := e.open()
	if err != nil {
		return record.Series{}, err
	}
	defer ends.closeAll()
	_, far := busCPUs(nil)
	stop, err := e.startDevice(ctx, ends, far)
	if err != nil {
		return record.Series{}, err
	}
	defer stop()
	process, err := rt.Setup(rt.ProcessConfig{})
	if err != nil {
		return record.Series{}, err
	}
	s, err := e.inGo(ctx, ends.port, d)
	return s, firstOf(err, process.Close())
}

// startDevice starts what answers: a thread in C, the same for both languages; for rings
// of package ring a loop in an isolate.
func (e busExchange) startDevice(ctx context.Context, ends busEnds, cpu int) (stop func(), err error) {
	if e.kind != peer.BusMemory {
		device, err := peer.StartBusEcho(e.kind, ends.far, cpu, rt.DefaultPriority)
		if err != nil {
			return nil, err
		}
		return device.Stop, nil
	}
	if len(sampler.CPUs()) < 2 {
		return nil, fmt.Errorf("%w: an isolate needs a CPU besides its loop's, and this process may use one", bench.ErrUnavailable)
	}
	i, err := isolate.Start(ctx, busDevice, isolate.Config{CPU: rt.OnCPU(cpu), Args: []string{ends.memoryFile}, FirstBeat: time.Minute})
	if err != nil {
		return nil, unavailable(err)
	}
	return func() { i.Close() }, nil
}

// busDevice answers on a memory port.
var busDevice = isolate.Entry("rtbench/bus-device", func(c *isolate.Child) error {
	f, err := os.OpenFile(c.Args[0], os.O_RDWR, 0)
	if err != nil {
		return err
	}
	a, err := arena.Attach(int(f.Fd()), arena.Config{Name: "bus"})
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	port, err := bus.AttachMemory(a.Bytes())
	if err != nil {
		return err
	}
	loop, err := c.NewLoop(rt.LoopConfig{Name: "device", Period: 100 * time.Microsecond})
	if err != nil {
		return err
	}
	frame := make([]byte, busFrame)
	err = loop.Run(c.Context(), func(*rt.Tick) error {
		for range 64 {
			n, _, err := port.Receive(frame)
			if err != nil {
				break
			}
			_ = port.Send(frame[:n])
		}
		return nil
	})
	if c.Context().Err() != nil {
		return nil
	}
	return err
})

// inGo is the loop.
func (e busExchange) inGo(ctx context.Context, port bus.Port, d time.Duration) (record.Series, error) {
	x, err := bus.NewExchange(bus.ExchangeConfig{Port: port, Period: e.period, CommandSize: busFrame, AnswerSize: busFrame})
	if err != nil {
		return record.Series{}, err
	}
	warm, n := int64(warmUp/e.period), int(d/e.period)
	rec, err := record.New(record.Config{Capacity: n + 1, Top: comparedOutliers})
	if err != nil {
		return record.Series{}, err
	}
	loop, err := rt.NewLoop(rt.LoopConfig{Name: "bus", Period: e.period})
	if err != nil {
		return record.Series{}, unavailable(err)
	}
	w := newWindow(rec, e.period)
	var begin int64
	var before, after bus.Stats
	frame := make([]byte, busFrame)
	r := running{loop: loop, ended: make(chan struct{})}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer close(r.ended)
		r.err = loop.Run(ctx, func(t *rt.Tick) error {
			w.first.CompareAndSwap(0, t.Intended)
			_, _ = x.Step(t, frame) // a full bus is counted
			end := rt.Now()
			if t.Index < warm {
				return nil
			}
			if begin == 0 {
				begin, before = t.Intended, x.Stats()
			} else {
				w.keepSkips(t, begin, begin+int64(d))
			}
			rec.Record(end - t.Intended)
			if t.Intended-begin >= int64(d)-int64(e.period) {
				after = x.Stats()
				return rt.ErrStop
			}
			return nil
		})
	}()
	if err := r.begun(); err != nil {
		return record.Series{}, err
	}
	granted := loop.Granted()
	stalls, err := startStallMonitor(closely, loopCPUs(granted), granted.Policy.Priority()+1, w.first.Load(), e.period)
	if err != nil {
		cancel()
		<-r.ended
		return record.Series{}, err
	}
	<-r.ended
	seen := stalls.stop()
	if r.err != nil {
		return record.Series{}, r.err
	}
	s := rec.Series("", e.period)
	delete(s.Counters, "overflowed")
	activations{begin, int64(e.period), w.skips}.annotate(&s, seen)
	stats := loop.Stats()
	s.Counters["answered"] = float64(after.Answered - before.Answered)
	s.Counters["late"] = float64(after.Late - before.Late)
	s.Counters["lost"] = float64(after.Lost - before.Lost)
	s.Counters["step_allocs"], s.Counters["lost_p"] = float64(stats.Allocs), float64(stats.LostP)
	s.Counters["faults"], s.Counters["eintr"] = float64(stats.MinorFaults+stats.MajorFaults), float64(stats.Interrupted)
	return s, nil
}

// inC runs the loop in C over the same transport.
func (e busExchange) inC(ctx context.Context, d time.Duration) (record.Series, error) {
	var ends busEnds
	near, far := busCPUs(nil)
	if e.kind != peer.BusMemory {
		var err error
		if ends, err = e.open(); err != nil {
			return record.Series{}, err
		}
		defer ends.closeAll()
		stop, err := e.startDevice(ctx, ends, far)
		if err != nil {
			return record.Series{}, err
		}
		defer stop()
	}
	process, err := rt.Setup(rt.ProcessConfig{})
	if err != nil {
		return record.Series{}, err
	}
	s, err := e.runInC(ends.near, near, far, d)
	return s, firstOf(err, process.Close())
}

func (e busExchange) runInC(fd, near, far int, d time.Duration) (record.Series, error) {
	warm := int(warmUp / e.period)
	first := rt.Now() + int64(warmUp)
	monitor, err := startStallMonitor(closely, []int{near}, rt.DefaultPriority+1, first, e.period)
	if err != nil {
		return record.Series{}, err
	}
	report, err := peer.BusLoop{
		Kind: e.kind, FD: fd, CPU: near, EchoCPU: far, Priority: rt.DefaultPriority,
		Start: first, Period: e.period, Samples: warm + int(d/e.period), Warm: warm,
	}.Run()
	seen := monitor.stop()
	if err != nil {
		return record.Series{}, err
	}
	a := activations{begin: report.Due[warm], period: int64(e.period)}
	for i := warm + 1; i < len(report.Due); i++ {
		if n := (report.Due[i]-report.Due[i-1])/a.period - 1; n > 0 {
			a.skips = append(a.skips, skip{report.Due[i-1] + a.period, n})
		}
	}
	samples := report.Response[warm:]
	s := record.Series{
		Kind: record.Latency, Unit: "ns", Ops: 1, Period: a.period, Samples: samples,
		Counters: map[string]float64{}, Facts: map[string]float64{}, Outliers: largest(samples, comparedOutliers),
	}
	a.annotate(&s, seen)
	s.Counters["answered"], s.Counters["late"] = float64(report.Answered), float64(report.Late)
	s.Counters["lost"] = float64(max(0, report.Sent-report.Answered-report.Late-1)) // the last is on its way
	return s, nil
}

func openBusUDP() (busEnds, error) {
	var free [2]string
	for i := range free {
		address, err := freeLoopback()
		if err != nil {
			return busEnds{}, err
		}
		free[i] = address
	}
	near, err := bus.OpenUDP(bus.UDPConfig{Local: free[0], Remote: free[1]})
	if err != nil {
		return busEnds{}, err
	}
	far, err := bus.OpenUDP(bus.UDPConfig{Local: free[1], Remote: free[0]})
	if err != nil {
		return busEnds{}, errors.Join(err, near.Close())
	}
	return busEnds{port: near, near: near.FD(), far: far.FD(), closeAll: func() error { return errors.Join(near.Close(), far.Close()) }}, nil
}

func openBusUnix() (busEnds, error) {
	near, far, err := bus.UnixPair()
	if err != nil {
		return busEnds{}, err
	}
	return busEnds{port: near, near: near.FD(), far: far.FD(), closeAll: func() error { return errors.Join(near.Close(), far.Close()) }}, nil
}

func openBusMemory() (busEnds, error) {
	a, err := arena.New(arena.Config{Size: bus.MemorySize(), Name: "bus", Shared: true})
	if err != nil {
		return busEnds{}, err
	}
	port, err := bus.NewMemory(a.Bytes())
	if err != nil {
		return busEnds{}, errors.Join(err, a.Close())
	}
	return busEnds{
		port: port, near: -1, far: -1, memoryFile: fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), a.FD()),
		closeAll: func() error { return errors.Join(port.Close(), a.Close()) },
	}, nil
}

// pidUpdates is how many updates a sample of the rows pid takes.
const pidUpdates = 1000

// pidRow is a benchmark of computation alone.
func pidRow(name, doc string, run func(n int) ([]int64, error)) bench.Benchmark {
	return bench.Benchmark{
		Name: name, Doc: doc, RatioOf: "p50",
		Measure: func(ctx context.Context, p bench.Params) ([]record.Series, error) {
			const batch = 1000
			s := record.Series{Name: name, Kind: record.Latency, Unit: "ns", Ops: 1, Counters: map[string]float64{}}
			for end := rt.Now() + int64(min(p.Duration, time.Second)); rt.Now() < end && ctx.Err() == nil; {
				samples, err := run(batch)
				if err != nil {
					return nil, err
				}
				s.Samples = append(s.Samples, samples...)
			}
			s.Counters["ops"] = float64(len(s.Samples))
			return []record.Series{s}, ctx.Err()
		},
	}
}

func pidInGo(n int) ([]int64, error) {
	const h = 1e-3
	c, err := control.NewPID(control.PIDConfig{
		Gains: control.Gains{P: 2, I: 10, D: .05}, Period: time.Millisecond,
		DerivativeFilter: 5 * time.Millisecond, Min: -1, Max: 1, Tracking: 70 * time.Millisecond,
	})
	if err != nil {
		return nil, err
	}
	samples := make([]int64, n)
	y := 0.0
	for k := range samples {
		begin := rt.Now()
		for range pidUpdates {
			y += h * (c.Update(1, y) - y)
		}
		samples[k] = rt.Now() - begin
	}
	runtime.KeepAlive(y) // or the compiler would leave the computation out
	return samples, nil
}

// RowPID is the row of computation alone, whose ratio is that of the medians.
const RowPID = "pid"
