// Package env reads what a machine does to real-time programs: [Check] compares
// every setting that matters with what it should be and says who can change it,
// [Fingerprint] names the machine for a run file, [ReadCPUTime] samples the time
// that a hypervisor took away.
//
// All of it reads /proc and /sys through an fs.FS, so that another machine's
// files, or a test's, serve as well as [Host]. What cannot be read is unknown,
// never a pass. On a system without these files everything is unknown.
//
// [Plan] says which settings to change. Nothing here changes one.
package env
