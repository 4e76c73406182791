package sides

import (
	"context"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/campaign"
	"github.com/memkit-go/memkit/rt/record"
)

// perJob has a launcher for each job.
type perJob map[string]campaign.Launcher

// Launch implements [campaign.Launcher].
func (p perJob) Launch(ctx context.Context, job campaign.Job) ([]record.Series, error) {
	return p[job.Bench.Name].Launch(ctx, job)
}
