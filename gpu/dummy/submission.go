package dummy

import (
	"hash/maphash"

	"github.com/memkit-go/memkit/gpu"
)

// submission is work in flight.
type submission struct {
	recording *gpu.Recording
	waits     []gpu.Point
	signals   []gpu.Point
	looks     int      // until it has finished
	sums      []uint64 // of the sources of copies, when it was submitted; 0: none
	started   bool     // a resident kernel runs
	ended     chan struct{}
}

var seed = maphash.MakeSeed()

// Record keeps commands.
func (b *Backend) Record(r *gpu.Recording) (gpu.Handle, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lost.Load() {
		return 0, gpu.ErrDeviceLost
	}
	for i := range r.Commands {
		if err := b.checkCommand(&r.Commands[i]); err != nil {
			return 0, err
		}
	}
	h := b.next()
	b.recordings[h] = r
	return h, nil
}

// checkCommand is what stands between a wrong offset and a crash, in this backend
// too.
func (b *Backend) checkCommand(c *gpu.Command) error {
	spans := c.Arguments
	if c.Kernel == 0 {
		spans = []gpu.Span{c.Source, c.Destination}
	} else if b.kernels[c.Kernel] == nil {
		return gpu.ErrStale
	}
	for _, s := range spans {
		if _, err := b.part(s); err != nil {
			return err
		}
	}
	return nil
}

// FreeRecording gives commands back.
func (b *Backend) FreeRecording(h gpu.Handle) { b.set(func() { delete(b.recordings, h) }) }

// Submit puts work in flight, and finishes it at once where there is no delay.
func (b *Backend) Submit(h gpu.Handle, waits, signals []gpu.Point) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lost.Load() {
		return gpu.ErrDeviceLost
	}
	r := b.recordings[h]
	if r == nil {
		return gpu.ErrStale
	}
	x := &submission{recording: r, waits: append([]gpu.Point(nil), waits...), signals: append([]gpu.Point(nil), signals...), looks: b.driver.Delay}
	if b.driver.Delay > 0 || b.held {
		b.prepare(x)
	}
	b.queues[r.Queue] = append(b.queues[r.Queue], x)
	if b.driver.Delay == 0 {
		b.advance()
	}
	return nil
}

// prepare remembers what the copies' sources hold, and spoils what the CPU should
// not read yet: destinations that no command reads.
func (b *Backend) prepare(x *submission) {
	for i := range x.recording.Commands {
		c := &x.recording.Commands[i]
		x.sums = append(x.sums, 0)
		if c.Kernel != 0 {
			continue
		}
		if m := b.memories[c.Source.Memory]; b.caps.Types[m.kind].Visible && !x.writes(c.Source) && !b.inFlight(c.Source, false) {
			x.sums[i] = b.sum(c.Source)
		}
		if m := b.memories[c.Destination.Memory]; b.caps.Types[m.kind].Visible && !x.reads(c.Destination) {
			d := m.host[c.Destination.Offset:][:c.Destination.Size]
			for j := range d {
				d[j] = Early
			}
		}
	}
}

// Early fills the destination of a download until it has finished.
const Early = 0xE5

func (x *submission) reads(s gpu.Span) bool {
	for i := range x.recording.Commands {
		c := &x.recording.Commands[i]
		if c.Kernel == 0 && overlap(c.Source, s) {
			return true
		}
		for _, a := range c.Arguments {
			if overlap(a, s) {
				return true
			}
		}
	}
	return false
}

func (x *submission) writes(s gpu.Span) bool {
	for i := range x.recording.Commands {
		c := &x.recording.Commands[i]
		if c.Kernel == 0 && overlap(c.Destination, s) {
			return true
		}
		for _, a := range c.Arguments {
			if overlap(a, s) {
				return true
			}
		}
	}
	return false
}

func (b *Backend) sum(s gpu.Span) uint64 {
	return maphash.Bytes(seed, b.memories[s.Memory].device[s.Offset:][:s.Size])
}

// advance lets one look's time pass, and finishes what can be. The caller holds mu.
func (b *Backend) advance() {
	if b.held {
		return
	}
	for _, q := range b.queues {
		if len(q) > 0 && q[0].looks > 0 {
			q[0].looks--
		}
	}
	for again := true; again; {
		again = false
		for i := range b.queues {
			for len(b.queues[i]) > 0 && b.finish(b.queues[i][0]) {
				b.queues[i] = b.queues[i][1:]
				again = true // what waited for it may go on
			}
		}
	}
}

// finish executes a submission if it is due; false when it is not.
func (b *Backend) finish(x *submission) bool {
	if x.started {
		select {
		case <-x.ended:
		default:
			return false
		}
	} else {
		if x.looks > 0 {
			return false
		}
		for _, p := range x.waits {
			if t := b.timelines[p.Timeline]; t == nil || *t < p.Value {
				return false
			}
		}
		if b.start(x) {
			return false
		}
	}
	for _, p := range x.signals {
		if t := b.timelines[p.Timeline]; t != nil {
			*t = p.Value
		}
	}
	return true
}

// start executes the commands; true when a resident kernel goes on by itself.
func (b *Backend) start(x *submission) bool {
	for i := range x.recording.Commands {
		c := &x.recording.Commands[i]
		if c.Kernel == 0 {
			if len(x.sums) > i && x.sums[i] != 0 && x.sums[i] != b.sum(c.Source) {
				_ = b.fault("the source of a copy changed while the copy was in flight", c.Source)
			}
			from, to := b.memories[c.Source.Memory], b.memories[c.Destination.Memory]
			copy(to.device[c.Destination.Offset:][:c.Destination.Size], from.device[c.Source.Offset:][:c.Source.Size])
			continue
		}
		k := b.kernels[c.Kernel]
		if k.Resident {
			x.started, x.ended = true, make(chan struct{})
			go b.reside(k, c, b.arguments(c), x.ended)
			return true
		}
		b.run(k, invocation(k, c, b.arguments(c)))
	}
	return false
}

// arguments are a dispatch's buffers as the device sees them.
func (b *Backend) arguments(c *gpu.Command) [][]byte {
	var list [][]byte
	for _, a := range c.Arguments {
		list = append(list, b.memories[a.Memory].device[a.Offset:][:a.Size:a.Size])
	}
	return list
}

func invocation(k *gpu.KernelCode, c *gpu.Command, buffers [][]byte) *gpu.Invocation {
	return &gpu.Invocation{Groups: c.Groups, Buffers: buffers, Constants: c.Constants, Specialization: k.Specialization}
}

// run executes a kernel for every workgroup. One that panics takes the device along.
func (b *Backend) run(k *gpu.KernelCode, v *gpu.Invocation) {
	defer func() {
		if recover() != nil {
			b.lost.Store(true)
		}
	}()
	for z := range v.Groups[2] {
		for y := range v.Groups[1] {
			for x := range v.Groups[0] {
				v.Group = [3]uint32{x, y, z}
				k.Go(v)
			}
		}
	}
}
