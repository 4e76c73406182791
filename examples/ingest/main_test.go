package main

import (
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// slowBody sends its bytes when it is told to, so that a test decides how long a
// request holds its memory.
type slowBody struct {
	io.Reader
	gate <-chan struct{}
}

func (b slowBody) Read(p []byte) (int, error) {
	<-b.gate
	return b.Reader.Read(p)
}

// TestOverload: requests that hold the whole budget are served, those beyond it are
// answered 503 and not stored, and later ones are served again. Patience is without end
// or none: what a request finds does not depend on how busy the machine is.
func TestOverload(t *testing.T) {
	const size = 64 << 10
	s, err := newService(config{Memory: 4 * size, Largest: size, Patience: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	body := bytes.Repeat([]byte("x"), size)
	post := func(body io.Reader) (int, string) {
		request := httptest.NewRequest(http.MethodPost, "/", body)
		request.ContentLength = size
		answer := httptest.NewRecorder()
		s.ServeHTTP(answer, request)
		return answer.Code, answer.Body.String()
	}
	want := fmt.Sprintf("%08x\n", crc32.ChecksumIEEE(body))
	gate := make(chan struct{})
	var holders sync.WaitGroup
	for range 4 {
		holders.Go(func() {
			if code, text := post(slowBody{bytes.NewReader(body), gate}); code != http.StatusOK || text != want {
				t.Errorf("a request within the budget: %d %q", code, text)
			}
		})
	}
	for s.budget.Used() < 4*size {
		runtime.Gosched()
	}
	s.config.Patience = time.Millisecond
	for range 10 {
		if code, _ := post(bytes.NewReader(body)); code != http.StatusServiceUnavailable {
			t.Errorf("a request beyond the budget: %d", code)
		}
	}
	s.config.Patience = time.Hour
	close(gate)
	holders.Wait()
	if code, text := post(bytes.NewReader(body)); code != http.StatusOK || text != want {
		t.Errorf("after the overload: %d %q", code, text)
	}
	if s.turned.Load() != 10 || s.stored.Load() != 5*size || s.heap.Stats().Blocks != 0 {
		t.Errorf("%d answered 503, %d bytes stored, %v", s.turned.Load(), s.stored.Load(), s.heap.Stats())
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
}

// TestMemoryStaysFlat: many clients at once; every request is answered, and bodies
// never take more than the budget.
func TestMemoryStaysFlat(t *testing.T) {
	const size, clients, requests = 32 << 10, 16, 40
	s, err := newService(config{Memory: 4 * size, Largest: size, Patience: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	body := bytes.Repeat([]byte("y"), size)
	var most, answers atomic.Int64
	var w sync.WaitGroup
	for range clients {
		w.Go(func() {
			for range requests {
				response, err := server.Client().Post(server.URL, "", bytes.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				io.Copy(io.Discard, response.Body)
				response.Body.Close()
				if c := response.StatusCode; c != http.StatusOK && c != http.StatusServiceUnavailable {
					t.Errorf("status %d", c)
				}
				answers.Add(1)
				most.Store(max(most.Load(), int64(s.heap.Stats().Bytes)))
			}
		})
	}
	w.Wait()
	if answers.Load() != clients*requests || most.Load() > 4*size {
		t.Errorf("%d answers; at most %d bytes of bodies", answers.Load(), most.Load())
	}
	if want := (clients*requests - s.turned.Load()) * size; s.stored.Load() != want {
		t.Errorf("%d bytes stored, want %d", s.stored.Load(), want)
	}
	server.Close()
	if err := s.close(); err != nil {
		t.Error(err)
	}
}

func TestBadRequests(t *testing.T) {
	s, err := newService(config{Memory: 1 << 20, Largest: 100, Patience: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	for length, want := range map[int64]int{-1: http.StatusLengthRequired, 101: http.StatusRequestEntityTooLarge, 5: http.StatusBadRequest} {
		request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("abc"))
		request.ContentLength = length
		answer := httptest.NewRecorder()
		s.ServeHTTP(answer, request)
		if answer.Code != want {
			t.Errorf("length %d: %d, want %d", length, answer.Code, want)
		}
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
}

func TestServeEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- serve(ctx, l, config{Memory: 1 << 20, Largest: 1 << 10, Patience: time.Second}) }()
	response, err := http.Post("http://"+l.Addr().String(), "", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
