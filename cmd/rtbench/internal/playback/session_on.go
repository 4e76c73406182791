//go:build portaudio && cgo && linux

package playback

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/jackprobe"
	"github.com/memkit-go/memkit/internal/jackd"
	"github.com/memkit-go/memkit/internal/pipewired"
	"github.com/memkit-go/memkit/rt"
)

// soundServer is what the live modes play on.
type soundServer interface {
	Name() string
	// Env sends a process's JACK clients to it.
	Env() []string
	RealTime() (priority int, err error)
	// Ended is closed when it has ended, and Output what it has said by then.
	Ended() <-chan struct{}
	Output() string
	// Listen calls f with each line that it says from now on.
	Listen(f func(line string))
	Stop() error
}

// choose settles which server it is, and says why there is none where there is none.
// A process that has PipeWire's libjack already cannot play on JACK.
func (c Config) choose() (Server, string) {
	if c.Server != Auto {
		return c.Server, ""
	}
	noJACK, noPipeWire := jackd.Installed(), pipewired.Installed()
	switch {
	case noJACK == nil && !pipewired.Entered():
		return JACK, ""
	case noPipeWire == nil:
		return PipeWire, ""
	}
	return NoServer, errors.Join(noJACK, noPipeWire).Error()
}

// Enter makes this process one that can measure: for PipeWire, the program is started
// again with PipeWire's libjack, because the probe in this process is a client
// too. It returns nil where that is so; call it before anything is begun.
func (c Config) Enter() error {
	if s, _ := c.choose(); s == PipeWire {
		return pipewired.Enter()
	}
	return nil
}

// Measure measures every mode there is, one after another, on one server where one
// is installed.
func Measure(ctx context.Context, c Config) (*Session, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	return c.measure(ctx)
}

func (c Config) measure(ctx context.Context) (s *Session, err error) {
	chosen, why := c.choose()
	s = &Session{Backend: chosen.Backend(), Why: why}
	if chosen != NoServer {
		server, err := c.serve(ctx, chosen)
		if err != nil {
			return nil, err
		}
		err = c.live(ctx, s, server)
		if err := errors.Join(err, server.Stop()); err != nil {
			return nil, err
		}
	}
	return s, c.simulate(ctx, s)
}

// serve starts the server and sends this process's clients and its children's there.
func (c Config) serve(ctx context.Context, chosen Server) (s soundServer, err error) {
	entered := pipewired.Entered()
	switch {
	case chosen == PipeWire && !entered:
		return nil, errors.New("this process has not loaded PipeWire's libjack; call Config.Enter first")
	case chosen == PipeWire:
		s, err = pipewired.Start(ctx, pipewired.Config{Rate: c.Rate, Frames: c.Frames})
	case entered:
		return nil, errors.New("--server jack: rtbench was started with PipeWire's libjack; start it without pw-jack and LD_LIBRARY_PATH")
	default:
		s, err = jackd.Start(ctx, jackd.Config{Rate: c.Rate, Frames: c.Frames})
	}
	if err != nil {
		return nil, err
	}
	for _, entry := range s.Env() {
		name, value, _ := strings.Cut(entry, "=")
		if err := os.Setenv(name, value); err != nil {
			return nil, errors.Join(err, s.Stop())
		}
	}
	return s, nil
}

// live measures the modes that need the server.
func (c Config) live(ctx context.Context, s *Session, server soundServer) error {
	for _, m := range Live {
		if !c.has(m) {
			continue
		}
		if err := c.measureMode(ctx, s, server, m); err != nil {
			return err
		}
	}
	var err error
	s.ServerPriority, err = server.RealTime()
	return err
}

// measureMode measures one mode while a probe captures.
func (c Config) measureMode(ctx context.Context, s *Session, server soundServer, m Mode) error {
	w, err := jackprobe.Open(server.Name(), c.job(m).Long, c.Rate, c.Frames)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, server.Output())
	}
	defer w.Close()
	e := &probe{Probe: w}
	server.Listen(e.complain)
	defer server.Listen(nil)
	return c.whileRuns(ctx, s, server, m, e)
}

// whileRuns measures one mode. A server that ends in that time ends the playing process
// too, which may wait for it indefinitely.
func (c Config) whileRuns(ctx context.Context, s *Session, server soundServer, m Mode, e ear) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-server.Ended():
			cancel(fmt.Errorf("the sound server has ended while %s played\n%s", m, server.Output()))
		case <-ctx.Done():
		}
	}()
	return c.add(ctx, s, m, e)
}

// probe listens through JACK, and to what its server says.
type probe struct {
	*jackprobe.Probe
	mu         sync.Mutex
	complaints []complaint
}

// attach waits for the player's ports.
func (p *probe) attach(ctx context.Context) error {
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		ok, err := p.Attach()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-look.C:
		}
	}
}

func (p *probe) record(on bool) { p.Record(on) }

// complain takes a line of the server's.
func (p *probe) complain(line string) {
	if c, ok := complaintOf(line, rt.Now()); ok {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.complaints = append(p.complaints, c)
	}
}

func (p *probe) recording() recording {
	r := recording{control: p.Control()}
	r.captured, r.heard = p.Captured()
	r.ofControl, r.reference = p.Reference()
	p.mu.Lock()
	defer p.mu.Unlock()
	r.complaints = p.complaints
	return r
}
