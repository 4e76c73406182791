package audio

import (
	"fmt"
	"runtime"

	"github.com/memkit-go/memkit/rt/audio/internal/driver"
)

// Render processes in, offline, and fills out; all slices have the same length.
// They are cut into blocks of the given sizes, in turn, or of Config.Frames. It
// goes on where the last Render ended; the same blocks and events give the same
// bits. Errors: [ErrNotOffline], [ErrClosed], *ConfigError, and a *PanicError
// after which all is silence.
func (s *Stream) Render(out, in [][]float32, sizes ...int) error {
	s.control.Lock()
	defer s.control.Unlock()
	l, ok := s.source.(*local)
	switch {
	case !ok || s.cfg.Backend != Offline:
		return ErrNotOffline
	case s.closed:
		return ErrClosed
	}
	total, err := l.lengths(out, in, sizes)
	if err != nil {
		return err
	}
	if len(sizes) == 0 {
		sizes = []int{l.info.Frames}
	}
	l.render(out, in, sizes, total, s.drain)
	if p := l.panicked(); p != nil {
		return p
	}
	return nil
}

// lengths checks the slices and the sizes, and returns the number of frames.
func (l *local) lengths(out, in [][]float32, sizes []int) (total int, err error) {
	wrong := func(what string, value any, reason, remedy string) (int, error) {
		return 0, &ConfigError{what, fmt.Sprint(value), reason, remedy}
	}
	if len(in) != l.info.In {
		return wrong("In", len(in), fmt.Sprintf("channels were given, %d were opened", l.info.In), "give one slice a channel")
	}
	if len(out) != l.info.Out {
		return wrong("Out", len(out), fmt.Sprintf("channels were given, %d were opened", l.info.Out), "give one slice a channel")
	}
	all := append(append([][]float32{}, out...), in...)
	for _, channel := range all {
		if len(channel) != len(all[0]) {
			return wrong("Out", len(channel), fmt.Sprintf("frames in one channel, %d in another", len(all[0])), "give slices of one length")
		}
	}
	for _, n := range sizes {
		if n < 1 || n > l.info.MaxFrames {
			return wrong("Frames", n, "is not possible as the size of a block", fmt.Sprintf("give 1 to %d, or open with more Frames", l.info.MaxFrames))
		}
	}
	return len(all[0]), nil
}

// drainEvery is how many blocks are rendered between two looks at their records,
// far fewer than the rings hold.
const drainEvery = ringRecords / 4

func (l *local) render(out, in [][]float32, sizes []int, total int, drain func()) {
	runtime.LockOSThread() // denormals are flushed for a thread
	defer runtime.UnlockOSThread()
	l.engine.watch.fresh = true
	c := driver.Cycle{In: make([][]float32, len(in)), Out: make([][]float32, len(out))}
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
}
