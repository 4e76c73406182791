package audio

import "golang.org/x/sys/unix"

// threadFaults is how many page faults the calling thread has had. The raw system
// call keeps the P.
func threadFaults() uint64 {
	var r unix.Rusage
	if unix.Getrusage(unix.RUSAGE_THREAD, &r) != nil {
		return 0
	}
	return uint64(r.Minflt + r.Majflt)
}
