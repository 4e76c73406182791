package gpu

import (
	"maps"
	"slices"
)

// Stats describes a device's memory; it marshals to JSON.
type Stats struct {
	Backend string      `json:"backend"`
	Device  string      `json:"device"`
	Sealed  bool        `json:"sealed"`
	Heaps   []HeapUse   `json:"heaps"`
	Pools   []PoolStats `json:"pools"`
	Jobs    int         `json:"jobs"`
	Kernels int         `json:"kernels"`
}

// PoolStats describes a pool. Bytes are sums of buffers' sizes.
type PoolStats struct {
	Name       string            `json:"name"`
	Type       string            `json:"type"`
	Strategy   string            `json:"strategy"`
	Blocks     int               `json:"blocks"`
	BlockBytes uint64            `json:"block_bytes"`
	Buffers    int               `json:"buffers"`
	Bytes      uint64            `json:"bytes"`
	Peak       uint64            `json:"peak"`
	ByName     map[string]uint64 `json:"bytes_by_name"`
}

// Stats reports the device's memory as it is now.
func (d *Device) Stats() Stats {
	s := Stats{Backend: d.caps.Backend, Device: d.caps.Device, Sealed: d.Sealed()}
	s.Heaps, _ = d.Heaps()
	d.mu.Lock()
	pools := d.all
	s.Jobs, s.Kernels = len(d.jobs), len(d.kernels)
	d.mu.Unlock()
	for _, p := range pools {
		s.Pools = append(s.Pools, p.Stats())
	}
	return s
}

// Stats reports the pool as it is now.
func (p *Pool) Stats() PoolStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := PoolStats{Name: p.config.Name, Type: p.config.Type.String(), Strategy: p.config.Strategy.String(),
		Blocks: len(p.blocks), Buffers: p.live, Bytes: p.bytes.used, Peak: p.bytes.peak, ByName: map[string]uint64{}}
	for _, b := range p.blocks {
		s.BlockBytes += b.size
	}
	for _, x := range p.slots {
		if x.generation%2 == 1 {
			s.ByName[x.name] += x.size
		}
	}
	return s
}

// leaks lists all that is still live.
func (d *Device) leaks() error {
	d.mu.Lock()
	e := &LeakError{Jobs: len(d.jobs), Kernels: len(d.kernels)}
	pools := d.all
	d.mu.Unlock()
	for _, p := range pools {
		s := p.Stats()
		for _, name := range slices.Sorted(maps.Keys(s.ByName)) {
			e.Buffers = append(e.Buffers, Leak{Pool: s.Name, Name: name, Bytes: s.ByName[name]})
		}
	}
	if e.Jobs == 0 && e.Kernels == 0 && len(e.Buffers) == 0 {
		return nil
	}
	return e
}
