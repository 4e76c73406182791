package audio

import (
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/audio/internal/driver"
	"github.com/memkit-go/memkit/rt/record"
)

// Stream runs a Processor. Make one with [Open]. All methods may be called from
// any ordinary goroutine.
type Stream struct{}

// Open opens a device and prepares p for what it grants. The stream does not run
// before Start.
//
// Errors: *ConfigError; [ErrNoBackend], [ErrNoDevice]; a *DeviceError for a device
// that is not there, or is not able to do the rate or the channels; what Prepare
// returned.
func Open(c Config, p Processor) (*Stream, error) {
	c, err := c.validate(p)
	if err != nil {
		return nil, err
	}
	return nil, ErrNoBackend
}

// Spec is what the device granted.
func (s *Stream) Spec() Spec { return Spec{} }

// Granted says what the stream's own thread got, from Start on.
func (s *Stream) Granted() rt.Granted { return rt.Granted{} }

// Start resets the Processor and lets the device call. Starting a running stream
// is an error.
func (s *Stream) Start() error { return nil }

// Stop ends the calls and waits for Process to return, one second at most; after
// [ErrStuck] the stream cannot be started again. Stopping a stopped stream is
// harmless.
func (s *Stream) Stop() error { return nil }

// Close stops the stream and gives the device back.
func (s *Stream) Close() error { return nil }

// Err is nil while all is well; else [ErrStalled] or [ErrDeviceGone], or a
// *PanicError after a panic in Process.
func (s *Stream) Err() error { return nil }

// Stats is a snapshot.
func (s *Stream) Stats() Stats { return Stats{} }

// Series are the timings kept in order under Config.Samples, for a run file:
// "audio/entry", "audio/wake", "audio/exec" and "audio/response".
func (s *Stream) Series() []record.Series { return nil }

// Send gives e to the Processor at e.Frame, and answers false when the queue is
// full.
func (s *Stream) Send(e Event) bool { return false }

// Receive takes the oldest event that Block.Notify sent.
func (s *Stream) Receive() (e Event, ok bool) { return Event{}, false }

// Render processes in, offline, and fills out: all slices have the same length,
// and it is cut into blocks of the given sizes in turn, or of Config.Frames. It
// goes on where the last Render ended. The same blocks give the same bits.
func (s *Stream) Render(out, in [][]float32, sizes ...int) error { return nil }

type notifier struct{}

func (*notifier) push(Event) bool { return false }

func (c Config) open() (driver.Backend, error) { return portAudio() }
