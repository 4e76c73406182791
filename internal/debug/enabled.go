//go:build rtdebug

package debug

// Enabled: this is a build with tag rtdebug.
const Enabled = true
