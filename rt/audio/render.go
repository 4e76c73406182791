package audio

import (
	"fmt"
	"runtime"

	"github.com/memkit-go/memkit/rt/audio/internal/backend"
)

// Render processes in, offline, and fills out; all slices have the same length.
// They are cut into blocks of the given sizes, in turn, or of Config.Frames. It
// goes on where the last Render ended; the same blocks and events give the same
// bits, those of a live stream, the Processor's latency included: [Stream.RenderAll]
// takes it out. Errors: [ErrNotOffline], [ErrClosed], *ConfigError, and a *PanicError
// after which all is silence.
func (s *Stream) Render(out, in [][]float32, sizes ...int) error {
	if s.source.calledByProcess() {
		return ErrInProcess
	}
	defer s.tell()
	s.control.Lock()
	defer s.control.Unlock()
	l, err := s.renderer()
	if err != nil {
		return err
	}
	total := 0
	if all := append(out[:len(out):len(out)], in...); len(all) > 0 {
		total = len(all[0])
	}
	if err := l.checkSlices("In", in, l.info.In, total); err != nil {
		return err
	}
	if err := l.checkSlices("Out", out, l.info.Out, total); err != nil {
		return err
	}
	if err := l.checkSizes(sizes); err != nil {
		return err
	}
	if l.rendered == 0 {
		l.engine.processor.Reset()
	}
	return l.render(out, in, sizes, total, s.drain)
}

// RenderAll renders a whole sound, offline, as it would be heard without the delay
// of the Processor: out begins where in does, without the LatencyFrames in which the
// first of it has not come through yet, and goes on for the TailFrames after the end
// of in. The Processor is Reset first; Block.Frame goes on from the last Render.
// Blocks are cut as in Render; after the end of in they hold silence. A stream
// without inputs has nothing to align: use Render. Errors are those of Render.
func (s *Stream) RenderAll(in [][]float32, sizes ...int) (out [][]float32, err error) {
	if s.source.calledByProcess() {
		return nil, ErrInProcess
	}
	defer s.tell()
	s.control.Lock()
	defer s.control.Unlock()
	l, err := s.renderer()
	if err != nil {
		return nil, err
	}
	if len(in) == 0 {
		return nil, &ConfigError{"In", "0 channels", "nothing says how long the sound is", "open with inputs, or call Render"}
	}
	length := len(in[0])
	if err := l.checkSlices("In", in, l.info.In, length); err != nil {
		return nil, err
	}
	if err := l.checkSizes(sizes); err != nil {
		return nil, err
	}
	whole := l.extent.latency + length + l.extent.tail
	padded := buffers(l.info.In, whole)
	for c := range padded {
		copy(padded[c], in[c])
	}
	out = buffers(l.info.Out, whole)
	l.engine.processor.Reset()
	if err := l.render(out, padded, sizes, whole, s.drain); err != nil {
		return nil, err
	}
	for c := range out {
		out[c] = out[c][l.extent.latency:]
	}
	return out, nil
}

// renderer is the stream's side that can Render; control is held.
func (s *Stream) renderer() (*local, error) {
	l, ok := s.source.(*local)
	switch {
	case !ok || s.cfg.Backend != Offline:
		return nil, ErrNotOffline
	case s.closed:
		return nil, ErrClosed
	}
	return l, nil
}

// checkSlices holds slices to the number of channels and to one length.
func (l *local) checkSlices(field string, given [][]float32, channels, frames int) error {
	if len(given) != channels {
		return &ConfigError{field, fmt.Sprint(len(given)), fmt.Sprintf("channels were given, %d were opened", channels), "give one slice a channel"}
	}
	for _, channel := range given {
		if len(channel) != frames {
			return &ConfigError{field, fmt.Sprint(len(channel)), fmt.Sprintf("frames in one channel, %d in another", frames), "give slices of one length"}
		}
	}
	return nil
}

// checkSizes refuses sizes of blocks that the device does not have.
func (l *local) checkSizes(sizes []int) error {
	for _, n := range sizes {
		if n < 1 || n > l.info.MaxFrames {
			return &ConfigError{"Frames", fmt.Sprint(n), "is not possible as the size of a block", fmt.Sprintf("give 1 to %d, or open with more Frames", l.info.MaxFrames)}
		}
	}
	return nil
}

// drainEvery is how many blocks are rendered between two looks at their records,
// far fewer than the rings hold.
const drainEvery = ringRecords / 4

// render cuts total frames into blocks of these sizes, in turn.
func (l *local) render(out, in [][]float32, sizes []int, total int, drain func()) error {
	if len(sizes) == 0 {
		sizes = []int{l.info.Frames}
	}
	runtime.LockOSThread() // denormals are flushed for a thread
	defer runtime.UnlockOSThread()
	l.engine.handOver()
	l.engine.runner.Store(goroutine())
	c := backend.Cycle{In: make([][]float32, len(in)), Out: make([][]float32, len(out))}
	for at, i := 0, 0; at < total; i++ {
		c.N = min(sizes[i%len(sizes)], total-at)
		for ch := range in {
			c.In[ch] = in[ch][at : at+c.N]
		}
		for ch := range out {
			c.Out[ch] = out[ch][at : at+c.N]
		}
		l.offline = int64(float64(l.rendered) * l.engine.frame)
		c.InTime, c.OutTime, c.Begin, c.Entry = l.offline, l.offline, l.offline, l.offline
		l.engine.cycle(&c)
		at += c.N
		l.rendered += int64(c.N)
		if i%drainEvery == 0 {
			drain()
		}
	}
	drain()
	return l.engine.err()
}
