//go:build unix

package hil_test

import (
	"context"
	"syscall"
	"testing"

	"github.com/memkit-go/memkit/hil"
)

// cpuTime is what this process has used of its CPUs, which other processes do not
// lengthen.
func cpuTime(tb testing.TB) int64 {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// BenchmarkMotor compares a step of the rig in lock-step, without recording, with the
// hand-written loop.
func BenchmarkMotor(b *testing.B) {
	b.Run("rig", func(b *testing.B) {
		r := newMotorRig(b, nil)
		b.ReportAllocs()
		b.ResetTimer()
		used := cpuTime(b)
		res, err := r.Run(context.Background(), hil.Stimulus{Steps: int64(b.N), Setpoints: motorTarget})
		if err != nil || res.End != nil {
			b.Fatal(err, res)
		}
		b.ReportMetric(float64(cpuTime(b)-used)/float64(b.N), "cpu-ns/op")
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "steps/s")
	})
	b.Run("frames", func(b *testing.B) {
		r := newMotorRig(b, func(c *hil.Config) { c.Connections[0].Link = onlyFrames{c.Connections[0].Link} })
		b.ReportAllocs()
		b.ResetTimer()
		used := cpuTime(b)
		res, err := r.Run(context.Background(), hil.Stimulus{Steps: int64(b.N), Setpoints: motorTarget})
		if err != nil || res.End != nil {
			b.Fatal(err, res)
		}
		b.ReportMetric(float64(cpuTime(b)-used)/float64(b.N), "cpu-ns/op")
	})
	b.Run("hand", func(b *testing.B) {
		p, pid := newMotor(b), newPID(b)
		b.ReportAllocs()
		b.ResetTimer()
		used := cpuTime(b)
		handWritten(p, pid, int64(b.N))
		b.ReportMetric(float64(cpuTime(b)-used)/float64(b.N), "cpu-ns/op")
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "steps/s")
	})
}
