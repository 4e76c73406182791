// Package env reads the settings of a machine that matter to real-time programs.
// [Check] compares each with its recommended value and says who can change it.
// [Fingerprint] describes the machine for a run file. [ReadCPUTime] reads how much
// CPU time the hypervisor took.
//
// All functions read /proc and /sys through an fs.FS: [Host] is this machine, and a
// copy of another machine's files serves as well. A value that cannot be read is
// unknown, never a pass. On a system without these files every value is unknown.
//
// [Plan] lists the settings to change. The package itself changes none.
package env
