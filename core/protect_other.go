//go:build !linux

package core

func protect(*Lane, []byte, bool) {}
