package rtlog

import "errors"

// Claim takes the draining side now, which Drain and DrainOnce otherwise do at
// their first call. Errors as for Drain.
func (l *Log) Claim() error {
	l.draining.Lock()
	defer l.draining.Unlock()
	return l.claim()
}

// CheckPeer is [ring.Endpoint.CheckPeer] of the writing side. The draining side
// must have been claimed.
func (l *Log) CheckPeer() error {
	return errors.Join(l.drain.records.CheckPeer(), l.drain.status.CheckPeer())
}

// AbandonPeer is [ring.Endpoint.AbandonPeer] of the writing side. The draining side
// must have been claimed.
func (l *Log) AbandonPeer() bool {
	records, status := l.drain.records.AbandonPeer(), l.drain.status.AbandonPeer()
	return records || status
}

// Close gives the draining side up, if it has been claimed. Its records
// stay.
func (l *Log) Close() error {
	if l.drain.records == nil {
		return nil
	}
	return errors.Join(l.drain.records.Close(), l.drain.status.Close())
}
