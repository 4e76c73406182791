package main

import (
	"io"

	"github.com/schollz/progressbar/v3"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/result"
)

// countBar shows on a terminal how much of a long computation is done; elsewhere
// it shows nothing.
type countBar struct {
	w   io.Writer
	bar *progressbar.ProgressBar
}

func newCountBar(w io.Writer) *countBar { return &countBar{w: w} }

// show is a progress function of package wcet.
func (b *countBar) show(done, all int) {
	if !result.IsTerminal(b.w) {
		return
	}
	if b.bar == nil {
		b.bar = progressbar.NewOptions(all,
			progressbar.OptionSetWriter(b.w),
			progressbar.OptionSetWidth(24),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionSetTheme(progressbar.Theme{Saucer: "█", SaucerPadding: "░"}),
		)
	}
	// A bar that cannot be drawn must not stop the computation.
	_ = b.bar.Set(done)
}

// close takes the bar away.
func (b *countBar) close() {
	if b.bar != nil {
		_ = b.bar.Clear()
	}
}
