package gpubench

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/memkit-go/memkit/gpu"
	"github.com/memkit-go/memkit/rt/arena"
)

// bandwidth measures transfers of several sizes.
func (s *session) bandwidth(ctx context.Context) error {
	d, most := s.device, 2*s.config.MostBytes // for two transfers in flight
	dst, err := d.Pool(gpu.DeviceLocal).New(gpu.BufferConfig{Name: "bandwidth", Size: most, Usage: gpu.TransferDst | gpu.TransferSrc | gpu.Storage})
	if err != nil {
		return err
	}
	src, err := d.Pool(gpu.HostCoherent).New(gpu.BufferConfig{Name: "bandwidth, source", Size: most, Usage: gpu.TransferSrc | gpu.Storage})
	if err != nil {
		return err
	}
	back, err := d.Pool(gpu.HostCached).New(gpu.BufferConfig{Name: "bandwidth, readback", Size: most, Usage: gpu.TransferDst})
	if err != nil {
		return err
	}
	data, err := src.Bytes()
	if err != nil {
		return err
	}
	for i := 0; i+8 <= len(data); i += 8 {
		binary.LittleEndian.PutUint64(data[i:], uint64(i)*0x9e3779b97f4a7c15)
	}
	var errs []error
	one := func(name string, q *gpu.Queue, dst, src gpu.Buffer, transfer func(b *gpu.Batch, dst, src gpu.Buffer) *gpu.Batch) {
		errs = append(errs, s.rate(name, 1, func(n uint64, _ int) (*gpu.Job, error) { return record(q.Batch(), transfer, dst, src, 0, n) }))
	}
	two := func(name string, first, second *gpu.Queue) {
		errs = append(errs, s.rate("upload, two in flight, "+name, 2, func(n uint64, i int) (*gpu.Job, error) {
			return record([]*gpu.Queue{first, second}[i].Batch(), (*gpu.Batch).Upload, dst, src, uint64(i)*n, n)
		}))
	}
	compute, transfer := d.Compute(), d.Transfer()
	one("upload, compute queue", compute, dst, src, (*gpu.Batch).Upload)
	one("upload, transfer queue", transfer, dst, src, (*gpu.Batch).Upload)
	two("transfer queue", transfer, transfer)
	if transfer != compute {
		two("compute and transfer queue", compute, transfer)
	}
	for _, q := range d.Queues() {
		if q != transfer && q.Info().Family == transfer.Info().Family {
			two("two transfer queues", transfer, q)
		}
	}
	if !d.Caps().Software {
		errs = append(errs, s.rate("upload by a kernel", 2, func(n uint64, i int) (*gpu.Job, error) {
			return record(compute.Batch(), func(b *gpu.Batch, dst, src gpu.Buffer) *gpu.Batch {
				return b.Dispatch(s.copying, [3]uint32{264, 1, 1}, nil, src, dst)
			}, dst, src, uint64(i)*n, n)
		}))
	}
	one("download, compute queue", compute, back, dst, (*gpu.Batch).Download)
	one("download, transfer queue", transfer, back, dst, (*gpu.Batch).Download)
	got, err := back.Bytes()
	if err != nil {
		return err
	}
	clear(got)
	if err := transfer.Batch().Download(back, dst).Run(ctx); err != nil {
		return err
	}
	if !bytes.Equal(got, data) {
		errs = append(errs, errors.New("the bytes that came back differ from those uploaded"))
	}
	errs = append(errs, s.imported(dst), s.allocated(dst), dst.Free(), src.Free(), back.Free())
	return errors.Join(errs...)
}

// record records a transfer of n bytes from offset on.
func record(b *gpu.Batch, transfer func(b *gpu.Batch, dst, src gpu.Buffer) *gpu.Batch, dst, src gpu.Buffer, offset, n uint64) (*gpu.Job, error) {
	to, err := dst.Part(offset, n)
	if err != nil {
		return nil, err
	}
	from, err := src.Part(offset, n)
	if err != nil {
		return nil, err
	}
	return transfer(b, to, from).Record()
}

// sizes of transfers.
func (s *session) sizes() (list []uint64) {
	for n := uint64(64 << 10); n <= s.config.MostBytes; n *= 4 {
		list = append(list, n)
	}
	if m := uint64(64 << 20); m <= s.config.MostBytes && !slices.Contains(list, m) {
		list = append(list, m)
	}
	slices.Sort(list)
	return list
}

// repetitions of a transfer of n bytes.
func repetitions(n uint64) int { return int(max(6, min(200, (1<<30)/n))) }

