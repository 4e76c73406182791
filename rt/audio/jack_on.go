//go:build cgo && linux

package audio

import (
	"github.com/memkit-go/memkit/rt/audio/internal/backend"
	"github.com/memkit-go/memkit/rt/audio/internal/jackclient"
)

func jackServer() (backend.Backend, error) { return jackclient.New() }
