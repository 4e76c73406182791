// Package targets passes the values that parameters go to on to the isolates that follow
// them. Any thread sets one without waiting for another, and the value that was set last
// is the one that stays.
package targets
