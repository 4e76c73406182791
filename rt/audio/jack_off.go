//go:build !cgo || !linux

package audio

import "github.com/memkit-go/memkit/rt/audio/internal/backend"

func jackServer(string) (backend.Backend, error) { return nil, ErrNoBackend }
