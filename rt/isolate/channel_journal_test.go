package isolate

import (
	"bytes"
	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/rtlog"
	"log/slog"
	"strings"
	"testing"
)

var (
	journalMessages rtlog.Messages
	overCurrent     = journalMessages.Message("axis over current", "axis", "amps")
	journal         = NewJournal("test journal", 4, &journalMessages)
)

var talkingEntry = Entry("test talking", func(c *Child) error {
	w, err := journal.Writer(c)
	if err != nil {
		return err
	}
	for i := range int64(6) { // two more than there is room for
		w.Write(slog.LevelWarn, overCurrent, rtlog.Int(i), rtlog.Float(12.5))
	}
	return nil
})

// TestJournal: what an isolate says is read after it has ended, with its losses.
func TestJournal(t *testing.T) {
	for _, inside := range []bool{false, true} {
		i, err := Start(t.Context(), talkingEntry, Config{Channels: []Channel{journal}, InProcess: inside, Process: rt.ProcessConfig{Keep: rt.KeepMemory | rt.KeepAffinity | rt.KeepLatency}})
		if err != nil {
			t.Fatal(err)
		}
		l, err := journal.Log(i)
		if err != nil {
			t.Fatal(err)
		}
		if err := i.Wait(); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		to := slog.New(slog.NewTextHandler(&out, nil))
		for range 2 { // the second finds the loss behind the last record
			if _, err := l.DrainOnce(to); err != nil {
				t.Fatal(err)
			}
		}
		if got := l.Stats(); got != (rtlog.Stats{Written: 4, Dropped: 2}) || !strings.Contains(out.String(), "axis=3 amps=12.5") {
			t.Errorf("in process %t: %+v\n%s", inside, got, out.String())
		}
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	}
}
