//go:build !rtdebug

package ark

const debugBuild = false
