package audio

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
)

// onTwo runs f in virtual time with two devices, of which the JACK one is the input.
func onTwo(t *testing.T, f func(t *testing.T, sys *system, in, out *scripted)) {
	t.Helper()
	onScripted(t, func(t *testing.T, sys *system, out *scripted) {
		in := &scripted{now: sys.now, rate: 48000, frames: 64}
		sys.jack = func(string) (backend.Backend, error) { return in, nil }
		f(t, sys, in, out)
	})
}

// wire plays its input.
func wire() *process {
	return &process{process: func(b *Block) { copy(b.Out[0], b.In[0]) }}
}

// tone is 1 kHz at 48 kHz.
func tone(frame int64) float32 { return float32(math.Sin(2 * math.Pi * float64(frame) / 48)) }

// residual is the largest part of a sound that is no sine of so many Hz.
func residual(sound []float32, hz float64) (worst float64) {
	turn := 2 * math.Cos(2*math.Pi*hz/48000)
	for i := 2; i < len(sound); i++ {
		worst = max(worst, math.Abs(float64(sound[i])-turn*float64(sound[i-1])+float64(sound[i-2])))
	}
	return worst
}

// TestInputDevice: the sound of an input device whose clock drifts arrives whole, at
// the rate of the output device.
func TestInputDevice(t *testing.T) {
	for _, ppm := range []float64{-200, 0, 200} {
		for _, frames := range []int{64, 441} {
			if testing.Short() && (ppm != 200 || frames != 441) {
				continue
			}
			onTwo(t, func(t *testing.T, sys *system, in, out *scripted) {
				in.drift, in.frames, in.source = ppm/1e6, frames, tone
				s := mustOpen(t, Config{Backend: PortAudio, In: 1, Out: 1, Input: &Input{Backend: JACK}}, wire(), sys)
				if got := s.Spec(); got.In != 1 || got.Out != 1 {
					t.Errorf("Spec %v", got)
				}
				if err := s.Start(); err != nil {
					t.Fatal(err)
				}
				elapse(6 * time.Second)
				l := s.source.(*local)
				if err := s.Stop(); err != nil {
					t.Fatal(err)
				}
				st := l.input.bridged.to.Load().Stats()
				if math.Abs(st.PartsPerMillion-ppm) > 20 || st.Underruns != 0 || st.Overruns != 0 {
					t.Errorf("%v ppm, %d frames: %v", ppm, frames, st)
				}
				end := out.played[len(out.played)-48000:]
				if r := residual(end, 1000*(1+ppm/1e6)); r > 1e-4 {
					t.Errorf("%v ppm, %d frames: residual %g", ppm, frames, r)
				}
				lat := s.Stats().Latency.Input
				if least, most := frames, 5*frames+200; lat < least || lat > most {
					t.Errorf("%d frames: latency %d, want %d to %d", frames, lat, least, most)
				}
				if st := s.Stats(); st.Misses != 0 || s.Err() != nil {
					t.Errorf("%+v, %v", st, s.Err())
				}
			})
		}
	}
}

// TestInputDeviceChanges: either device may change its size or rate, and the input
// device may go and come back; the sound goes on.
func TestInputDeviceChanges(t *testing.T) {
	one := func(int64) float32 { return 1 }
	for name, change := range map[string]func(in, out *scripted){
		"input size":  func(in, out *scripted) { in.set(256, 48000) },
		"output size": func(in, out *scripted) { out.set(256, 48000) },
		"input rate":  func(in, out *scripted) { in.set(64, 44100) },
		"output rate": func(in, out *scripted) { out.set(64, 96000) },
		"input lost":  func(in, out *scripted) { in.leave(time.Second) },
		"output lost": func(in, out *scripted) { out.leave(time.Second) },
	} {
		onTwo(t, func(t *testing.T, sys *system, in, out *scripted) {
			in.source = one
			s := mustOpen(t, Config{Backend: PortAudio, In: 1, Out: 1, Input: &Input{Backend: JACK}}, wire(), sys)
			if err := s.Start(); err != nil {
				t.Fatal(err)
			}
			elapse(500 * time.Millisecond)
			change(in, out)
			elapse(200 * time.Millisecond)
			if lost := strings.HasSuffix(name, "lost"); lost != (s.Stats().State == Lost) {
				t.Errorf("%s: %v, %v", name, s.Stats().State, s.Err())
			}
			if name == "input lost" && !errors.Is(s.Err(), ErrDeviceGone) {
				t.Errorf("%s: %v", name, s.Err())
			}
			elapse(2500 * time.Millisecond)
			if st := s.Stats(); st.State != Running || s.Err() != nil {
				t.Errorf("%s: %v, %v", name, st.State, s.Err())
			}
			if err := s.Stop(); err != nil {
				t.Fatal(err)
			}
			for i, v := range out.played[len(out.played)-4800:] {
				if math.Abs(float64(v)-1) > 1e-3 {
					t.Fatalf("%s: sample %d of the last 4800 is %v", name, i, v)
				}
			}
		})
	}
}

