//go:build cgo && mujoco && linux

package mujoco

// #include "physics.h"
//
// // step takes a number: cgo looks through memory behind a pointer for Go's.
// static void step(uintptr_t physics) { memkit_physics_step((void *)physics); }
import "C"

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"time"
	"unsafe"

	"github.com/memkit-go/memkit/core"
	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/internal/errkind"
	"github.com/memkit-go/memkit/rt/cthread"
)

// Plant is a model's bodies as the plant of a rig. Its inputs are the model's controls
// and its outputs the values of its sensors, in the model's order.
type Plant struct {
	engine  *Engine
	physics *C.struct_memkit_physics // nil once closed
	c       PlantConfig
	u, y    []float64   // C's
	state   [][]float64 // C's: what a state consists of, but the time
	first   []byte      // the state that it starts from
	model   uint64      // hash of its text and sizes
	step    int64       // ns
	period  int64       // of the substeps in physics
	broken  bool
}

func newPlant(e *Engine, p *C.struct_memkit_physics, c PlantConfig, text []byte) *Plant {
	m, d := p.model, p.data
	floats := func(f *C.mjtNum, n C.int) []float64 { return unsafe.Slice((*float64)(unsafe.Pointer(f)), int(n)) }
	plant := &Plant{
		engine: e, physics: p, c: c,
		u: floats((*C.mjtNum)(p.u), m.nu), y: floats((*C.mjtNum)(p.y), m.nsensordata),
		state: [][]float64{
			floats(d.qpos, m.nq), floats(d.qvel, m.nv), floats(d.act, m.na), floats(d.qacc_warmstart, m.nv),
			floats(d.ctrl, m.nu), floats(d.mocap_pos, 3*m.nmocap), floats(d.mocap_quat, 4*m.nmocap), floats(d.userdata, m.nuserdata),
		},
		step:   int64(math.Round(float64(m.opt.timestep) * 1e9)),
		period: -1,
	}
	// The text, and how many numbers a state has: a file may include others.
	h := fnv.New64a()
	h.Write(text)
	for _, part := range plant.state {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(part))))
	}
	plant.model = h.Sum64()
	plant.first = plant.Save(nil)
	return plant
}

// Step holds the controls u for t.Period, a whole number of the model's time steps, and
// writes the sensors to y: positions and velocities of joints as they are at the end,
// all others as MuJoCo computed them at the beginning of its last time step. Errors:
// hil.ErrUnstable, ErrFull, ErrEngine, ErrBroken, ErrClosed, and cthread's.
//
// Cost: one cgo call, or with PlantConfig.Thread a hand-over, and MuJoCo's step.
// Allocates: no. Blocks: as long as the step takes. Caller: the rig.
//
//rt:nonallocating
//rt:allow ML602 reason="waits for the simulation, until Config.Limit at most"
//rt:allow ML608 reason="the simulation is C, as long as one step takes"
func (p *Plant) Step(t hil.Tick, u, y []float64) error {
	if p.physics == nil || p.broken || t.Period != p.period || len(u) != len(p.u) || len(y) != len(p.y) {
		if err := p.prepare(t, len(u), len(y)); err != nil {
			return err
		}
	}
	copy(p.u, u)
	if p.c.Thread == nil {
		C.step(C.uintptr_t(uintptr(unsafe.Pointer(p.physics))))
	} else if err := p.c.Thread.Call(C.memkit_physics_step, unsafe.Pointer(p.physics), p.c.Limit); err != nil {
		p.broken = true
		return err
	}
	if p.physics.outcome != C.MEMKIT_DONE {
		return p.failure()
	}
	copy(y, p.y)
	return nil
}

// prepare is the rare part of a step: a change since the one before.
//
//rt:allow ML601 reason="the run ends with this error"
//rt:allow ML613 reason="the run ends with this error"
func (p *Plant) prepare(t hil.Tick, inputs, outputs int) error {
	switch {
	case p.physics == nil:
		return ErrClosed
	case p.broken:
		return ErrBroken
	case inputs != len(p.u) || outputs != len(p.y):
		return fmt.Errorf("mujoco: a step with %d inputs and %d outputs; the model has %d controls and %d sensor values: give the rig Plant.Actuators and Plant.Sensors", inputs, outputs, len(p.u), len(p.y))
	case p.step <= 0 || t.Period < 0 || t.Period%p.step != 0 || t.Period/p.step > math.MaxInt32:
		return fmt.Errorf("mujoco: the rig's step of %v is not a whole number of the model's time steps of %v; change hil.Config.Rate or the model's <option timestep>", time.Duration(t.Period), time.Duration(p.step))
	}
	p.period = t.Period
	p.physics.substeps = C.int(t.Period / p.step)
	return nil
}

// failure is the error of a step. The simulation is not to be used until Restore.
//
//rt:allow ML601 reason="the run ends with this error"
//rt:allow ML605 reason="the run ends with this error"
//rt:allow ML613 reason="the run ends with this error"
//rt:allow ML608 reason="the run ends with this error"
func (p *Plant) failure() error {
	p.broken = true
	switch p.physics.outcome {
	case C.MEMKIT_BAD:
		where := map[C.int]string{C.mjWARN_BADQPOS: "position", C.mjWARN_BADQVEL: "velocity", C.mjWARN_BADQACC: "acceleration", C.mjWARN_BADCTRL: "control"}[p.physics.warning]
		return errkind.Errorf(hil.ErrUnstable, "mujoco: the %s of degree of freedom %d is huge or not a number: the plant is unstable", where, p.physics.data.warning[p.physics.warning].lastinfo)
	case C.MEMKIT_FULL:
		m := p.physics.model
		return fmt.Errorf("%w: nconmax is %d and njmax %d", ErrFull, m.nconmax, m.njmax)
	}
	return fmt.Errorf("%w: %s", ErrEngine, C.GoString(&p.physics.text[0]))
}

