//go:build !portaudio || !cgo || !linux

package audio

import "github.com/memkit-go/memkit/rt/audio/internal/driver"

func portAudio() (driver.Backend, error) { return nil, ErrNoBackend }
