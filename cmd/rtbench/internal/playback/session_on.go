//go:build portaudio && cgo && linux

package playback

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/witness"
	"github.com/memkit-go/memkit/internal/jackd"
)

// Measure measures every mode there is, one after another, on one JACK server where
// one is installed.
func Measure(ctx context.Context, c Config) (s *Session, err error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s = &Session{Backend: "jack-dummy"}
	server, err := jackd.Start(ctx, jackd.Config{Rate: c.Rate, Frames: c.Frames})
	switch {
	case errors.Is(err, jackd.ErrMissing):
		s.Backend, s.Why = "sim", err.Error()
	case err != nil:
		return nil, err
	default:
		defer func() { err = errors.Join(err, server.Stop()) }()
		if err := c.live(ctx, s, server); err != nil {
			return nil, err
		}
	}
	return s, c.simulate(ctx, s)
}

// live measures the modes that need the server.
func (c Config) live(ctx context.Context, s *Session, server *jackd.Server) error {
	for _, m := range Live {
		if !c.has(m) {
			continue
		}
		if err := c.beside(ctx, s, server, m); err != nil {
			return err
		}
	}
	var err error
	s.ServerPriority, err = server.RealTime()
	return err
}

// beside measures one mode with the witnesses beside it.
func (c Config) beside(ctx context.Context, s *Session, server *jackd.Server, m Mode) error {
	w, err := witness.Open(server.Name(), c.job(m).Long, c.Rate, c.Frames)
	if err != nil {
		return err
	}
	defer w.Close()
	err = c.add(ctx, s, m, witnesses{w}, server.Env()...)
	if w.Gone() {
		return fmt.Errorf("the JACK server has ended:\n%s", server.Output())
	}
	return err
}

// witnesses listen through JACK.
type witnesses struct{ *witness.Witness }

// attach waits for the player's ports.
func (w witnesses) attach(ctx context.Context) error {
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		ok, err := w.Attach()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-look.C:
		}
	}
}

func (w witnesses) record(on bool) { w.Record(on) }

func (w witnesses) recording() recording {
	captured, heard := w.Captured()
	return recording{control: w.Control(), captured: captured, heard: heard}
}
