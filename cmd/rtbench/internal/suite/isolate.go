package suite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/memkit-go/memkit/rt"
	"github.com/memkit-go/memkit/rt/isolate"
	"github.com/memkit-go/memkit/rt/record"
)

// isolated measures a strict loop in a process of its own, which writes a run
// file to its standard output. Its arguments are the period, the wake method as a
// number and the duration.
var isolated = isolate.Entry("rtbench/loop", func(c *isolate.Child) error {
	var numbers [4]int64
	for i := range numbers {
		n, err := strconv.ParseInt(c.Args[i], 10, 64)
		if err != nil {
			return err
		}
		numbers[i] = n
	}
	loop := rtLoop{
		period: time.Duration(numbers[0]), mode: rt.Strict, wake: rt.Wake{Method: rt.WakeMethod(numbers[1]), Margin: time.Duration(numbers[2])},
		view: closely, newLoop: c.NewLoop,
	}
	s, err := loop.prepared(c.Context(), time.Duration(numbers[3]))
	var privilege *rt.PrivilegeError
	if errors.As(err, &privilege) {
		return privilege // the parent makes it a row that is not available
	}
	if err != nil {
		return err
	}
	s.Name = RowIsolate
	return record.Write(os.Stdout, &record.Run{Series: []record.Series{s}})
})

// isolate measures the loop in an isolate. This process, its parent, is ordinary:
// it carries the load on all CPUs and its collector is on.
func (c Comparison) isolate(ctx context.Context, d time.Duration) (record.Series, error) {
	var written bytes.Buffer
	i, err := isolate.Start(ctx, isolated, isolate.Config{
		Args:   []string{number(c.Period), number(time.Duration(c.Wake.Method)), number(c.Wake.Margin), number(d)},
		Stdout: &written,
	})
	if err != nil {
		return record.Series{}, unavailable(err)
	}
	s, err := c.load().during(func() (record.Series, error) {
		if err := i.Wait(); err != nil {
			return record.Series{}, unavailable(err)
		}
		run, err := record.Read(&written)
		if err != nil {
			return record.Series{}, fmt.Errorf("the isolate's result: %w", err)
		}
		if len(run.Series) != 1 {
			return record.Series{}, fmt.Errorf("the isolate returned %d series", len(run.Series))
		}
		return run.Series[0], nil
	})
	if err == nil {
		s.Facts["isolate_start_ms"] = float64(i.Started()) / 1e6
	}
	return s, errors.Join(err, i.Close())
}

func number(d time.Duration) string { return strconv.FormatInt(int64(d), 10) }
