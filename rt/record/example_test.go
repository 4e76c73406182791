package record_test

import (
	"bytes"
	"fmt"
	"time"

	"github.com/memkit-go/memkit/rt/record"
)

// A loop records into memory it owns; an ordinary program later writes the run
// file that rtbench judges.
func Example() {
	r, err := record.New(record.Config{Capacity: 60_000, Top: 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	for tick := range int64(1000) {
		latency := 21_000 + tick%7*100
		if tick == 500 {
			latency = 900_000
		}
		if r.Outlier(latency) {
			r.RecordCause(latency, record.Steal)
			continue
		}
		r.Record(latency)
	}
	fmt.Println(r.Count(), r.Max(), r.Top()[0].Index)

	run := &record.Run{
		Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).Format(time.RFC3339),
		Series:  []record.Series{r.Series("loop/mine", time.Millisecond)},
	}
	var file bytes.Buffer
	if err := record.Write(&file, run); err != nil {
		fmt.Println(err)
		return
	}
	back, err := record.Read(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(back.Series[0].Name, len(back.Series[0].Samples), back.Series[0].Period)
	// Output:
	// 1000 900000 500
	// loop/mine 1000 1000000
}
