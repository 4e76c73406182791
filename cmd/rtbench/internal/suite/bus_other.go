//go:build !linux

package suite

import "github.com/memkit-go/memkit/cmd/rtbench/internal/bench"

func freeLoopback() (string, error) { return "", bench.ErrUnavailable }

func openBusPTY() (busEnds, error) { return busEnds{}, bench.ErrUnavailable }