// Save appends the state: a hash of the model, the time, positions, velocities,
// activations, and what the solver starts from.
func (p *Plant) Save(b []byte) []byte {
	if p.physics == nil {
		return b
	}
	b = binary.LittleEndian.AppendUint64(b, p.model)
	b = hil.AppendFloats(b, float64(p.physics.data.time))
	for _, part := range p.state {
		b = hil.AppendFloats(b, part...)
	}
	return b
}

// Restore returns to a state that Save wrote, also after a step that failed. Errors:
// ErrState, ErrClosed, cthread's ErrBusy.
func (p *Plant) Restore(b []byte) error {
	switch {
	case p.physics == nil:
		return ErrClosed
	case len(b) != len(p.first) && p.first != nil || len(b) < 8 || binary.LittleEndian.Uint64(b) != p.model:
		return ErrState
	}
	if err := p.idle(); err != nil {
		return err
	}
	C.memkit_physics_reset(p.physics)
	if p.physics.outcome != C.MEMKIT_DONE {
		return p.failure()
	}
	b = b[8:]
	take := func() (v float64) {
		v = math.Float64frombits(binary.LittleEndian.Uint64(b))
		b = b[8:]
		return v
	}
	p.physics.data.time = C.mjtNum(take())
	for _, part := range p.state {
		for i := range part {
			part[i] = take()
		}
	}
	p.broken, p.period = false, -1
	return nil
}

// idle refuses while a step that took too long still runs on the thread.
func (p *Plant) idle() error {
	if t := p.c.Thread; t != nil && !t.Idle() {
		return cthread.ErrBusy
	}
	return nil
}

var contacts = core.MustType[Contact]()

// Contacts copies the contacts of the last step into a frame. Errors: those of the
// frame, ErrClosed, cthread's ErrBusy.
//
// Cost: O(contacts). Allocates: in the frame. Blocks: no. Caller: the rig.
//
//rt:nonblocking
func (p *Plant) Contacts(f *core.Frame) (core.RefSlice[Contact], error) {
	if p.physics == nil {
		return core.RefSlice[Contact]{}, ErrClosed
	}
	if err := p.idle(); err != nil {
		return core.RefSlice[Contact]{}, err
	}
	from := unsafe.Slice(p.physics.data.contact, int(p.physics.data.ncon))
	all, err := contacts.MakeUninit(f, len(from))
	if err != nil {
		return all, err
	}
	to := all.Slice()
	for i := range from {
		c := &from[i]
		to[i] = Contact{
			Position: *(*[3]float64)(unsafe.Pointer(&c.pos)),
			Normal:   [3]float64{float64(c.frame[0]), float64(c.frame[1]), float64(c.frame[2])},
			Distance: float64(c.dist),
			Geoms:    [2]int32{int32(c.geom1), int32(c.geom2)},
		}
	}
	return all, nil
}

// Sensors are the plant's outputs: the model's sensors by name and unit, one channel a
// value.
func (p *Plant) Sensors() []hil.Channel {
	if p.physics == nil {
		return nil
	}
	m := p.physics.model
	n := int(m.nsensor)
	kinds, objects, dims := unsafe.Slice(m.sensor_type, n), unsafe.Slice(m.sensor_objid, n), unsafe.Slice(m.sensor_dim, n)
	joints := unsafe.Slice(m.jnt_type, int(m.njnt))
	var all []hil.Channel
	for i := range n {
		kind := int(kinds[i])
		hinge := (kind == sensorJointPosition || kind == sensorJointVelocity) && joints[objects[i]] == C.mjJNT_HINGE
		all = append(all, channels(p.name(C.mjOBJ_SENSOR, i, "sensor"), unit(kind, hinge), int(dims[i]))...)
	}
	return all
}

// Actuators are the plant's inputs: the model's actuators by name, with the ranges of
// their controls as limits.
func (p *Plant) Actuators() []hil.Channel {
	if p.physics == nil {
		return nil
	}
	m := p.physics.model
	n := int(m.nu)
	limited, ranges := unsafe.Slice(m.actuator_ctrllimited, n), unsafe.Slice(m.actuator_ctrlrange, 2*n)
	var all []hil.Channel
	for i := range n {
		c := hil.Channel{Name: p.name(C.mjOBJ_ACTUATOR, i, "actuator"), Unit: "1"}
		if limited[i] != 0 {
			c.Min, c.Max = float64(ranges[2*i]), float64(ranges[2*i+1])
			c.Safe = min(c.Max, max(c.Min, 0))
		}
		all = append(all, c)
	}
	return all
}

// name is the model's, or one of the kind and the index.
func (p *Plant) name(kind C.mjtObj, i int, otherwise string) string {
	if s := C.mj_id2name(p.physics.model, C.int(kind), C.int(i)); s != nil && C.GoString(s) != "" {
		return C.GoString(s)
	}
	return fmt.Sprintf("%s %d", otherwise, i)
}

// Close gives the plant's memory back. While a step that took too long runs on its
// thread, it does nothing but answer cthread's ErrBusy. A second Close returns nil.
func (p *Plant) Close() error {
	if p.physics == nil {
		return nil
	}
	if err := p.idle(); err != nil {
		return err
	}
	C.memkit_physics_free(p.physics)
	p.physics, p.u, p.y, p.state = nil, nil, nil, nil
	lock.Lock()
	defer lock.Unlock()
	p.engine.plants--
	return nil
}