// rate measures jobs, inFlight of them at a time.
func (s *session) rate(name string, inFlight int, make func(n uint64, i int) (*gpu.Job, error)) error {
	r := Rate{Name: name}
	for _, n := range s.sizes() {
		var jobs []*gpu.Job
		for i := range inFlight {
			j, err := make(n, i)
			if err != nil {
				return err
			}
			jobs = append(jobs, j)
		}
		gbs, err := transferRate(jobs, n)
		for _, j := range jobs {
			err = errors.Join(err, j.Close())
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		r.Bytes, r.GBs = append(r.Bytes, n), append(r.GBs, gbs)
	}
	s.addRate(r)
	return nil
}

// transferRate is the median of single transfers, or the rate of many of which
// several are in flight, from the first submission to the last completion.
func transferRate(jobs []*gpu.Job, n uint64) (float64, error) {
	reps := repetitions(n)
	if len(jobs) == 1 {
		var times []float64
		for range reps {
			from := time.Now()
			if err := submitAndSpin(jobs[0])(); err != nil {
				return 0, err
			}
			times = append(times, time.Since(from).Seconds())
		}
		slices.Sort(times)
		return float64(n) / times[len(times)/2] / 1e9, nil
	}
	reps = max(reps, 20)
	from := time.Now()
	for i := range reps {
		j := jobs[i%len(jobs)]
		if err := j.Spin(spinLimit); err != nil {
			return 0, err
		}
		if err := j.Submit(); err != nil {
			return 0, err
		}
	}
	for _, j := range jobs {
		if err := j.Spin(spinLimit); err != nil {
			return 0, err
		}
	}
	return float64(n) * float64(reps) / time.Since(from).Seconds() / 1e9, nil
}

func (s *session) addRate(r Rate) {
	s.result.Transfers = append(s.result.Transfers, r)
	text := fmt.Sprintf("%-44s GB/s", r.Name)
	for i, n := range r.Bytes {
		text += fmt.Sprintf("  %dK %.2f", n>>10, r.GBs[i])
	}
	s.config.Progress(text)
}

// imported uploads from an imported arena.
func (s *session) imported(dst gpu.Buffer) error {
	a, err := arena.New(arena.Config{Size: int(s.config.MostBytes), Name: "imported"})
	if err != nil {
		return err
	}
	p, err := s.device.Import("arena", a.Bytes())
	if errors.Is(err, gpu.ErrImport) {
		s.config.Progress(err.Error())
		return a.Close()
	}
	if err != nil {
		return err
	}
	src, err := p.New(gpu.BufferConfig{Name: "imported", Size: s.config.MostBytes, Usage: gpu.TransferSrc})
	if err != nil {
		return err
	}
	err = s.rate("upload from an imported arena, transfer queue", 1, func(n uint64, _ int) (*gpu.Job, error) {
		return record(s.device.Transfer().Batch(), (*gpu.Batch).Upload, dst, src, 0, n)
	})
	return errors.Join(err, src.Free(), p.Close(), a.Close())
}

// allocated does what a program does that allocates staging memory for each
// transfer: allocate, copy, upload, free.
func (s *session) allocated(dst gpu.Buffer) error {
	p, err := s.device.NewPool(gpu.PoolConfig{Name: "a block a transfer", Type: gpu.HostCoherent, Strategy: gpu.Dedicated})
	if err != nil {
		return err
	}
	data := make([]byte, s.config.MostBytes)
	for i := range data {
		data[i] = byte(i)
	}
	r := Rate{Name: "upload, allocating staging for each"}
	for _, n := range s.sizes() {
		var times []float64
		for range max(3, repetitions(n)/20) {
			from := time.Now()
			if err := s.allocateAndUpload(p, dst, data[:n]); err != nil {
				return err
			}
			times = append(times, time.Since(from).Seconds())
		}
		slices.Sort(times)
		r.Bytes, r.GBs = append(r.Bytes, n), append(r.GBs, float64(n)/times[len(times)/2]/1e9)
	}
	s.addRate(r)
	return p.Close()
}

func (s *session) allocateAndUpload(p *gpu.Pool, dst gpu.Buffer, data []byte) error {
	src, err := p.New(gpu.BufferConfig{Name: "staging", Size: uint64(len(data)), Usage: gpu.TransferSrc})
	if err != nil {
		return err
	}
	b, err := src.Bytes()
	if err != nil {
		return err
	}
	copy(b, data)
	to, err := dst.Part(0, uint64(len(data)))
	if err != nil {
		return err
	}
	return errors.Join(s.device.Transfer().Batch().Upload(to, src).Run(context.Background()), src.Free())
}
