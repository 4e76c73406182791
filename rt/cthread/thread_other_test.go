//go:build !cgo || !linux

package cthread

import (
	"errors"
	"testing"
	"time"

	"github.com/memkit-go/memkit/rt"
)

func TestUnsupported(t *testing.T) {
	if thread, err := New(Config{}); thread != nil || !errors.Is(err, rt.ErrUnsupported) {
		t.Errorf("%v, %v", thread, err)
	}
	var config *rt.ConfigError
	if _, err := New(Config{Policy: rt.FIFO(100)}); !errors.As(err, &config) {
		t.Error(err)
	}
	thread := new(Thread)
	if err := thread.Call(nil, nil, time.Second); !errors.Is(err, ErrClosed) || !thread.Idle() || thread.Close() != nil || thread.Stats() != (Stats{}) {
		t.Error(err)
	}
}
