//go:build cgo && mujoco && linux

package mujoco

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/hil/mujoco/internal/reference"
)

// BenchmarkCartpole does the same in C, by Plant.Step and by a whole rig, in turns of
// 5,000 steps, and reports the processor time of each as a ratio to C: the medians of
// the turns.
func BenchmarkCartpole(b *testing.B) {
	for _, integrator := range []string{"Euler", "RK4"} {
		b.Run(integrator, func(b *testing.B) {
			xml := bytes.Replace(read(b, "cartpole.xml"), []byte("Euler"), []byte(integrator), 1)
			compareWithC(b, xml)
		})
	}
}

func compareWithC(b *testing.B, xml []byte) {
	e := open(b, Config{})
	file := filepath.Join(b.TempDir(), "model.xml")
	if err := os.WriteFile(file, xml, 0o600); err != nil {
		b.Fatal(err)
	}
	peer, err := reference.Load(file)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(peer.Close)
	config := PlantConfig{XML: xml, Keyframe: "tilted"}
	p, inRig := loadPlant(b, e, config), loadPlant(b, e, config)
	r := rig(b, inRig)
	const turn = 5_000
	u, y := make([]float64, 1), make([]float64, 4)
	if err := p.Step(hil.Tick{}, u, y); err != nil {
		b.Fatal(err)
	}
	ways := []struct {
		name  string
		run   func()
		times []time.Duration
	}{
		{name: "c", run: func() { peer.Run(turn) }},
		{name: "step", run: func() {
			for i := range turn {
				u[0] = balance(y)
				if err := p.Step(hil.Tick{Step: int64(i), Period: period}, u, y); err != nil {
					b.Fatal(err)
				}
			}
		}},
		{name: "rig", run: func() {
			if _, err := r.Run(context.Background(), hil.Stimulus{Steps: turn}); err != nil {
				b.Fatal(err)
			}
		}},
	}
	for b.Loop() {
		for i := range ways {
			start := processorTime(b)
			ways[i].run()
			ways[i].times = append(ways[i].times, processorTime(b)-start)
		}
	}
	c := median(ways[0].times)
	b.ReportMetric(float64(c)/turn, "c-ns/step")
	b.ReportMetric(float64(median(ways[1].times))/float64(c), "step/c")
	b.ReportMetric(float64(median(ways[2].times))/float64(c), "rig/c")
	if got, want := y[2], peer.Angle(); got != want {
		b.Errorf("after as many steps the pole is at %v in C, %v by Step", want, got)
	}
}

// processorTime is that of the process: another load of the machine counts less.
func processorTime(b *testing.B) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		b.Fatal(err)
	}
	return time.Duration(t.Nano())
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
