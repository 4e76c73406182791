package main

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/memkit-go/memkit/async"
)

func TestMetrics(t *testing.T) {
	pool, err := async.NewPool(async.PoolConfig[int]{Size: 4})
	if err != nil {
		t.Fatal(err)
	}
	box, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	if err := registry.Register(collector{"pool_", pool}); err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	text, _ := io.ReadAll(answer.Body)
	for _, want := range []string{"pool_size 4\n", "pool_held 1\n", "pool_acquired_total 1\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
	box.Release()
}
