package campaign

import (
	"strings"
	"testing"
	"time"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
)

func TestRoundsRotate(t *testing.T) {
	p := NewRounds([]bench.Benchmark{{Name: "a"}, {Name: "b"}, {Name: "c"}}, 4, time.Second)
	var order []string
	for i, job := range p.Jobs {
		order = append(order, job.Bench.Name)
		if job.Process != i/3 || job.Params.Duration != time.Second {
			t.Errorf("job %d: %+v", i, job)
		}
	}
	if got := strings.Join(order, ""); got != "abcbcacababc" {
		t.Errorf("order %s, want abc bca cab abc", got)
	}
	if p.Processes != 4 || p.Duration != 12*time.Second {
		t.Errorf("%d processes, %v in all", p.Processes, p.Duration)
	}
}
