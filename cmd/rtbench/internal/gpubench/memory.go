package gpubench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// memory measures how the process grows while a job is submitted again and again.
func (s *session) memory(context.Context) error {
	j, err := s.job(s.device.Compute())
	if err != nil {
		return err
	}
	n := max(s.config.N, 1000)
	g := &Growth{Submissions: n}
	ns := make([]int64, n/10)
	again := func(times int) error {
		f := submitAndSpin(j)
		for range times {
			if err := f(); err != nil {
				return err
			}
		}
		return nil
	}
	err = again(n / 2)
	before := residentBytes()
	err = errors.Join(err, again(n))
	g.Go = float64(residentBytes()-before) / float64(n)
	before = residentBytes()
	for range 10 {
		if e := j.Reference(0, ns); e != nil {
			break // the backend has no reference
		}
	}
	g.C = float64(residentBytes()-before) / float64(n)
	s.result.Memory = g
	s.config.Progress(fmt.Sprintf("%+v", *g))
	return errors.Join(err, j.Close())
}

// residentBytes is the resident memory of this process; 0 where it is not known.
func residentBytes() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}
