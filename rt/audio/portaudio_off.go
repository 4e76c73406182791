//go:build !portaudio || !cgo

package audio

import "github.com/memkit-go/memkit/rt/audio/internal/driver"

func portAudio() (driver.Backend, error) { return nil, ErrNoBackend }
