//go:build rtdebug

package ark

// Looking up the goroutine, which debug builds do, allocates.
const debugBuild = true
