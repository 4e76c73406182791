package compare

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"

	"github.com/memkit-go/memkit/rt/record"
)

// Owner is the cause to which a row's tail is attributed.
type Owner string

const (
	// Go: the row is late or skips more often than the peer, or a cause of Go's
	// own was seen.
	Go Owner = "go"
	// Kernel: the peer, which has no Go in it, is late as often.
	Kernel Owner = "kernel"
	// Host: the same, and mostly while the host or something above every
	// real-time thread had the CPU.
	Host Owner = "host"
	// None: the row has no tail beyond the peer's.
	None Owner = "none"
	// Undecided: no peer was measured.
	Undecided Owner = "undecided"
)

// Rule is how a tail is ruled on, in plain words.
const Rule = "A tail event is one or more activations later than the peer's pooled p99.9 within 10 periods; " +
	"the peer is the C thread, or else cyclictest. " +
	"It is the host's when steal, or a C thread of higher priority on the same CPU that was late too, covers at least half of it. " +
	"A row's tail is Go's when a fault, a lost P, a stopped world, a signal or an overrun is the cause of at least half of its other events, " +
	"or when it has more other events, or skips more periods, than the peer had in the same rounds and chance explains less than 1% of that " +
	"(one-sided conditional binomial test, both counts divided by how much more rounds differ than chance has it). Otherwise it is the host's when at least half of its events are, and else the kernel's."

const (
	// barP is the peer's quantile beyond which its tail begins.
	barP = .999
	// burst is how many periods one event spans at most: a disturbance of several
	// milliseconds is one, and a loop that is always late has many.
	burst = 10
	// chance is how rarely a ruling "Go's" may come from luck alone.
	chance = .01
)

// goCauses are those that a thread in C does not have, or that its own program
// causes.
const goCauses = record.Fault | record.Interrupted | record.LostP | record.StoppedWorld | record.Overrun

// Ruling is about one row.
type Ruling struct {
	Row   string `json:"row"`
	Owner Owner  `json:"owner"`
	// Bar in ns, beyond which events count.
	Bar float64 `json:"bar,omitempty"`
	// Events of the row, those of them that are the host's, and those of the
	// others that have a cause of Go's own.
	Events     int `json:"events"`
	HostEvents int `json:"host_events"`
	GoEvents   int `json:"go_events"`
	// PeerEvents and PeerHostEvents are the peer's in the same rounds.
	PeerEvents     int `json:"peer_events"`
	PeerHostEvents int `json:"peer_host_events"`
	// Chance of so many more events, and of so many more skipped periods, if
	// both rows were alike.
	EventChance float64 `json:"event_chance"`
	SkipChance  float64 `json:"skip_chance"`
	Text        string  `json:"text"`
}

// AttributeTail rules on the tail of r against the peer, which may be nil. Events whose
// cause has a bit of host are the host's.
func AttributeTail(r, peer *Row, host record.Cause) Ruling {
	if peer == nil {
		return Ruling{Row: r.Name, Owner: Undecided, Text: "no C thread and no cyclictest was measured in the same rounds"}
	}
	bar := peer.Quantile(barP)
	if math.IsNaN(bar) {
		return Ruling{Row: r.Name, Owner: Undecided, Text: fmt.Sprintf("%d periods of %s are too few for a p99.9", peer.N(), peer.Name)}
	}
	mine, theirs := r.tally(peer, bar, host), peer.tally(r, bar, host)
	v := Ruling{
		Row: r.Name, Bar: bar,
		Events: mine.events, HostEvents: mine.host, GoEvents: mine.byGo,
		PeerEvents: theirs.events, PeerHostEvents: theirs.host,
		EventChance: moreByChance(mine.others, theirs.others, mine.periods, theirs.periods),
		SkipChance:  moreByChance(mine.skips, theirs.skips, mine.periods, theirs.periods),
	}
	other := mine.events - mine.host
	switch {
	case other > 0 && 2*mine.byGo >= other, v.EventChance < chance, v.SkipChance < chance:
		v.Owner = Go
	case mine.events == 0:
		v.Owner = None
	case 2*mine.host >= mine.events:
		v.Owner = Host
	default:
		v.Owner = Kernel
	}
	v.Text = fmt.Sprintf("%d events beyond %.0f µs (%d the host's, %d with a cause in Go) against %d (%d the host's) of %s; %d against %d periods skipped",
		mine.events, bar/1000, mine.host, mine.byGo, theirs.events, theirs.host, peer.Name, sum(mine.skips), sum(theirs.skips))
	return v
}

// tally counts a row's tail.
type tally struct {
	periods            int
	events, host, byGo int
	// Of each round: events that are not the host's, and skipped periods.
	others, skips []int
}

// tally counts the rounds that other measured too.
func (r *Row) tally(other *Row, bar float64, host record.Cause) (t tally) {
	measured := map[int]bool{}
	for _, s := range other.Rounds {
		measured[s.Process] = true
	}
	for _, s := range r.Rounds {
		if !measured[s.Process] {
			continue
		}
		t.periods += int(s.Counters["periods"])
		t.skips = append(t.skips, int(s.Counters["skipped"]))
		others := 0
		for _, cause := range events(s, bar) {
			t.events++
			if cause&host != 0 {
				t.host++
				continue
			}
			others++
			if cause&goCauses != 0 {
				t.byGo++
			}
		}
		t.others = append(t.others, others)
	}
	return t
}

// events lists the causes of each event beyond bar.
func events(s record.Series, bar float64) (causes []record.Cause) {
	of := map[int64]record.Cause{}
	for _, o := range s.Outliers {
		of[o.Index] = o.Cause
	}
	begin := -burst
	for i, v := range s.Samples {
		if float64(v) <= bar {
			continue
		}
		if i-begin >= burst {
			causes, begin = append(causes, record.Unattributed), i
		}
		causes[len(causes)-1] |= of[int64(i)]
	}
	return causes
}

// moreByChance is the probability of as many events as a, or more, of those of a
// and b, in n of n+m periods when each period is as likely as any other to have
// one. The counts are those of rounds. Where rounds differ more than chance has
// it, because a neighbour was busy in one of them, both totals are divided by the
// greater dispersion (McCullagh & Nelder 1989, Generalized Linear Models, §4.5).
func moreByChance(a, b []int, n, m int) float64 {
	if sum(a) == 0 || n == 0 || m == 0 {
		return 1
	}
	d := max(dispersion(a), dispersion(b))
	return mathext.RegIncBeta(float64(sum(a))/d, float64(sum(b))/d+1, float64(n)/float64(n+m))
}

// dispersion is the variance of counts over their mean, at least 1.
func dispersion(counts []int) float64 {
	mean := float64(sum(counts)) / float64(len(counts))
	if len(counts) < 2 || mean == 0 {
		return 1
	}
	squares := 0.0
	for _, c := range counts {
		squares += (float64(c) - mean) * (float64(c) - mean)
	}
	return max(1, squares/float64(len(counts)-1)/mean)
}

func sum(counts []int) (total int) {
	for _, c := range counts {
		total += c
	}
	return total
}
