package qemu

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/hil/qemu/firmware"
	"github.com/memkit-go/memkit/rt"
)

// round is one exchange: when the frame was sent and its answer received.
type round struct{ from, to int64 }

// timed keeps the rounds of a link.
type timed struct {
	device
	sent   int64
	rounds []round
}

func (l *timed) Send(t hil.Tick, frame []byte) error {
	l.sent = rt.Now()
	return l.device.Send(t, frame)
}

func (l *timed) Receive(t hil.Tick, frame []byte, deadline int64) (int, error) {
	n, err := l.device.Receive(t, frame, deadline)
	if err == nil && len(l.rounds) < cap(l.rounds) {
		l.rounds = append(l.rounds, round{l.sent, rt.Now()})
	}
	return n, err
}

// steals samples, every 10 ms, when the host took processor time: the kernel counts it
// in hundredths of a second.
func steals(stop <-chan struct{}) []round {
	var all []round
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	at, count := rt.Now(), stolen()
	for {
		select {
		case <-stop:
			return all
		case <-ticker.C:
		}
		now, n := rt.Now(), stolen()
		if n != count {
			all = append(all, round{at - 10e6, now})
		}
		at, count = now, n
	}
}

// stolen is the steal time of all processors, in the first line of /proc/stat.
func stolen() int {
	text, err := os.ReadFile("/proc/stat")
	first, _, _ := bytes.Cut(text, []byte("\n"))
	fields := strings.Fields(string(first))
	if err != nil || len(fields) < 9 {
		return 0
	}
	n, _ := strconv.Atoi(fields[8])
	return n
}

// outside returns the durations of the rounds that overlap no interval, sorted, in µs.
func outside(rounds, intervals []round) []float64 {
	var us []float64
	for _, r := range rounds {
		if !slices.ContainsFunc(intervals, func(i round) bool { return r.from < i.to && i.from < r.to }) {
			us = append(us, float64(r.to-r.from)/1e3)
		}
	}
	slices.Sort(us)
	return us
}

func quantile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(p*float64(len(sorted)-1))]
}

// BenchmarkPaced runs a rig at 500 Hz under SCHED_FIFO, with the emulated board and with
// its control, the same firmware on a thread of this process, in turns of a second: the
// round trips outside steal, in µs, and the misses.
func BenchmarkPaced(b *testing.B) {
	h, err := firmware.NewHost(firmware.HostConfig{Policy: rt.FIFO(70)})
	var refused *rt.PrivilegeError
	if errors.As(err, &refused) {
		b.Skip(err)
	}
	if err != nil {
		b.Fatal(err)
	}
	emulated, err := Start(b.Context(), Config{Policy: rt.FIFO(70)})
	if err != nil {
		b.Skip(err)
	}
	const rate, turn = 500, 500
	ways := []struct {
		name   string
		link   *timed
		rig    *hil.Rig
		misses hil.Misses
	}{{name: "qemu", link: &timed{device: emulated}}, {name: "host", link: &timed{device: h}}}
	for i := range ways {
		w := &ways[i]
		w.link.rounds = make([]round, 0, 120*rate)
		w.rig = rig(b, w.link, new(firmware.Codec), func(c *hil.Config) {
			c.Rate, c.Mode = rate, hil.Paced
			c.Loop = rt.LoopConfig{Mode: rt.Cooperative, Policy: rt.FIFO(80)}
		})
	}
	stop, intervals := make(chan struct{}), make(chan []round)
	go func() { intervals <- steals(stop) }()
	for b.Loop() {
		for i := range ways {
			w := &ways[i]
			result, err := w.rig.Run(b.Context(), hil.Stimulus{Steps: turn, Setpoints: func(_ hil.Tick, v []float64) { v[0] = 50 }})
			if err != nil || result.End != nil {
				b.Fatal(result, err)
			}
			w.misses.Rig += result.Misses.Rig
			w.misses.Device += result.Misses.Device
		}
	}
	close(stop)
	taken := <-intervals
	b.ReportMetric(0, "ns/op")
	for _, w := range ways {
		us := outside(w.link.rounds, taken)
		b.ReportMetric(quantile(us, 0.5), w.name+"-p50-µs")
		b.ReportMetric(quantile(us, 0.99), w.name+"-p99-µs")
		b.Logf("%s: %d rounds, %d of them outside steal: p50 %.0f, p99 %.0f, p99.9 %.0f, max %.0f µs; misses: %v", w.name, len(w.link.rounds), len(us),
			quantile(us, 0.5), quantile(us, 0.99), quantile(us, 0.999), quantile(us, 1), w.misses)
	}
}
