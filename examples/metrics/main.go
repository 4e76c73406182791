// Command metrics exports a pool's statistics to Prometheus through the Collect hook.
// It is a module of its own, so that programs that import memkit do not download
// Prometheus' client.
//
//	cd examples/metrics && go run .
package main

import (
	"flag"
	"log"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/memkit-go/memkit/async"
)

func main() {
	address := flag.String("listen", "127.0.0.1:9100", "address to listen on")
	flag.Parse()
	pool, err := async.NewPool(async.PoolConfig[[4096]byte]{Name: "buffers", Size: 16})
	if err != nil {
		log.Fatal(err)
	}
	registry := prometheus.NewRegistry()
	if err := registry.Register(collector{"memkit_buffers_", pool}); err != nil {
		log.Fatal(err)
	}
	http.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	log.Fatal(http.ListenAndServe(*address, nil))
}
