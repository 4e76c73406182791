//go:build portaudio && cgo

package padevice

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gordonklaus/portaudio"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
)

// stream is one open stream. Its methods but Err are called by one goroutine at a
// time.
type stream struct {
	pa       *portaudio.Stream
	callback *callback
	info     backend.Info
	running  bool
}

// Open implements backend.Backend.
func (b *Backend) Open(r backend.Request) (backend.Stream, error) {
	var opened backend.Stream
	err := call(never, func() error {
		nameClient(r.Name)
		if err := b.initialize(); err != nil {
			return err
		}
		s, err := open(r)
		if err != nil {
			return errors.Join(err, portaudio.Terminate())
		}
		opened = s
		return nil
	})
	return opened, err
}

// open opens a stream in an initialised library.
func open(r backend.Request) (backend.Stream, error) {
	in, err := find(r.InDevice)
	if err != nil {
		return nil, err
	}
	out, err := find(r.OutDevice)
	if err != nil {
		return nil, err
	}
	k, err := newCallback()
	if err != nil {
		return nil, err
	}
	s := &stream{callback: k}
	granted, err := s.open(r, in, out)
	if err != nil {
		k.free()
		return nil, err
	}
	return granted, nil
}

func (s *stream) open(r backend.Request, in, out *portaudio.DeviceInfo) (backend.Stream, error) {
	g, err := s.grant(r, in, out)
	if err != nil {
		return nil, err
	}
	p := portaudio.LowLatencyParameters(in, out)
	p.Input.Channels, p.Output.Channels = g.In, g.Out
	p.SampleRate, p.FramesPerBuffer = g.Rate, g.Frames
	var granted backend.Stream = s
	if r.Mode == backend.Blocking {
		b := newBlocking(s, g)
		s.pa, err = b.open(p)
		granted = b
	} else {
		s.pa, err = s.callback.open(p)
	}
	if err != nil {
		return nil, fmt.Errorf("%v at %g Hz with %d inputs and %d outputs: %w", nameOf(in, out), g.Rate, g.In, g.Out, err)
	}
	if i := s.pa.Info(); i != nil {
		g.InLatency, g.OutLatency = i.InputLatency.Nanoseconds(), i.OutputLatency.Nanoseconds()
	}
	s.info = g
	return granted, nil
}

// grant fills in the zero fields of the request and refuses what the devices do
// not have.
func (s *stream) grant(r backend.Request, in, out *portaudio.DeviceInfo) (backend.Info, error) {
	g := backend.Info{Rate: r.Rate, Frames: r.Frames, In: r.In, Out: r.Out, InGo: inGo && r.Mode != backend.Blocking}
	main := out
	if main == nil {
		main = in
	}
	if main == nil {
		return g, errors.New("no device was chosen")
	}
	if in != nil && r.In > in.MaxInputChannels {
		return g, fmt.Errorf("device %q has %d inputs, not %d; give Config.In %d or less", in.Name, in.MaxInputChannels, r.In, in.MaxInputChannels)
	}
	if out != nil && r.Out > out.MaxOutputChannels {
		return g, fmt.Errorf("device %q has %d outputs, not %d; give Config.Out %d or less", out.Name, out.MaxOutputChannels, r.Out, out.MaxOutputChannels)
	}
	g.Host = hostName(main.HostApi)
	if g.Rate == 0 {
		g.Rate = main.DefaultSampleRate
	}
	if main.HostApi.Type == portaudio.JACK {
		if err := s.grantJACK(&g, r, main); err != nil {
			return g, err
		}
	}
	if g.Frames == 0 {
		g.Frames = framesFor(main.DefaultLowOutputLatency, g.Rate)
	}
	// A server may change its period while a stream runs.
	g.MaxFrames = max(2*g.Frames, 4096)
	return g, nil
}

// grantJACK holds the request to the server's rate and period: PortAudio would cut
// and join blocks to make another period of it, at the price of a period or more.
func (s *stream) grantJACK(g *backend.Info, r backend.Request, d *portaudio.DeviceInfo) error {
	if math.Abs(g.Rate-d.DefaultSampleRate) > 1 {
		return fmt.Errorf("the JACK server runs at %g Hz, not %g; give Config.Rate 0 or %g", d.DefaultSampleRate, g.Rate, d.DefaultSampleRate)
	}
	if r.Mode == backend.Blocking && (r.In != 0 && r.In != 2 || r.Out != 0 && r.Out != 2) {
		return fmt.Errorf("%d inputs and %d outputs: PortAudio's blocking streams on JACK carry two channels each way; give 2, or Mode Handoff", r.In, r.Out)
	}
	if !s.callback.listen(r.Name) {
		return nil
	}
	g.Priority = s.callback.priority()
	period := s.callback.frames()
	if g.Frames != 0 && g.Frames != period {
		return fmt.Errorf("the JACK server's period is %d frames, not %d; give Config.Frames 0 or %d", period, g.Frames, period)
	}
	g.Frames = period
	return nil
}

// framesFor is the power of two nearest below a latency, within 64 and 1024.
func framesFor(latency time.Duration, rate float64) int {
	frames := 64
	for frames < 1024 && float64(2*frames) <= latency.Seconds()*rate {
		frames *= 2
	}
	return frames
}

func nameOf(in, out *portaudio.DeviceInfo) string {
	switch {
	case in == nil:
		return fmt.Sprintf("device %q", out.Name)
	case out == nil || in == out:
		return fmt.Sprintf("device %q", in.Name)
	}
	return fmt.Sprintf("devices %q and %q", in.Name, out.Name)
}

// Info implements backend.Stream.
func (s *stream) Info() backend.Info { return s.info }

// Bind implements backend.Stream.
func (s *stream) Bind(sink backend.Sink) error {
	if sink.Region == nil && sink.Cycle == nil {
		return errors.New("portaudio: Bind needs a region or a function")
	}
	s.callback.bind(s.info.In, s.info.Out, s.info.MaxFrames, sink)
	return nil
}

// Follow implements backend.Follower.
func (s *stream) Follow(cpu int) { s.callback.follow(cpu) }

// Start implements backend.Stream.
func (s *stream) Start() error {
	s.callback.admit()
	if err := call(s.callback.serverGone, s.pa.Start); err != nil {
		s.callback.shut(patience)
		return err
	}
	s.running = true
	return nil
}

// Stop implements backend.Stream. The callback is kept out first, so that it is
// outside whatever PortAudio does.
func (s *stream) Stop() error {
	if !s.running {
		return nil
	}
	if !s.callback.shut(patience) {
		giveUp()
		return fmt.Errorf("portaudio: the callback has not returned within %v", patience)
	}
	s.running = false
	s.callback.moveBack()
	if err := s.Err(); err != nil {
		giveUp()
		return err
	}
	return call(s.callback.serverGone, s.pa.Stop)
}

// Close implements backend.Stream. After the server's end there is nothing that
// PortAudio could close.
func (s *stream) Close() error {
	if s.running {
		if err := s.Stop(); err != nil {
			return err
		}
	}
	if err := s.Err(); err != nil {
		giveUp()
		return err
	}
	err := call(s.callback.serverGone, func() error { return errors.Join(s.pa.Close(), portaudio.Terminate()) })
	if err == nil {
		s.callback.free()
	}
	return err
}

// Err implements backend.Stream.
//
//rt:allow ML601 reason="the stream ends"
//rt:allow ML613 reason="the stream ends"
func (s *stream) Err() error {
	if s.callback.serverGone() {
		return fmt.Errorf("the sound server has ended: %w", backend.ErrGone)
	}
	return nil
}
