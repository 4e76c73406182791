package recording

// Signal is a column of a recording.
type Signal struct {
	// Name and Unit are the channel's.
	Name string `json:"name"`
	Unit string `json:"unit"`
}

// Event is what happened in a step: a fault applied or undone, a timeout.
type Event struct {
	Step int64 `json:"step"`
	// Kind is a word such as "fault", "undo", "timeout"; Text says more.
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// Config describes a [Recording].
type Config struct {
	// Name of the run; Rate in steps a second; Seed of its faults.
	Name string
	Rate int
	Seed uint64
	// Keep is how many steps are kept, the last ones.
	Keep int
	// Signals are the columns.
	Signals []Signal
}

// Recording has the values of a run's last steps, and its events. It belongs to the
// goroutine that runs the rig until the run has ended.
type Recording struct {
	// Hash is the run's output hash, hil.Result.Hash, when it has ended.
	Hash uint64

	c       Config
	values  []float64
	before  int64 // steps before the first row, of a recording that was read
	rows    int64 // written
	events  []Event
	omitted int
}

// mostEvents are kept; the first ones say what began.
const mostEvents = 4096

// New makes an empty recording and touches its memory.
func New(c Config) *Recording {
	r := &Recording{c: c, values: make([]float64, c.Keep*len(c.Signals)), events: make([]Event, 0, mostEvents)}
	for i := 0; i < len(r.values); i += 512 {
		r.values[i] = 0
	}
	return r
}

// Row returns the row of the next step for the caller to fill.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r *Recording) Row() []float64 {
	n := len(r.c.Signals)
	i := int(r.rows%int64(r.c.Keep)) * n
	r.rows++
	return r.values[i : i+n : i+n]
}

// Note keeps an event, of those that are there first.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (r *Recording) Note(step int64, kind, text string) {
	if len(r.events) == cap(r.events) {
		r.omitted++
		return
	}
	//rt:allow ML601 reason="there is room, see above"
	r.events = append(r.events, Event{step, kind, text})
}

// Name, Rate and Seed are the run's.
func (r *Recording) Name() string { return r.c.Name }

// Rate is the steps in a second.
func (r *Recording) Rate() int { return r.c.Rate }

// Seed is that of the run's faults.
func (r *Recording) Seed() uint64 { return r.c.Seed }

// Signals are the columns.
func (r *Recording) Signals() []Signal { return r.c.Signals }

// Len is how many steps there are, First the number of the first of them.
func (r *Recording) Len() int { return int(min(r.rows, int64(r.c.Keep))) }

// First is the number of the first step that was kept.
func (r *Recording) First() int64 { return r.before + r.rows - int64(r.Len()) }

// At returns the values of the i-th step that was kept, in the order of the signals.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: any.
//
//rt:nonblocking
//rt:nonallocating
func (r *Recording) At(i int) []float64 {
	n := len(r.c.Signals)
	i = int((r.rows-int64(r.Len())+int64(i))%int64(r.c.Keep)) * n
	return r.values[i : i+n : i+n]
}

// Signal copies the values of one column; nil when there is none of that name.
func (r *Recording) Signal(name string) []float64 {
	for column, s := range r.c.Signals {
		if s.Name != name {
			continue
		}
		all := make([]float64, r.Len())
		for i := range all {
			all[i] = r.At(i)[column]
		}
		return all
	}
	return nil
}

// Events are what happened, in order; Omitted counts those that there was no room for.
func (r *Recording) Events() []Event { return r.events }

// Omitted counts the events that there was no room for.
func (r *Recording) Omitted() int { return r.omitted }
