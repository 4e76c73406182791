// Command robot-arm controls the six axes of a simulated arm at 1 kHz: an isolate reads,
// updates and writes in each period, in phase with the drives' own clock; a guard brakes
// the drives when the controller hangs or dies; the parent stays an ordinary Go program.
//
//	go run ./examples/robot-arm --seconds 5 --bus udp
//	go run ./examples/robot-arm --seconds 60 --bus unix --busy 4 --json
//
// The drives are a simulator in another process, with a clock that runs 50 ppm slow and a
// watchdog of their own. An EtherCAT master would take the place of rt/bus: its time of
// the last synchronisation goes into rt.Disciplined, and its process image into read and
// write.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/memkit-go/memkit/rt/isolate"
)

func main() {
	isolate.Main() // the child processes go no further
	var o options
	flag.Float64Var(&o.seconds, "seconds", 5, "how long to measure")
	flag.StringVar(&o.bus, "bus", "udp", "how the drives are reached: udp, unix or memory")
	flag.IntVar(&o.busy, "busy", 0, "busy goroutines in the parent, which also makes garbage")
	flag.IntVar(&o.silence, "silence", 20, "after how many periods without a beat the guard brakes")
	flag.StringVar(&o.box, "blackbox", "", "a directory for the values around each trip")
	asJSON := flag.Bool("json", false, "print the result as JSON")
	flag.Parse()
	r, err := run(context.Background(), o)
	if err != nil {
		log.Fatal(err)
	}
	if err := r.print(os.Stdout, *asJSON); err != nil {
		log.Fatal(err)
	}
}

// options are what the flags say.
type options struct {
	seconds float64
	bus     string
	busy    int
	silence int // 0 means the guard's default
	box     string
}

// result is what a run measured.
type result struct {
	Bus                string  `json:"bus"`
	Mode               string  `json:"mode"`
	Periods            int64   `json:"periods"`
	Skipped            int64   `json:"skipped"`
	SkippedExempt      int64   `json:"skipped_exempt"`
	Misses             int64   `json:"misses"`
	P99Ns              int64   `json:"p99_ns"`
	ResponseNs         int64   `json:"max_response_ns"`
	OutputJitterNs     int64   `json:"max_output_jitter_ns"`
	Answered           uint64  `json:"answered"`
	LateAnswers        uint64  `json:"late_answers"`
	Lost               uint64  `json:"lost"`
	PhaseLocked        bool    `json:"phase_locked"`
	LockSeconds        float64 `json:"lock_s"`
	DriftPPM           float64 `json:"drift_ppm"`
	TrackingErrorRMS   float64 `json:"tracking_error_rms"`
	GuardTrip          string  `json:"guard_trip"`
	DriveWatchdogTrips int64   `json:"drive_watchdog_trips"`
	Braked             bool    `json:"braked"`
	Collections        uint32  `json:"collections"`
}

func (r *result) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(r)
	}
	state := "not locked"
	if r.PhaseLocked {
		state = fmt.Sprintf("locked after %.2f s", r.LockSeconds)
	}
	_, err := fmt.Fprintf(w, `6 axes at 1 kHz over %s, %s, next to %d collections of the parent
periods    %d, %d skipped and %d more exempt, %d deadlines missed
wake p99   %v, response up to %v, output jitter up to %v
answers    %d in time, %d late, %d lost
phase      %s, the drives' clock is %.1f ppm slower
tracking   %.2e rad rms
end        guard: %s; the drives are braked: %v
`, r.Bus, r.Mode, r.Collections, r.Periods, r.Skipped, r.SkippedExempt, r.Misses,
		time.Duration(r.P99Ns), time.Duration(r.ResponseNs), time.Duration(r.OutputJitterNs),
		r.Answered, r.LateAnswers, r.Lost, state, r.DriftPPM, r.TrackingErrorRMS, r.GuardTrip, r.Braked)
	return err
}
