//go:build !rtdebug

package core

const (
	debugBuild  = false
	frameCopies = 1
)

func goroutine() int64 { return 0 }
