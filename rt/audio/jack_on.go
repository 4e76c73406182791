//go:build cgo && linux

package audio

import (
	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	"github.com/memkit-go/memkit/rt/audio/internal/jackclient"
)

func jackServer(name string) (backend.Backend, error) { return jackclient.New(name) }
