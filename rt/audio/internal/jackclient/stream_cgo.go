//go:build cgo && linux

package jackclient

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
)

// maxFrames is the largest buffer of JACK and of PipeWire.
const maxFrames = 8192 // as MEMKIT_JACK_FRAMES

// Stream is one open client. Its methods but Err and Format are called by one
// goroutine at a time.
type Stream struct {
	client  *client
	info    backend.Info
	sources []string // the ports to connect to
	sinks   []string
	running bool

	mu     sync.RWMutex // of the client where any goroutine may ask
	closed bool
}

// Open implements backend.Backend.
func (b *Backend) Open(r backend.Request) (backend.Stream, error) {
	if r.Mode == backend.Blocking {
		return nil, errors.New("Config.Mode blocking: JACK calls its clients; give Handoff or Direct, or Backend PortAudio")
	}
	c, err := b.client()
	if err != nil {
		return nil, err
	}
	s := &Stream{client: c}
	if err := errors.Join(c.register(r.In, r.Out), s.grant(r)); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return s, nil
}

// grant fills in what the server says, and refuses what it does not have.
func (s *Stream) grant(r backend.Request) error {
	c := s.client
	s.info = backend.Info{
		Rate: c.rate(), Frames: c.frames(), MaxFrames: maxFrames, In: r.In, Out: r.Out,
		Priority: c.priority(), Periods: 1, Host: HostAPI,
	}
	if r.Rate != 0 && math.Abs(r.Rate-s.info.Rate) > 1 {
		return fmt.Errorf("the JACK server runs at %g Hz, not %g; give Config.Rate 0 or %g", s.info.Rate, r.Rate, s.info.Rate)
	}
	if r.Frames != 0 && r.Frames != s.info.Frames {
		return fmt.Errorf("the JACK server's period is %d frames, not %d; give Config.Frames 0 or %d", s.info.Frames, r.Frames, s.info.Frames)
	}
	s.sources, s.sinks = portsOf(r.InDevice, c.ports(false)), portsOf(r.OutDevice, c.ports(true))
	if len(s.sources) > 0 {
		s.info.InLatency = s.ns(c.latency(s.sources[0], false))
	}
	if len(s.sinks) > 0 {
		frames := c.latency(s.sinks[0], true)
		s.info.OutLatency = s.ns(frames)
		s.info.Periods = min(2, max(1, math.Floor(float64(frames)/float64(s.info.Frames))))
	}
	return nil
}

// ns is so many frames in ns.
func (s *Stream) ns(frames int) int64 { return int64(float64(frames) * 1e9 / s.info.Rate) }

// Info implements backend.Stream.
func (s *Stream) Info() backend.Info { return s.info }

// Bind implements backend.Stream.
func (s *Stream) Bind(sink backend.Sink) error {
	if sink.Region == nil {
		return errors.New("jack: Bind needs a region")
	}
	s.client.bind(sink)
	return nil
}

// Follow implements backend.Follower.
func (s *Stream) Follow(cpu int) { s.client.follow(cpu) }

// Start implements backend.Stream.
func (s *Stream) Start() error {
	if err := s.Err(); err != nil {
		return err
	}
	if err := s.client.start(s.sources, s.sinks); err != nil {
		return errors.Join(err, s.client.stop())
	}
	s.running = true
	return nil
}

// Stop implements backend.Stream. The callback is kept out first, so that it is
// outside whatever the server does.
func (s *Stream) Stop() error {
	if !s.running {
		return nil
	}
	if err := s.client.stop(); err != nil {
		return err
	}
	s.running = false
	return nil
}

// Close implements backend.Stream, also after the server's end.
func (s *Stream) Close() error {
	if s.closed {
		return nil
	}
	if err := s.Stop(); errors.Is(err, errInside) {
		return err // the callback uses the client
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return s.client.close()
}

// Err implements backend.Stream.
func (s *Stream) Err() error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if !s.closed && s.client.gone() {
		return fmt.Errorf("the sound server has ended: %w", backend.ErrGone)
	}
	return nil
}

// Format implements backend.Variable.
func (s *Stream) Format() (rate float64, frames int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return s.info.Rate, s.info.Frames
	}
	return s.client.rate(), s.client.frames()
}

// Resume implements backend.Variable.
func (s *Stream) Resume(rate float64) { s.client.accept(rate) }
