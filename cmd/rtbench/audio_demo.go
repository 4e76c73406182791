package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/playback"
)

const demoSound = "demo.wav"

// demoNames are the files of rtbench audio --demo.
var demoNames = []string{"audio.html", "audio.json", demoSound}

func outputPath(dir, name string) string { return filepath.Join(dir, name) }

func renderFile(w io.Writer, from, to string) error { return fmt.Errorf("not yet: %s to %s", from, to) }

func (a *app) writeDemo(r *audioRequest, s *playback.Session, out *outputs) error { return nil }

// selectModes checks the names.
func (r *audioRequest) selectModes() error {
	all := append(slices.Clone(playback.Live), playback.Sim)
	for _, name := range r.modes {
		if !slices.Contains(all, playback.Mode(name)) {
			return fmt.Errorf("--modes %s: no such mode; there are %v", name, all)
		}
		r.config.Modes = append(r.config.Modes, playback.Mode(name))
	}
	return nil
}
