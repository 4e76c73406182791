package main

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/memkit-go/memkit/async"
)

// config says how much the service may use.
type config struct {
	Memory   int           // bytes for the bodies of all requests together
	Largest  int           // bytes of one body
	Patience time.Duration // how long a request waits for memory
}

// service keeps each body in a block of a fixed heap while it works on it.
type service struct {
	config config
	budget *async.Bytes // for admission, before anything is allocated
	heap   *async.Heap
	stored atomic.Int64 // bytes
	turned atomic.Int64 // requests that were answered 503
}

func newService(c config) (*service, error) {
	budget, err := async.NewBytes(int64(c.Memory))
	if err != nil {
		return nil, err
	}
	// The heap has room for the tables and for what fragmentation costs.
	heap, err := async.NewHeap(async.HeapConfig{Name: "bodies", Size: 2*c.Memory + 64<<10})
	if err != nil {
		return nil, err
	}
	return &service{config: c, budget: budget, heap: heap}, nil
}

func (s *service) close() error { return errors.Join(s.budget.Close(), s.heap.Close()) }

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := r.ContentLength
	switch {
	case n < 0:
		http.Error(w, "a Content-Length is required", http.StatusLengthRequired)
		return
	case n > int64(s.config.Largest):
		http.Error(w, "the body is too large", http.StatusRequestEntityTooLarge)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.config.Patience)
	defer cancel()
	if err := s.budget.Acquire(ctx, n); err != nil {
		s.turned.Add(1)
		w.Header().Set("Retry-After", "1")
		http.Error(w, "overloaded", http.StatusServiceUnavailable)
		return
	}
	defer s.budget.Release(n)
	// The budget leaves room in the heap: patience was for the budget alone.
	sum, err := s.store(r.Context(), r.Body, int(n))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprintf(w, "%08x\n", sum)
}

// store reads the body into a block and works on it: here it computes a checksum.
func (s *service) store(ctx context.Context, body io.Reader, n int) (uint32, error) {
	block, err := s.heap.Alloc(ctx, n)
	if err != nil {
		return 0, err
	}
	defer block.Release()
	if _, err := io.ReadFull(body, block.Bytes()); err != nil {
		return 0, err
	}
	s.stored.Add(int64(n))
	return crc32.ChecksumIEEE(block.Bytes()), nil
}
