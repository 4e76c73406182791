//go:build !portaudio || !cgo

package audio

import "github.com/memkit-go/memkit/rt/audio/internal/backend"

func portAudio(string, string) (backend.Backend, error) { return nil, ErrNoBackend }
