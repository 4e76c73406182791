//go:build !portaudio || !cgo || !linux

package playback

import (
	"context"
	"errors"
	"fmt"
)

var errNoServer = errors.New("rtbench was built without PortAudio; to have it: make deps bin/rtbench")

// Enter returns nil: this process can measure what there is.
func (Config) Enter() error { return nil }

// Measure measures the simulated device: this build has no other.
func Measure(ctx context.Context, c Config) (*Session, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return c.measure(ctx)
}

func (c Config) measure(ctx context.Context) (*Session, error) {
	if c.Server == JACK || c.Server == PipeWire {
		return nil, fmt.Errorf("--server %s: %w", c.Server, errNoServer)
	}
	s := &Session{Backend: NoServer.Backend(), Why: errNoServer.Error()}
	return s, c.simulate(ctx, s)
}
