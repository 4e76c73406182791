package isolate

import (
	"slices"
	"testing"

	"github.com/memkit-go/memkit/rt/internal/machine"
)

// threadKernel is the part of a machine that a thread which starts a child
// changes.
type threadKernel struct {
	t       *testing.T
	locks   int
	policy  machine.Scheduling
	blocked bool
	cpus    []int
	refused error // what setting a policy answers
}

func newThreadKernel(t *testing.T) *threadKernel { return &threadKernel{t: t, cpus: []int{0, 1, 2}} }

// unchanged fails the test if anything differs from before.
func (k *threadKernel) unchanged(before threadKernel) {
	k.t.Helper()
	if k.locks != before.locks || k.policy != before.policy || k.blocked != before.blocked || !slices.Equal(k.cpus, before.cpus) {
		k.t.Errorf("the thread was left changed: %+v, was %+v", *k, before)
	}
}

func (k *threadKernel) system() *machine.System {
	return &machine.System{
		OS:           "linux",
		LockThread:   func() { k.locks++ },
		UnlockThread: func() { k.locks-- },
		Scheduling:   func(int) (machine.Scheduling, error) { return k.policy, nil },
		SetScheduling: func(_ int, s machine.Scheduling) error {
			if k.refused == nil {
				k.policy = s
			}
			return k.refused
		},
		Affinity:    func(int) ([]int, error) { return slices.Clone(k.cpus), nil },
		SetAffinity: func(_ int, cpus []int) error { k.cpus = slices.Clone(cpus); return nil },
		Threads:     func() ([]int, error) { return []int{0, 101}, nil },
	}
}
