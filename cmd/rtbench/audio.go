package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/playback"
	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
)

// playName is the hidden command that rtbench audio starts fresh processes with.
const playName = "play-in-this-process"

// audioRate is what the synth is rendered at everywhere.
const audioRate = 48000

// audioRequest is what the flags ask for.
type audioRequest struct {
	config  playback.Config
	seconds float64
	out     string
	offline bool
	output  result.Output
	demo    bool
	modes   []string
	idle    bool
}

func newAudioCommand(a *app) *cobra.Command {
	r := &audioRequest{config: playback.Config{Rate: audioRate, WarmUp: 500 * time.Millisecond, Server: playback.Auto, Start: playback.SelfStarter(playName)}}
	cmd := &cobra.Command{
		Use:   "audio [--offline IN.wav OUT.wav]",
		Short: "Play a synth under load in several ways, and compare them with C",
		Long: `Play a synth from a sound server's callback in several ways of calling Go, each in
a fresh process, while goroutines compute and make garbage. The same synth in C
plays in the same cycles as another client of the same server. A recording of each is
compared sample for sample with an offline rendering, and its gaps are counted.

The server is a JACK or a PipeWire of rtbench's own without a sound card, which is a
real clock. Without PortAudio, or without either, the device is simulated; make deps
installs them.

With --demo the report, with both sounds to listen to, the certificate and the
samples are written to --out: memkit's sound is demo.wav, the usual Go callback's
demo-plain.wav. With --offline IN.wav is rendered through the demo's effects to OUT.wav, and
nothing is measured.`,
		Example: `  rtbench audio
  rtbench audio --demo
  rtbench audio --seconds 60 --busy 2 --garbage 1 --json
  rtbench audio --offline in.wav out.wav`,
		Args: func(_ *cobra.Command, args []string) error {
			if r.offline && len(args) != 2 {
				return errors.New("--offline takes two files: rtbench audio --offline in.wav out.wav")
			}
			if !r.offline && len(args) > 0 {
				return fmt.Errorf("unexpected argument %s; to render a file: rtbench audio --offline in.wav out.wav", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if r.offline {
				return renderFile(a.stdout, args[0], args[1])
			}
			return a.audio(cmd.Context(), r)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&r.demo, "demo", false, "also write the report, the certificate and the sounds")
	f.Float64Var(&r.seconds, "seconds", 10, "each way plays for `S` seconds under the load")
	f.IntVar(&r.config.Frames, "frames", 64, "`N` frames a period, at 48 kHz")
	f.IntVar(&r.config.Busy, "busy", 2, "`N` goroutines that compute")
	f.IntVar(&r.config.Garbage, "garbage", 1, "`N` goroutines that make garbage")
	f.BoolVar(&r.idle, "idle", false, "without a load: --busy 0 --garbage 0")
	f.StringSliceVar(&r.modes, "modes", nil, "only these `MODES` of default, undeclared, gordonklaus, direct, handoff, sim")
	f.StringVar((*string)(&r.config.Server), "server", string(r.config.Server), "`S` gives the cycles: jack, pipewire, sim, or auto for the first that is installed")
	f.StringVar(&r.out, "out", "rtbench-out", "with --demo: write to `DIR`")
	r.output.Flags(f)
	f.BoolVar(&r.offline, "offline", false, "render IN.wav through the demo's effects to OUT.wav")
	return cmd
}

// audio measures.
func (a *app) audio(ctx context.Context, r *audioRequest) (err error) {
	if !(math.Abs(r.seconds) < 1e9) { // more than a Duration holds, or no number
		return fmt.Errorf("--seconds %g: give 1 to 3600", r.seconds)
	}
	r.config.Long = time.Duration(r.seconds * float64(time.Second))
	// Long enough for a p99 of some hundred blocks.
	r.config.Quiet = min(3*time.Second, max(time.Second, r.config.Long/5))
	if r.idle {
		r.config.Busy, r.config.Garbage = 0, 0
	}
	if err := r.selectModes(); err != nil {
		return err
	}
	if err := r.config.Validate(); err != nil {
		return err
	}
	if err := r.config.Enter(); err != nil {
		return err
	}
	var out *outputs
	if r.demo {
		if out, err = openOutputs(r.out); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, out.discard()) }()
	}
	r.config.Progress = func(m playback.Mode) {
		fmt.Fprintf(r.output.Page(a.stderr), "%s: %v …\n", m, r.config.Long+r.config.Quiet)
	}
	s, err := playback.Measure(ctx, r.config)
	if err != nil {
		return err
	}
	if r.demo {
		if err := a.writeDemo(r, s, out); err != nil {
			return err
		}
	}
	return r.output.Print(a.stdout, result.Document{
		Data: newAudioResult(r.config, s),
		Text: func(p *result.Page) error { return writeAudioTable(p, r, s) },
	})
}

// newPlayCommand plays one job in this very process; see package playback for what it
// reads and writes.
func newPlayCommand() *cobra.Command {
	var encoded string
	cmd := &cobra.Command{
		Use:    playName,
		Short:  "Play here, as told on standard input",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			j, err := playback.DecodeJob(encoded)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			if out == io.Writer(os.Stdout) {
				os.Stdout = os.Stderr // a stray print must not land among the answers
			}
			return playback.Play(cmd.Context(), j, cmd.InOrStdin(), out)
		},
	}
	cmd.Flags().StringVar(&encoded, "job", "", "what to play, as `JSON`")
	return cmd
}
