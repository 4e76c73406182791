//go:build portaudio && cgo

package padevice

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gordonklaus/portaudio"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
)

// patience is how long a call into PortAudio may take. Opening an ALSA device
// takes tens of milliseconds, stopping a stream a few periods; a call that waits
// for a sound server that has ended takes ten minutes.
const patience = 5 * time.Second

// errStuck: a call into PortAudio has not returned, and never may.
var errStuck = fmt.Errorf("PortAudio still waits for a sound server that has ended, and can open no device in this process: start the program again, or declare the Processor and give Config.Restart: %w", backend.ErrGone)

// Backend is PortAudio. The process has one, because PortAudio has one state.
type Backend struct {
	jack bool
	name string
	kept bool // the library is initialised, for Open
}

// New returns the backend, whose JACK clients will have the name, or the program's where
// it is empty. Without jack it does not look for JACK servers: PortAudio aborts the
// program where one ends while it looks.
func New(jack bool, name string) (*Backend, error) { return &Backend{jack: jack, name: name}, nil }

// Name implements backend.Backend.
func (*Backend) Name() string { return "portaudio" }

// library serialises calls into PortAudio, which is not safe for concurrent use.
var library struct {
	sync.Mutex
	stuck bool
}

// call runs f, a call into PortAudio, and waits for it, at most for as long as
// patience, and no longer than until hopeless says so.
func call(hopeless func() bool, f func() error) error {
	library.Lock()
	defer library.Unlock()
	if library.stuck {
		return errStuck
	}
	done := make(chan error, 1)
	go func() { done <- f() }()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for started := time.Now(); time.Since(started) < patience && !hopeless(); {
		select {
		case err := <-done:
			return err
		case <-look.C:
		}
	}
	library.stuck = true
	return errStuck
}

func never() bool { return false }

// giveUp leaves PortAudio alone from now on.
func giveUp() {
	library.Lock()
	library.stuck = true
	library.Unlock()
}

// Devices implements backend.Backend. While no stream is open, it looks afresh, and
// leaves the library as it is then for Open.
func (b *Backend) Devices() (devices []backend.Device, err error) {
	if err := b.Drop(); err != nil {
		return nil, err
	}
	err = call(never, func() error {
		nameClient(b.name)
		if err := b.initialize(); err != nil {
			return err
		}
		found, err := portaudio.Devices()
		if err != nil {
			return errors.Join(err, portaudio.Terminate())
		}
		devices, b.kept = describe(found), true
		return nil
	})
	return devices, err
}

// Drop implements backend.Keeper.
func (b *Backend) Drop() error {
	if !b.kept {
		return nil
	}
	b.kept = false
	return call(never, portaudio.Terminate)
}

// initialize calls portaudio.Initialize, in which ALSA prints a page about every
// card that a machine has not.
func (b *Backend) initialize() error {
	hush()
	if !b.jack {
		hideJACK()
		defer showJACK()
	}
	err := portaudio.Initialize()
	_, missing := portaudio.HostApi(portaudio.JACK)
	unhush(err == nil && missing == nil)
	return err
}

func describe(found []*portaudio.DeviceInfo) []backend.Device {
	in, _ := portaudio.DefaultInputDevice()
	out, _ := portaudio.DefaultOutputDevice()
	devices := make([]backend.Device, len(found))
	for i, d := range found {
		devices[i] = backend.Device{
			Index: d.Index, Name: d.Name, HostAPI: hostName(d.HostApi),
			In: d.MaxInputChannels, Out: d.MaxOutputChannels, Rate: d.DefaultSampleRate,
			DefaultIn: d == in, DefaultOut: d == out,
		}
	}
	return devices
}

// hostName is short where PortAudio's is long.
func hostName(h *portaudio.HostApiInfo) string {
	if h.Type == portaudio.JACK {
		return "JACK"
	}
	return h.Name
}

// find looks a device up again: PortAudio numbers them anew each time.
func find(want *backend.Device) (*portaudio.DeviceInfo, error) {
	if want == nil {
		return nil, nil
	}
	found, err := portaudio.Devices()
	if err != nil {
		return nil, err
	}
	for _, d := range found {
		if d.Name == want.Name && hostName(d.HostApi) == want.HostAPI {
			return d, nil
		}
	}
	return nil, fmt.Errorf("device %q of %s has gone since devices were listed: %w", want.Name, want.HostAPI, backend.ErrGone)
}
