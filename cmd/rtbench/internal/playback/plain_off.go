//go:build !portaudio || !cgo || !linux

package playback

import "github.com/memkit-go/memkit/rt/audio"

func newPlain(Job) (player, error) { return nil, audio.ErrNoBackend }
