package hil

import "math"

const (
	// hashStart and hashPrime are those of FNV-1a with 64 bits (G. Fowler, L. C. Noll,
	// K.-P. Vo).
	hashStart = 0xcbf29ce484222325
	hashPrime = 0x100000001b3
)

// hashFloat enters the 8 bytes of v, the least significant first.
func hashFloat(h uint64, v float64) uint64 {
	b := math.Float64bits(v)
	h = (h ^ b&0xff) * hashPrime
	h = (h ^ b>>8&0xff) * hashPrime
	h = (h ^ b>>16&0xff) * hashPrime
	h = (h ^ b>>24&0xff) * hashPrime
	h = (h ^ b>>32&0xff) * hashPrime
	h = (h ^ b>>40&0xff) * hashPrime
	h = (h ^ b>>48&0xff) * hashPrime
	return (h ^ b>>56) * hashPrime
}

// one does a step: set points, sensors, exchange, actuators, plant.
//
// Cost: O(channels) and the plant's, the devices' and the faults'. Allocates: no.
// Blocks: in lock-step until the devices answer. Caller: the goroutine that runs the rig.
//
//rt:nonallocating
//rt:bound the connections, tasks and channels of the rig
func (r *Rig) one() error {
	t := r.tick()
	if r.stimulus.Setpoints != nil {
		//rt:allow ML610 reason="the stimulus is the user's"
		r.stimulus.Setpoints(t, r.set)
	}
	copy(r.seen, r.y)
	faults := r.stimulus.Faults
	if faults != nil {
		if err := faults.Begin(t); err != nil {
			return err
		}
		faults.Sensors(t, r.seen)
	}
	if r.stimulus.Replay != nil {
		r.replay()
	} else {
		for _, c := range r.connections {
			if c.every == 1 || t.Step%c.every == 0 {
				if err := r.exchange(c, t); err != nil {
					return err
				}
			}
		}
	}
	copy(r.u, r.commands)
	if faults != nil {
		faults.Actuators(t, r.u)
	}
	for i := range r.u {
		v := r.limits[i].apply(r.u[i])
		if v != r.u[i] {
			r.result.Limited++
			r.u[i] = v
		}
	}
	r.record()
	for i := range r.c.Tasks {
		if k := &r.c.Tasks[i]; t.Step%int64(k.Every) == int64(k.Offset) {
			//rt:allow ML610 reason="the task is the user's"
			if err := k.Run(t, r.values); err != nil {
				return err
			}
		}
	}
	return r.movePlant(t)
}

// movePlant does the plant's step and checks its outputs.
func (r *Rig) movePlant(t Tick) error {
	if !r.enter(t.Step, phasePlant) {
		return errAbandoned
	}
	var begun int64
	if r.c.Mode == Paced {
		begun = r.now()
	}
	if err := r.c.Plant.Step(t, r.u, r.y); err != nil {
		//rt:allow ML601 reason="the run ends with this error"
		return &PlantError{At: t, Err: err}
	}
	if r.c.Mode == Paced {
		r.away += r.now() - begun
	}
	if !r.enter(t.Step, phaseRig) {
		return errAbandoned
	}
	h := r.hash
	for _, v := range r.u {
		h = hashFloat(h, v)
	}
	for i, v := range r.y {
		if !(math.Abs(v) <= r.c.Sensors[i].magnitude()) {
			return r.unstable(t, i)
		}
		h = hashFloat(h, v)
	}
	r.hash = h
	r.step++
	return nil
}

// unstable is the error for the sensor i.
func (r *Rig) unstable(t Tick, i int) error {
	//rt:allow ML601 reason="the run ends with this error"
	return &PlantError{Channel: r.c.Sensors[i].Name, Value: r.y[i], At: t, Err: ErrUnstable}
}

// record writes the step's row.
func (r *Rig) record() {
	if r.recording == nil {
		return
	}
	row := r.recording.Row()
	n := copy(row, r.y)
	n += copy(row[n:], r.set)
	n += copy(row[n:], r.u)
	n += copy(row[n:], r.seen)
	copy(row[n:], r.commands)
}

// replay takes the step's commands from the recording.
func (r *Rig) replay() {
	row := r.stimulus.Replay.At(int(r.step))
	copy(r.commands, row[len(row)-len(r.commands):])
}
