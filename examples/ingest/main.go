// Command ingest is an HTTP service that stores the bodies posted to it, within a byte
// budget: a request reserves its bytes before it is read, and is answered 503 when
// they do not become free in time. So memory stays flat under overload.
//
//	go run ./examples/ingest --listen 127.0.0.1:8080
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	address := flag.String("listen", "127.0.0.1:8080", "address to listen on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", listener.Addr())
	if err := serve(ctx, listener, config{Memory: 16 << 20, Largest: 1 << 20, Patience: 100 * time.Millisecond}); err != nil {
		log.Fatal(err)
	}
}

// serve answers requests until ctx ends.
func serve(ctx context.Context, l net.Listener, c config) error {
	s, err := newService(c)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: s, ReadTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err = <-ended:
	case <-ctx.Done():
		limit, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
		defer cancel()
		if err = server.Shutdown(limit); err != nil {
			err = server.Close()
		}
		if e := <-ended; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
	}
	return errors.Join(err, s.close())
}
