package async

import "time"

// Smaller requests overtake a large one for overtakeTime. Then they wait for it, for
// patience at first, and for patienceMax at most. A larger maximum would serve a large request also where others hold
// theirs for longer than a minute, and make small ones wait as long for a large
// request that cannot be served.
const (
	overtakeTime = time.Millisecond
	patience     = 10 * time.Millisecond
	patienceMax  = time.Minute
)

// overtaking says whether smaller requests may be served before the first waiter,
// which has waited for age and for which there is too little, and how long that
// stays so.
//
// They may for overtakeTime, then not for patience, then again, then not for twice
// patience, and so on. So neither waits indefinitely: when a pause is longer than
// holders keep what they have, what they release in it adds up until the large
// request fits; and no pause exceeds patienceMax.
func overtaking(age time.Duration) (allowed bool, left time.Duration) {
	for pause := patience; ; pause = min(2*pause, patienceMax) {
		if age < overtakeTime {
			return true, overtakeTime - age
		}
		age -= overtakeTime
		if age < pause {
			return false, pause - age
		}
		age -= pause
	}
}