// TestInputDeviceStartFails: when either device does not start, the other is at rest
// again, and both start later.
func TestInputDeviceStartFails(t *testing.T) {
	for _, failing := range []string{"input", "output"} {
		onTwo(t, func(t *testing.T, sys *system, in, out *scripted) {
			s := mustOpen(t, Config{Backend: PortAudio, In: 1, Out: 1, Input: &Input{Backend: JACK}}, wire(), sys)
			d := map[string]*scripted{"input": in, "output": out}[failing]
			d.startErr = errors.New("busy")
			if err := s.Start(); err == nil || !strings.Contains(err.Error(), "busy") {
				t.Errorf("%s: Start: %v", failing, err)
			}
			l := s.source.(*local)
			if in.running != nil || out.running != nil || l.done != nil || l.input.done != nil {
				t.Errorf("%s: after a Start that failed a device or a thread runs", failing)
			}
			d.startErr = nil
			if err := s.Start(); err != nil || in.running == nil || out.running == nil {
				t.Errorf("%s: Start again: %v", failing, err)
			}
			elapse(100 * time.Millisecond)
			if st := s.Stats(); st.State != Running || st.Blocks == 0 {
				t.Errorf("%s: %+v", failing, st)
			}
		})
	}
}

// TestInputDeviceStalls: an input device that stops calling is told, by the state and an
// error that names it, and so is its return.
func TestInputDeviceStalls(t *testing.T) {
	onTwo(t, func(t *testing.T, sys *system, in, out *scripted) {
		in.source = func(int64) float32 { return 1 }
		var told []change
		s := mustOpen(t, Config{
			Backend: PortAudio, In: 1, Out: 1, Input: &Input{Backend: JACK}, Stall: 300 * time.Millisecond,
			OnState: func(s State, err error) { told = append(told, change{s, err}) },
		}, wire(), sys)
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		elapse(time.Second)
		in.pause(true)
		elapse(250 * time.Millisecond)
		if st := s.Stats(); st.State != Running {
			t.Errorf("after 250 ms: %v, %v", st.State, s.Err())
		}
		elapse(250 * time.Millisecond)
		st, err := s.Stats(), s.Err()
		if st.State != Stalled || !errors.Is(err, ErrStalled) || err.Error() != "audio: the input device: the device has stopped calling" {
			t.Errorf("after 500 ms: %v, %v", st.State, err)
		}
		in.pause(false)
		elapse(100 * time.Millisecond)
		if st := s.Stats(); st.State != Running || s.Err() != nil {
			t.Errorf("back: %v, %v", st.State, s.Err())
		}
		in.pause(true)
		elapse(500 * time.Millisecond)
		in.leave(time.Second)
		elapse(200 * time.Millisecond)
		if st := s.Stats(); st.State != Lost || !errors.Is(s.Err(), ErrDeviceGone) {
			t.Errorf("gone: %v, %v", st.State, s.Err())
		}
		in.pause(false)
		elapse(4 * time.Second)
		if st := s.Stats(); st.State != Running || s.Err() != nil {
			t.Errorf("found again: %v, %v", st.State, s.Err())
		}
		in.pause(true)
		elapse(500 * time.Millisecond)
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		in.pause(false)
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		elapse(100 * time.Millisecond)
		if st := s.Stats(); st.State != Running {
			t.Errorf("started again: %v, %v", st.State, s.Err())
		}
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		var states []State
		for _, c := range told {
			states = append(states, c.state)
		}
		if want := []State{Running, Stalled, Running, Stalled, Lost, Running, Stalled, Ready}; !slices.Equal(states[:min(len(states), len(want))], want) {
			t.Errorf("told %v, want %v first", states, want)
		}
	})
}

// TestInputDeviceFails: what the input device cannot do is said of it.
func TestInputDeviceFails(t *testing.T) {
	onTwo(t, func(t *testing.T, sys *system, in, out *scripted) {
		c := Config{Backend: PortAudio, In: 1, Out: 1, Input: &Input{Backend: JACK, Device: "moon"}}
		if _, err := open(c, wire(), sys); err == nil || err.Error() != `audio: the input device: input device "moon": no such device; there are "scripted"` {
			t.Errorf("%v", err)
		}
		c.Input = &Input{Backend: JACK}
		c.Device = "moon"
		if _, err := open(c, wire(), sys); err == nil || !strings.Contains(err.Error(), `audio: output device "moon"`) {
			t.Errorf("%v", err)
		}
	})
	for _, c := range []Config{
		{Out: 1, Input: &Input{}},
		{In: 1, Mode: Blocking, Input: &Input{}},
		{In: 1, Backend: Offline, Input: &Input{}},
		{In: 1, Input: &Input{Backend: Offline}},
		{In: 1, Input: &Input{Rate: 0.5}},
		{In: 1, Input: &Input{Frames: -1}},
	} {
		var config *ConfigError
		if _, err := Open(c, wire()); !errors.As(err, &config) || config.Field != "Input" {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
