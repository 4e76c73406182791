//go:build !portaudio || !cgo || !linux

package audio

import "github.com/memkit-go/memkit/rt/audio/internal/backend"

func portAudio(string) (backend.Backend, error) { return nil, ErrNoBackend }
