package audio

// backoff spaces attempts: the first at once, then after 100 ms, each wait twice the
// last, up to 2 s, so that a device that is back is found within 2 s.
type backoff struct {
	at   int64 // of the next attempt
	wait int64
}

const (
	firstRetry   = int64(100e6)
	longestRetry = int64(1600e6)
)

func (b *backoff) due(now int64) bool { return now >= b.at }

// next notes an attempt.
func (b *backoff) next(now int64, ok bool) {
	if ok {
		*b = backoff{}
		return
	}
	b.wait = min(longestRetry, max(firstRetry, 2*b.wait))
	b.at = now + b.wait
}
