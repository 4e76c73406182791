package main

import "github.com/memkit-go/memkit/rt/bus"

// none is a bus on which nothing arrives.
type none struct{}

func (none) Send([]byte) error                  { return nil }
func (none) Receive([]byte) (int, int64, error) { return 0, 0, bus.ErrEmpty }
func (none) Dropped() uint64                    { return 0 }
func (none) FD() int                            { return -1 }
func (none) Close() error                       { return nil }
