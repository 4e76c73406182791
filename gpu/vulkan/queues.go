package vulkan

import (
	"slices"

	"github.com/memkit-go/memkit/gpu"
)

// family is what a queue family executes, and how many queues it has.
type family struct {
	compute, graphics, transfer, other bool // other: video
	count                              int
}

// plan is which queues to make, and what for.
type plan struct {
	counts            []int // of queues, by family
	queues            []gpu.QueueInfo
	compute, transfer int
	residents         []int
}

const (
	mostTransfer  = 2 // queues that only copy: a device may have two engines for it
	mostOrdinary  = 2 // queues of a family for jobs, where it has resident kernels too
	mostResidents = 4 // queues for resident kernels
)

// planQueues divides the queues of the families. False: none computes.
func planQueues(families []family) (plan, bool) {
	p := plan{counts: make([]int, len(families))}
	general, pure, copier := -1, -1, -1 // families that compute and draw, compute only, copy only
	for i, f := range families {
		switch {
		case f.count == 0:
		case f.compute && f.graphics && general < 0:
			general = i
		case f.compute && !f.graphics && pure < 0:
			pure = i
		case f.transfer && !f.compute && !f.graphics && !f.other && copier < 0:
			copier = i
		}
	}
	if general < 0 {
		general, pure = pure, -1
	}
	if general < 0 {
		return p, false
	}
	p.compute = len(p.queues)
	switch {
	case pure >= 0:
		// One queue, for whatever draws and computes: on NVIDIA devices a second one
		// is switched to like another process, and waits until a resident kernel
		// ends; see docs/gpu-figures.md.
		p.add(families, general, 1)
		p.residents = p.add(families, pure, mostResidents)

	default:
		n := families[general].count
		ordinary := max(1, min(mostOrdinary, n-1))
		p.add(families, general, ordinary)
		p.residents = p.add(families, general, min(mostResidents, n-ordinary))
	}
	p.transfer = p.compute
	if copier >= 0 {
		p.transfer = len(p.queues)
		p.add(families, copier, mostTransfer)
	} else if p.counts[general] > 1 && len(p.queues) > 1 && p.queues[1].Family == general && !slices.Contains(p.residents, 1) {
		p.transfer = 1
	}
	return p, true
}

// add takes up to n more queues of a family, and returns their places.
func (p *plan) add(families []family, i, n int) (places []int) {
	f := families[i]
	for range min(n, f.count-p.counts[i]) {
		places = append(places, len(p.queues))
		p.queues = append(p.queues, gpu.QueueInfo{Family: i, Index: p.counts[i], Compute: f.compute, Graphics: f.graphics, Transfer: f.transfer || f.compute || f.graphics})
		p.counts[i]++
	}
	return places
}
