//go:build !linux

package lens

import "time"

func processorTime() time.Duration { return 0 }
