//go:build !portaudio || !cgo || !linux

package playback

import "context"

// Measure measures the simulated device: this build has no other.
func Measure(ctx context.Context, c Config) (*Session, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	s := &Session{Backend: "sim", Why: "rtbench was built without PortAudio; to have it: make deps bin/rtbench"}
	return s, c.simulate(ctx, s)
}
