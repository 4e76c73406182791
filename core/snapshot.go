package core

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Snapshot is an allocator's state at one time, as it is written to a file.
type Snapshot struct {
	Time   time.Time `json:"time"`
	Stats  Stats     `json:"stats"`
	Tags   []string  `json:"tags"` // by number
	Phases []string  `json:"phases"`
}

// Snapshot describes the allocator as its lanes were at their last End.
func (a *Allocator) Snapshot(now time.Time) Snapshot {
	s := Snapshot{Time: now, Stats: a.Stats()}
	a.mu.Lock()
	defer a.mu.Unlock()
	s.Tags = append(s.Tags, a.tagNames.list[:a.tagNames.known.Load()]...)
	s.Phases = append(s.Phases, a.phaseNames.list[:a.phaseNames.known.Load()]...)
	return s
}

// Snapshots writes snapshots of an allocator as JSON when they are asked for: by
// a request file that appears, or by a signal. It belongs to one
// ordinary goroutine.
type Snapshots struct {
	config SnapshotConfig
	a      *Allocator
	last   time.Time
}

// SnapshotConfig says where snapshots go and what asks for them.
type SnapshotConfig struct {
	// Path is the file that each snapshot replaces.
	Path string
	// Request is the file whose existence asks for a snapshot, which removes
	// it; empty means none.
	Request string
	// Signal asks for a snapshot with each value, as from signal.Notify; nil
	// means none.
	Signal <-chan os.Signal
	// Interval is the least time between two snapshots; earlier requests wait.
	// 0 means 1 s.
	Interval time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// NewSnapshots checks the configuration.
func NewSnapshots(a *Allocator, c SnapshotConfig) (*Snapshots, error) {
	if c.Path == "" {
		return nil, errors.New("core: SnapshotConfig.Path is empty; give the file to write")
	}
	if c.Interval < 0 {
		return nil, fmt.Errorf("core: SnapshotConfig.Interval %v: must not be negative; 0 means 1s", c.Interval)
	}
	if c.Interval == 0 {
		c.Interval = time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Snapshots{config: c, a: a}, nil
}

// Poll writes a snapshot if one was asked for and the last is Interval old, and
// says whether it did.
func (s *Snapshots) Poll() (bool, error) {
	now := s.config.Now()
	if !s.last.IsZero() && now.Sub(s.last) < s.config.Interval {
		return false, nil
	}
	asked, err := s.asked()
	if err != nil || !asked {
		return false, err
	}
	s.last = now
	return true, s.write(now)
}

func (s *Snapshots) asked() (bool, error) {
	select {
	case <-s.config.Signal:
		return true, nil
	default:
	}
	if s.config.Request == "" {
		return false, nil
	}
	err := os.Remove(s.config.Request)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// write replaces the file at once, so that no reader sees half of it.
func (s *Snapshots) write(now time.Time) error {
	text, err := json.MarshalIndent(s.a.Snapshot(now), "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(s.config.Path), ".snapshot-*")
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), s.config.Path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// Run polls every Interval until ctx ends, whose error it returns, or until
// writing fails.
func (s *Snapshots) Run(ctx context.Context) error {
	tick := time.NewTicker(s.config.Interval)
	defer tick.Stop()
	for {
		if _, err := s.Poll(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
