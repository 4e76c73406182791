//go:build rtdebug

package core

// frameCopies is the number of regions that a lane's frames use in turn.
const frameCopies = 4
