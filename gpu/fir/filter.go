package fir

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/memkit-go/memkit/gpu"
)

// Config describes a Filter. Only Taps is mandatory.
type Config struct {
	// Taps are the impulse response, 1 to MostTaps values.
	Taps []float32
	// Limit is how long Process waits for the device, for each 64 samples, before
	// the CPU computes them. 0 means 300 µs, of the 1333 µs that they last.
	Limit time.Duration
	// Submitted does not try a resident kernel.
	Submitted bool
	// Resident shapes the resident kernel: Name, Lifetime, Probe, ShareQueue.
	Resident gpu.ResidentConfig
}

const (
	defaultLimit = 300 * time.Microsecond
	// mostCatchUp is how many missed blocks are given to the device before a block,
	// so that the time of Process is bounded.
	mostCatchUp = 4
	// whole is how many blocks make up the device's whole history.
	whole = history / Block
)

func (c Config) validate() (Config, error) {
	if len(c.Taps) < 1 || len(c.Taps) > MostTaps {
		return c, fmt.Errorf("fir: Config.Taps: %d values: must be 1 to %d; split a longer response into several filters", len(c.Taps), MostTaps)
	}
	if c.Limit == 0 {
		c.Limit = defaultLimit
	}
	if c.Limit < 0 {
		return c, fmt.Errorf("fir: Config.Limit %v: must not be negative; 0 means %v", c.Limit, defaultLimit)
	}
	if c.Resident.Name == "" {
		c.Resident.Name = "fir"
	}
	return c, nil
}

// Filter convolves a signal. One goroutine at a time calls Process.
type Filter struct {
	device   *gpu.Device
	kernel   *gpu.Kernel
	taps     gpu.Array[float32]
	resident *gpu.Resident[input, output] // nil: all on the CPU
	refused  error
	limit    time.Duration

	cpu    convolver
	in     input
	out    output
	behind int // newest blocks that the device has not been given
	stats  Stats
	err    error // that ended the use of the device
}

// Stats counts blocks of 64 samples.
type Stats struct {
	// Device computed these, and the CPU those.
	Device, CPU int64
	// Late are those that the device answered too late; it was busy, or behind, for
	// the rest of the CPU's.
	Late int64
}

// New makes a filter on the device; nil computes on the CPU. It allocates in the
// driver, so it comes before gpu.Device.Seal.
func New(ctx context.Context, d *gpu.Device, c Config) (*Filter, error) {
	c, err := c.validate()
	if err != nil {
		return nil, err
	}
	f := &Filter{device: d, limit: c.Limit, cpu: newConvolver(c.Taps)}
	if d == nil {
		return f, nil
	}
	if err := f.setUp(ctx, c); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (f *Filter) setUp(ctx context.Context, c Config) (err error) {
	if f.kernel, err = f.device.NewKernel(code()); err != nil {
		return err
	}
	if f.taps, err = f.upload(ctx, c.Taps); err != nil {
		return err
	}
	c.Resident.Groups, c.Resident.State = groups, stateSize
	c.Resident.Arguments = []gpu.Buffer{f.taps.Buffer}
	c.Resident.Submitted = c.Submitted
	f.resident, err = gpu.NewResident[input, output](ctx, f.device, f.kernel, c.Resident)
	if errors.Is(err, gpu.ErrNoResident) {
		f.refused = err
		c.Resident.Submitted = true
		f.resident, err = gpu.NewResident[input, output](ctx, f.device, f.kernel, c.Resident)
	}
	f.behind = whole // the probe's blocks were zeros; the first one resets all the same
	return err
}

// upload brings the taps to the device, with zeros behind them.
func (f *Filter) upload(ctx context.Context, taps []float32) (a gpu.Array[float32], err error) {
	staging, err := gpu.NewUpload[float32](f.device, "fir taps, staging", MostTaps)
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, staging.Free()) }()
	all := make([]float32, MostTaps)
	copy(all, taps)
	if err := staging.Write(0, all); err != nil {
		return a, err
	}
	if a, err = gpu.NewStorage[float32](f.device, "fir taps", MostTaps); err != nil {
		return a, err
	}
	return a, f.device.Compute().Batch().Upload(a.Buffer, staging.Buffer).Run(ctx)
}

// Process convolves in into out, of the same length, a multiple of Block. They may be
// the same slice. An error says that the lengths are wrong; what happens on the
// device is in Stats and Err.
//
// Cost: O(samples × taps). Allocates: no. Blocks: until Config.Limit for each block. Caller: owner.
//
// With a job submitted for each block it makes a call of C; see Resident.
//
//rt:nonallocating
//rt:bound one turn for each block
func (f *Filter) Process(out, in []float32) error {
	if len(in) != len(out) || len(in)%Block != 0 {
		return errLengths
	}
	for ; len(in) > 0; in, out = in[Block:], out[Block:] {
		f.block((*[Block]float32)(out), (*[Block]float32)(in))
	}
	return nil
}

var errLengths = errors.New("fir: Process: both slices must have the same length, a multiple of 64")

func (f *Filter) block(out, in *[Block]float32) {
	f.cpu.push(in)
	f.behind = min(f.behind+1, whole+1)
	if f.resident != nil && f.err == nil && f.onDevice(out) {
		f.stats.Device++
		return
	}
	f.cpu.convolve(out)
	f.stats.CPU++
}

// onDevice gives the device the blocks that it lacks, this one last; true when it
// has computed this one.
func (f *Filter) onDevice(out *[Block]float32) bool {
	for range mostCatchUp {
		f.in.Mode = compute
		switch {
		case f.behind > whole:
			f.behind = whole // older ones do not sound any more
			f.in.Mode = reset
		case f.behind > 1:
			f.in.Mode = appendOnly
		}
		f.cpu.recent(&f.in.X, f.behind)
		err := f.resident.Ring(&f.in, &f.out, f.limit)
		switch err {
		case nil:
			f.behind--
			if f.behind == 0 {
				*out = f.out.Y
				return true
			}
		case gpu.ErrTimeout: // it has the block, and will work through it
			f.behind--
			f.stats.Late++
			return false
		case gpu.ErrBusy:
			return false
		default:
			f.err = err
			return false
		}
	}
	return false
}

// Resident reports whether the kernel is resident, and if not, why.
func (f *Filter) Resident() (bool, error) {
	return f.resident != nil && !f.resident.Submitted(), f.refused
}

// Stats counts; the caller of Process may ask.
func (f *Filter) Stats() Stats { return f.stats }

// Err is the error that ended the use of the device, or nil. The CPU goes on.
func (f *Filter) Err() error { return f.err }

// Reset forgets the signal so far.
func (f *Filter) Reset() {
	f.cpu.reset()
	f.behind = whole
}

// Close gives back what the filter has on the device.
func (f *Filter) Close() error {
	var errs []error
	if f.resident != nil {
		errs = append(errs, f.resident.Close())
	}
	if f.taps.Len() > 0 {
		errs = append(errs, f.taps.Free())
	}
	if f.kernel != nil {
		errs = append(errs, f.kernel.Close())
	}
	f.resident, f.taps, f.kernel = nil, gpu.Array[float32]{}, nil
	return errors.Join(errs...)
}

// SetLimit changes Config.Limit. The caller of Process may call it.
func (f *Filter) SetLimit(limit time.Duration) { f.limit = limit }
