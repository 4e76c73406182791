package hil

// exchange sends a connection's outputs and takes its device's commands.
//
// Cost: O(channels), the link's and the codec's. Allocates: no. Blocks: in lock-step
// until the device answers, paced until its deadline. Caller: the goroutine that runs
// the rig.
//
//rt:nonallocating
//rt:bound 64 frames and the channels of the connection
func (r *Rig) exchange(c *connection, t Tick) error {
	c.exchanges++
	if c.sequence++; c.sequence > c.last || c.sequence == 0 {
		c.sequence = 1
	}
	for i, channel := range c.send {
		v := r.outputs[channel]
		l := c.sendLimits[i].apply(v)
		if l != v && (l == l || v == v) {
			r.result.Limited++
		}
		c.out[i] = l
	}
	if c.values != nil {
		return r.exchangeValues(c, t)
	}
	n := c.Codec.Encode(c.frame[:], c.sequence, c.out)
	var sent int64
	if r.c.Mode == Paced {
		sent = r.now()
	}
	sendErr := c.link.Send(t, c.frame[:n])
	if sendErr != nil {
		c.counts.Unsent++
		if sendErr == ErrDown {
			return r.down(c, t)
		}
	} else {
		c.counts.Sent++
	}
	r.overslept = false
	answered, err := r.receive(c, t, sent, sendErr != nil)
	if r.c.Mode == Paced {
		r.away += r.now() - sent
	}
	if err != nil {
		return err
	}
	r.account(c, t, sent, answered)
	return nil
}

// exchangeValues is the rest of exchange without frames.
//
// Cost: O(channels) and the device's. Allocates: no. Blocks: no. Caller: the goroutine
// that runs the rig.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the channels of the connection
func (r *Rig) exchangeValues(c *connection, t Tick) error {
	c.counts.Sent++
	if !c.values.Exchange(t, c.out, c.in) {
		r.account(c, t, 0, false)
		return nil
	}
	c.counts.Answered++
	c.newest = c.exchanges
	for i, channel := range c.receive {
		r.commands[channel] = c.in[i]
	}
	if c.timedOut {
		r.recovered(c, t)
	}
	return nil
}

// recovered notes that a device answers again.
func (r *Rig) recovered(c *connection, t Tick) {
	c.timedOut = false
	r.note(t, "recovered", c.Name)
}

// account counts an exchange without an answer, and expires a command that is too old.
//
// Cost: O(channels). Allocates: no. Blocks: no. Caller: the goroutine that runs the rig.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound the channels of the connection
func (r *Rig) account(c *connection, t Tick, sent int64, answered bool) {
	if !answered && r.c.Mode != FreeRun {
		c.counts.Missed++
		if r.c.Mode == Paced && (r.wasLate(c, sent) || r.overslept) {
			r.result.Misses.Rig++
		} else {
			r.result.Misses.Device++
		}
	}
	if c.exchanges-c.newest > c.timeout {
		r.expire(c, t)
	}
}

// wasLate says whether the rig sent too late to leave the device its time.
func (r *Rig) wasLate(c *connection, sent int64) bool { return sent+c.deadline > r.wall.Deadline }

// receive reads the frames that have arrived, and waits for the answer as long as the mode has it.
func (r *Rig) receive(c *connection, t Tick, sent int64, unsent bool) (answered bool, err error) {
	var until int64 // 0 for a first look without waiting
	for range mostFrames {
		n, err := c.link.Receive(t, c.reply[:], until)
		if err != nil {
			switch {
			case err == ErrEmpty && until == 0 && r.c.Mode != FreeRun && !unsent:
				// Nothing yet: wait.
				until = r.waitUntil(c, t, sent)
				continue
			case err == ErrEmpty && r.c.Mode == LockStep && !unsent:
				return false, r.stalled(c, t)
			case err == ErrDown:
				return false, r.down(c, t)
			}
			return false, nil
		}
		s, err := c.Codec.Decode(c.reply[:n], c.in)
		if err != nil {
			c.counts.Damaged++
			if r.c.Mode == LockStep {
				return false, nil // its answer was this one: no other will come
			}
			continue
		}
		if s == 0 {
			continue // the handshake's
		}
		number := c.answers(s)
		if number <= c.newest {
			c.counts.Old++
			continue
		}
		c.newest = number
		for i, channel := range c.receive {
			r.commands[channel] = c.in[i]
		}
		if c.timedOut {
			r.recovered(c, t)
		}
		if number == c.exchanges {
			c.counts.Answered++
			if r.c.Mode == Paced {
				return r.onTime(sent), nil
			}
			return true, nil
		}
		c.counts.Late++
	}
	return false, nil
}

// answers is which exchange an answer with a sequence number is to, 0 for the handshake.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: the goroutine that runs the rig.
//
//rt:nonblocking
//rt:nonallocating
func (c *connection) answers(sequence uint32) int64 {
	if sequence == 0 {
		return 0
	}
	number := c.exchanges - int64(c.sequence) + int64(sequence)
	if sequence > c.sequence {
		number -= int64(c.last) // from before the numbers began again
	}
	return number
}

// onTime enters a round trip, and says whether the step still had time when it ended.
// If it had not, the rig did not run when the deadline passed.
func (r *Rig) onTime(sent int64) bool {
	now := r.now()
	r.result.RoundTrip.Add(now - sent)
	r.overslept = now > r.wall.Deadline
	return !r.overslept
}

// waitUntil is the time until which the rig waits for an answer.
func (r *Rig) waitUntil(c *connection, t Tick, sent int64) int64 {
	if r.c.Mode == LockStep {
		r.enter(t.Step, phaseWait)
		return r.now() + int64(r.c.Watchdog)
	}
	return min(sent+c.deadline, r.wall.Deadline)
}

// stalled is the error of a device that did not answer in lock-step.
func (r *Rig) stalled(c *connection, t Tick) error {
	c.counts.Missed++
	r.result.Misses.Device++
	r.expire(c, t)
	//rt:allow ML601 reason="the run ends with this error"
	return &StallError{Where: "connection " + c.Name, Channels: c.channelNames(r.c.Actuators), At: t, Waited: r.c.Watchdog}
}

// down is the error of a device that has gone.
func (r *Rig) down(c *connection, t Tick) error {
	c.counts.Missed++
	r.result.Misses.Device++
	r.expire(c, t)
	//rt:allow ML601 reason="the run ends with this error"
	return &LinkError{Connection: c.Name, Channels: c.channelNames(r.c.Actuators), At: t, Err: ErrDown}
}

// expire gives the actuators of a device that no longer answers their safe values.
func (r *Rig) expire(c *connection, t Tick) {
	for _, channel := range c.receive {
		r.commands[channel] = r.c.Actuators[channel].Safe
	}
	if !c.timedOut {
		c.timedOut = true
		c.counts.Timeouts++
		r.note(t, "timeout", c.Name)
	}
}
