//go:build !linux

package gpubench

func (s *session) schedule() string { return "default" }

func ordinary() {}
